package suggest

import (
	"cmp"
	"slices"

	"github.com/depview/depview/depgraph"
)

// judge sorts the declared dependencies that are not suggested: those that nothing
// used, those that others bring, and those of which nobody can tell.
func (m *maker) judge() error {
	demand := depgraph.Demand{Target: m.in.Target, Base: m.in.Base, Declared: m.in.Declared}
	for _, p := range m.in.Graph.Packages() {
		if _, run := m.run[p.Name]; run || m.uses.packages[p.Name] != nil {
			demand.Used = append(demand.Used, p)
		}
	}
	unused, err := m.in.Graph.Unused(demand)
	if err != nil {
		return err
	}
	final, err := m.in.Graph.Closure(depgraph.Request{Base: m.in.Base, Direct: slices.Concat(m.direct, m.in.Declared)})
	if err != nil {
		return err
	}
	for _, d := range m.in.Declared {
		p := m.in.Graph.Package(resolved(m.in.Graph, final, d))
		isUnused := slices.ContainsFunc(unused, func(o depgraph.Direct) bool { return keyOf(o) == keyOf(d) })
		switch {
		case m.seen[keyOf(d)], final.Class(p) == depgraph.InBase:
		case isUnused && m.judged(d.Kind):
			m.s.Unused = append(m.s.Unused, d)
		case isUnused:
			m.s.Suggested = append(m.s.Suggested, Suggested{Direct: d, Package: p.Name})
		default:
			m.s.Implied = append(m.s.Implied, Implied{d, m.bringer(p)})
		}
		m.seen[keyOf(d)] = true
	}
	return nil
}

// judged tells whether a recorded command could have used dependencies of a kind: one
// of the phase that the kind is for. What is there for running may be loaded or run by
// a program only later, and without a phase there is no network to fetch from.
func (m *maker) judged(kind depgraph.Kind) bool {
	phases := m.uses.phases
	switch kind {
	case depgraph.Run:
		return false
	case depgraph.Fetch:
		return phases["fetch"]
	case depgraph.Extract, depgraph.Patch, depgraph.Test:
		return phases[""] || phases[string(kind)]
	}
	for phase := range phases {
		if m.sees(phase, kind) {
			return true
		}
	}
	return false
}

// bringer returns the package of a suggested dependency that brings p, or a part of
// what it brings.
func (m *maker) bringer(p *depgraph.Package) string {
	for _, one := range m.s.Suggested {
		if m.uses.bring(one.Package)[p.Name] {
			return one.Package
		}
	}
	return ""
}

var kindOrder = []depgraph.Kind{depgraph.Build, depgraph.Lib, depgraph.Run, depgraph.Test, depgraph.Fetch, depgraph.Extract, depgraph.Patch}

func (m *maker) sort() {
	slices.SortStableFunc(m.s.Suggested, func(a, b Suggested) int {
		return cmp.Compare(slices.Index(kindOrder, a.Kind), slices.Index(kindOrder, b.Kind))
	})
	slices.SortStableFunc(m.s.Through, func(a, b Through) int {
		switch {
		case a.ByItsOwn == b.ByItsOwn:
			return cmp.Compare(a.Package, b.Package)
		case a.ByItsOwn:
			return 1
		}
		return -1
	})
	slices.SortStableFunc(m.s.Unresolved, func(a, b Captured) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Need.Name, b.Need.Name))
	})
}
