// Package freebsd reads the package database of FreeBSD's pkg(8), of DragonFly too:
// /var/db/pkg/local.sqlite, and the Makefiles of the ports tree.
//
//	store.go               the file, its schema, and what is asked again when pkg(8) wrote to it
//	packages.go, needs.go  who is installed, and what each needs: deps, shlibs, requires
//	depend.go, formula.go  a dependency as users, ports and packages write it
//	generated.go           whose are the files that no package lists
//	rewrite.go             the database with some of its packages only
//	recipe.go, makefile.go what a port asks for: by BSD make, or read line by line
//
// The tables are those of pkg's libpkg/pkgdb.c, and libpkg/private/db_upgrades.h tells
// what they were: any schema from 4 on is read, by the tables and columns that it has.
// Packages depend on each other by name (deps.name; before schema 29 by origin), by
// shared library and by what they provide. The base OS is no package, and is a list of
// trees; where it is (pkgbase), its packages are those named FreeBSD-*.
package freebsd

import (
	"io/fs"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
	"github.com/depview/depview/depgraph/sqlite"
)

// kind is what the source is registered as.
const kind = "freebsd"

func init() {
	depgraph.Register(kind, depgraph.Source{
		Open: Open,
		State: func(_ fs.FS, s depgraph.Setting) []string {
			return sqlite.Files(path.Join(directory(s), local))
		},
		OS:      []string{"freebsd", "dragonfly"},
		Recipes: []string{"Makefile"},
		Declare: func(names []string) string { return declare(names, func(string) string { return "" }) },
	})
}

// local is the file of the installed packages, in pkg(8)'s directory.
const local = "local.sqlite"

// directory is pkg(8)'s, relative to the root: PKG_DBDIR of pkg.conf(5), /var/db/pkg
// unless it is told.
func directory(s depgraph.Setting) string {
	for _, dir := range []string{s.Prefix, s.Env("PKG_DBDIR")} {
		if strings.HasPrefix(dir, "/") {
			if dir = path.Clean(dir)[1:]; dir != "" {
				return dir
			}
			return "."
		}
	}
	return "var/db/pkg"
}

// A Database is pkg(8)'s, in one root. Its methods may be called concurrently.
type Database struct {
	root     fs.FS
	setting  depgraph.Setting
	dir      string // of the database, relative to the root, links resolved
	store    *store
	packages []*depgraph.Package
	named    map[string]*depgraph.Package
	provided map[string]bool // shared libraries that a package provides
	prefixes []prefix        // where packages are installed, /usr/local first
}

// Open reads the database of the tree root. Without one, the error wraps
// fs.ErrNotExist.
func Open(root fs.FS, s depgraph.Setting) (depgraph.Database, error) {
	db := &Database{root: root, setting: s, dir: rootfs.Relative(rootfs.Real(root, directory(s)))}
	db.store = &store{root: root, name: path.Join(db.dir, local)}
	if err := db.store.do(db.readPackages); err != nil {
		return nil, err
	}
	return db, nil
}

// Packages implements [depgraph.Database].
func (db *Database) Packages() []*depgraph.Package { return db.packages }

// Need reads a dependency as pkg-info(8) and ports take one: "zlib", "zlib>=1.2<2",
// "zlib-1.3", "archivers/zlib@flavor", "libz.so:archivers/zlib", "/usr/local/bin/foo".
func (db *Database) Need(text string) (depgraph.Need, error) { return db.parseNeed(text) }

// Base is what is in every build's root without being asked for: the base OS of
// hier(7), and pkg(8) itself, which ports call.
func (db *Database) Base() depgraph.Base {
	base := depgraph.Base{Needs: []depgraph.Need{depgraph.Named("pkg")}, Paths: basePaths}
	if dir := db.setting.Env("PORTSDIR"); strings.HasPrefix(dir, "/") && path.Clean(dir) != "/" {
		base.Paths = append(base.Paths[:len(base.Paths):len(base.Paths)], path.Clean(dir))
	}
	for _, p := range db.packages {
		if strings.HasPrefix(p.OwnName(), "FreeBSD-") {
			base.Needs = append(base.Needs, depgraph.Named(p.OwnName()))
		}
	}
	return base
}

// basePaths are the trees of the base OS, by hier(7) and the sets of a release: base,
// lib32, src, tests; and the ports tree. Packages may own files in them, which stay
// theirs. With pkgbase too, files are there that no package owns.
var basePaths = []string{
	"/.cshrc", "/.profile", "/COPYRIGHT", "/bin", "/boot", "/etc", "/lib", "/libexec", "/rescue", "/root", "/sbin",
	"/usr/bin", "/usr/include", "/usr/lib", "/usr/lib32", "/usr/libdata", "/usr/libexec", "/usr/sbin", "/usr/share",
	"/usr/games", "/usr/ports", "/usr/src", "/usr/tests",
}

// Place implements [depgraph.Placed]: where PKG_DBDIR may have told.
func (db *Database) Place() string {
	if db.dir == directory(depgraph.Setting{}) {
		return ""
	}
	return path.Join("/", db.dir)
}

// declare returns the line of a port's Makefile that asks for the named packages.
func declare(names []string, origin func(name string) string) string {
	line := "BUILD_DEPENDS+="
	for _, name := range names {
		if o := origin(name); o != "" {
			line += " " + name + ">0:" + o
		} else {
			line += " " + name + ">0:CATEGORY/" + name
		}
	}
	return line
}

// Declare implements [depgraph.Declarer]: the line of a port's Makefile, by
// the origins of the packages.
func (db *Database) Declare(names []string) string {
	return declare(names, func(name string) string {
		if p := db.named[name]; p != nil {
			d := p.Detail.(*detail)
			return join(d.origin, d.flavor)
		}
		return ""
	})
}

// join spells an origin and a flavor, which may be empty.
func join(origin, flavor string) string {
	if flavor == "" {
		return origin
	}
	return origin + "@" + flavor
}
