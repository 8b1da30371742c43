package depgraph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Graph holds packages by name. It does not change once made.
type Graph struct {
	packages []*Package
	shadowed []*Package
	named    map[string]int32 // position in packages
	own      map[string]*Package
	layers   []*layer
}

// A layer holds the packages of one source, by the names that they have there.
type layer struct {
	kind      string
	named     map[string]*Package
	providers map[string][]provider
}

type provider struct {
	*Package
	provide *Provide
}

// A Layer is what one source of a stack knows, which may be no package at all.
type Layer struct {
	Kind     string
	Packages []*Package
}

// New is [Stack] for sources whose kinds their packages tell.
func New(own []*Package, sources ...[]*Package) (*Graph, error) {
	var layers []Layer
	for _, packages := range sources {
		l := Layer{Packages: packages}
		if len(packages) > 0 {
			l.Kind = packages[0].Source
		}
		layers = append(layers, l)
	}
	return Stack(own, layers...)
}

// Stack returns the graph of the packages that deps.toml defines, own, and of those of
// sources, the uppermost first. A package of own takes the place of any other of its
// name. Sources have their own names each: a package of a lower one is renamed, see
// [Package.OwnName], whose name is taken, or is a virtual one above, so that its name
// always asks for it. Two of one name in one list are an error.
func Stack(own []*Package, sources ...Layer) (*Graph, error) {
	n := len(own)
	for _, s := range sources {
		n += len(s.Packages)
	}
	g := &Graph{packages: make([]*Package, 0, n), named: make(map[string]int32, n), own: map[string]*Package{}}
	for _, p := range own {
		if g.own[p.Name] != nil {
			return nil, twice(p)
		}
		g.own[p.Name] = p
		g.add(p)
	}
	for _, s := range sources {
		if err := g.stack(s.Kind, s.Packages); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func twice(p *Package) error { return fmt.Errorf("package %q is listed twice", p.Name) }

// taken tells whether a package has this name, or one of a layer above l answers to it.
func (g *Graph) taken(name string, l *layer) bool {
	_, is := g.named[name]
	return is || slices.ContainsFunc(g.layers, func(above *layer) bool { return above != l && len(above.providers[name]) > 0 })
}

func (g *Graph) add(p *Package) {
	g.named[p.Name] = int32(len(g.packages))
	g.packages = append(g.packages, p)
}

// stack puts the packages of one source below those that are there.
func (g *Graph) stack(kind string, packages []*Package) error {
	l := &layer{kind: kind, named: make(map[string]*Package, len(packages)), providers: map[string][]provider{}}
	g.layers = append(g.layers, l)
	for _, p := range packages {
		name := p.OwnName()
		if l.named[name] != nil {
			return twice(p)
		}
		l.named[name] = p
		if g.own[name] != nil {
			g.shadowed = append(g.shadowed, p)
			continue
		}
		if p.Name, p.own = name, ""; g.taken(name, l) {
			p.Name, p.own = kind+":"+name, name
		}
		if g.taken(p.Name, l) {
			return twice(p)
		}
		g.add(p)
		if p.Removed {
			continue
		}
		for i := range p.Provides {
			v := &p.Provides[i]
			l.providers[v.Name] = append(l.providers[v.Name], provider{p, v})
		}
	}
	for _, p := range g.shadowed {
		delete(l.named, p.OwnName())
	}
	for _, list := range l.providers {
		slices.SortStableFunc(list, func(a, b provider) int {
			return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.OwnName(), b.OwnName()))
		})
	}
	return nil
}

// Packages returns every package: those of deps.toml, then source after source in the
// order given to [Stack].
func (g *Graph) Packages() []*Package { return g.packages }

// Shadowed returns the packages that are not in the graph, since deps.toml has others
// of their names.
func (g *Graph) Shadowed() []*Package { return g.shadowed }

// Package returns the package called name, or nil. A package of any source answers to
// "KIND:NAME" too.
func (g *Graph) Package(name string) *Package {
	if at, ok := g.named[name]; ok {
		return g.packages[at]
	}
	if kind, name, ok := strings.Cut(name, ":"); ok {
		return g.Of(kind, name)
	}
	return nil
}

// Of returns the package that has this name in the source of the given kind: deps.toml's
// where it took that one's place, nil if there is none.
func (g *Graph) Of(kind, name string) *Package {
	for _, l := range g.layers {
		if l.kind == kind {
			return cmp.Or(g.own[name], l.named[name])
		}
	}
	return nil
}

// Satisfying returns the installed packages that satisfy what by needs, nil for what a
// person wrote down. Preferred ones come first: the package of that very name, then
// its providers by rank and name.
func (g *Graph) Satisfying(a Alternative, by *Package) []*Package {
	var found []*Package
	add := func(p *Package, v *Provide) {
		if p != nil && !p.Removed && (a.Accepts == nil || a.Accepts(p, v)) && !slices.Contains(found, p) {
			found = append(found, p)
		}
	}
	add(g.own[a.Name], nil)
	layers, one := g.scope(a, by)
	for _, l := range layers {
		before := len(found)
		name := a.Name
		if kind, rest, ok := strings.Cut(name, ":"); ok && kind == l.kind && l.named[name] == nil {
			name = rest
			add(g.own[name], nil) // as [Graph.Of] has it
		}
		add(l.named[name], nil)
		for _, v := range l.providers[name] {
			add(v.Package, v.provide)
		}
		if !one && len(found) > before {
			break // a layer above wins
		}
	}
	return found
}

// scope returns the layers that an alternative is looked for in, and whether it is one
// alone.
func (g *Graph) scope(a Alternative, by *Package) (layers []*layer, one bool) {
	kind := a.In
	if kind == "" && by != nil {
		kind = by.Source
	}
	i := slices.IndexFunc(g.layers, func(l *layer) bool { return l.kind == kind })
	switch {
	case i < 0:
		return g.layers, false
	case a.Below:
		return g.layers[i+1:], false
	}
	return g.layers[i : i+1], true
}

// Knows tells whether a package or a virtual package of any source has this name.
func (g *Graph) Knows(name string) bool {
	return g.Package(name) != nil || slices.ContainsFunc(g.layers, func(l *layer) bool { return len(l.providers[name]) > 0 })
}

// KnowsIn is Knows for the source of the given kind, by the names that it has there.
func (g *Graph) KnowsIn(kind, name string) bool {
	return g.Of(kind, name) != nil ||
		slices.ContainsFunc(g.layers, func(l *layer) bool { return l.kind == kind && len(l.providers[name]) > 0 })
}

// candidates returns the installed packages that satisfy a need of by's, each once,
// preferred ones first. Its conditions are not looked at.
func (g *Graph) candidates(n Need, by *Package) []*Package {
	if len(n) == 1 {
		return g.Satisfying(n[0], by)
	}
	var found []*Package
	for _, a := range n {
		if a.Condition {
			continue
		}
		for _, p := range g.Satisfying(a, by) {
			if !slices.Contains(found, p) {
				found = append(found, p)
			}
		}
	}
	return found
}
