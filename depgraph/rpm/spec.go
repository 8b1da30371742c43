package rpm

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/depview/depview/depgraph"
)

// Recipe reads the build dependencies of a .spec file: through rpmspec(8), which knows
// every macro, and where that is not installed from the lines themselves.
//
// All of them are of kind Build: rpmbuild wants them before %prep, and runs %check in
// the same root. What the packages that are made will require is not there (Requires):
// mock(1) installs none of it. What %generate_buildrequires finds out is not known
// before the build, and is to be declared with --dep.
func (db *Database) Recipe(name string, text []byte) (*depgraph.Recipe, error) {
	if len(text) > maxSpec {
		return nil, fmt.Errorf("%s: %d bytes are more than a recipe has", name, len(text))
	}
	r := db.newSpecReader(name)
	printed, err := db.setting.Tool(db.query(r.macros, name)...)
	if errors.Is(err, depgraph.ErrNoTool) {
		return r.recipe(string(text))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return db.printedRecipe(r, string(text), string(printed))
}

const maxSpec = 4 << 20

// distribution are macros that tell systems apart. The machine that reads a recipe may
// be another than the root that it is read for.
var distribution = []string{"fedora", "rhel", "centos", "eln", "suse_version", "sle_version", "is_opensuse",
	"leap_version", "mageia", "omvver", "amzn", "openEuler", "dist"}

// query is the command line that asks rpmspec for name, version and BuildRequires.
func (db *Database) query(m *macros, name string) []string {
	argv := []string{"rpmspec", "-q", "--srpm", "--qf", `%{NAME}\n%{EVR}\n[%{REQUIRENEVRS}\n]`}
	for _, macro := range distribution {
		if value, err := m.expand("%{?" + macro + "}"); err == nil && value != "" {
			argv = append(argv, "--define", macro+" "+value)
		}
	}
	if strings.HasPrefix(name, "-") {
		name = "./" + name
	}
	return append(argv, name)
}

// printedRecipe reads what rpmspec printed. The lines are found in the text, as far as
// they can be.
func (db *Database) printedRecipe(r *specReader, text, printed string) (*depgraph.Recipe, error) {
	lines := strings.Split(strings.TrimSuffix(printed, "\n"), "\n")
	if len(lines) < 2 {
		return nil, fmt.Errorf("%s: rpmspec prints %q", r.name, shortened(printed))
	}
	recipe := &depgraph.Recipe{Name: lines[0], Version: lines[1]}
	where := r.mentions(text)
	for _, line := range lines[2:] {
		if line == "" || line == "(none)" || strings.HasPrefix(line, "rpmlib(") {
			continue
		}
		at := where[line]
		if at == "" {
			at = r.name + ": BuildRequires"
		}
		if err := r.add(recipe, at, line); err != nil {
			return nil, err
		}
	}
	return recipe, nil
}

// A specReader reads the lines of a recipe.
type specReader struct {
	db     *Database
	name   string
	macros *macros
	open   []branch
}

func (db *Database) newSpecReader(name string) *specReader {
	return &specReader{db: db, name: name, macros: newMacros(db.root, db.native)}
}

func (r *specReader) errorf(l specLine, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{r.name, l.number}, args...)...)
}

var (
	// buildRequires is a line of build dependencies, with a qualifier or without.
	buildRequires = regexp.MustCompile(`(?i)^\s*(buildrequires|buildprereq)\s*(?:\([^)]*\))?\s*:(.*)$`)
	// identity is a line that says what is built, and that macros are named after.
	identity = regexp.MustCompile(`(?i)^\s*(name|version|release|epoch)\s*:(.*)$`)
	// section is a line that ends the preamble (build/parseSpec.c).
	section = regexp.MustCompile(`^\s*%(description|generate_buildrequires|prep|conf|build|install|check|clean|preun|postun|pretrans|posttrans|preuntrans|postuntrans|pre|post|files|changelog|trigger\w*|filetrigger\w*|transfiletrigger\w*|verifyscript|sepolicy|patchlist|sourcelist|policies)(\s|$)`)
	// subpackage is a line that begins another preamble.
	subpackage = regexp.MustCompile(`^\s*%package(\s|$)`)
)

// recipe reads the lines without rpm. What cannot be told is an error where a
// dependency, or the meaning of one, hangs on it.
func (r *specReader) recipe(text string) (*depgraph.Recipe, error) {
	recipe := &depgraph.Recipe{}
	preamble := true
	for _, l := range joined(text) {
		is, err := r.directive(l)
		if err != nil {
			return nil, err
		}
		if is || r.taken() == no {
			continue
		}
		switch {
		case section.MatchString(l.text):
			preamble = false
		case subpackage.MatchString(l.text):
			preamble = true
		case r.definition(l.text), !preamble, strings.HasPrefix(strings.TrimSpace(l.text), "#"):
		default:
			if err := r.preambleLine(recipe, l); err != nil {
				return nil, err
			}
		}
	}
	if len(r.open) > 0 {
		return nil, fmt.Errorf("%s:%d: %%if without an %%endif", r.name, r.open[0].line)
	}
	if recipe.Name == "" {
		return nil, fmt.Errorf("%s: no Name", r.name)
	}
	return recipe, nil
}

// definition takes a line that defines a macro.
func (r *specReader) definition(text string) bool {
	word, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	rest = strings.TrimSpace(rest)
	name := rest[:identifier(rest)]
	switch word {
	case "%global":
		r.macros.define(rest, r.macros.expand)
	case "%define":
		r.macros.define(rest, nil)
	case "%undefine":
		delete(r.macros.values, name)
	case "%dnl": // a comment
		return true
	case "%bcond_with": // off unless rpmbuild is called with --with
		name = "with_" + name
		delete(r.macros.values, name)
	case "%bcond_without":
		name = "with_" + name
		r.macros.set(name, "1")
	case "%bcond":
		value := macro{err: unknownMacro("%{with " + name + "}")}
		if text, err := r.macros.expand(strings.TrimSpace(rest[len(name):])); err == nil {
			if text, err = evaluate(text); err == nil {
				value = macro{body: text}
			}
		}
		name = "with_" + name
		if r.macros.values[name] = value; value.err == nil && (value.body == "0" || value.body == "") {
			delete(r.macros.values, name)
		}
	default:
		return false
	}
	if r.taken() == unknown && name != "" {
		r.macros.values[name] = macro{err: r.why()}
	}
	return true
}

// preambleLine reads one line of tags, or of macros that may come to some.
func (r *specReader) preambleLine(recipe *depgraph.Recipe, l specLine) error {
	expanded, err := r.macros.expand(l.text)
	if err != nil {
		if match := buildRequires.FindStringSubmatch(l.text); match != nil || strings.HasPrefix(strings.TrimSpace(l.text), "%") {
			return r.errorf(l, "%w", err)
		}
		return nil // of other tags' values nothing hangs on
	}
	for line := range strings.Lines(expanded) {
		line = strings.TrimSuffix(line, "\n")
		if match := identity.FindStringSubmatch(line); match != nil {
			r.identity(recipe, strings.ToLower(match[1]), strings.TrimSpace(match[2]))
		}
		match := buildRequires.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		if r.taken() == unknown {
			return r.errorf(l, "%s: %w", match[1], r.why())
		}
		if err := r.add(recipe, fmt.Sprintf("%s:%d: %s", r.name, l.number, match[1]), match[2]); err != nil {
			return err
		}
	}
	return nil
}

// identity takes the first Name, Version, Release and Epoch: a subpackage may have
// others.
func (r *specReader) identity(recipe *depgraph.Recipe, tag, value string) {
	if _, known := r.macros.values[tag]; known {
		return
	}
	r.macros.set(tag, value)
	switch tag {
	case "name":
		recipe.Name = value
	case "version":
		recipe.Version = value
	}
}

// add reads a list of dependencies.
func (r *specReader) add(recipe *depgraph.Recipe, where, list string) error {
	texts, err := splitList(list)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	for _, text := range texts {
		needs, err := r.db.written(text)
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		for _, need := range needs {
			recipe.Direct = append(recipe.Direct, depgraph.Direct{Kind: depgraph.Build, Need: need, Where: where})
		}
	}
	return nil
}

// splitList divides a list at white space and commas, but not within a dependency.
func splitList(list string) (texts []string, err error) {
	if len(list) > maxRich {
		return nil, fmt.Errorf("a list of %d bytes", len(list))
	}
	for p := (richParser{text: list}); ; {
		if p.skip(); p.rest() == "" {
			return texts, nil
		}
		e, err := p.operand(0)
		if err != nil {
			return nil, fmt.Errorf("%w in %q", err, shortened(strings.TrimSpace(list)))
		}
		if c := e.text[0]; c != '(' && c != '/' && c != '_' && identifier(e.text) == 0 && (c < '0' || c > '9') {
			return nil, fmt.Errorf("%q is no name", e.text)
		}
		texts = append(texts, e.text)
	}
}

// mentions finds on which line each dependency stands, if that can be told: what is
// expanded here, of every branch.
func (r *specReader) mentions(text string) map[string]string {
	where := map[string]string{}
	for _, l := range joined(text) {
		r.definition(l.text)
		expanded, err := r.macros.expand(l.text)
		if err != nil {
			continue
		}
		if match := identity.FindStringSubmatch(expanded); match != nil {
			r.identity(&depgraph.Recipe{}, strings.ToLower(match[1]), strings.TrimSpace(match[2]))
		}
		match := buildRequires.FindStringSubmatch(expanded)
		if match == nil {
			continue
		}
		texts, _ := splitList(match[2])
		for _, text := range texts {
			if e, err := parseExpr(text); err == nil && e.op == "" && e.name != "" {
				text = e.dep.String()
			}
			if where[text] == "" {
				where[text] = fmt.Sprintf("%s:%d: %s", r.name, l.number, match[1])
			}
		}
	}
	return where
}
