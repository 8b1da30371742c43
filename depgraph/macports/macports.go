// Package macports reads MacPorts' registry of installed ports, and Portfiles.
//
//	macports.go              the prefix, and where the registry is
//	registry.go              which ports are active, and what they need
//	files.go                 who owns which path
//	depends.go               port:, path:, bin: and lib: dependencies
//	base.go                  macOS itself
//	generated.go             whose are the files that no port owns
//	rewrite.go               what the registry is without the others
//	recipe.go                what a Portfile asks for, as port(1) tells
//	portfile.go, options.go  and as its plain lines do, which tcl.go reads
//
// The rules are those of MacPorts' base (github.com/macports/macports-base, by whose
// paths the comments cite it), and what trace mode shows is what a view shows: the
// ports that a phase's dependencies lead to, and macOS. It is stricter in this:
//
//   - A file in the prefix that no port owns is hidden, unless it is known where it
//     comes from. Trace mode only reports it.
//   - A directory is visible for what is in it. Trace mode shows all that exist.
//   - What a port installs outside of the prefix is its own, in /Library too.
//   - Others' temporary files, in /tmp, /var/tmp and /var/folders, are hidden.
//
// And in this it shows more: Xcode, whether a port says use_xcode or not.
//
// Paths are compared byte for byte, as on a case-sensitive volume. Where the volume
// ignores case, as macOS's do if nobody asked for another, MacPorts finds the owner of
// a file of a dependency whatever its case, and so does this package; in a view a file
// must be named as its port spells it.
package macports

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
	"github.com/depview/depview/depgraph/sqlite"
	"github.com/depview/depview/depgraph/version"
)

func init() {
	sqlite.Collation("VERSION", version.MacPorts)
	depgraph.Register("macports", depgraph.Source{
		Open: Open,
		State: func(root fs.FS, s depgraph.Setting) []string {
			l, err := locate(root, s)
			if err != nil {
				return nil
			}
			return append(sqlite.Files(rootfs.Relative(l.file)), rootfs.Pattern(rootfs.Relative(l.conf())))
		},
		Recipes: []string{"Portfile"},
		Declare: declare,
	})
}

// A layout says where things are on the root, as absolute paths.
type layout struct {
	prefix string
	data   string // portdbpath of macports.conf(5)
	file   string // the database
}

const defaultPrefix = "/opt/local"

// conf is macports.conf(5).
func (l layout) conf() string { return l.prefix + "/etc/macports/macports.conf" }

// maxConf bounds macports.conf, in bytes.
const maxConf = 1 << 20

// locate finds the places, whether there is anything in them or not.
func locate(root fs.FS, s depgraph.Setting) (layout, error) {
	l := layout{prefix: path.Clean("/" + cmp.Or(s.Prefix, defaultPrefix))}
	l.data = l.prefix + "/var/macports"
	text, err := rootfs.ReadAny(root, l.conf(), maxConf)
	if err != nil {
		return l, err
	}
	for line := range strings.Lines(text) {
		// A line is a key, blanks and a value (src/macports1.0/macports.tcl, mportinit).
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if k, v, tab := strings.Cut(key, "\t"); tab {
			key, value = k, v+" "+value
		}
		if value = strings.TrimSpace(value); key == "portdbpath" && strings.HasPrefix(value, "/") {
			l.data = path.Clean(value)
		}
	}
	l.file = l.data + "/registry/registry.db"
	return l, nil
}

// A Database is MacPorts' registry, in one root. Its methods may be called
// concurrently.
type Database struct {
	layout
	root     fs.FS
	setting  depgraph.Setting
	registry *registry
	packages []*depgraph.Package
	named    map[string]*depgraph.Package // by folded name
	nocase   func() bool                  // whether the volume ignores case

	// Where the prefix, and the registry's directory, really are: the layout has them as
	// they are called.
	at, registryAt func() string
}

// Open reads the registry of the tree root. Without one, the error wraps
// fs.ErrNotExist.
func Open(root fs.FS, s depgraph.Setting) (depgraph.Database, error) {
	l, err := locate(root, s)
	if err != nil {
		return nil, err
	}
	db := &Database{layout: l, root: root, setting: s, registry: openRegistry(root, l.file)}
	db.nocase = sync.OnceValue(db.ignoresCase)
	db.at = sync.OnceValue(func() string { return rootfs.Real(root, db.prefix) })
	db.registryAt = sync.OnceValue(func() string { return rootfs.Real(root, path.Dir(db.file)) })
	if err := db.readPorts(); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no MacPorts registry (%s) here: %w", l.file, err)
	} else if err != nil {
		return nil, err
	}
	return db, nil
}

// Packages implements [depgraph.Database]: the active port of each name, and, as
// removed, those of which no version is active.
func (db *Database) Packages() []*depgraph.Package { return db.packages }

// port returns the package called name, whose case does not count.
func (db *Database) port(name string) *depgraph.Package { return db.named[fold(name)] }

// fold is the form in which the registry compares names: NOCASE of SQLite.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r | 0x20
		}
		return r
	}, name)
}

// ignoresCase tells whether the registry's volume has its file by another spelling too.
func (db *Database) ignoresCase() bool {
	_, err := fs.Stat(db.root, rootfs.Relative(path.Dir(db.file)+"/Registry.DB"))
	return err == nil
}
