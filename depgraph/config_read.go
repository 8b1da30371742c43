package depgraph

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
)

// ReadConfig reads a deps.toml. The name is its path: messages start with it, and
// a relative recipe or file list is looked for in its directory. Strings may hold
// ${name}, from the file's [vars] or from vars, which win. The file lists that
// the file names are read with readFile.
//
// An error is one line, about the first thing wrong in the file: "NAME:LINE: KEY:
// what". That can be TOML's syntax, an unknown key, a wrong type, a relative path,
// a kind of dependency that does not exist, a variable that is not set, a file
// list that is not there, and so on. Whether packages exist, only a [Graph] knows.
func ReadConfig(name string, text []byte, vars map[string]string, readFile func(path string) ([]byte, error)) (*Config, error) {
	var doc map[string]any
	if _, err := toml.Decode(string(text), &doc); err != nil {
		return nil, syntaxError(name, err)
	}
	r := &reader{name: name, read: readFile}
	root := value{reader: r, at: locate(text), v: doc}
	r.vars = variables{set: vars, table: root.get("vars"), done: map[string]string{}, pending: map[string]bool{}}
	root.table("vars", "source", "target", "base", "rule", "package", "phase", "ignore", "resolved")
	for _, v := range root.get("vars").tables() {
		if _, set := vars[v.key[1]]; !set {
			r.vars.lookup(v, v.key[1])
		}
	}
	ignore := root.get("ignore")
	ignore.table("paths")
	c := &Config{
		Name:     name,
		Sources:  readSources(root.get("source")),
		Target:   readTarget(root.get("target")),
		Base:     readBase(root.get("base")),
		Rules:    readRules(root.get("rule")),
		Packages: readPackages(root.get("package")),
		Phases:   readPhases(root.get("phase")),
		Ignore:   ignore.get("paths").globs(),
		Resolved: readResolved(root.get("resolved")),
	}
	if r.err != nil {
		return nil, r.err
	}
	return c, nil
}

// syntaxError gives the toml package's error the form of the others.
func syntaxError(name string, err error) error {
	var p toml.ParseError
	if !errors.As(err, &p) {
		return fmt.Errorf("%s: %w", name, err)
	}
	message := strings.TrimSuffix(p.Message, ".")
	if message != "" {
		message = strings.ToLower(message[:1]) + message[1:]
	}
	if p.LastKey != "" {
		message = p.LastKey + ": " + message
	}
	return fmt.Errorf("%s:%d: %s", name, p.Position.Line, message)
}

// readSources reads one [source] table, or several [[source]].
func readSources(v value) []SourceConfig {
	tables := []value{v}
	if _, one := v.v.(map[string]any); !one {
		tables = v.list("a table")
	}
	var sources []SourceConfig
	for _, e := range tables {
		s := readSource(e)
		for _, above := range sources {
			switch {
			case above.Kind == s.Kind:
				e.get("kind").fail("%s is a source already, at %s", s.Kind, strings.TrimSuffix(above.Where, ": source"))
			case above.Root != s.Root:
				e.get("root").fail("%s is not the root of the source above, %s: databases of one root can be stacked", s.Root, above.Root)
			}
		}
		sources = append(sources, s)
	}
	return sources
}

func readSource(v value) SourceConfig {
	v.table("kind", "root", "prefix")
	s := SourceConfig{Kind: v.get("kind").text(), Root: "/", Where: v.where()}
	if s.Kind == "" {
		v.get("kind").fail("missing")
	}
	if root := v.get("root"); root.is() {
		s.Root = root.path()
	}
	if prefix := v.get("prefix"); prefix.is() {
		s.Prefix = prefix.path()
	}
	return s
}

func readTarget(v value) TargetConfig {
	v.table("name", "recipe", "depends")
	t := TargetConfig{Direct: v.get("depends").direct()}
	if name := v.get("name"); name.is() {
		t.Name = name.packageName(name.text())
	}
	if recipe := v.get("recipe"); recipe.is() {
		if t.Recipe = recipe.joined(); t.Recipe == "" {
			recipe.fail("empty path")
		}
	}
	return t
}

func readBase(v value) BaseConfig {
	v.table("packages", "paths")
	return BaseConfig{Packages: v.get("packages").needs(""), Paths: v.get("paths").paths()}
}

func readRules(v value) []Rule {
	var rules []Rule
	for _, e := range v.list("[[rule]] tables") {
		e.table("path", "show")
		for _, name := range []string{"path", "show"} {
			if _, isTable := e.v.(map[string]any); isTable && !e.get(name).is() {
				e.get(name).fail("missing")
			}
		}
		r := Rule{Path: e.get("path").path(), Show: e.get("show").flag(false), Where: e.where()}
		for _, other := range rules {
			if other.Path == r.Path {
				e.get("path").fail("%s has a rule already, at %s", r.Path, strings.TrimSuffix(other.Where, ": rule"))
			}
		}
		rules = append(rules, r)
	}
	return rules
}

func readPhases(v value) []Phase {
	var phases []Phase
	for _, e := range v.tables() {
		e.table("depends", "network", "writable", "capture")
		name := e.key[len(e.key)-1]
		p, known := phaseIn(builtin, name)
		depends := e.get("depends")
		switch {
		case name == "":
			e.fail("empty name")
		case !known && !depends.is():
			depends.fail("missing: a phase that is not built in says what it sees")
		}
		p.Name = name
		if depends.is() {
			p.Kinds = depends.kinds()
		}
		p.Network = e.get("network").flag(p.Network)
		p.Capture = e.get("capture").flag(p.Capture)
		p.Writable = e.get("writable").paths()
		phases = append(phases, p)
	}
	return phases
}

func readResolved(v value) map[string]string {
	var versions map[string]string
	for _, e := range v.tables() {
		if versions == nil {
			versions = map[string]string{}
		}
		versions[e.key[len(e.key)-1]] = e.text()
	}
	return versions
}

// joined returns the path v, from deps.toml's directory on.
func (v value) joined() string {
	s := v.text()
	if s == "" || filepath.IsAbs(s) {
		return s
	}
	return filepath.Join(filepath.Dir(v.name), s)
}

// kinds returns the kinds of dependency in the list v, in the order of [Kinds].
func (v value) kinds() []Kind {
	var kinds []Kind
	for _, e := range v.list("a list of kinds") {
		k := Kind(e.text())
		if !slices.Contains(Kinds(), k) {
			e.fail("no such kind of dependency: %q (known: %s)", k, kindNames())
		}
		kinds = append(kinds, k)
	}
	return sortKinds(kinds)
}

func kindNames() string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// direct returns the dependencies in v: a table of lists by kind, or a list of
// kind lib.
func (v value) direct() []Direct {
	if _, ok := v.v.(map[string]any); !ok {
		return v.needs(Lib)
	}
	for _, e := range v.tables() {
		if name := e.key[len(e.key)-1]; !slices.Contains(Kinds(), Kind(name)) {
			e.fail("no such kind of dependency (known: %s)", kindNames())
		}
	}
	var all []Direct
	for _, k := range Kinds() {
		all = append(all, v.get(string(k)).needs(k)...)
	}
	return all
}

// needs returns the dependencies in the list v: package names, or several with
// "|" between them.
func (v value) needs(k Kind) []Direct {
	var all []Direct
	for _, e := range v.list("a list of packages") {
		var n Need
		for name := range strings.SplitSeq(e.text(), "|") {
			n = append(n, Alternative{Name: e.packageName(strings.TrimSpace(name))})
		}
		all = append(all, Direct{Kind: k, Need: n, Where: e.where()})
	}
	return all
}

// packageName returns name, which v gives to a package. Any name goes that can
// stand in a dependency.
func (v value) packageName(name string) string {
	switch {
	case name == "":
		v.fail("empty name")
	case strings.Contains(name, "|") || strings.ContainsFunc(name, unicode.IsSpace):
		v.fail("%q is not a name: there is a space or a | in it", name)
	}
	return name
}
