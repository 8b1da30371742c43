package depgraph

import (
	"cmp"
	"slices"
)

// A coverer looks for a [Cover]. It asks many times what some dependencies bring,
// so it numbers the packages and does what [Graph.Closure] does on numbers.
type coverer struct {
	graph    *Graph
	base     *Closure
	numbers  map[*Package]int32
	packages []*Package
	needs    [][][]int32 // by package, nil before it is asked; see candidates
	given    [][]int32
	used     []int32    // packages outside of the base, by name
	set      []*element // the cover so far
	err      error      // the first that reading what a package needs gave

	in    []uint32 // by package: the last round that brought it
	round uint32
}

// An element is a dependency that may be part of the cover.
type element struct {
	Direct
	candidates []int32
	order      int  // among the declared ones; one to add is after them
	used       bool // a package that it names was used
}

func (g *Graph) newCoverer(d Demand) (*coverer, error) {
	base, err := g.Closure(Request{Base: d.Base})
	if err != nil {
		return nil, err
	}
	if _, err := g.Closure(Request{Base: d.Base, Direct: slices.Concat(d.Given, d.Declared)}); err != nil {
		return nil, err
	}
	c := &coverer{graph: g, base: base, numbers: map[*Package]int32{}}
	for _, p := range d.Used {
		if p.Name != d.Target && base.Class(p) == Outside {
			c.used = append(c.used, c.number(p))
		}
	}
	slices.SortFunc(c.used, c.byName)
	c.used = slices.Compact(c.used)
	for _, n := range d.Given {
		c.given = append(c.given, c.candidates(nil, n.Need, nil)...)
	}
	for i, n := range d.Declared {
		if found := c.candidates(nil, n.Need, nil); len(found) > 0 {
			c.set = append(c.set, &element{Direct: n, candidates: found[0], order: i})
		}
	}
	c.grow(nil)
	for _, e := range c.set {
		e.used = slices.ContainsFunc(e.candidates, func(n int32) bool { return c.has(n) && slices.Contains(c.used, n) })
	}
	return c, nil
}

func (c *coverer) byName(a, b int32) int { return cmp.Compare(c.packages[a].Name, c.packages[b].Name) }

// number returns p's number.
func (c *coverer) number(p *Package) int32 {
	n, ok := c.numbers[p]
	if !ok {
		n = int32(len(c.packages))
		c.numbers[p] = n
		c.packages = append(c.packages, p)
		c.needs = append(c.needs, nil)
		c.in = append(c.in, 0)
	}
	return n
}

// candidates adds to list the candidates for a need of by's, preferred ones first. A need
// that nothing satisfies, or the base does, asks for nothing. Nor does one with
// conditions: at worst the set has one package more.
func (c *coverer) candidates(list [][]int32, need Need, by *Package) [][]int32 {
	if need.conditional() {
		return list
	}
	found := c.graph.candidates(need, by)
	if len(found) == 0 || slices.ContainsFunc(found, func(p *Package) bool { return c.base.Class(p) == InBase }) {
		return list
	}
	numbers := make([]int32, len(found))
	for i, p := range found {
		numbers[i] = c.number(p)
	}
	return append(list, numbers)
}

// needsOf returns what a package needs at run time.
func (c *coverer) needsOf(n int32) [][]int32 {
	if c.needs[n] == nil {
		needs, err := c.packages[n].RunNeeds()
		c.err = cmp.Or(c.err, err)
		list := make([][]int32, 0, len(needs))
		for _, need := range needs {
			list = c.candidates(list, need, c.packages[n])
		}
		c.needs[n] = list
	}
	return c.needs[n]
}

// has tells whether the last grow brought a package.
func (c *coverer) has(n int32) bool { return c.in[n] == c.round }

// grow finds what the set without one of its elements brings, in the two steps and
// the order of [Graph.Closure].
func (c *coverer) grow(without *element) {
	c.round++
	fresh, open := make([]int32, 0, len(c.packages)), [][]int32{}
	bring := func(n int32) {
		if !c.has(n) {
			c.in[n] = c.round
			fresh = append(fresh, n)
		}
	}
	want := func(candidates []int32) {
		if len(candidates) == 1 {
			bring(candidates[0])
		} else {
			open = append(open, candidates)
		}
	}
	settle := func() {
		for i := 0; i < len(fresh); i++ {
			for _, candidates := range c.needsOf(fresh[i]) {
				want(candidates)
			}
		}
		fresh = fresh[:0]
	}
	for _, candidates := range c.given {
		want(candidates)
	}
	for _, e := range c.set {
		if e != without {
			want(e.candidates)
		}
	}
	settle()
	for i := 0; i < len(open); i++ { // settle appends to open
		if !slices.ContainsFunc(open[i], c.has) {
			bring(open[i][0])
			settle()
		}
	}
}

// missing returns the used packages that the set without one of its elements does
// not bring, by name.
func (c *coverer) missing(without *element) []int32 {
	c.grow(without)
	var list []int32
	for _, n := range c.used {
		if !c.has(n) {
			list = append(list, n)
		}
	}
	return list
}
