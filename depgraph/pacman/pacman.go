// Package pacman reads Arch Linux's package database: /var/lib/pacman and the recipes
// PKGBUILD and .SRCINFO.
//
// One rule decides every doubt: a view is a clean root, into which only the packages
// of the view were ever installed, as those that devtools makes of base-devel.
//
//	admin.go                     where the database is
//	local.go, desc.go            who is installed: a directory NAME-VERSION each
//	depends.go                   who satisfies whom: name>=version
//	files.go                     who owns which path
//	generated.go                 whose are the files that no list names
//	rewrite.go                   what is different without the others
//	recipe.go                    what a recipe asks for, as makepkg lists it
//	pkgbuild.go, script.go,      the same in the words of bash, of which assignments
//	reader.go, command.go,       are followed and nothing is run: what only bash can
//	word.go, braces.go,          tell is an error
//	expand.go, parameter.go
//
// There is no document of the database's format; the rules are those of libalpm 7.0,
// in be_local.c (the database), deps.c (dependencies) and version.c, and of pacman's
// conf.c. What its tools say of broken databases was tried with pacman 6.0.2.
//
// Everything is read through the fs.FS of the root, nothing is executed.
package pacman

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

func init() {
	depgraph.Register("pacman", depgraph.Source{
		Open:    Open,
		State:   state,
		OS:      []string{"arch", "archlinux"},
		Recipes: []string{"PKGBUILD", "*.PKGBUILD", ".SRCINFO", "*.SRCINFO"},
		Declare: declare,
	})
}

// state names the directory of the entries, which are replaced whole; and the one
// around it, which changes when pacman is done with all changes and takes its lock away.
func state(root fs.FS, s depgraph.Setting) []string {
	admin, err := findAdmin(root, s)
	if err != nil {
		admin = usualAdmin // opening it says what is wrong
	}
	local := rootfs.Pattern(path.Join(admin, "local"))
	return []string{local, rootfs.Pattern(admin), local + "/ALPM_DB_VERSION", config}
}

// A Database is pacman's, in one root. Its methods may be called concurrently.
type Database struct {
	root     fs.FS
	admin    string // its directory, relative to the root, links resolved: DBPath of pacman.conf(5)
	arch     string // the machine's architecture, as makepkg.conf(5) has it in CARCH
	packages []*depgraph.Package
	named    func() map[string]*depgraph.Package
}

// Open reads the database of the tree root. Without one, the error wraps
// fs.ErrNotExist.
func Open(root fs.FS, s depgraph.Setting) (depgraph.Database, error) {
	admin, err := findAdmin(root, s)
	if err != nil {
		return nil, err
	}
	db := &Database{root: root, admin: rootfs.Relative(rootfs.Real(root, admin))}
	if err := db.readLocal(); err != nil {
		return nil, err
	}
	db.arch = native(db.packages)
	db.named = sync.OnceValue(db.byName)
	return db, nil
}

// native returns the architecture that packages are built for here: pacman's own, else
// the first that is in use.
func native(packages []*depgraph.Package) (arch string) {
	for _, p := range packages {
		if p.Arch != "any" && p.Arch != "" && (arch == "" || p.Name == "pacman") {
			arch = p.Arch
		}
	}
	if strings.HasPrefix(arch, "x86_64_v") {
		return "x86_64" // a level of it: makepkg's CARCH is the same
	}
	return arch
}

// Packages implements [depgraph.Database].
func (db *Database) Packages() []*depgraph.Package { return db.packages }

// Base is what makepkg and devtools take for granted: base and base-devel. Each is a
// package that needs the others; until 2019, and until 2023, it was a group of them.
func (db *Database) Base() depgraph.Base {
	var base depgraph.Base
	for _, p := range db.packages {
		isBase := func(name string) bool { return name == "base" || name == "base-devel" }
		if isBase(p.OwnName()) || slices.ContainsFunc(p.Detail.(*detail).groups, isBase) {
			base.Needs = append(base.Needs, depgraph.Named(p.OwnName()))
		}
	}
	return base
}

// byName finds packages by their own names.
func (db *Database) byName() map[string]*depgraph.Package {
	found := make(map[string]*depgraph.Package, len(db.packages))
	for _, p := range db.packages {
		found[p.OwnName()] = p
	}
	return found
}

// declare returns the line of a PKGBUILD that asks for the named packages.
func declare(names []string) string {
	return "makedepends+=('" + strings.Join(names, "' '") + "')"
}
