package main

import (
	"slices"

	"github.com/depview/depview/depgraph"
)

// certain returns dependencies as they can be written down by name alone, as deps.toml
// has them: where a version, a slot or the database that is meant made the choice, by
// the names of what was chosen from, and where a condition did, as it turned out.
func (s *scope) certain(direct []depgraph.Direct) (written []depgraph.Direct) {
	for _, d := range direct {
		var need depgraph.Need
		for _, a := range s.closure.Unconditional(d.Need) {
			need = append(need, s.byName(a)...)
		}
		if d.Need = need; len(need) > 0 {
			written = append(written, d)
		}
	}
	return written
}

// byName returns the alternatives that come to the same packages by name alone, none
// where nothing satisfies a.
func (s *scope) byName(a depgraph.Alternative) depgraph.Need {
	found := s.graph.Satisfying(a, nil)
	named := func(name string) bool {
		return slices.Equal(found, s.graph.Satisfying(depgraph.Alternative{Name: name}, nil))
	}
	switch inKind := a.In + ":" + a.Name; {
	case named(a.Name):
		return depgraph.Need{a}
	case a.In != "" && named(inKind):
		return depgraph.Need{{Name: inKind, Text: a.String()}}
	case len(found) == 1:
		return depgraph.Need{{Name: found[0].Name, Text: a.String()}}
	}
	var need depgraph.Need
	for _, p := range found {
		need = append(need, depgraph.Alternative{Name: p.Name})
	}
	return need
}
