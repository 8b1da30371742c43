// Package pkgsrc reads the database of pkgsrc's installed packages, as pkg_install(1)
// keeps it below PKG_DBDIR, and pkgsrc's recipes.
//
//	PKG_DBDIR/zlib-1.3.1nb2/+CONTENTS       packing list: @cwd, @pkgdep, files
//	                        +BUILD_INFO     PKGPATH=devel/zlib …
//	                        +REQUIRED_BY    packages that were installed with it in use
//	                        +INSTALL        script, and what it copies and makes
//	         /pkgdb.byfile.db               Berkeley DB 1.85: file → package
//	PKG_DBDIR.refcount/files/PATH/PKGNAME   who asked for a file that +INSTALL copied
//
// pkgsrc installs into a prefix on many systems (/usr/pkg on NetBSD, /opt/pkg on macOS,
// /opt/local on SmartOS), beside what belongs to the system. The rules are those of
// pkg_install's sources (pkgsrc's pkgtools/pkg_install/files):
//
//	dbdir.go                    where PKG_DBDIR is       lib/parse-config.c, lib/pkgdb.c
//	database.go                 who is installed         lib/iterate.c
//	pattern.go, fnmatch.go,     who satisfies whom       lib/opattern.c, lib/dewey.c
//	depends.go
//	plist.go, files.go          who owns which path      lib/plist.c, admin/main.c
//	install.go                  what +INSTALL makes      pkgsrc's mk/pkginstall
//	generated.go                whose are other files    the pkgsrc guide, "Directory layout"
//	rewrite.go                  the database without the others
//	recipe.go, makefile.go      what a Makefile asks for mk/depends/bsd.depends.mk
//	pkgpath.go                  packages by directory of the pkgsrc tree
package pkgsrc

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

func init() {
	depgraph.Register(kind, depgraph.Source{
		Open:    Open,
		State:   state,
		Recipes: []string{"Makefile"},
		Declare: declare,
	})
}

const kind = "pkgsrc"

// A Database is that of one PKG_DBDIR. Its methods may be called concurrently.
type Database struct {
	root     fs.FS
	setting  depgraph.Setting
	dir      string              // PKG_DBDIR, as it is called
	real     string              // the same with links resolved, relative to the root
	packages []*depgraph.Package // in the order of their PKGNAMEs
	byName   map[string]*depgraph.Package
	prefix   func() string
	byPath   func() map[string][]*depgraph.Package // by PKGPATH

	realPrefix func() string // the prefix with links resolved
}

// Place implements [depgraph.Placed]: where PKG_DBDIR has told.
func (db *Database) Place() string {
	if db.setting.Prefix != "" || db.setting.Env("PKG_DBDIR") == "" {
		return ""
	}
	return db.dir
}

// Open reads the database of the tree root. Without one, the error wraps
// fs.ErrNotExist.
func Open(root fs.FS, s depgraph.Setting) (depgraph.Database, error) {
	dir, err := locate(root, s)
	if err != nil {
		return nil, err
	}
	db := &Database{root: root, setting: s, dir: dir, real: realpath(root, dir)}
	if err := db.readPackages(); err != nil {
		return nil, err
	}
	db.prefix = sync.OnceValue(db.findPrefix)
	db.realPrefix = sync.OnceValue(func() string { return rootfs.Real(root, db.prefix()) })
	db.byPath = sync.OnceValue(db.readPaths)
	return db, nil
}

// Packages implements [depgraph.Database].
func (db *Database) Packages() []*depgraph.Package { return db.packages }

// Base is the system's own, by path, and the packages that pkgsrc's bootstrap installed,
// as every build finds them: it marks them with +PRESERVE (bootstrap/bootstrap,
// build_package), "the package should not be deleted … may present a bootstrap problem"
// (pkg_create(1), -n).
func (db *Database) Base() depgraph.Base {
	base := depgraph.Base{Paths: basePaths, Except: []string{"/Library/Frameworks"}}
	for _, p := range db.packages {
		if db.exists(p, "+PRESERVE") {
			base.Needs = append(base.Needs, depgraph.Named(p.OwnName()))
		}
	}
	for _, path := range []string{db.prefix(), db.dir} {
		if within(path, base.Paths) {
			base.Except = append(base.Except, path)
		}
	}
	return base
}

// basePaths are the trees that pkgsrc's sandboxes for bulk builds have of the system
// (pkgtools/mksandbox/files/mksandbox: sandboxMountDirs of every system, /etc, the
// sources), and where later systems have the same things. The tree of recipes is among
// them: a package includes the buildlink3.mk of others, installed or not.
var basePaths = strings.Fields(`
	/bin /sbin /lib /lib32 /lib64 /libexec /rescue /etc
	/usr/X11 /usr/X11R6 /usr/X11R7 /usr/bin /usr/games /usr/include /usr/lib /usr/lib32 /usr/lib64 /usr/libx32
	/usr/libdata /usr/libexec /usr/lkm /usr/share /usr/sbin /usr/tests
	/var/mail /var/run /var/log /var/spool /var/tmp /var/games /run
	/System /Library /private/etc /private/var/db
	/kernel /usr/5bin /usr/ccs /usr/dt /usr/gnu /usr/openwin /usr/proc /usr/sadm /usr/sfw /usr/ucb /usr/ucblib
	/usr/xpg4 /usr/xpg6 /opt/SUNWspro /var/sadm
	/usr/src /usr/xsrc /usr/pkgsrc`)

// within tells whether a path is in or at one of the trees.
func within(path string, trees []string) bool {
	for _, tree := range trees {
		if _, ok := rootfs.Under(tree, path); ok {
			return true
		}
	}
	return false
}

// Ignore is [depgraph.Database]'s: malloc(3) of the BSDs and gettext(3) ask at every
// start, libc knows UTC by itself, and the database tells of packages, and is none.
func (db *Database) Ignore() []string {
	return []string{
		"/etc/malloc.conf", "/etc/localtime", "/usr/share/zoneinfo/UTC",
		"/etc/locale.alias", "/usr/share/locale/locale.alias",
		"/" + rootfs.Pattern(db.real) + "/**", "/" + rootfs.Pattern(db.real) + ".refcount/**",
	}
}

// Need reads a pattern, "zlib>=1.2", a pattern with the directory that it can be built
// in, as in a recipe, "zlib>=1.2:../../devel/zlib", or that directory alone, "devel/zlib".
func (db *Database) Need(text string) (depgraph.Need, error) {
	if pattern, _, ok := strings.Cut(text, ":"); ok {
		text = pattern
	}
	if strings.ContainsAny(text, " \t\r\n") {
		return nil, fmt.Errorf("bad pattern %q: it has a space", text)
	}
	if path, ok := pkgpath(text); ok {
		return db.needPath(path), nil
	}
	return db.need(text)
}
