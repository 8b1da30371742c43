// Package dpkg reads Debian's package database: /var/lib/dpkg and the recipes
// debian/control and .dsc.
//
// One rule decides every doubt: a view is a clean root. A machine with 840
// packages, seen through a view of 140, is to look like a root into which only
// those 140 were ever installed. So the package is more than a reader:
//
//	status.go, depends.go, version.go    who is installed and who satisfies whom
//	files.go, diversions.go              who owns which path
//	generated.go                         whose are the files that no list names
//	rewrite.go, alternatives.go          what /var/lib/dpkg, /etc/alternatives and
//	                                     diverted files are without the others
//	recipe.go, restrict.go               what a source package asks for
//	deb822.go                            the scanner under all of them
//
// Everything is read through the fs.FS of the root, nothing is executed.
package dpkg

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

func init() {
	depgraph.Register("dpkg", depgraph.Source{
		Open: Open,
		State: func(fs.FS, depgraph.Setting) []string {
			return []string{
				admin + "/status", admin + "/updates", admin + "/updates/*", admin + "/arch", // packages
				admin + "/info", admin + "/diversions", // their lists, which dpkg replaces whole
			}
		},
		OS:      []string{"debian"},
		Recipes: []string{"control", "*.dsc"},
		Declare: declare,
	})
}

// admin is dpkg's directory of its own data, relative to the root.
const admin = "var/lib/dpkg"

// A Database is dpkg's, in one root. Its methods may be called concurrently.
type Database struct {
	root       fs.FS
	profiles   []string // build profiles that are active where a recipe is read
	native     string   // the machine's architecture
	packages   []*depgraph.Package
	diversions []diversion
	merged     mergedPrefixes
	info       func() (map[string][]string, error)              // files of info/, by package
	ucf        func() map[string]string                         // package by path
	installed  func(name string) (p *depgraph.Package, ok bool) // by bare name
}

// Open reads the database of the tree root. Without one, the error wraps
// fs.ErrNotExist.
func Open(root fs.FS, s depgraph.Setting) (depgraph.Database, error) {
	if s.Prefix != "" {
		return nil, fmt.Errorf("no prefix such as %s: dpkg's database is in /var/lib/dpkg", s.Prefix)
	}
	db := &Database{root: root, profiles: strings.Fields(s.Env("DEB_BUILD_PROFILES")), merged: findMerged(root)}
	if err := db.readStatus(); err != nil {
		return nil, err
	}
	var err error
	if db.diversions, err = db.readDiversions("diversions"); err != nil {
		return nil, err
	}
	db.info = sync.OnceValues(db.readInfo)
	db.ucf = sync.OnceValue(db.readUcf)
	byBareName := sync.OnceValue(db.byBareName)
	db.installed = func(name string) (*depgraph.Package, bool) {
		p, ok := byBareName()[name]
		return p, ok
	}
	return db, nil
}

// Packages implements [depgraph.Database].
func (db *Database) Packages() []*depgraph.Package { return db.packages }

// Base is what is in every build's root without being asked for: the packages
// marked Essential, and build-essential (Debian policy 4.2).
func (db *Database) Base() depgraph.Base {
	var base depgraph.Base
	for _, p := range db.packages {
		if d := p.Detail.(*detail); !p.Removed && (d.essential || d.name == "build-essential") {
			base.Needs = append(base.Needs, depgraph.Named(p.OwnName()))
		}
	}
	return base
}

// Need reads one relation as in a control file: "zlib1g-dev (>= 1.2)".
func (db *Database) Need(text string) (depgraph.Need, error) {
	t, err := parseTerm(text)
	if err != nil {
		return nil, err
	}
	return db.need([]term{t}, db.native), nil
}

// byBareName finds packages by their name without architecture; the native one
// where there are several.
func (db *Database) byBareName() map[string]*depgraph.Package {
	found := make(map[string]*depgraph.Package, len(db.packages))
	for _, p := range db.packages {
		if name := p.Detail.(*detail).name; !p.Removed && (found[name] == nil || p.OwnName() == name) {
			found[name] = p
		}
	}
	return found
}

// maxFile bounds a file of dpkg's, in bytes. A machine with 5,000 packages has a status
// of 10 MB.
const maxFile = 256 << 20

// read returns the text of a file of dpkg's own, empty where there is none.
func (db *Database) read(name string) (string, error) {
	text, err := rootfs.ReadAny(db.root, name, maxFile)
	if err != nil {
		return "", fmt.Errorf("dpkg database: %w", err)
	}
	return text, nil
}

// mergedPrefixes holds the top-level directories, as "/bin/", that are symbolic
// links to their namesakes in /usr.
type mergedPrefixes []string

// findMerged looks for the links of a merged /usr (file-hierarchy(7)).
func findMerged(root fs.FS) (m mergedPrefixes) {
	for _, name := range []string{"bin", "lib", "lib32", "lib64", "libo32", "libx32", "sbin"} {
		if target, err := fs.ReadLink(root, name); err == nil && strings.TrimPrefix(target, "/") == "usr/"+name {
			m = append(m, "/"+name+"/")
		}
	}
	return m
}

// real returns the path with /bin, /lib, … spelled /usr/bin, /usr/lib, … where
// they are the same: packages list one file either way.
func (m mergedPrefixes) real(path string) string {
	for _, prefix := range m {
		if strings.HasPrefix(path, prefix) {
			return "/usr" + path
		}
	}
	return path
}
