package depgraph

import (
	"cmp"
	"slices"
)

// A Demand asks which direct dependencies a target should have.
type Demand struct {
	Target string
	Base   []Direct // as in [Request]
	// Given are there in any case, and cover what they bring.
	Given []Direct
	// Declared are those that the target has, of which the ones that serve are kept.
	Declared []Direct
	// Used holds the packages that are to be covered. Those of the base, and the
	// target itself, may be among them and ask for nothing.
	Used []*Package
}

// A Cover is the answer to a [Demand]: direct dependencies that together bring
// every used package, and of which none can be left out. A declared dependency
// that the base satisfies is in no list here: it brings nothing, and may be there
// for the version that it asks for.
type Cover struct {
	// Direct is the cover: declared dependencies as they were written and in their
	// order, then, by name, those that are to be added, which have no Kind and no
	// Where.
	Direct []Direct
	// Unused are declared, and without all of them together every used package that
	// the others bring is still there. One that names a used package is never unused.
	Unused []Direct
	// Implied are declared and serve, and Direct brings all that they do for the used
	// packages.
	Implied []Direct
	// Through leads to each used package that nothing written down names.
	Through []Chain
	// Masked are used packages that no dependency can ask for by name, since another
	// package that is there anyway answers to it, or since they are removed.
	Masked []*Package
	// Closure is that of the base, Given and Direct. A cycle through the target is no
	// error here.
	Closure *Closure
}

// Cover finds a smallest set of direct dependencies whose closure holds all used
// packages. Declared ones are preferred, and stay as they are written. What they
// do not bring is covered by used packages that no other's closure has; of packages
// that need each other, by the first by name. Packages that nobody used and nobody
// declared are never asked for, though one that needs many used ones would make the
// set smaller.
//
// What a set brings is always its [Graph.Closure]: two dependencies together may
// bring less than each alone, as a choice between packages that the first leaves
// open may be settled by the second. So each dependency of the answer has been left
// out once, to see that something is lost.
//
// Its errors are those of [Graph.Closure] for the base and the declared ones, but
// for the cycle.
func (g *Graph) Cover(d Demand) (*Cover, error) {
	c, err := g.newCoverer(d)
	if err != nil {
		return nil, err
	}
	declared := slices.Clone(c.set)
	unused := c.drop(unnamed)
	for before := -1; before != len(c.missing(nil)); {
		before = len(c.missing(nil))
		c.fill()
		c.drop(whatever)
	}
	answer := &Cover{}
	for _, e := range declared {
		switch {
		case slices.Contains(unused, e):
			answer.Unused = append(answer.Unused, e.Direct)
		case !slices.Contains(c.set, e):
			answer.Implied = append(answer.Implied, e.Direct)
		}
	}
	for _, e := range c.set {
		answer.Direct = append(answer.Direct, e.Direct)
	}
	request := Request{Base: d.Base, Direct: slices.Concat(d.Given, answer.Direct)}
	if answer.Closure, err = g.Closure(request); err != nil {
		return nil, err
	}
	answer.Closure.target = d.Target
	c.explain(answer, slices.Concat(d.Given, d.Declared, answer.Direct))
	return answer, c.err
}

// Unused returns those of the declared dependencies that could be dropped
// together: see [Cover]. Its errors are those of [Graph.Cover].
func (g *Graph) Unused(d Demand) ([]Direct, error) {
	c, err := g.newCoverer(d)
	if err != nil {
		return nil, err
	}
	unused := c.drop(unnamed)
	slices.SortFunc(unused, func(a, b *element) int { return cmp.Compare(a.order, b.order) })
	var direct []Direct
	for _, e := range unused {
		direct = append(direct, e.Direct)
	}
	return direct, c.err
}

// explain says of each used package how the answer has it, where no dependency
// that is written down names it.
func (c *coverer) explain(answer *Cover, written []Direct) {
	named := map[*Package]bool{}
	for _, d := range written {
		for _, p := range c.graph.candidates(d.Need, nil) {
			named[p] = true
		}
	}
	for _, n := range c.used {
		switch p := c.packages[n]; {
		case answer.Closure.Class(p) == Outside:
			answer.Masked = append(answer.Masked, p)
		case !named[p]:
			answer.Through = append(answer.Through, answer.Closure.Chain(p))
		}
	}
}
