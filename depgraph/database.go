package depgraph

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph/rootfs"
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

	// Base returns what makes up the base OS.
	Base() Base

	// Need reads a dependency as the package manager's users write one: "zlib>=1.2".
	// The graph tells whether there is such a package. An empty one asks for none: the
	// system has what is asked for.
	Need(text string) (Need, error)

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

// A Base is what every build sees without asking for it.
type Base struct {
	// Needs are packages; one that nothing installed satisfies is left out.
	Needs []Need
	// Paths are the trees of the base OS that no package owns, and Except those
	// within them that are no part of it. What is stacked below another source's
	// database decides by its own for both: see [Source.OS].
	Paths, Except []string
}

// An Origin says whose generated file a path is. The zero Origin is the base OS.
type Origin struct {
	Package string // it is there when the package is that has this [Package.OwnName]
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

// A Setting is what a source is told besides the root. The zero Setting tells nothing.
type Setting struct {
	// Prefix is where the packages are installed on the root, as an absolute path,
	// for a kind that leaves it to the user (/opt/local, an opam switch), or where
	// the database is, for one that leaves that. Empty: what Getenv tells, or the
	// kind's usual places.
	Prefix string
	// Getenv returns a variable of the environment. It may be nil.
	Getenv func(name string) string
	// Run runs a tool of the package manager's on this machine, never without need,
	// and returns what it printed. The error wraps [ErrNoTool] where the machine
	// does not have it. It may be nil.
	Run func(argv ...string) ([]byte, error)
}

// ErrNoTool is wrapped by the error of [Setting.Tool] for a tool that is not there.
var ErrNoTool = errors.New("not installed")

// Env returns a variable of the environment.
func (s Setting) Env(name string) string {
	if s.Getenv == nil {
		return ""
	}
	return s.Getenv(name)
}

// Tool runs a tool of the package manager's, and returns what it printed.
func (s Setting) Tool(argv ...string) ([]byte, error) {
	if s.Run == nil {
		return nil, fmt.Errorf("%s: %w", argv[0], ErrNoTool)
	}
	return s.Run(argv...)
}

// A Declarer is a database that knows better than its source how a dependency on its
// packages is declared, as by the directories of their ports. The names are those of
// [Package.OwnName].
type Declarer interface {
	Declare(names []string) string
}

// A Placed is a database that was found by what may change without it: the environment,
// or which of several is selected.
type Placed interface {
	// Place returns the [Setting.Prefix] that leads to this database ever after, empty
	// where the kind's usual place does.
	Place() string
}

// A BelowDeclarer is a database whose recipes can ask for packages of those that are
// stacked below it: as a Declarer, but for these.
type BelowDeclarer interface {
	DeclareBelow(names []string) string
}

// A Source is one kind of package database.
type Source struct {
	// Open opens the database that describes the tree root. Without one, the error
	// wraps fs.ErrNotExist.
	Open func(root fs.FS, s Setting) (Database, error)
	// State names the files and directories, relative to the root and as patterns
	// for fs.Glob, of which one at least changes whenever what Packages or Files
	// return does. The first is one path, there wherever the database is; none are
	// named where it cannot be found.
	State func(root fs.FS, s Setting) []string
	// OS lists the systems, by ID or ID_LIKE of os-release(5), that are made of such
	// packages. A kind that has none installs its packages beside an OS's own, in a
	// prefix: its database can be stacked above the OS's, which then says what the
	// base OS is and who owns the rest.
	OS []string
	// Recipes are patterns, as for path.Match, of the names of the recipes that
	// Database.Recipe reads: "*.dsc".
	Recipes []string
	// Declare returns the line that declares a dependency on the named packages in
	// those recipes. The names are those of [Package.OwnName].
	Declare func(names []string) string
}

var sources = map[string]Source{}

// ErrUnknownSource is wrapped by Open's error for a kind that is not registered.
var ErrUnknownSource = errors.New("unknown source")

// Register makes a source known by its kind. Sources call it from init.
func Register(kind string, s Source) { sources[kind] = s }

// Declare returns the source's function of that name, nil if the kind is unknown.
func Declare(kind string) func(names []string) string { return sources[kind].Declare }

// IsOS tells whether databases of the kind are some OS's own: see [Source.OS].
func IsOS(kind string) bool { return len(sources[kind].OS) > 0 }

// Present tells whether root seems to have a database of the named kind.
func Present(kind string, root fs.FS, s Setting) bool {
	if state := State(kind, root, s); len(state) > 0 {
		_, err := fs.Stat(root, rootfs.Path(state[0]))
		return !errors.Is(err, fs.ErrNotExist)
	}
	return false
}

// State returns the files of the source's database, none if the kind is unknown: see
// [Source].
func State(kind string, root fs.FS, s Setting) []string {
	if state := sources[kind].State; state != nil {
		return state(root, s)
	}
	return nil
}

// Reads returns the kinds whose recipes have names like this one, in the order of
// Sources.
func Reads(recipe string) (kinds []string) {
	for _, kind := range Sources() {
		if slices.ContainsFunc(sources[kind].Recipes, func(pattern string) bool {
			ok, _ := path.Match(pattern, path.Base(filepath.ToSlash(recipe)))
			return ok
		}) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Find returns the kinds of the databases that root has and a build of a port with
// this recipe is about, the uppermost first: the OS's own and, above it, the one that
// the recipe goes with. A system without its own has whatever is beside it.
func Find(root fs.FS, s Setting, recipe string) (kinds []string) {
	var own, beside []string
	like := distributions(root)
	for _, kind := range Sources() {
		switch list := sources[kind].OS; {
		case !Present(kind, root, s):
		case len(list) == 0:
			beside = append(beside, kind)
		case slices.ContainsFunc(list, func(id string) bool { return slices.Contains(like, id) }):
			own = slices.Insert(own, 0, kind)
		default:
			own = append(own, kind)
		}
	}
	reads := Reads(recipe)
	var others []string
	for _, kind := range beside {
		if slices.Contains(reads, kind) {
			kinds = append(kinds, kind)
		} else {
			others = append(others, kind)
		}
	}
	if len(own) == 0 {
		return append(kinds, others...)
	}
	return append(kinds, own[0])
}

// distributions returns what os-release(5) calls the system of root, and what that is
// like.
func distributions(root fs.FS) []string {
	release := rootfs.Release(root)
	return strings.Fields(release["ID"] + " " + release["ID_LIKE"])
}

// Sources lists the kinds of source that are registered.
func Sources() []string { return slices.Sorted(maps.Keys(sources)) }

// Open opens the database of the named kind on root.
func Open(kind string, root fs.FS, s Setting) (Database, error) {
	source, ok := sources[kind]
	if !ok {
		return nil, fmt.Errorf("%w %q (known: %s)", ErrUnknownSource, kind, strings.Join(Sources(), ", "))
	}
	return source.Open(root, s)
}
