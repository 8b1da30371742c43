package pkgsrc

import (
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/generated"
	"github.com/depview/depview/depgraph/rootfs"
)

// Generated implements [depgraph.Database]: what pkg_install keeps for itself, the
// directories of a prefix, and the tables of generated_table.go.
func (db *Database) Generated(name string) (depgraph.Origin, bool) {
	if origin, ok := db.ofDatabase(name); ok {
		return origin, true
	}
	prefix := db.realPrefix()
	if isStandard(prefix, name) {
		return depgraph.Origin{}, true
	}
	table := generatedTable()
	owner, ok := table.Owner(name)
	if rest, inside := rootfs.Under(prefix, name); !ok && inside {
		owner, ok = table.Owner(rest)
	}
	if ok {
		return db.originOf(owner)
	}
	beside, ok := table.Beside(name)
	return depgraph.Origin{Path: beside}, ok
}

var generatedTable = generated.NewTable(generatedFiles, generatedBeside)

// originOf answers with the first of the packages "new|old" that is installed. A file of
// none is nobody's.
func (db *Database) originOf(owner string) (depgraph.Origin, bool) {
	if owner == "" {
		return depgraph.Origin{}, true
	}
	for name := range strings.SplitSeq(owner, "|") {
		if db.byName[name] != nil {
			return depgraph.Origin{Package: name}, true
		}
	}
	return depgraph.Origin{}, false
}

// ofDatabase answers for what is in PKG_DBDIR and beside it.
func (db *Database) ofDatabase(name string) (depgraph.Origin, bool) {
	dir, count := "/"+db.real, "/"+db.real+".refcount"
	if name == dir || name == count {
		return depgraph.Origin{}, true
	}
	if rest, ok := rootfs.Under(dir, name); ok {
		about, _, inside := strings.Cut(rest, "/")
		switch {
		case inside && db.installedAs(about) != nil: // what a script unpacks: +FILES, +DIRS
			return depgraph.Origin{Path: dir + "/" + about + "/" + contents}, true
		case !inside && slices.Contains(dbFiles, about):
			return depgraph.Origin{}, true
		}
	}
	if rest, ok := rootfs.Under(count, name); ok {
		return db.ofCount(rest)
	}
	return depgraph.Origin{}, false
}

// ofCount answers for the database of reference counts: KIND/PATH/PKGNAME for each
// package that uses a path, KIND/NAME/PKGNAME for users, groups and shells, and marks
// such as KIND/PATH/+PERMISSIONS.
func (db *Database) ofCount(rest string) (depgraph.Origin, bool) {
	kind, counted, _ := strings.Cut(rest, "/")
	if counted == "" {
		return depgraph.Origin{}, true
	}
	token := path.Base(counted)
	if p := db.installedAs(token); p != nil {
		return depgraph.Origin{Package: p.OwnName()}, true
	}
	if !slices.Contains([]string{"dirs", "files", "perms"}, kind) {
		return depgraph.Origin{}, true
	}
	if strings.HasPrefix(token, "+") {
		counted = path.Dir(counted)
	}
	return depgraph.Origin{Path: path.Join("/", counted)}, true
}

// installedAs returns the package with this PKGNAME, nil if there is none.
func (db *Database) installedAs(name string) *depgraph.Package {
	at, ok := slices.BinarySearchFunc(db.packages, name, func(p *depgraph.Package, name string) int {
		return strings.Compare(pkgname(p), name)
	})
	if !ok {
		return nil
	}
	return db.packages[at]
}
