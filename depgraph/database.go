package depgraph

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

// A Database is one opened package database.
//
// Paths that it takes and returns are absolute and slash-separated, in the tree
// whose root it was opened on, and as the database spells them: the caller
// resolves symbolic links in them.
type Database interface {
	// Packages lists all that the database knows, removed packages that still
	// own configuration files included.
	Packages() []*Package

	// Base returns what makes up the base OS; a need that nothing installed
	// satisfies is left out.
	Base() []Need

	// Files returns the paths that p owns, directories included, where they
	// really are (diversions applied), and the database's own files about p.
	Files(p *Package) ([]string, error)

	// Generated tells whether path, which no package owns, is one that the OS or
	// a package makes on installation, and whose.
	Generated(path string) (Origin, bool)

	// Rewrites returns the paths that read differently where only the packages
	// that visible reports are to be known: the database itself, and what its
	// tools made of the packages that are now hidden. The function owners returns
	// those of them that own a path, by all that Files tells.
	Rewrites(visible func(*Package) bool, owners func(path string) []*Package) ([]Rewrite, error)

	// Ignore returns globs of paths that programs of the base OS look for at every
	// start and do without: a lookup of one says nothing of the build.
	Ignore() []string

	// Recipe reads a port's own recipe. The name, for messages, tells its format.
	Recipe(name string, text []byte) (*Recipe, error)
}

// An Origin says whose generated file a path is. The zero Origin is the base OS.
type Origin struct {
	Package string // it is there when this package is
	Path    string // it is there when this path is
}

// A Rewrite is a path that reads differently in a view. At most one of Gone,
// Link, From and Data is set.
type Rewrite struct {
	Path string
	Gone bool   // nothing is there
	Link string // a symbolic link to Link is there
	From string // the file that is at From on the root is there
	// Data returns the content of the regular file that is there; its mode, owner
	// and times are those of the file at Path on the root.
	Data func() ([]byte, error)
}

// A Recipe is what a port's own build recipe says of its dependencies.
type Recipe struct {
	Name    string // the port's
	Version string // empty where the recipe does not say
	Direct  []Direct
}

// A Source is one kind of package database.
type Source struct {
	// Open opens the database that describes the tree root.
	Open func(root fs.FS) (Database, error)
	// State names the files and directories, relative to the root and as patterns
	// for fs.Glob, of which one at least changes whenever what Packages or Files
	// return does. The first is there wherever the database is.
	State []string
	// Declare returns the line that declares a dependency on the named packages in
	// the recipes that go with the database.
	Declare func(names []string) string
}

var sources = map[string]Source{}

// ErrUnknownSource is wrapped by Open's error for a kind that is not registered.
var ErrUnknownSource = errors.New("unknown source")

// Register makes a source known by its kind. Sources call it from init.
func Register(kind string, s Source) { sources[kind] = s }

// Declare returns the source's function of that name, nil if the kind is unknown.
func Declare(kind string) func(names []string) string { return sources[kind].Declare }

// Present tells whether root seems to have a database of the named kind.
func Present(kind string, root fs.FS) bool {
	if state := sources[kind].State; len(state) > 0 {
		_, err := fs.Stat(root, state[0])
		return !errors.Is(err, fs.ErrNotExist)
	}
	return false
}

// State returns the source's patterns of that name, none if the kind is unknown.
func State(kind string) []string { return sources[kind].State }

// Sources lists the kinds of source that are registered.
func Sources() []string { return slices.Sorted(maps.Keys(sources)) }

// Open opens the database of the named kind on root.
func Open(kind string, root fs.FS) (Database, error) {
	source, ok := sources[kind]
	if !ok {
		return nil, fmt.Errorf("%w %q (known: %v)", ErrUnknownSource, kind, Sources())
	}
	return source.Open(root)
}
