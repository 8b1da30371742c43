// Package rpm reads the package database of RPM systems (Fedora, RHEL, openSUSE and
// their kin): rpmdb.sqlite, and the recipes .spec.
//
// One rule decides every doubt, as in package dpkg: a view is a clean root, such as
// mock(1) makes for one build. The database is an SQLite file of a table Packages, with
// the header of each installed package as a blob, and of index tables for what rpm
// looks packages up by (lib/backend/sqlite.c of rpm):
//
//	rpm.go, place.go                 where the database is
//	header.go, store.go              what the blobs hold
//	packages.go, names.go            who is installed, and under which name
//	dep.go, rich.go, needs.go        who satisfies whom
//	files.go                         who owns which path, and who provides it
//	base.go                          what every build root has
//	generated.go                     whose are the files that no header names
//	rewrite.go                       what the database is without the others
//	spec.go, condition.go, macro.go  what a source package asks for
//
// Everything is read through the fs.FS of the root. Nothing is executed but rpmspec,
// which reads a recipe as rpmbuild would.
package rpm

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
	"github.com/depview/depview/depgraph/sqlite"
)

const kind = "rpm"

func init() {
	depgraph.Register(kind, depgraph.Source{
		Open:  Open,
		State: state,
		OS: []string{"fedora", "rhel", "centos", "suse", "opensuse", "mageia", "openmandriva",
			"amzn", "openEuler", "azurelinux", "mariner", "anolis", "photon"},
		Recipes: []string{"*.spec"},
		Declare: declare,
	})
}

// A Database is RPM's, in one root. Its methods may be called concurrently.
type Database struct {
	root     fs.FS
	setting  depgraph.Setting
	dir      string // of the database, relative to the root
	store    *store
	links    *rootfs.Links
	native   string // the machine's architecture
	packages []*depgraph.Package
	labels   func() map[string]*depgraph.Package // by name-version-release, with arch and without
	reverse  func() (map[string][]int64, error)  // numbers of packages, by what they supplement
}

// detail is what the database says beyond a depgraph.Package.
type detail struct {
	number int64  // of the record
	name   string // as rpm has it, which several packages can have
	evr    string // with the epoch that it may have
}

// Open reads the database of the tree root. Without one, the error wraps
// fs.ErrNotExist.
func Open(root fs.FS, s depgraph.Setting) (depgraph.Database, error) {
	file, err := place(root, s)
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		db, err := open(root, s, file)
		if err == nil {
			return db, nil
		}
		if attempt == maxAttempts || !errors.Is(err, sqlite.ErrChanged) {
			return nil, err
		}
	}
}

// maxAttempts is how often the database is read that rpm changes meanwhile.
const maxAttempts = 3

func open(root fs.FS, s depgraph.Setting, file string) (*Database, error) {
	db := &Database{root: root, setting: s, dir: path.Dir(file), links: rootfs.NewLinks(root)}
	var err error
	if db.store, err = openStore(root, file); err != nil {
		return nil, err
	}
	if err := db.load(); err != nil {
		db.store.close()
		return nil, err
	}
	db.labels = sync.OnceValue(db.byLabel)
	db.reverse = sync.OnceValues(db.store.supplements)
	return db, nil
}

// Packages implements [depgraph.Database].
func (db *Database) Packages() []*depgraph.Package { return db.packages }

// declare returns the line of a .spec file that asks for the named packages.
func declare(names []string) string { return "BuildRequires: " + strings.Join(names, " ") }

// Declare implements [depgraph.Declarer]: a package whose name here is not the one that
// it has for rpm is asked for by what tells it from others of that name, NAME(ISA) for
// another architecture, or the version.
func (db *Database) Declare(names []string) string {
	texts := slices.Clone(names)
	for i, name := range names {
		at := slices.IndexFunc(db.packages, func(p *depgraph.Package) bool { return p.OwnName() == name })
		if at < 0 || bareName(db.packages[at]) == name {
			continue
		}
		p := db.packages[at]
		texts[i] = bareName(p) + " = " + p.Version
		if isa := slices.IndexFunc(p.Provides, func(v depgraph.Provide) bool { return strings.HasPrefix(v.Name, bareName(p)+"(") }); isa >= 0 && p.Arch != db.native {
			texts[i] = p.Provides[isa].Name
		}
	}
	return declare(texts)
}

// record names a package's record, for messages.
func (db *Database) record(number int64, name string) string {
	if name == "" {
		return fmt.Sprintf("/%s: record %d", db.store.name, number)
	}
	return fmt.Sprintf("/%s: record %d (%s)", db.store.name, number, name)
}
