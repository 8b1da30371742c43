package macports

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/depview/depview/depgraph"
)

// Recipe reads what a Portfile's main port depends on, with its default variants. A
// Portfile is a program in Tcl, and port(1) runs it: what that tells is taken. Where
// it is not installed, the Portfile's plain lines are read, and what they leave to Tcl
// is an error that wraps [depgraph.ErrNoTool].
func (db *Database) Recipe(name string, text []byte) (*depgraph.Recipe, error) {
	if path.Base(filepath.ToSlash(name)) == "Portfile" {
		r, err := db.ask(name)
		if !errors.Is(err, depgraph.ErrNoTool) {
			return r, err
		}
	}
	return db.readPortfile(name, string(text))
}

// declare returns the line of a Portfile that asks for the named ports.
func declare(names []string) string {
	return "depends_lib-append port:" + strings.Join(names, " port:")
}

// field is the option of a Portfile that holds the dependencies of a kind.
func field(k depgraph.Kind) string { return "depends_" + string(k) }

// ask has port(1) tell. With --line, it prints the fields with tabs between them, and
// lists with commas; with -v, dependencies as they are written (port-info(1),
// src/port/port.tcl, action_info).
func (db *Database) ask(name string) (*depgraph.Recipe, error) {
	argv := []string{"", "-v", "-D", filepath.Dir(name), "info", "--line", "--name", "--version"}
	for _, k := range depgraph.Kinds() {
		argv = append(argv, "--"+field(k))
	}
	out, err := db.port1(argv)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	// Other lines can be among them: what the Portfile says with ui_info.
	fields := 2 + len(depgraph.Kinds())
	var told []string
	for line := range strings.Lines(string(out)) {
		if f := strings.Split(strings.TrimRight(line, "\r\n"), "\t"); len(f) == fields {
			told = f
		}
	}
	if told == nil {
		return nil, fmt.Errorf("%s: port info printed no line of %d fields", name, fields)
	}
	r := &depgraph.Recipe{Name: told[0], Version: told[1]}
	for i, k := range depgraph.Kinds() {
		for _, text := range strings.FieldsFunc(told[i+2], func(c rune) bool { return c == ',' || c == ' ' }) {
			if err := db.direct(r, k, text, name+": "+field(k)); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// port1 runs the prefix's port(1), or else the one in the PATH.
func (db *Database) port1(argv []string) (out []byte, err error) {
	for _, argv[0] = range []string{db.prefix + "/bin/port", "port"} {
		out, err = db.setting.Tool(argv...)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s: %w", argv[0], depgraph.ErrNoTool)
		}
		if !errors.Is(err, depgraph.ErrNoTool) {
			break
		}
	}
	return out, err
}

// direct adds a dependency to r, unless a file of the system satisfies it.
func (db *Database) direct(r *depgraph.Recipe, k depgraph.Kind, text, where string) error {
	need, err := db.Need(text)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	if len(need) > 0 {
		r.Direct = append(r.Direct, depgraph.Direct{Kind: k, Need: need, Where: where})
	}
	return nil
}
