package opam

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// readState reads who is installed, and what makes up the base.
func (db *Database) readState() error {
	name := db.meta + "/switch-state"
	items, err := db.parse(name) // an empty switch has none
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	config, err := db.parse(db.meta + "/switch-config")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := db.readConfig(config); err != nil {
		return err
	}
	installed, err := packageList("/"+name, items, "installed")
	if err != nil {
		return err
	}
	db.packages = make([]*depgraph.Package, 0, len(installed))
	db.installed = make(map[string]*depgraph.Package, len(installed))
	for _, e := range installed {
		if db.installed[e.name] != nil {
			return fmt.Errorf("/%s:%d: %.80s is installed twice", name, e.line, e.name)
		}
		p := &depgraph.Package{Name: e.name, Version: e.version, Source: kind, Detail: &detail{e.nv}}
		p.Late = func() ([]depgraph.Need, error) { return db.runNeeds(p) }
		db.packages = append(db.packages, p)
		db.installed[e.name] = p
	}
	return db.readBase("/"+name, items, config)
}

// An entry is a package of a list in switch-state.
type entry struct {
	name, version, nv string
	line              int
}

// packageList reads a field of packages, "NAME.VERSION". A pinned one may have options,
// which are of old.
func packageList(file string, items []item, list string) (entries []entry, err error) {
	v, ok := field(items, list)
	if !ok {
		return nil, nil
	}
	for _, e := range v.elements() {
		nv, ok := e.str()
		name, version, versioned := strings.Cut(nv, ".")
		if !ok || !versioned || !isName(name) || !isVersion(version) {
			return nil, fmt.Errorf("%s:%d: %s: %.80q is no package", file, e.line, list, nv)
		}
		entries = append(entries, entry{name, version, nv, e.line})
	}
	return entries, nil
}

// isVersion tells whether s can be a version (OpamPackage.Version): it is part of a
// file's name.
func isVersion(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) && !strings.ContainsRune("-_+.~", rune(s[i])) {
			return false
		}
	}
	return s != ""
}

// readConfig reads switch-config, and from opam's own configuration what it defines.
func (db *Database) readConfig(config []item) error {
	db.opamRoot = db.prefix
	if above := path.Dir(db.prefix); exists(db.root, above+"/config") {
		db.opamRoot = above
	}
	if v, ok := field(config, "opam-root"); ok && strings.HasPrefix(v.text, "/") && fs.ValidPath(rootfs.Relative(v.text)) {
		db.opamRoot = real(db.root, v.text)
	}
	global, err := db.parse(db.opamRoot + "/config")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db.env = db.variables(config, global)
	return nil
}

// readBase reads the compiler's packages and the invariant of the switch. The base-*
// packages stand for parts of the compiler's own library.
func (db *Database) readBase(file string, items, config []item) error {
	compiler, err := packageList(file, items, "compiler")
	if err != nil {
		return err
	}
	for _, e := range compiler {
		db.base = append(db.base, depgraph.Named(e.name))
	}
	for _, p := range db.packages {
		if strings.HasPrefix(p.Name, "base-") {
			db.base = append(db.base, depgraph.Named(p.Name))
		}
	}
	if v, ok := field(config, "invariant"); ok {
		r := reader{env: db.env, file: "/" + db.meta + "/switch-config", field: "invariant"}
		needs, _, err := r.needs(v)
		if err != nil {
			return err
		}
		db.base = append(db.base, needs...)
	}
	return nil
}

// parse reads a file of the database. opam 2.1 writes over its files in place, and does
// so while it builds other packages: what is empty or broken and was written just now is
// looked at again, for a tenth of a second.
func (db *Database) parse(name string) ([]item, error) {
	for wait := time.Millisecond; ; wait *= 2 {
		text, err := read(db.root, name)
		if err != nil {
			return nil, fmt.Errorf("opam switch: %w", err)
		}
		items, err := parse("/"+name, text)
		if err == nil && len(items) > 0 || wait > 64*time.Millisecond || !db.isFresh(name) {
			return items, err
		}
		time.Sleep(wait)
	}
}

// isFresh tells whether a file was written in the last seconds.
func (db *Database) isFresh(name string) bool {
	info, err := fs.Stat(db.root, name)
	return err == nil && time.Since(info.ModTime()) < 2*time.Second
}

// runNeeds returns what an installed package needs at run time: what it depends on but
// for what it only builds, tests or documents itself with, those of its optional
// dependencies that are there, which it was built against, and what it needs of the OS.
func (db *Database) runNeeds(p *depgraph.Package) ([]depgraph.Need, error) {
	name := db.packageDir(p) + "/opam"
	items, err := db.parse(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // opam takes it for one that says nothing
	}
	if err != nil {
		return nil, err
	}
	f := db.opamFile("/"+name, items, p.OwnName(), p.Version)
	var needs []depgraph.Need
	for _, field := range []string{"depends", "depopts", "depexts"} {
		more, _, err := f.needs(field, noFlag)
		if err != nil {
			return nil, err
		}
		needs = append(needs, more...)
	}
	return needs, nil
}

// packageDir is the directory of what opam keeps about an installed package.
func (db *Database) packageDir(p *depgraph.Package) string {
	return db.meta + "/packages/" + p.Detail.(*detail).nv
}

// readAtom reads a package, and perhaps a version, as on the command line.
func readAtom(text string) (depgraph.Need, error) {
	a := atom{name: text}
	if i := strings.IndexAny(text, ">=<.!"); i >= 0 {
		a.name = text[:i]
		wanted := strings.TrimLeft(text[i:], ">=<.!")
		operator := text[i : len(text)-len(wanted)]
		if operator == "." {
			operator = "="
		}
		if relationOf(operator) == 0 || !isVersion(wanted) {
			return nil, fmt.Errorf("bad version in %q", text)
		}
		a.versions = &versions{operator: operator, version: wanted}
	}
	if !isName(a.name) {
		return nil, fmt.Errorf("bad package name %q in %q", a.name, text)
	}
	return need([]atom{a}), nil
}
