package record

import (
	"maps"
	"slices"
)

// onlySeen returns the uses of files that were not looked for where they are hidden:
// what lies below a hidden directory, and what is found by listing a directory, as
// Python finds its modules. A package that only comes with another one is left out.
func (s *sifter) onlySeen(o Options, wanted map[string]bool) (list []Event) {
	asked, listed := map[string]bool{}, map[string]bool{}
	for _, e := range s.hidden {
		asked[e.Path], asked[e.Target] = true, true
	}
	for p, e := range s.uses {
		switch {
		case e.Use() == Probed && e.Listed:
			note(listed, e.Owners)
		case !asked[p] && e.Use() > Probed && e.Verdict == Undeclared:
			list = append(list, *e)
		}
	}
	wanted = maps.Clone(wanted)
	for _, e := range list {
		note(wanted, e.Owners)
	}
	c := companions{brings: o.Brings, known: map[string]map[string]bool{}}
	return slices.DeleteFunc(list, func(e Event) bool {
		return slices.ContainsFunc(e.Owners, func(name string) bool {
			return c.with(name, wanted) != "" || whatOf(e.Path, e.Type) == ALibrary && c.with(name, listed) != ""
		})
	})
}

func note(set map[string]bool, names []string) {
	for _, name := range names {
		set[name] = true
	}
}

// companions tells which packages come with others.
type companions struct {
	brings func(names []string) map[string]bool // [Options].Brings
	known  map[string]map[string]bool
}

// with returns the first of others that brings a package and is not brought by it,
// or "".
func (c *companions) with(name string, others map[string]bool) string {
	if c.brings == nil {
		return ""
	}
	for _, other := range slices.Sorted(maps.Keys(others)) {
		if others[other] && other != name && c.of(other)[name] && !c.of(name)[other] {
			return other
		}
	}
	return ""
}

func (c *companions) of(name string) map[string]bool {
	if _, ok := c.known[name]; !ok {
		c.known[name] = c.brings([]string{name})
	}
	return c.known[name]
}
