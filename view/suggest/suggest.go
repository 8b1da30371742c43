// Package suggest says what a target should declare, from what its build used.
//
// A run of the build that saw everything (--learn) left in its record what it used;
// the files that it captured tell what they need when they run. [New] maps both to
// packages, and finds for each kind of dependency the smallest set whose closure
// covers them ([depgraph.Graph.Cover]), with the evidence for each.
//
//	record ─▶ uses ──▶ build, test ╲
//	capture ─▶ needs ▶ run, lib ───▶ New ──▶ Text, JSON
//
// What was used in any phase but test is for build, what was used in test alone is
// for test, what only captured files need is for run, and lib is for both build and
// run. A declared dependency keeps its kind if every phase that used it sees that
// kind.
//
// Packages of the base need no mention: neither for build nor for run, where who
// writes a package for others may want to name them all the same.
package suggest

import (
	"iter"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/needs"
	"github.com/depview/depview/view/record"
)

// An Input is what a suggestion is made from.
type Input struct {
	Target   string // may be empty
	Graph    *depgraph.Graph
	Base     []depgraph.Direct
	Declared []depgraph.Direct // of every kind, in the order of the kinds
	// Events is the capture's record, in its order.
	Events iter.Seq2[record.Event, error]
	// Captured are the needs of captured files: see [ReadNeeds].
	Captured []Captured
	// Phase returns a phase by its name. Nil knows the built-in ones.
	Phase func(name string) (depgraph.Phase, error)
	// Ignore tells of paths whose use says nothing. It may be nil.
	Ignore func(path string) bool
	// Owners returns the names of packages that own a path on the root. With it, uses
	// by a package's own programs of what that package needs are told from the
	// build's. It may be nil.
	Owners func(path string) []string
	// Declare returns the line of the port's recipe that declares a package, "" where
	// the recipe has no line for that kind. It may be nil.
	Declare func(kind depgraph.Kind, names []string) string
}

// A Captured is a need of a captured file, and the package that satisfies it.
type Captured struct {
	Package string // "" where nothing on the root does
	Need    needs.Need
	File    string
}

// A Suggestion is what a target should declare, and what speaks for it. The lists
// other than Suggested are about what is declared already, or cannot be.
type Suggestion struct {
	Target string
	// Learned says that a command saw everything. Otherwise what is undeclared was
	// hidden, and is not in here.
	Learned bool
	// Suggested is by kind, in the order of build, lib, run, test and the others, then
	// as declared, then by name.
	Suggested []Suggested
	// Unused are declared, and could all be left out.
	Unused []depgraph.Direct
	// Implied are declared and used, and others of Suggested bring them.
	Implied []Implied
	// Through are packages that were used, and that only others' needs bring. Those
	// that nothing but the programs of a package that needs them used come last.
	Through []Through
	// Masked were used, and cannot be asked for by name: see [depgraph.Cover].
	Masked []Used
	// Itself has uses of an installed copy of the target.
	Itself []Evidence
	// Stray has uses of files that no package owns. Only a rule shows these.
	Stray []Evidence
	// Unresolved are needs of captured files that nothing on the root satisfies.
	Unresolved []Captured
}

// A Suggested is a direct dependency that the target should have.
type Suggested struct {
	depgraph.Direct // Where is empty where it is to be added
	// Package is what it resolves to here.
	Package string
	// Was is the kind that it is declared as, if not Direct.Kind.
	Was depgraph.Kind
	// Declare is what to write into the recipe, by [Input].Declare; "" if declared.
	Declare string
	// Evidence is about Package, or packages that it brings; empty for a declared one
	// that is not Judged.
	Evidence []Evidence
	// Judged is false for what no recorded command could use: it is of a kind that no
	// phase saw, or for running what is built.
	Judged bool
}

// An Implied is a declared dependency that another one brings.
type Implied struct {
	depgraph.Direct
	By string // the package that the other one names
}

// A Through is a used package that only another's needs bring.
type Through struct {
	Used
	Chain depgraph.Chain
	// ByItsOwn says that only programs used it whose package needs it.
	ByItsOwn bool
}

// A Used is a package and how it was used.
type Used struct {
	Package  string
	Evidence []Evidence
}

// A How is how a file was used.
type How string

// The ways to use a file.
const (
	Run    How = "run"
	Read   How = "read"
	Linked How = "linked" // a library, read by a linker
	Needs  How = "needs"  // a captured file needs it when it runs
)

// Evidence is one use of a package.
type Evidence struct {
	How     How
	Package string
	Path    string // that was used; of Needs, the captured file
	Need    needs.Need
	Exe     string // who used it
	Argv    []string
	Phase   string
}

// Direct returns the dependencies to have instead of the declared ones, for a
// target's config. What the base satisfies is not among them.
func (s *Suggestion) Direct() []depgraph.Direct {
	var all []depgraph.Direct
	for _, one := range s.Suggested {
		all = append(all, one.Direct)
	}
	return all
}
