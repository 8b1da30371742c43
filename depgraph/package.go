// Package depgraph says which packages exist, what each needs, and which of
// them a target may see.
//
// A source (one folder below this one each) reads a package database into
// [Package] values; deps.toml adds packages that no source knows. A [Graph]
// holds them by name, and [Graph.Closure] answers for one target: the base OS,
// the target's direct dependencies, and what those need at run time. Nothing
// here knows FUSE or makes a system call: a database is read through an fs.FS.
package depgraph

import (
	"cmp"
	"fmt"
	"slices"
)

// A Kind is a kind of direct dependency, in MacPorts' words.
type Kind string

// The kinds, in the order of the phases that bring them in.
const (
	Fetch   Kind = "fetch"
	Extract Kind = "extract"
	Patch   Kind = "patch"
	Lib     Kind = "lib"
	Build   Kind = "build"
	Run     Kind = "run"
	Test    Kind = "test"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Fetch, Extract, Patch, Lib, Build, Run, Test} }

// A Package is what a package database lists.
type Package struct {
	// Name is unique in a graph, spelled as the package's own tools do:
	// "jq", or "libc6:i386" for a foreign architecture of dpkg's.
	Name    string
	Version string
	Arch    string
	// Source is the kind of the database that knows it: "dpkg", "deps.toml".
	Source string
	// Needs is what it needs at run time, and Late, if it is there, reads more of it
	// when it is asked for: see [Package.RunNeeds].
	Needs []Need
	Late  func() ([]Need, error)
	// Optional, if it is there, reads what it makes use of and does without.
	Optional func() ([]Need, error)
	// Direct holds its direct dependencies, for when it is the target. Only
	// packages of deps.toml have them; those of a source's come from a recipe.
	Direct []Direct
	// Provides lists the virtual names that it answers to.
	Provides []Provide
	// Rank orders packages that provide the same virtual name: lower first.
	Rank int
	// Removed marks a package that is gone but for its configuration files: it
	// owns those and satisfies nobody.
	Removed bool
	// Detail is for the source that made the package.
	Detail any
}

// RunNeeds returns what p needs at run time. It fails where its database's entry
// cannot be read.
func (p *Package) RunNeeds() ([]Need, error) {
	if p.Late == nil {
		return p.Needs, nil
	}
	late, err := p.Late()
	return slices.Concat(p.Needs, late), err
}

// A Direct is a dependency that somebody wrote down for the target or the base.
type Direct struct {
	Kind Kind // empty for the base
	Need Need
	// Where says where it stands, for messages: "deps.toml:4: target.depends.build",
	// "debian/control:7: Build-Depends", "--dep".
	Where string
}

// A Provide is a virtual name, with a version where the database gives one.
type Provide struct {
	Name    string
	Version string
}

// A Need is one dependency: any of its alternatives satisfies it, the first
// installed one is preferred.
type Need []Alternative

// An Alternative names a package, real or virtual, that can satisfy a need.
type Alternative struct {
	Name string
	// Text is the alternative as it was written, for messages: "zlib (>= 1.2)".
	// Empty means Name.
	Text string
	// Accepts tells whether p, by its own name (provided is nil) or by a virtual
	// one, has the version and architecture that is asked for. Nil accepts any.
	Accepts func(p *Package, provided *Provide) bool
}

// Named returns the need for the package or virtual package called name.
func Named(name string) Need { return Need{{Name: name}} }

func (a Alternative) String() string { return cmp.Or(a.Text, a.Name) }

func (n Need) String() string {
	var s string
	for i, a := range n {
		if i > 0 {
			s += " | "
		}
		s += a.String()
	}
	return s
}

// A Graph holds packages by name. It does not change once made.
type Graph struct {
	packages  []*Package
	shadowed  []*Package
	named     map[string]int32 // position in packages
	providers map[string][]provider
}

type provider struct {
	*Package
	provide *Provide
}

// New returns the graph of the packages in layers. A package of an earlier layer
// wins over a later one's of the same name; two of one name in one layer are an
// error.
func New(layers ...[]*Package) (*Graph, error) {
	n := 0
	for _, layer := range layers {
		n += len(layer)
	}
	g := &Graph{packages: make([]*Package, 0, n), named: make(map[string]int32, n), providers: map[string][]provider{}}
	for _, layer := range layers {
		first := len(g.packages)
		for _, p := range layer {
			at, taken := g.named[p.Name]
			switch {
			case !taken:
				g.named[p.Name] = int32(len(g.packages))
				g.packages = append(g.packages, p)
			case int(at) >= first:
				return nil, fmt.Errorf("package %q is listed twice", p.Name)
			default:
				g.shadowed = append(g.shadowed, p) // an earlier layer's wins
			}
		}
	}
	for _, p := range g.packages {
		if p.Removed {
			continue
		}
		for i := range p.Provides {
			v := &p.Provides[i]
			g.providers[v.Name] = append(g.providers[v.Name], provider{p, v})
		}
	}
	for _, list := range g.providers {
		slices.SortStableFunc(list, func(a, b provider) int {
			return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Name, b.Name))
		})
	}
	return g, nil
}

// Packages returns every package, in the order given to New.
func (g *Graph) Packages() []*Package { return g.packages }

// Shadowed returns the packages that are not in the graph, since an earlier layer
// has others of their names.
func (g *Graph) Shadowed() []*Package { return g.shadowed }

// Package returns the package called name, or nil.
func (g *Graph) Package(name string) *Package {
	if at, ok := g.named[name]; ok {
		return g.packages[at]
	}
	return nil
}

// Satisfying returns the installed packages that satisfy a, preferred ones
// first: the package of that very name, then its providers by rank and name.
func (g *Graph) Satisfying(a Alternative) []*Package {
	var found []*Package
	add := func(p *Package, v *Provide) {
		if !p.Removed && (a.Accepts == nil || a.Accepts(p, v)) && !slices.Contains(found, p) {
			found = append(found, p)
		}
	}
	if p := g.Package(a.Name); p != nil {
		add(p, nil)
	}
	for _, v := range g.providers[a.Name] {
		add(v.Package, v.provide)
	}
	return found
}
