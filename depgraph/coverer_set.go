package depgraph

import (
	"cmp"
	"math"
	"slices"
)

// fill adds used packages to the set until it brings all that can be asked for.
// What is added may settle a choice otherwise than it was, so it looks again.
func (c *coverer) fill() {
	asked := map[int32]bool{}
	for {
		missing := slices.DeleteFunc(c.missing(nil), func(n int32) bool { return asked[n] })
		if len(missing) == 0 {
			break
		}
		for _, n := range c.tops(missing) {
			asked[n] = true
			e := &element{Direct: Direct{Need: Named(c.packages[n].Name)}, order: math.MaxInt, used: true}
			if found := c.candidates(nil, e.Need, nil); len(found) > 0 {
				e.candidates = found[0]
				c.set = append(c.set, e)
			}
		}
	}
	slices.SortStableFunc(c.set, func(a, b *element) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.Need[0].Name, b.Need[0].Name))
	})
}

// tops returns those of packages that none of the others brings for certain, one of
// each cycle, the first by name. The packages must be in the order of names.
//
// Going from each package that nobody before it leads to leaves out all but some
// that a later one leads to; going from these, last first, leaves out the rest.
func (c *coverer) tops(packages []int32) []int32 {
	for range 2 {
		seen := map[int32]bool{}
		var tops []int32
		for _, n := range packages {
			if !seen[n] {
				tops = append(tops, n)
				c.mark(n, seen)
			}
		}
		slices.Reverse(tops)
		packages = tops
	}
	return packages
}

// mark marks a package and what it brings for certain: what it needs, and has no
// other candidate for.
func (c *coverer) mark(n int32, seen map[int32]bool) {
	seen[n] = true
	for open := []int32{n}; len(open) > 0; {
		last := len(open) - 1
		needs := c.needsOf(open[last])
		open = open[:last]
		for _, candidates := range needs {
			if n := candidates[0]; len(candidates) == 1 && !seen[n] {
				seen[n] = true
				open = append(open, n)
			}
		}
	}
}

// unnamed tells of an element that names no used package.
func unnamed(e *element) bool { return !e.used }

func whatever(*element) bool { return true }

// drop takes elements out of the set that may go, as long as the rest brings the
// same used packages, and returns them. Those to add go first, and later ones before
// earlier ones.
func (c *coverer) drop(may func(*element) bool) (dropped []*element) {
	order := slices.Clone(c.set)
	slices.Reverse(order)
	lost := c.missing(nil)
	for again := true; again; {
		again = false
		needed := c.needed()
		for _, e := range order {
			at := slices.Index(c.set, e)
			if at < 0 || needed[e] || !may(e) {
				continue
			}
			if now := c.missing(e); subset(now, lost) {
				lost, again = now, true
				c.set = slices.Delete(c.set, at, at+1)
				dropped = append(dropped, e)
			}
		}
	}
	return dropped
}

// subset tells whether all of some is in all; both have the same order.
func subset(some, all []int32) bool {
	for _, n := range some {
		i := slices.Index(all, n)
		if i < 0 {
			return false
		}
		all = all[i+1:]
	}
	return true
}

// needed returns elements of the set that certainly cannot be left out: of all
// elements, only they lead to some used package that is covered, whatever becomes
// of choices. So no grow has to tell.
//
// Each element goes from package to package, through all candidates of every need.
// A package where two have come through already is of no more interest, nor is what
// is beyond it for a third.
func (c *coverer) needed() map[*element]bool {
	type visit struct {
		at int32
		by *element
	}
	came := map[int32][2]*element{}
	var open []visit
	goTo := func(candidates []int32, e *element) {
		for _, n := range candidates {
			by := came[n]
			switch {
			case by[0] == e || by[1] != nil:
				continue
			case by[0] == nil:
				by[0] = e
			default:
				by[1] = e
			}
			came[n] = by
			open = append(open, visit{n, e})
		}
	}
	given := &element{} // stands for all of them
	for _, candidates := range c.given {
		goTo(candidates, given)
	}
	for _, e := range c.set {
		goTo(e.candidates, e)
	}
	for len(open) > 0 {
		v := open[len(open)-1]
		open = open[:len(open)-1]
		for _, candidates := range c.needsOf(v.at) {
			goTo(candidates, v.by)
		}
	}
	needed := map[*element]bool{}
	c.grow(nil)
	for _, n := range c.used {
		if by := came[n]; by[0] != nil && by[1] == nil && c.has(n) {
			needed[by[0]] = true
		}
	}
	return needed
}
