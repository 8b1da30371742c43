// Package gentoo reads Gentoo's database of installed packages, /var/db/pkg, the
// metadata caches of ebuild repositories, and ebuilds.
//
// The database (VDB) has a directory for each installed package, CATEGORY/PF, with a
// file for each thing known of it:
//
//	var/db/pkg/app-misc/foo-2.0-r1/SLOT        0/1
//	                               USE, IUSE   flags, by words
//	                               RDEPEND     >=dev-libs/zlibx-1.2:0/1= || ( a/b a/c )
//	                               CONTENTS    what it owns, a line each
//
// The rules are those of Gentoo's Package Manager Specification (PMS,
// https://projects.gentoo.org/pms/8/pms.html) for names, versions and dependencies,
// and Portage's own code (lib/portage/dbapi/vartree.py, lib/portage/dep/__init__.py)
// for the database:
//
//	scan.go, entry.go           which packages there are, and what is known of each
//	contents.go                 who owns which path
//	atom.go, match.go           >=cat/pkg-1.2:0/1=[ssl,-doc], and what satisfies it
//	depends.go, reduce.go       dependency strings, and their conjunctive normal form
//	profile.go, config.go       @system and the USE flags of a package
//	recipe.go, ebuild.go        what an ebuild asks for
//	generated.go                whose are the files that no list names
//	rewrite.go                  the database without the packages that are hidden
//
// Where one category/name is installed once, that is the package's name; of several,
// each has its slot too, as in Portage's own atoms: "dev-lang/python:3.12".
//
// PROVIDES and REQUIRES, the sonames that Portage tracks to find what to rebuild, are
// not read: what they tell is in the dependencies already.
//
// Everything is read through the fs.FS of the root, late where it can be, and nothing
// is executed.
package gentoo

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

func init() {
	depgraph.Register("gentoo", depgraph.Source{
		Open:    Open,
		State:   state,
		OS:      []string{"gentoo"},
		Recipes: []string{"*.ebuild"},
		Declare: declare,
	})
}

// vdb is where the database is, relative to the prefix. FreeBSD and pkgsrc have other
// databases of their own there.
const vdb = "var/db/pkg"

// A Database is Gentoo's, in one root. Its methods may be called concurrently.
type Database struct {
	root         fs.FS
	prefix       string // EPREFIX, relative to the root, links resolved: empty, or "opt/gentoo"
	setting      depgraph.Setting
	packages     []*depgraph.Package
	named        map[string][]*entry // by category/name, the newest first
	repositories func() []string     // directories of repositories of ebuilds
	profiles     func() []string     // directories of the profile, those it builds on first
}

// Open reads the database of the tree root. Without one, the error wraps
// fs.ErrNotExist. In a Gentoo Prefix, the setting's Prefix is EPREFIX.
func Open(root fs.FS, s depgraph.Setting) (depgraph.Database, error) {
	db := &Database{root: root, prefix: strings.TrimPrefix(rootfs.Real(root, prefix(s)), "/"), setting: s}
	if err := db.scan(); err != nil {
		return nil, err
	}
	db.repositories = sync.OnceValue(db.findRepositories)
	db.profiles = sync.OnceValue(db.findProfiles)
	return db, nil
}

// Place implements [depgraph.Placed]: what EPREFIX may have told.
func (db *Database) Place() string {
	if db.prefix == "" {
		return ""
	}
	return "/" + db.prefix
}

// prefix returns EPREFIX without the leading slash.
func prefix(s depgraph.Setting) string {
	return strings.TrimPrefix(path.Clean("/"+cmp.Or(s.Prefix, s.Env("EPREFIX"))), "/")
}

// state names the directories that change with the database: Portage touches that of
// the category and the one above before and after it changes anything, for caches to
// see it (_bump_mtime in vartree.py).
func state(root fs.FS, s depgraph.Setting) []string {
	dir := path.Join(prefix(s), vdb)
	categories, _ := fs.ReadDir(root, dir)
	for _, c := range categories {
		if !isCategory(c.Name()) || !isDir(root, dir, c) {
			continue
		}
		packages, _ := fs.ReadDir(root, path.Join(dir, c.Name()))
		if slices.ContainsFunc(packages, func(p fs.DirEntry) bool {
			_, _, ok := splitVersion(p.Name())
			return ok && isDir(root, path.Join(dir, c.Name()), p)
		}) {
			return []string{rootfs.Pattern(dir), rootfs.Pattern(dir) + "/*"}
		}
	}
	return nil
}

// declare returns the line of an ebuild that asks for the named packages.
func declare(names []string) string { return `DEPEND+=" ` + strings.Join(names, " ") + `"` }

// Packages implements [depgraph.Database].
func (db *Database) Packages() []*depgraph.Package { return db.packages }

// Base is @system, the packages that the profile puts in every Gentoo system. In a
// prefix, the rest of the machine is the host's, and its system directories are base.
func (db *Database) Base() depgraph.Base {
	var base depgraph.Base
	for _, a := range db.system() {
		base.Needs = append(base.Needs, depgraph.Need{db.alternative(a)})
	}
	if db.prefix != "" {
		base.Paths = slices.Clone(hostPaths)
		base.Except = []string{"/" + db.prefix, "/usr/local"}
	}
	return base
}

// hostPaths are the directories of a system that a Gentoo Prefix is a guest of. Those
// of macOS are among them.
var hostPaths = []string{"/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr",
	"/Library", "/System", "/private/etc"}

// Need reads one dependency as in an ebuild, an atom or an any-of group:
// ">=dev-libs/zlibx-1.2:0=", "|| ( a/b a/c )". As with emerge(1), the category of an
// installed package may be left out.
func (db *Database) Need(text string) (depgraph.Need, error) {
	text = strings.TrimSpace(text)
	switch a, err := db.withoutCategory(text); {
	case err != nil:
		return nil, err
	case a != nil:
		return depgraph.Need{db.alternative(a)}, nil
	}
	nodes, err := parseDepends(origin{}, text)
	if err != nil {
		return nil, err
	}
	clauses := db.newReduction(nil).all(nodes, false)
	if len(clauses) != 1 {
		return nil, fmt.Errorf("want one dependency, not %d in %q", len(clauses), shortened(text))
	}
	return db.need(clauses[0]), nil
}

// withoutCategory reads an atom that has none, ">=zlibx-1.2", and completes it if an
// installed package has the name. It returns nil for what is no such atom.
func (db *Database) withoutCategory(text string) (*atom, error) {
	rest := strings.TrimLeft(text, "<>=~")
	end := strings.IndexAny(rest, ":[")
	if end < 0 {
		end = len(rest)
	}
	if strings.ContainsAny(rest[:end], "/|!()") || strings.ContainsAny(rest, " \t\n") || rest == "" {
		return nil, nil
	}
	operator := text[:len(text)-len(rest)]
	a, err := parseAtom(operator + "null/" + rest)
	if err != nil {
		return nil, fmt.Errorf("bad atom %q", shortened(text))
	}
	var found []string
	for name := range db.named {
		if _, base, _ := strings.Cut(name, "/"); "null/"+base == a.name {
			found = append(found, name)
		}
	}
	if len(found) > 1 { // virtuals, and the accounts of what has the name, give way
		found = slices.DeleteFunc(found, func(name string) bool {
			return strings.HasPrefix(name, "virtual/") || strings.HasPrefix(name, "acct-")
		})
	}
	slices.Sort(found)
	switch len(found) {
	case 0:
		a.name, a.text = strings.TrimPrefix(a.name, "null/"), text
		return a.evaluated(nil), nil
	case 1:
		category, _, _ := strings.Cut(found[0], "/")
		if a, err = parseAtom(operator + category + "/" + rest); err != nil {
			return nil, err
		}
		return a.evaluated(nil), nil
	}
	return nil, fmt.Errorf("ambiguous atom %q: %s", text, strings.Join(found, ", "))
}

// at returns the path of a file of Gentoo's, as fs.FS wants it.
func (db *Database) at(name string) string { return path.Join(db.prefix, name) }

// The most that is read of one file. The list of the largest packages, kernel sources,
// has 10 MiB; the largest dependency string has 20 KiB.
const (
	maxContents = 32 << 20
	maxFile     = 1 << 20
)

// read returns the text of a small file, empty where there is none.
func (db *Database) read(name string) (string, error) { return db.readAny(name, maxFile) }

// readAny is read for a file of at most so many bytes.
func (db *Database) readAny(name string, most int64) (string, error) {
	text, err := rootfs.ReadAny(db.root, name, most)
	if err != nil {
		return "", fmt.Errorf("gentoo package database: %w", err)
	}
	return text, nil
}
