package freebsd

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
)

// fields are the dependencies of a port, by kind: the porter's handbook, 5.9.
var fields = []struct {
	name string
	kind depgraph.Kind
}{
	{"FETCH_DEPENDS", depgraph.Fetch},
	{"EXTRACT_DEPENDS", depgraph.Extract},
	{"PATCH_DEPENDS", depgraph.Patch},
	{"BUILD_DEPENDS", depgraph.Build},
	{"LIB_DEPENDS", depgraph.Lib},
	{"RUN_DEPENDS", depgraph.Run},
	{"TEST_DEPENDS", depgraph.Test},
}

// A port is what its Makefile says: dependencies by field.
type port struct {
	name, version string
	depends       map[string][]word
}

// A word is one of a variable's, with the line it stands on: 0 where that is not known.
type word struct {
	line int
	text string
}

// Recipe reads a port's Makefile: by BSD make, which has to know the ports tree, else by
// its plain lines. Make knows all: options, flavors, and what USES stands for.
func (db *Database) Recipe(name string, text []byte) (*depgraph.Recipe, error) {
	p, err := db.askMake(name, string(text))
	if errors.Is(err, depgraph.ErrNoTool) {
		p, err = readMakefile(name, string(text))
	}
	if err != nil {
		return nil, err
	}
	r := &depgraph.Recipe{Name: p.name, Version: p.version}
	for _, f := range fields {
		for _, w := range p.depends[f.name] {
			where := fmt.Sprintf("%s:%d: %s", name, w.line, f.name)
			if w.line == 0 {
				where = fmt.Sprintf("%s: %s", name, f.name)
			}
			d, err := parseDepend(w.text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", where, err)
			}
			need, err := db.need(d, f.name == "LIB_DEPENDS")
			if err != nil {
				return nil, fmt.Errorf("%s: %w", where, err)
			}
			if need != nil {
				r.Direct = append(r.Direct, depgraph.Direct{Kind: f.kind, Need: need, Where: where})
			}
		}
	}
	return r, nil
}

// askMake has BSD make print what it knows of the port: one line a variable. The error
// wraps depgraph.ErrNoTool where there is no such make.
func (db *Database) askMake(name, text string) (*port, error) {
	tool, err := db.bsdMake()
	if err != nil {
		return nil, err
	}
	argv := []string{tool, "-C", path.Dir(name), "-V", "${PKGBASE}", "-V", "${PKGVERSION}"}
	for _, f := range fields {
		argv = append(argv, "-V", "${"+f.name+"}") // a bare name may be printed unexpanded
	}
	out, err := db.setting.Tool(argv...)
	if err != nil && tool == "bmake" {
		return nil, fmt.Errorf("%s: bmake without a ports tree: %w", name, depgraph.ErrNoTool)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != 2+len(fields) {
		return nil, fmt.Errorf("%s: %s printed %d lines for %d variables", name, tool, len(lines), 2+len(fields))
	}
	p := &port{name: strings.TrimSpace(lines[0]), version: strings.TrimSpace(lines[1]), depends: map[string][]word{}}
	if p.name == "" {
		return nil, fmt.Errorf("%s: %s knows no PKGBASE: is this a port's?", name, tool)
	}
	for i, f := range fields {
		seen := map[string]bool{}
		for depend := range strings.FieldsSeq(lines[2+i]) {
			if !seen[depend] {
				seen[depend] = true
				p.depends[f.name] = append(p.depends[f.name], word{lineOf(text, depend), depend})
			}
		}
	}
	return p, nil
}

// bsdMake finds BSD make: make on a BSD, bmake where make is GNU's.
func (db *Database) bsdMake() (string, error) {
	out, err := db.setting.Tool("make", "--version")
	if errors.Is(err, depgraph.ErrNoTool) || err == nil && strings.HasPrefix(string(out), "GNU Make") {
		if _, err := db.setting.Tool("bmake", "-V", "MAKE_VERSION", "-f", "/dev/null"); err != nil {
			return "", fmt.Errorf("bmake: %w", depgraph.ErrNoTool)
		}
		return "bmake", nil
	}
	return "make", nil // BSD make knows no --version
}

// lineOf returns the line of a Makefile on which a dependency stands as it is, 0 if
// none has it.
func lineOf(text, depend string) int {
	n := 0
	for line := range strings.Lines(text) {
		n++
		for field := range strings.FieldsSeq(line) {
			if field == depend || strings.HasSuffix(field, "="+depend) {
				return n
			}
		}
	}
	return 0
}
