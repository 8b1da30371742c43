// Package opam reads the package database of an opam switch, and opam files.
//
// A switch is a prefix: OPAMROOT/NAME, or DIR/_opam for a local one. What opam knows of
// it is in its .opam-switch (OpamPath.Switch), here relative to that:
//
//	switch-state               installed: ["a.1.0" …], compiler:, roots:, pinned:
//	switch-config              invariant: ["ocaml" {>= "4.14"}], variables { … }
//	install/NAME.changes       added: ["lib/a" {"D"} "lib/a/META" {"F:…"} …]
//	packages/NAME.VERSION/     opam, the package's recipe as it was installed
//	config/NAME.config         variables that it defines
//
// All of these, and recipes, are in one syntax, that of opam-file-format. The rules are
// those of opam 2.1's sources; the file of each is named where it counts.
//
//	lexer.go, parser.go                  the syntax
//	filter.go, variables.go, formula.go  what it says of dependencies
//	place.go, state.go                   which switch, who is installed
//	files.go, generated.go               who owns which path
//	rewrite.go                           the database with only some packages in it
//	recipe.go                            opam files that are to be built
//
// opam has no virtual packages. What a package needs of the OS, its depexts, is looked
// for in the database that is stacked below this one.
package opam

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// kind is what the source is called.
const kind = "opam"

func init() {
	depgraph.Register(kind, depgraph.Source{
		Open:    Open,
		State:   state,
		Recipes: []string{"opam", "*.opam"},
		Declare: declare,
	})
}

// state names the files that change whenever a package is installed or removed.
func state(root fs.FS, s depgraph.Setting) []string {
	at, err := find(root, s)
	if err != nil {
		return nil
	}
	meta := at + "/" + metaDir
	pattern := rootfs.Pattern(meta)
	return []string{pattern, pattern + "/switch-state", pattern + "/switch-config", pattern + "/install", pattern + "/install/*.changes"}
}

// A Database is one switch. Its methods may be called concurrently.
type Database struct {
	root     fs.FS
	setting  depgraph.Setting
	prefix   string // relative to root
	meta     string // .opam-switch, relative to root
	opamRoot string // relative to root
	system   system
	env      env // of what the machine and the switch define

	packages  []*depgraph.Package
	installed map[string]*depgraph.Package
	base      []depgraph.Need
}

// A detail is what a package keeps for itself.
type detail struct{ nv string } // "NAME.VERSION"

// Open reads the database of the switch that s, or the tree root itself, names. Without
// one, the error wraps fs.ErrNotExist.
func Open(root fs.FS, s depgraph.Setting) (depgraph.Database, error) {
	prefix, err := find(root, s)
	if err != nil {
		return nil, err
	}
	prefix = real(root, prefix)
	db := &Database{root: root, setting: s, prefix: prefix, meta: prefix + "/" + metaDir, system: findSystem(root)}
	if _, err := fs.Stat(root, db.meta); err != nil {
		return nil, fmt.Errorf("no opam switch /%s here: %w", db.prefix, err)
	}
	return db, db.readState()
}

// Place implements [depgraph.Placed].
func (db *Database) Place() string { return "/" + db.prefix }

// Packages implements [depgraph.Database].
func (db *Database) Packages() []*depgraph.Package { return db.packages }

// Base is the compiler and what the invariant of the switch asks for: the packages that
// opam itself will not remove. Without an OS's database below, the OS is its usual
// trees, less the switch.
func (db *Database) Base() depgraph.Base {
	return depgraph.Base{
		Needs:  db.base,
		Paths:  db.system.paths(),
		Except: []string{"/" + db.prefix, "/" + db.opamRoot},
	}
}

// Need reads a dependency as on opam's command line, "dune", "dune>=2.0", "dune.3.0"
// (OpamFormula.atom_of_string), or as in an opam file, `"dune" {>= "2.0"}`.
func (db *Database) Need(text string) (depgraph.Need, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, `"`) && !strings.HasPrefix(text, "(") {
		return readAtom(text)
	}
	r := reader{env: db.with(everyFlag), file: text, field: "depends"}
	p, err := newParser(text, text)
	if err != nil {
		return nil, err
	}
	v, err := p.value()
	if err == nil && p.tok.kind != endOfFile {
		err = p.unexpected("the end")
	}
	if err != nil {
		return nil, err
	}
	needs, _, err := r.needs(v)
	if err == nil && len(needs) != 1 {
		err = r.errorf(1, "not one dependency")
	}
	if err != nil {
		return nil, err
	}
	return needs[0], nil
}

// Ignore tells of what opam's own database is looked up for: it tells of packages, and
// is none.
func (db *Database) Ignore() []string {
	return []string{"/" + db.meta + "/**", "/" + db.opamRoot + "/config"}
}

// declare returns the line of an opam file that asks for the named packages.
func declare(names []string) string { return "depends: " + list(names) }

// DeclareBelow implements [depgraph.BelowDeclarer]: packages of the OS have other names
// on another.
func (db *Database) DeclareBelow(names []string) string {
	return "depexts: [" + list(names) + " {os-family = " + quote(db.system.family) + "}]"
}

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return "[" + strings.Join(quoted, " ") + "]"
}
