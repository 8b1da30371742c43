// Package apk reads Alpine Linux's package database, lib/apk/db, and its recipe, the
// APKBUILD. Chimera, Wolfi and OpenWrt have the same database.
//
// The database is one text, "installed": a record a package, ended by an empty line, of
// lines that begin with a letter and a colon (apk-tools' src/database.c,
// apk_db_fdb_read, and src/package.c, apk_pkgtmpl_add_info; the letters are in
// apk-package(5)):
//
//	C:Q1mV6uTzO6qVd0rlPSwFHQP0/MSZ0=      the package's identity: a digest
//	P:zlib
//	V:1.3-r0
//	A:x86_64
//	D:so:libc.musl-x86_64.so.1 !uclibc     depends: see depends.go
//	p:so:libz.so.1=1.3                     provides
//	i:docs foo=1.3-r0                      install_if: see installif.go
//	k:10                                   provider priority
//	F:usr/lib                              a directory, relative to the root
//	M:0:0:755                              its owner and mode
//	R:libz.so.1.3                          a file in it
//	a:0:0:755
//	Z:Q1yGX2xauNGwvNODpeHjh50iaByWs=
//
// Beside it are "triggers" (digest and paths) and "scripts.tar", which apk 3 compresses
// where it begins a database; etc/apk/world lists what was asked for. All versions 2 and
// 3 of apk write these (3.0 has a converter to another format, installed.adb, and reads
// none).
//
//	installed.go, files.go    who is installed and owns what
//	depends.go, installif.go  who satisfies whom
//	generated.go              whose are the files that no record names
//	rewrite.go                what the database is without the others
//	recipe.go, shell*.go      what an APKBUILD asks for
//
// Everything is read through the fs.FS of the root, nothing is executed.
package apk

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

func init() {
	depgraph.Register("apk", depgraph.Source{
		Open:    Open,
		State:   state,
		OS:      []string{"alpine", "chainguard", "chimera", "openwrt", "postmarketos", "wolfi"},
		Recipes: []string{"APKBUILD"},
		Declare: declare,
	})
}

// Where the database is, relative to the root. The second is the first where /lib is a
// link to /usr/lib, as in Wolfi's images.
var places = []string{"lib/apk/db", "usr/lib/apk/db"}

// config is where apk keeps what the administrator asked for.
const config = "etc/apk"

// limit bounds the size of a file that is read, in bytes. A machine with 5,000 packages
// has 15 MB of installed.
var limit int64 = 64 << 20

// A Database is apk's, in one root. Its methods may be called concurrently.
type Database struct {
	root      fs.FS
	dir       string // of the database, relative to the root, links resolved
	arch      string // the machine's, as in APKBUILD's CARCH
	packages  []*depgraph.Package
	names     func() map[string][]candidate // who has or provides a name
	following func() map[*depgraph.Package][]follower
	own       func() map[string]bool // the paths of the database itself
}

// Open reads the database of the tree root. Without one, the error wraps
// fs.ErrNotExist.
func Open(root fs.FS, s depgraph.Setting) (depgraph.Database, error) {
	dir, err := locate(root, s)
	if err != nil {
		return nil, err
	}
	db := &Database{root: root, dir: rootfs.Relative(rootfs.Real(root, dir))}
	if err := db.readInstalled(); err != nil {
		return nil, err
	}
	if db.arch, err = db.nativeArch(s); err != nil {
		return nil, err
	}
	db.names = sync.OnceValue(db.byName)
	db.following = sync.OnceValue(db.followers)
	db.own = sync.OnceValue(db.ownPaths)
	return db, nil
}

// locate finds the directory of the database.
func locate(root fs.FS, s depgraph.Setting) (string, error) {
	found := installedFiles(root, s)
	switch {
	case len(found) > 1:
		return "", fmt.Errorf("apk database: both /%s and /%s are there; name the directory of the one that counts", found[0], found[1])
	case len(found) == 1:
		return path.Dir(found[0]), nil
	}
	dirs := places
	if s.Prefix != "" {
		dirs = []string{rootfs.Relative(s.Prefix)}
	}
	for _, dir := range dirs {
		if _, err := fs.Stat(root, path.Join(dir, "installed.adb")); err == nil {
			return "", fmt.Errorf("apk database: /%s/installed.adb is of a format that no apk up to 3.0 reads, nor does depview", dir)
		}
	}
	return "", fmt.Errorf("no apk database (/%s/installed) here: %w", dirs[0], fs.ErrNotExist)
}

// installedFiles returns the paths of the databases that are there, readable or not: a
// second one only where it is not the first by another name.
func installedFiles(root fs.FS, s depgraph.Setting) (found []string) {
	dirs := places
	if s.Prefix != "" {
		dirs = []string{rootfs.Relative(s.Prefix)}
	}
	for _, dir := range dirs {
		name := path.Join(dir, "installed")
		if _, err := fs.Stat(root, name); !errors.Is(err, fs.ErrNotExist) && (len(dirs) == 1 || !linked(root, name)) {
			found = append(found, name)
		}
	}
	return found
}

// linked tells whether name or a directory on the way to it is a symbolic link.
func linked(root fs.FS, name string) bool {
	for ; name != "."; name = path.Dir(name) {
		if _, err := fs.ReadLink(root, name); err == nil {
			return true
		}
	}
	return false
}

// state is [depgraph.Source]'s.
func state(root fs.FS, s depgraph.Setting) (patterns []string) {
	for _, name := range installedFiles(root, s) {
		patterns = append(patterns, rootfs.Pattern(name))
	}
	return patterns
}

// Packages implements [depgraph.Database].
func (db *Database) Packages() []*depgraph.Package { return db.packages }

// baseNames are what every build finds without asking. abuild rootbld makes its chroot of
// the first three (abuild's abuild.in, rootbld and calcdeps); the others are what minimal
// images consist of (aports' scripts/mkimg.minirootfs.sh, Wolfi's base, and what Chimera's
// cbuild makes its chroot of). What is not installed is left out.
var baseNames = []string{
	"abuild", "alpine-base", "build-base",
	"alpine-baselayout", "alpine-keys", "alpine-release", "apk-tools", "busybox", "busybox-binsh", "libc-utils", "musl-utils",
	"wolfi-base", "wolfi-baselayout", "base-cbuild",
}

// Base is what is in every build's root without being asked for.
func (db *Database) Base() depgraph.Base {
	var base depgraph.Base
	for _, name := range baseNames {
		base.Needs = append(base.Needs, depgraph.Named(name))
	}
	return base
}

// Need reads one dependency as apk add takes it: "zlib-dev", "zlib~1.3", "so:libz.so.1",
// "foo@edge". A path that no package provides stands for who owns it: apk knows no such
// thing, but a person can mean nothing else.
func (db *Database) Need(text string) (depgraph.Need, error) {
	if strings.ContainsAny(text, separators+"\t") {
		return nil, fmt.Errorf("bad dependency %q: it has a space", text)
	}
	d, err := parseDependency(text, true)
	if err != nil {
		return nil, err
	}
	if d.conflict {
		return nil, fmt.Errorf("bad dependency %q: a conflict is nothing to depend on", text)
	}
	if strings.HasPrefix(d.name, "/") && len(db.names()[d.name]) == 0 {
		if p := db.ownerOf(d.name); p != nil {
			d.name = p.OwnName()
		}
	}
	return depgraph.Need{d.alternative()}, nil
}

// nativeArch is the architecture that apk installs for: the first of etc/apk/arch, else
// what most packages have.
func (db *Database) nativeArch(s depgraph.Setting) (string, error) {
	if arch := s.Env("CARCH"); arch != "" {
		return arch, nil
	}
	text, err := rootfs.ReadAny(db.root, config+"/arch", limit)
	if err != nil {
		return "", fmt.Errorf("apk database: %w", err)
	}
	if words := strings.Fields(text); len(words) > 0 {
		return words[0], nil
	}
	most, count := "", map[string]int{}
	for _, p := range db.packages {
		if p.Arch != "noarch" {
			if count[p.Arch]++; count[p.Arch] > count[most] {
				most = p.Arch
			}
		}
	}
	return most, nil
}

// read returns the text of a file of apk's own.
func (db *Database) read(name string) (string, error) {
	text, err := rootfs.Read(db.root, name, limit)
	if err != nil {
		return "", fmt.Errorf("apk database: %w", err)
	}
	return text, nil
}
