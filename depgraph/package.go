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
	"slices"
	"strings"
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
	// "jq", or "libc6:i386" for a foreign architecture of dpkg's. See [Package.OwnName].
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

	own string // see OwnName; empty where it is the Name
}

// OwnName is p's name in its own database. Its Name differs where databases are
// stacked and one above has another package of that name: then it is "dpkg:ocaml".
func (p *Package) OwnName() string { return cmp.Or(p.own, p.Name) }

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
	// In is the kind of the source in whose names this is meant. Where it is empty,
	// that is the source of the package that needs it, and what a person wrote down is
	// looked for in every source, uppermost first.
	In string
	// Below says that not that source is meant, but those stacked below it.
	Below bool
	// Condition makes this one, as "b" is in RPM's "(a if b)": the need is one only
	// where a package that satisfies this is in the base or the closure. A need can have
	// several, which must all hold, and has at least one alternative of the other kind.
	Condition bool
	// Accepts tells whether p, by its own name (provided is nil) or by a virtual
	// one, has the version and architecture that is asked for. Nil accepts any.
	Accepts func(p *Package, provided *Provide) bool
}

// Named returns the need for the package or virtual package called name.
func Named(name string) Need { return Need{{Name: name}} }

func (a Alternative) String() string { return cmp.Or(a.Text, a.Name) }

func (n Need) String() string {
	var wanted, conditions []string
	for _, a := range n {
		if a.Condition {
			conditions = append(conditions, a.String())
		} else {
			wanted = append(wanted, a.String())
		}
	}
	s := strings.Join(wanted, " | ")
	if len(conditions) > 0 {
		s += " if " + strings.Join(conditions, " and ")
	}
	return s
}

// conditional tells whether n asks for something only where something else is there.
func (n Need) conditional() bool {
	return slices.ContainsFunc(n, func(a Alternative) bool { return a.Condition })
}
