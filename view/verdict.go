package view

import (
	"maps"
	"slices"

	"github.com/depview/depview/depgraph"
)

// A Verdict is the answer to "does this path exist for this build?".
type Verdict uint8

// The verdicts. The first three are visible.
const (
	Base       Verdict = iota + 1 // a package of the base OS owns it, or it is part of the base OS
	Dependency                    // a package of the closure owns it
	Shown                         // a rule shows it
	Undeclared                    // only packages outside the closure own it
	Stray                         // nobody owns it and nothing shows it
	Excluded                      // a rule hides it
)

var verdictNames = [...]string{"", "base", "dependency", "rule", "undeclared", "stray", "excluded"}

// String returns the design's word for the verdict, as the record spells it.
func (v Verdict) String() string { return verdictNames[v] }

// Visible tells whether the path exists for the build.
func (v Verdict) Visible() bool { return v >= Base && v <= Shown }

// A Rule shows or hides a tree. The longest Path that encloses a path decides.
type Rule struct {
	Path  string
	Show  bool
	Where string // where it was written: "deps.toml:12"
}

// An Answer is a verdict and what it rests on.
type Answer struct {
	Verdict Verdict
	// Owners are the packages that own the path, in no particular order; for a
	// generated file, the package that generates it.
	Owners []*depgraph.Package
	// Rule is the rule that decided, if one did.
	Rule *Rule
	// Via is the path whose verdict this one takes: a symbolic link's target, the
	// source beside compiled code, or what makes a directory visible.
	Via string
}

// OwnerNames returns the names of the packages that a rests on, sorted.
func (a Answer) OwnerNames() []string {
	names := make(map[string]bool, len(a.Owners))
	for _, p := range a.Owners {
		names[p.Name] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// verdictOf gives the verdict of what a package of class c owns.
func verdictOf(c depgraph.Class) Verdict {
	switch c {
	case depgraph.InBase:
		return Base
	case depgraph.InClosure:
		return Dependency
	}
	return Undeclared
}
