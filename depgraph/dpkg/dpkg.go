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
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
)

func init() {
	depgraph.Register("dpkg", depgraph.Source{Open: Open, Declare: declare, State: []string{
		admin + "/status", admin + "/updates", admin + "/updates/*", admin + "/arch", // packages
		admin + "/info", admin + "/diversions", // their lists, which dpkg replaces whole
	}})
}

// admin is dpkg's directory of its own data, relative to the root.
const admin = "var/lib/dpkg"

// A Database is dpkg's, in one root. Its methods may be called concurrently.
type Database struct {
	// Profiles are the build profiles that are active where a recipe is read, as
	// in DEB_BUILD_PROFILES. They are to be set before Recipe is called.
	Profiles []string

	root       fs.FS
	native     string // the machine's architecture
	packages   []*depgraph.Package
	diversions []diversion
	merged     mergedPrefixes
	info       func() (map[string][]string, error)              // files of info/, by package
	ucf        func() map[string]string                         // package by path
	installed  func(name string) (p *depgraph.Package, ok bool) // by bare name
}

// Open reads the database of the tree root. Without one, the error wraps
// fs.ErrNotExist.
func Open(root fs.FS) (depgraph.Database, error) {
	db := &Database{root: root, merged: findMerged(root)}
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
func (db *Database) Base() []depgraph.Need {
	var base []depgraph.Need
	for _, p := range db.packages {
		if d := p.Detail.(*detail); !p.Removed && (d.essential || p.Name == "build-essential") {
			base = append(base, depgraph.Named(p.Name))
		}
	}
	return base
}

// byBareName finds packages by their name without architecture; the native one
// where there are several.
func (db *Database) byBareName() map[string]*depgraph.Package {
	found := make(map[string]*depgraph.Package, len(db.packages))
	for _, p := range db.packages {
		if name := p.Detail.(*detail).name; !p.Removed && (found[name] == nil || p.Name == name) {
			found[name] = p
		}
	}
	return found
}

// read returns the text of a file of dpkg's own, empty where there is none.
func (db *Database) read(name string) (string, error) {
	text, err := readSmall(db.root, name)
	if err != nil && !isMissing(err) {
		return "", fmt.Errorf("dpkg database: %w", err)
	}
	return text, nil
}

// buffers are for readSmall: hundreds of lists are read one after the other.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readSmall is fs.ReadFile as a string, without a second copy to throw away.
func readSmall(root fs.FS, name string) (string, error) {
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	_, err = b.ReadFrom(f)
	return b.String(), err
}

// readText is fs.ReadFile for a large text, which it does not hold twice.
func readText(root fs.FS, name string) (string, error) {
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var b strings.Builder
	if info, err := f.Stat(); err == nil {
		b.Grow(int(info.Size()))
	}
	_, err = io.Copy(&b, f)
	return b.String(), err
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
