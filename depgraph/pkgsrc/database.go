package pkgsrc

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
	"github.com/depview/depview/depgraph/version"
)

// contents is the name of a package's packing list.
const contents = "+CONTENTS"

// aboutFiles are the files that pkg_install keeps of a package (lib/lib.h), any of which
// may be missing.
var aboutFiles = []string{
	contents, "+BUILD_INFO", "+BUILD_VERSION", "+COMMENT", "+DEINSTALL", "+DESC", "+DISPLAY", "+INSTALL",
	"+INSTALLED_INFO", "+MTREE_DIRS", "+PRESERVE", "+REQUIRED_BY", "+SIZE_ALL", "+SIZE_PKG", "+VIEWS",
}

// What is taken for a file of the database, so that a broken one does not fill the memory:
// how long it may be, how many paths it may name, of how many bytes, and how many packages
// its patterns may be about. Real ones have a few megabytes, tens of thousands of paths
// and hundreds of packages; pkg_install itself reads lines of 1,024 bytes.
const (
	maxFile         = 16 << 20
	maxPaths        = 300000
	maxPath         = 4096
	maxDependencies = 10000
)

// A detail is what this source keeps of a package.
type detail struct{ pkgname string } // PKGNAME, which is the name of its directory

// readPackages makes a package of each directory. Nothing of it is read but its name.
//
// Two versions of one package can be installed, by pkg_add -f or by package views. The
// best, by pkg_order's lights, has the bare name; the others are called by PKGNAME, and
// answer to the bare name too.
func (db *Database) readPackages() error {
	entries, err := fs.ReadDir(db.root, db.real)
	if err != nil {
		return fmt.Errorf("pkgsrc database: %w", err)
	}
	memory, details := make([]depgraph.Package, len(entries)), make([]detail, len(entries))
	db.packages = make([]*depgraph.Package, 0, len(entries))
	db.byName = make(map[string]*depgraph.Package, len(entries))
	var others []*depgraph.Package
	for i, e := range entries {
		if !isPackage(db.root, db.real, e) {
			continue
		}
		p := &memory[i]
		details[i].pkgname = e.Name()
		base, version, _ := cutVersion(e.Name())
		if base == "" {
			base = e.Name() // "-1": some name it must have
		}
		*p = depgraph.Package{Name: base, Version: version, Source: kind, Detail: &details[i]}
		p.Late = func() ([]depgraph.Need, error) { return db.needs(p) }
		db.packages = append(db.packages, p)
		switch best := db.byName[base]; {
		case best == nil:
			db.byName[base] = p
		case order(p, best) < 0:
			db.byName[base] = p
			others = append(others, best)
		default:
			others = append(others, p)
		}
	}
	slices.SortFunc(others, order)
	for i, p := range others {
		p.Rank = i + 1
		p.Provides = []depgraph.Provide{{Name: p.Name, Version: p.Version}}
		for p.Name = pkgname(p); db.byName[p.Name] != nil; {
			p.Name += "+" // a is installed as a-1 and a-2, and a-1 as a-1-5
		}
		db.byName[p.Name] = p
	}
	return nil
}

// pkgname is the PKGNAME of a package of this source, empty for others.
func pkgname(p *depgraph.Package) string {
	if d, ok := p.Detail.(*detail); ok {
		return d.pkgname
	}
	return ""
}

// order puts first what pkg_install takes of two packages that will both do: the higher
// version, or else the name that sorts first (lib/opattern.c, pkg_order).
func order(a, b *depgraph.Package) int {
	if c := version.Pkgsrc(b.Version, a.Version); c != 0 {
		return c
	}
	return strings.Compare(pkgname(a), pkgname(b))
}

// file is the path of one of the files about p, below the root.
func (db *Database) file(p *depgraph.Package, name string) string {
	return path.Join(db.real, pkgname(p), name)
}

func (db *Database) exists(p *depgraph.Package, name string) bool {
	_, err := fs.Stat(db.root, db.file(p, name))
	return err == nil
}

// called is how a file about p is called in messages.
func (db *Database) called(p *depgraph.Package, name string) string {
	return path.Join(db.dir, pkgname(p), name)
}

// read returns the text of one of the files about p, empty where there is none.
func (db *Database) read(p *depgraph.Package, name string) (string, error) {
	text, err := rootfs.ReadAny(db.root, db.file(p, name), maxFile)
	if err != nil {
		return "", fmt.Errorf("pkgsrc database: %w", err)
	}
	return text, nil
}
