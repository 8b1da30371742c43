package record

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
)

// A Report says which hidden paths the build looked up.
type Report struct {
	// Undeclared has a group for each set of packages, sorted by their names.
	Undeclared []Group
	// Stray holds the paths that no package owns; it has no Owners.
	Stray Group
	// Ignored counts paths that an ignore pattern left out.
	Ignored int
}

// A Group is the paths of one set of owners.
//
// A path that several packages own is listed once, under all of them together:
// each of them alone would make it visible, and which one is meant only the
// reader knows.
type Group struct {
	Owners []string // sorted
	Paths  []string // sorted, each once
	First  Process  // the first that looked up any of Paths
	// Declare is what to write into the port, by [Options].Declare; else "".
	Declare string
}

// A Process is who looked a path up.
type Process struct {
	Exe  string
	Argv []string
	PID  int
	Time time.Time
}

// Options change how a report is made.
type Options struct {
	// Ignore holds patterns of paths that are not reported, as in [ignore] of
	// deps.toml: path.Match's, where a component `**` is any number of them.
	Ignore []string
	// Declare says how the target's port declares a dependency on one of the
	// packages named: "Build-Depends: libonig-dev".
	Declare func(names []string) string
}

// Empty reports whether there is nothing to report.
func (r *Report) Empty() bool { return len(r.Undeclared) == 0 && len(r.Stray.Paths) == 0 }

// NewReport makes the report of a record. Its error is the first of events, or
// names an ignore pattern that is malformed.
func NewReport(events iter.Seq2[Event, error], o Options) (*Report, error) {
	ignore, err := compile(o.Ignore)
	if err != nil {
		return nil, err
	}
	r, byOwners, seen := &Report{}, map[string]*Group{}, map[string]bool{}
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		// The first event of a path tells the most: a program that asks again
		// is one that was told no.
		if e.Kind != Hidden || e.Verdict != Undeclared && e.Verdict != Stray || seen[e.Path] {
			continue
		}
		seen[e.Path] = true
		if ignore.match(e.Path) {
			r.Ignored++
			continue
		}
		if e.Verdict == Stray {
			r.Stray.add(e)
			continue
		}
		owners := slices.Compact(slices.Sorted(slices.Values(e.Owners)))
		key := strings.Join(owners, "\x00")
		if byOwners[key] == nil {
			byOwners[key] = &Group{Owners: owners}
		}
		byOwners[key].add(e)
	}
	for _, g := range byOwners {
		if o.Declare != nil && len(g.Owners) > 0 {
			g.Declare = o.Declare(slices.Clone(g.Owners))
		}
		slices.Sort(g.Paths)
		r.Undeclared = append(r.Undeclared, *g)
	}
	slices.SortFunc(r.Undeclared, func(a, b Group) int { return slices.CompareFunc(a.Owners, b.Owners, cmp.Compare) })
	slices.Sort(r.Stray.Paths)
	return r, nil
}

// add takes the path of e, and its process if it is the first.
func (g *Group) add(e Event) {
	if len(g.Paths) == 0 {
		g.First = Process{e.Exe, e.Argv, e.PID, e.Time}
	}
	g.Paths = append(g.Paths, e.Path)
}
