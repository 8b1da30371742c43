package pkgsrc

import (
	"path"

	"github.com/depview/depview/depgraph"
)

// Files returns what p's packing list names, what its +INSTALL script put in place, and
// the files about p in PKG_DBDIR.
func (db *Database) Files(p *depgraph.Package) ([]string, error) {
	text, err := db.read(p, contents)
	if err != nil {
		return nil, err
	}
	about := path.Join(db.dir, pkgname(p))
	paths, prefix, err := list(db.called(p, contents), about, text)
	if err != nil {
		return nil, err
	}
	if paths, err = db.installed(p, prefix, paths); err != nil {
		return nil, err
	}
	paths = append(paths, about)
	for _, name := range aboutFiles {
		paths = append(paths, about+"/"+name)
	}
	return paths, nil
}

// findPrefix returns the prefix that packages are installed in: pkg_install's own, or
// else that of the first package that has one.
func (db *Database) findPrefix() string {
	if p := db.byName["pkg_install"]; p != nil {
		if prefix := db.prefixOf(p); prefix != "" {
			return prefix
		}
	}
	for _, p := range db.packages {
		if prefix := db.prefixOf(p); prefix != "" {
			return prefix
		}
	}
	return path.Dir(db.dir)
}

// prefixOf returns the prefix of p, empty where its packing list does not tell.
func (db *Database) prefixOf(p *depgraph.Package) string {
	text, _ := db.read(p, contents)
	for e, err := range entries(text) {
		if err != nil {
			break
		}
		if e.directive == "cwd" && path.IsAbs(e.argument) && !climbs(e.argument) {
			return path.Clean(e.argument)
		}
	}
	return ""
}
