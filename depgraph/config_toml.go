package depgraph

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// The document that TOML writes: deps.toml in its most explicit form.
type (
	document struct {
		Resolved map[string]string       `toml:"resolved,omitempty"`
		Sources  []sourceTable           `toml:"source,omitempty"`
		Target   *targetTable            `toml:"target,omitempty"`
		Base     *baseTable              `toml:"base,omitempty"`
		Rules    []ruleTable             `toml:"rule,omitempty"`
		Phases   map[string]phaseTable   `toml:"phase,omitempty"`
		Ignore   *ignoreTable            `toml:"ignore,omitempty"`
		Packages map[string]packageTable `toml:"package,omitempty"`
	}
	sourceTable struct {
		Kind   string `toml:"kind"`
		Root   string `toml:"root"`
		Prefix string `toml:"prefix,omitempty"`
	}
	targetTable struct {
		Name    string            `toml:"name,omitempty"`
		Recipe  string            `toml:"recipe,omitempty"`
		Depends map[Kind][]string `toml:"depends,omitempty"`
	}
	baseTable struct {
		Packages []string `toml:"packages,omitempty"`
		Paths    []string `toml:"paths,omitempty"`
	}
	ruleTable struct {
		Path string `toml:"path"`
		Show bool   `toml:"show"`
	}
	phaseTable struct {
		Depends  []string `toml:"depends"`
		Network  bool     `toml:"network"`
		Capture  bool     `toml:"capture"`
		Writable []string `toml:"writable,omitempty"`
	}
	ignoreTable struct {
		Paths []string `toml:"paths"`
	}
	packageTable struct {
		Version string            `toml:"version,omitempty"`
		Files   []string          `toml:"files"`
		Depends map[Kind][]string `toml:"depends,omitempty"`
	}
)

// TOML writes c as a deps.toml that [ReadConfig], given the same name, reads back
// as c but for the Where of things: without variables, file lists written out,
// every phase that differs from the built-in ones in full.
//
// A relative recipe is written relative to the directory of c.Name; who stores
// the text elsewhere makes it absolute first, or leaves it out. A dependency
// keeps the names of its alternatives and not the versions asked for, which only
// the source understands. Strings must be UTF-8, as those of a deps.toml are.
func (c *Config) TOML() []byte {
	var b bytes.Buffer
	enc := toml.NewEncoder(&b)
	enc.Indent = ""
	if err := enc.Encode(c.document()); err != nil {
		panic("depgraph: " + err.Error()) // the types above are all that TOML knows
	}
	return b.Bytes()
}

func (c *Config) document() document {
	d := document{Resolved: map[string]string{}, Phases: map[string]phaseTable{}, Packages: map[string]packageTable{}}
	for name, version := range c.Resolved {
		d.Resolved[name] = literal(version)
	}
	for _, s := range c.Sources {
		d.Sources = append(d.Sources, sourceTable{literal(s.Kind), literal(s.Root), literal(s.Prefix)})
	}
	if t := c.Target; t.Name != "" || t.Recipe != "" || len(t.Direct) > 0 {
		d.Target = &targetTable{literal(t.Name), literal(c.relative(t.Recipe)), byKind(t.Direct)}
	}
	if b := c.Base; len(b.Packages) > 0 || len(b.Paths) > 0 {
		d.Base = &baseTable{byKind(b.Packages)[""], literals(b.Paths)}
	}
	for _, r := range c.Rules {
		d.Rules = append(d.Rules, ruleTable{literal(r.Path), r.Show})
	}
	for _, p := range c.Phases {
		kinds := []string{}
		for _, k := range p.Kinds {
			kinds = append(kinds, string(k))
		}
		d.Phases[p.Name] = phaseTable{kinds, p.Network, p.Capture, literals(p.Writable)}
	}
	if len(c.Ignore) > 0 {
		d.Ignore = &ignoreTable{literals(c.Ignore)}
	}
	for _, p := range c.Packages {
		files, _ := c.Files(p)
		d.Packages[p.Name] = packageTable{literal(p.Version), literals(files), byKind(p.Direct)}
	}
	return d
}

// relative returns a recipe's path as a deps.toml in c's directory has it.
func (c *Config) relative(recipe string) string {
	if recipe == "" || filepath.IsAbs(recipe) {
		return recipe
	}
	if r, err := filepath.Rel(c.dir(), recipe); err == nil {
		return r
	}
	return recipe
}

// byKind writes dependencies as the lists of a depends table, which has no conditions.
func byKind(direct []Direct) map[Kind][]string {
	lists := map[Kind][]string{}
	for _, d := range direct {
		if d.Need.conditional() {
			continue
		}
		var names []string
		for _, a := range d.Need {
			names = append(names, a.Name)
		}
		if text := literal(strings.Join(names, " | ")); !slices.Contains(lists[d.Kind], text) {
			lists[d.Kind] = append(lists[d.Kind], text)
		}
	}
	return lists
}

func literals(list []string) []string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = literal(s)
	}
	return all
}
