package depgraph

import (
	"cmp"
	"slices"
)

// A Request asks what one target may see.
type Request struct {
	// Target is the name of the package being built. It may be empty, and the
	// graph need not know it.
	Target string
	// Base is what the base OS consists of. An entry whose Where is empty comes
	// from a database's own Base, and is skipped where nothing satisfies it.
	Base []Direct
	// Direct holds the target's direct dependencies, those of the kinds that the
	// phase sees and no others: see [Phase.Select].
	Direct []Direct
}

// A Class says what a package is to a target.
type Class uint8

const (
	Outside   Class = iota // not for the target to see
	InBase                 // part of the base OS
	InClosure              // a dependency, direct or indirect
)

// A Closure is the answer to a [Request]: the packages that the target may see,
// and why each is among them. It does not change once made.
type Closure struct {
	target   string
	graph    *Graph
	packages []*Package
	members  map[*Package]member
	waiting  []conditional
	unmet    []Reason
	missing  []Unmet
	err      error // the first that reading what a package needs gave
}

type member struct {
	class  Class
	reason Reason
}

// Closure resolves r: first the base and what it needs at run time, then the
// direct dependencies and what those need. A package of the base stays base.
//
// A need can have several candidates, through alternatives ("a | b") or because
// several packages provide a virtual name, and the machine may have all of them
// for reasons that do not concern this target. What counts is what a clean root
// made for it would hold, so the choice is made as apt makes it when it fills one
// (debootstrap and sbuild's chroots are filled that way), in an order that only
// the request and the database's own order decide:
//
//  1. Every need with exactly one candidate brings that candidate in, and so do
//     the needs of what came in, until nothing changes. A clean root has no
//     other choice there.
//  2. The needs left over are taken in the order in which they were discovered,
//     breadth first. One that a package already in the base or the closure
//     satisfies adds nothing: a clean root would not install a second mail server
//     either. Any other brings in the first package that satisfies its first
//     alternative that has one (the order is [Graph.Satisfying]'s), and step 1
//     is done again before the next.
//
// The base goes through both steps before the first direct dependency is looked
// at, as a clean root has its base before it has build dependencies.
//
// A need with conditions is one from when they hold on, see [Alternative]; so is one of
// the base's that a direct dependency makes hold, but what it brings is of the closure.
//
// Errors: a [*UnmetError] where a dependency that somebody wrote down (in the
// request, or in a package of deps.toml) has no candidate; a [*CycleError] where
// the direct dependencies lead to the target itself; what reading a package's needs
// gives. What a database's package
// needs and nobody satisfies is no error: see [Closure.Unmet].
func (g *Graph) Closure(r Request) (*Closure, error) {
	c := &Closure{target: r.Target, graph: g, members: map[*Package]member{}}
	c.grow(InBase, r.Base)
	c.grow(InClosure, r.Direct)
	if c.err != nil {
		return nil, c.err
	}
	if len(c.missing) > 0 {
		return nil, &UnmetError{Unmet: c.missing}
	}
	if t := g.Package(r.Target); t != nil && c.Class(t) == InClosure {
		return nil, &CycleError{Chain: c.Chain(t)}
	}
	slices.SortFunc(c.packages, func(a, b *Package) int { return cmp.Compare(a.Name, b.Name) })
	return c, nil
}

// Class says what p is to the target.
func (c *Closure) Class(p *Package) Class { return c.members[p].class }

// Packages returns the packages of the base and of the closure, by name.
func (c *Closure) Packages() []*Package { return c.packages }

// Dependencies returns the packages that the target's direct dependencies bring,
// beyond the base, by name.
func (c *Closure) Dependencies() []*Package {
	var brought []*Package
	for _, p := range c.packages {
		if c.Class(p) == InClosure {
			brought = append(brought, p)
		}
	}
	return brought
}

// Unconditional returns a need of the request as it turned out: without its conditions
// where they hold, and empty where not.
func (c *Closure) Unconditional(n Need) Need {
	if !n.conditional() {
		return n
	}
	var plain Need
	for _, a := range n {
		switch {
		case !a.Condition:
			plain = append(plain, a)
		case !slices.ContainsFunc(c.graph.Satisfying(a, nil), func(p *Package) bool { return c.Class(p) != Outside }):
			return nil
		}
	}
	if len(plain) == 1 {
		plain[0].Text = n.String() // as it was written, for messages
	}
	return plain
}

// Unmet returns the run-time needs of packages in the closure that nothing
// installed satisfies, in the order they were met. A database can be broken
// (packages removed by force, half-configured) and the build may not care.
func (c *Closure) Unmet() []Reason { return c.unmet }

// A growth is one class being filled.
type growth struct {
	*Closure
	class Class
	fresh []*Package // brought in, needs not looked at yet; first in, first out
	open  []choice   // needs with several candidates, in the order discovered
}

// A conditional is a need with conditions that did not hold yet, each with the packages
// that satisfy it.
type conditional struct {
	reason     Reason
	conditions [][]*Package
}

// A choice is a need with several candidates, preferred ones first.
type choice struct {
	reason     Reason
	candidates []*Package
}

func (c *Closure) grow(class Class, direct []Direct) {
	g := &growth{Closure: c, class: class}
	for i := range direct {
		g.want(Reason{Direct: &direct[i], Need: direct[i].Need})
	}
	g.settle()
	for i := 0; i < len(g.open); i++ { // settle appends to open
		if o := g.open[i]; !slices.ContainsFunc(o.candidates, g.has) {
			g.bring(o.candidates[0], o.reason)
			g.settle()
		}
	}
}

// settle looks at the needs of all that was brought in, and of what they bring.
func (g *growth) settle() {
	for len(g.fresh) > 0 || g.wake() {
		p := g.fresh[0]
		g.fresh = g.fresh[1:]
		needs, err := p.RunNeeds()
		g.err = cmp.Or(g.err, err)
		for _, n := range needs {
			g.want(Reason{By: p, Need: n})
		}
	}
}

// wake wants what has its conditions met by now, and tells whether that brought
// something in.
func (g *growth) wake() bool {
	if !slices.ContainsFunc(g.waiting, g.holds) {
		return false
	}
	waiting := g.waiting
	g.waiting = nil
	for _, c := range waiting {
		if g.holds(c) {
			g.choose(c.reason)
		} else {
			g.waiting = append(g.waiting, c)
		}
	}
	return len(g.fresh) > 0
}

func (g *growth) holds(c conditional) bool {
	return !slices.ContainsFunc(c.conditions, func(any []*Package) bool { return !slices.ContainsFunc(any, g.has) })
}

// want sees to a need, once its conditions hold.
func (g *growth) want(r Reason) {
	if !r.Need.conditional() {
		g.choose(r)
		return
	}
	c := conditional{reason: r}
	for _, a := range r.Need {
		if a.Condition {
			c.conditions = append(c.conditions, g.graph.Satisfying(a, r.By))
		}
	}
	g.waiting = append(g.waiting, c)
}

// choose brings in the one candidate for a need, or leaves the choice open.
func (g *growth) choose(r Reason) {
	switch found := g.graph.candidates(r.Need, r.By); len(found) {
	case 0:
		g.miss(r)
	case 1:
		g.bring(found[0], r)
	default:
		g.open = append(g.open, choice{r, found})
	}
}

func (g *growth) bring(p *Package, r Reason) {
	if !g.has(p) {
		g.members[p] = member{g.class, r}
		g.packages = append(g.packages, p)
		g.fresh = append(g.fresh, p)
	}
}

func (g *growth) has(p *Package) bool { return g.Class(p) != Outside }

// miss notes a need without candidates, as an error where a person wrote it.
func (g *growth) miss(r Reason) {
	switch d := r.written(); {
	case d == nil:
		g.unmet = append(g.unmet, r)
	case g.class == InBase && d.Where == "":
		// The database's own idea of its base: this machine is without it.
	default:
		g.missing = append(g.missing, g.graph.unmet(*d))
	}
}
