package main

import (
	"slices"

	"github.com/depview/depview/depgraph"
)

// declares tells whether a direct dependency of the target names the package.
func (s *scope) declares(name string) bool {
	p := s.graph.Package(name)
	return p != nil && s.closure.Reason(p).Direct != nil && s.closure.Class(p) == depgraph.InClosure
}

// unused returns those direct dependencies, by name, without which a build that used
// these packages would have had all of them. What is declared for running the target
// says nothing of its build.
func (s *scope) unused(used []string) (names []string) {
	demand := depgraph.Demand{Target: s.request.Target, Base: s.request.Base}
	for _, d := range s.request.Direct {
		if d.Need = s.closure.Unconditional(d.Need); len(d.Need) == 0 {
			continue
		}
		if d.Kind == depgraph.Run {
			demand.Given = append(demand.Given, d)
		} else {
			demand.Declared = append(demand.Declared, d)
		}
	}
	for _, name := range used {
		if p := s.graph.Package(name); p != nil {
			demand.Used = append(demand.Used, p)
		}
	}
	list, err := s.graph.Unused(demand)
	if err != nil {
		return nil // a cycle, of which the closure has told
	}
	for _, d := range list {
		names = append(names, d.Need[0].Name)
	}
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// brings returns what would be visible if the target declared these packages too.
func (s *scope) brings(names []string) map[string]bool {
	r := s.request
	r.Direct = slices.Clone(r.Direct)
	for _, name := range names {
		r.Direct = append(r.Direct, depgraph.Direct{Kind: depgraph.Lib, Need: depgraph.Named(name)})
	}
	c, err := s.graph.Closure(r)
	if err != nil {
		return nil // one of them needs the target itself
	}
	all := map[string]bool{}
	for _, p := range c.Packages() {
		all[p.Name] = true
	}
	return all
}
