package pkgsrc

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/depview/depview/depgraph"
)

// dependencies are the variables that hold a package's dependencies, PATTERN:DIRECTORY
// words, and their kinds (mk/depends/bsd.depends.mk). What DEPENDS names is there when
// the package is built, too; and BOOTSTRAP_DEPENDS before anything else is.
var dependencies = []struct {
	name string
	kind depgraph.Kind
}{
	{"BOOTSTRAP_DEPENDS", depgraph.Fetch},
	{"TOOL_DEPENDS", depgraph.Build},
	{"BUILD_DEPENDS", depgraph.Build},
	{"DEPENDS", depgraph.Lib},
	{"TEST_DEPENDS", depgraph.Test},
}

// Recipe reads the dependencies of a package's Makefile. It is a program for BSD make,
// which alone knows what comes of it with buildlink3.mk files, USE_TOOLS and options: it
// is asked, with pkgsrc's own target for that (mk/bsd.utils.mk, show-vars). Where it is
// not installed, the lines of the Makefile itself have to do.
func (db *Database) Recipe(name string, text []byte) (*depgraph.Recipe, error) {
	r, err := db.ask(name, text)
	if errors.Is(err, depgraph.ErrNoTool) {
		return db.readMakefile(name, string(text))
	}
	return r, err
}

// ask has make tell the variables, a line each.
func (db *Database) ask(name string, text []byte) (*depgraph.Recipe, error) {
	asked := []string{"PKGNAME"}
	for _, d := range dependencies {
		asked = append(asked, d.name)
	}
	out, err := db.make("-C", filepath.Dir(name), "show-vars", "VARNAMES="+strings.Join(asked, " "))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	values := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(values) != len(asked) {
		return nil, fmt.Errorf("%s: make show-vars tells of %d variables, in %d lines", name, len(asked), len(values))
	}
	r := &depgraph.Recipe{}
	r.Name, r.Version, _ = cutVersion(strings.TrimSpace(values[0]))
	for i, d := range dependencies {
		for _, word := range strings.Fields(values[i+1]) {
			need, err := db.dependency(word)
			if err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, d.name, err)
			}
			r.Direct = append(r.Direct, depgraph.Direct{Kind: d.kind, Need: need, Where: where(name, string(text), word, d.name)})
		}
	}
	return r, nil
}

// make runs BSD make: bmake, where it goes by that name, or make on a system whose own
// that is.
func (db *Database) make(args ...string) ([]byte, error) {
	out, err := db.setting.Tool(append([]string{"bmake"}, args...)...)
	if !errors.Is(err, depgraph.ErrNoTool) {
		return out, err
	}
	if _, missing := fs.Stat(db.root, "usr/share/mk/sys.mk"); missing != nil {
		return out, err
	}
	return db.setting.Tool(append([]string{"make"}, args...)...)
}

// dependency reads a word of a variable, PATTERN:DIRECTORY.
func (db *Database) dependency(word string) (depgraph.Need, error) {
	pattern, _, ok := strings.Cut(word, ":")
	if !ok {
		return nil, fmt.Errorf("%q is not of the form pattern:directory", word)
	}
	return db.need(pattern)
}

// where tells the line of a Makefile that a dependency comes from: the one that names its
// directory. Many come from other files.
func where(file, text, word, variable string) string {
	_, dir, _ := strings.Cut(word, ":")
	n := 0
	for line := range strings.Lines(text) {
		n++
		if at := strings.Index(line, dir); at >= 0 && dir != "" && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			if end := at + len(dir); end == len(line) || strings.IndexByte("/\" \t\r\n\\", line[end]) >= 0 {
				return fmt.Sprintf("%s:%d: %s", file, n, variable)
			}
		}
	}
	return file + ": " + variable
}

// portName splits the PKGNAME of a Makefile; where it does not tell, the port is called as
// its directory.
func portName(file, full string) (name, version string) {
	if name, version, ok := cutVersion(full); ok && name != "" && !strings.Contains(full, "$") {
		return name, version
	}
	if dir := path.Base(path.Dir(filepath.ToSlash(file))); dir != "." && dir != "/" && dir != ".." {
		return dir, ""
	}
	return "", ""
}
