package record

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
)

// NewReport makes the report of a record. Its error is the first of events, or
// names an ignore pattern that is malformed.
func NewReport(events iter.Seq2[Event, error], o Options) (*Report, error) {
	ignore, err := compile(o.Ignore)
	if err != nil {
		return nil, err
	}
	s := newSifter(ignore)
	for e, err := range events {
		if err != nil {
			return nil, err
		}
		if o.Last && e.Kind == Start && e.Mode == Hide {
			s = newSifter(ignore)
		}
		s.take(e)
	}
	return s.report(o), nil
}

// A sifter goes through the events of a record once, and keeps of each path the
// event that tells the most.
type sifter struct {
	ignore globs
	shared map[string][]string // command lines and owners: see share
	runs   []Run
	hidden map[string]*Event // by path; Undeclared and Stray
	absent map[string]*Event
	uses   map[string]*Event // by path: of what a Confirm run saw, and would be hidden
	used   map[string]bool   // packages of the closure
	before map[string]bool   // the same, of what came before a Confirm run
	denied map[denialKey]*Denial
	order  []*Denial
	lost   int
}

func newSifter(ignore globs) *sifter {
	return &sifter{ignore: ignore, shared: map[string][]string{}, hidden: map[string]*Event{}, absent: map[string]*Event{}, uses: map[string]*Event{}, used: map[string]bool{}, denied: map[denialKey]*Denial{}}
}

// confirmed tells whether the last run confirms what is hidden. One that was ended, or
// came to another end than the first and failed, may not have come to what it would use.
func (s *sifter) confirmed() bool {
	n := len(s.runs) - 1
	if !s.confirming() || s.runs[n].Ended.IsZero() {
		return false
	}
	return s.runs[n].Status == 0 || n > 0 && s.runs[n].Status == s.runs[n-1].Status
}

// confirming tells whether the last run was to confirm what is hidden.
func (s *sifter) confirming() bool {
	n := len(s.runs)
	return n > 0 && s.runs[n-1].Mode == Confirm
}

func (s *sifter) take(e Event) {
	switch e.Kind {
	case Start:
		s.runs = append(s.runs, Run{Mode: e.Mode, Phase: e.Phase, Argv: e.Argv, Started: e.Time, Declaration: e.Declaration})
		s.before = nil
		if e.Mode == Confirm { // which tells more: what was found by listing
			s.before, s.used = s.used, map[string]bool{}
		}
	case End:
		if n := len(s.runs); n > 0 {
			s.runs[n-1].Ended, s.runs[n-1].Status = e.Time, e.Status
		}
	case Hidden:
		if e.Verdict == Undeclared || e.Verdict == Stray {
			s.keep(s.hidden, e, Event.Rank)
		}
	case Absent:
		s.keep(s.absent, e, Event.Rank)
	case Used:
		s.takeUse(e)
	case Denied:
		s.takeDenial(e)
	case More:
		s.lost += e.Count
	}
}

// keep keeps e if it ranks higher than what is known of its path. Of equals, the
// first tells the most: a program that asks again is one that was told no.
func (s *sifter) keep(events map[string]*Event, e Event, rank func(Event) Rank) {
	if old := events[e.Path]; old == nil || rank(*old) < rank(e) {
		s.share(&e)
		events[e.Path] = &e
	}
}

// share has events of one process have its command line in common, and those of one
// set of owners that: there can be very many.
func (s *sifter) share(e *Event) {
	for _, list := range []*[]string{&e.Argv, &e.Owners} {
		key := strings.Join(*list, "\x00")
		if s.shared[key] == nil {
			s.shared[key] = *list
		}
		*list = s.shared[key]
	}
}

func (s *sifter) takeUse(e Event) {
	if e.Verdict != Undeclared && e.Verdict != Stray {
		if e.Use() > Probed && !s.ignore.match(e.Path) {
			for _, o := range e.Owners {
				s.used[o] = true
			}
		}
		return
	}
	if s.confirming() {
		s.keep(s.uses, e, Event.Use)
	}
}

// Use ranks a use of a visible file. What a process found by listing a directory
// it may have looked at as at every file there, as aclocal does with all macros;
// Python finds its modules so. A library in the hands of a Perl script is looked at, as
// dpkg-shlibdeps does; who uses one is a linker, or the program that it is loaded into.
func (e Event) Use() Rank {
	what, asker := whatOf(e.Path, e.Type), askerOf(e)
	switch {
	case e.OptionalFor != "", e.Type == Directory:
		return Probed
	case e.Call == Exec:
		return WouldRun
	case e.Listed && (what != APython || asker != python):
		return Probed
	case what == ALibrary && asker == perl:
		return Probed
	}
	return WouldRead
}

func (s *sifter) takeDenial(e Event) {
	d := Denial{Path: e.Path, Address: e.Address, Syscall: e.Syscall, Errno: e.Errno}
	if n := len(s.runs); n > 0 {
		d.Phase = s.runs[n-1].Phase
	}
	key := denialKey{d.Path, d.Address, d.Syscall, d.Errno, d.Phase, e.Exe}
	if s.denied[key] == nil {
		d.By = processOf(e)
		s.denied[key] = &d
		s.order = append(s.order, &d)
	}
	s.denied[key].Count += max(e.Count, 1)
}

// A denialKey says which denials are one to a reader.
type denialKey struct{ path, address, syscall, errno, phase, exe string }

func processOf(e Event) Process { return Process{e.Exe, e.Argv, e.PID, e.Time} }

func (s *sifter) report(o Options) *Report {
	r := &Report{Runs: s.runs, Lost: s.lost}
	confirmed := s.confirmed()
	if !confirmed {
		maps.Copy(s.used, s.before)
	}
	groups := map[string]*Group{}
	add := func(e Event, f Finding) {
		owners := slices.Compact(slices.Sorted(slices.Values(e.Owners)))
		switch {
		case s.ignore.match(f.Path):
			r.Ignored++
			return
		case o.Known != nil && o.Known(owners, f.Path):
			r.Known++
			return
		}
		if e.Verdict == Stray {
			r.Stray.Findings = append(r.Stray.Findings, f)
			return
		}
		key := strings.Join(owners, "\x00")
		if groups[key] == nil {
			groups[key] = &Group{Owners: owners}
		}
		groups[key].Findings = append(groups[key].Findings, f)
	}
	wanted := map[string]bool{} // owners of what would have been read or run
	for _, e := range s.hidden {
		f := s.finding(*e, confirmed)
		add(*e, f)
		for _, owner := range e.Owners {
			wanted[owner] = wanted[owner] || f.Rank > Probed
		}
	}
	for _, e := range s.onlySeen(o, wanted) {
		add(e, Finding{Path: e.Path, Asked: e.Asked, What: whatOf(e.Path, e.Type), Rank: e.Use(), Confirmed: true, By: processOf(e)})
	}
	for _, e := range s.absent {
		if !s.ignore.match(e.Path) {
			r.Absent.Findings = append(r.Absent.Findings, Finding{Path: e.Path, Asked: e.Asked, What: whatAbsent(e.Path), By: processOf(*e)})
		}
	}
	c := companions{brings: o.Brings, known: map[string]map[string]bool{}}
	missed := map[string]bool{} // what is to be declared
	for _, g := range groups {
		if len(g.Owners) == 1 && g.Rank() > Probed {
			missed[g.Owners[0]] = true
		}
	}
	for _, g := range groups {
		if len(g.Owners) == 1 && missed[g.Owners[0]] {
			g.ComesWith = c.with(g.Owners[0], missed)
		}
		if o.Declare != nil && len(g.Owners) > 0 {
			g.Declare = o.Declare(s.declaration(), slices.Clone(g.Owners))
		}
		r.Undeclared = append(r.Undeclared, *g)
	}
	r.sort()
	for _, d := range s.order {
		r.Denied = append(r.Denied, *d)
	}
	if o.Unused != nil && len(s.runs) > 0 && !(o.Last && s.runs[len(s.runs)-1].Phase != "") {
		r.Unused = o.Unused(slices.Sorted(maps.Keys(s.used)))
	}
	return r
}

// declaration is where the last command's target declares its dependencies.
func (s *sifter) declaration() string {
	if n := len(s.runs); n > 0 {
		return s.runs[n-1].Declaration
	}
	return ""
}

// finding ranks a hidden path: by what the run that saw it did with it, if there
// was one, else by who asked for it.
func (s *sifter) finding(e Event, confirmed bool) Finding {
	f := Finding{Path: e.Path, Asked: e.Asked, What: whatOf(e.Path, e.Type), Rank: e.Rank(), OptionalFor: e.OptionalFor, By: processOf(e)}
	if !s.confirming() {
		return f
	}
	if confirmed {
		f.Confirmed = true
		f.Rank = Probed
	}
	for _, p := range []string{e.Path, e.Target} {
		if use := s.uses[p]; use != nil && use.Use() >= f.Rank {
			f.Rank, f.Confirmed = use.Use(), true
		}
	}
	if e.OptionalFor != "" {
		f.Rank = Probed
	}
	return f
}

// sort puts what matters most first.
func (r *Report) sort() {
	for i := range r.Undeclared {
		r.Undeclared[i].sort()
	}
	r.Stray.sort()
	r.Absent.sort()
	slices.SortFunc(r.Undeclared, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Rank(), a.Rank()), slices.CompareFunc(a.Owners, b.Owners, cmp.Compare))
	})
}

func (g *Group) sort() {
	slices.SortFunc(g.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Rank, a.Rank), cmp.Compare(a.Path, b.Path))
	})
}
