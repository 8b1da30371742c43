package record

import "time"

// A Report says what a build wanted and did not get, what it got and did not want,
// and what it was refused.
type Report struct {
	Runs []Run
	// Undeclared has a group for each set of packages, those first whose files the
	// build would have run, then by name.
	Undeclared []Group
	// Stray holds the paths that no package owns, and Absent those that do not exist
	// and would be hidden if they did. They have no Owners.
	Stray, Absent Group
	Denied        []Denial
	// Unused lists direct dependencies of which the build used nothing.
	Unused []string
	// Ignored counts paths that an ignore pattern left out, and Known those that
	// the baseline has.
	Ignored, Known int
	// Lost counts lookups that were not recorded, as there were too many of their kind.
	Lost int
}

// A Run is one command of the capture's.
type Run struct {
	Mode    string // Hide, Learn or Confirm
	Phase   string
	Argv    []string
	Started time.Time
	Ended   time.Time // zero while it runs, and if it was killed
	Status  int       // the command's exit status
	// Declaration is the file that the target's dependencies are declared in, or "".
	Declaration string
}

// A Group is the findings of one set of owners.
//
// A path that several packages own is listed once, under all of them together:
// each of them alone would make it visible, and which one is meant only the
// reader knows.
type Group struct {
	Owners   []string  // sorted
	Findings []Finding // highest rank first, then by path; each path once
	// Declare is what to write into the port, by [Options].Declare; else "".
	Declare string
	// ComesWith is another package that the build misses and that brings this one, so
	// that to declare the other is enough; else "".
	ComesWith string
}

// A Finding is a hidden path that the build looked for.
type Finding struct {
	Path  string
	Asked string // as the build spelled it, if otherwise
	What  What
	Rank  Rank
	// Confirmed says that Rank is what a run that saw the file did with it, and not
	// a guess.
	Confirmed   bool
	OptionalFor string // see [Event]
	By          Process
}

// A Denial is a write or a connection that was refused.
type Denial struct {
	Path, Address  string // one of them
	Syscall, Errno string
	Phase          string
	By             Process
	Count          int // how often
}

// A Process is who did something.
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
	// Declare says how a dependency on one of the packages named is written into the
	// file that declares the target's, "" where the command line does:
	// "Build-Depends: libonig-dev".
	Declare func(declaration string, names []string) string
	// Unused is told the packages that the build used, and returns the direct
	// dependencies that it could have done without. It may be nil.
	Unused func(used []string) []string
	// Brings returns the packages that the named ones bring into a view, themselves
	// included, with those that are in it anyway. It may be nil.
	Brings func(names []string) map[string]bool
	// Known tells whether a finding is in the baseline. It may be nil.
	Known func(owners []string, path string) bool
	// Last leaves out what happened before the last command that hid something. Of a
	// phase it is not told what is unused, which other phases may use.
	Last bool
}

// Rank is the highest rank of the group's findings.
func (g *Group) Rank() Rank {
	rank := Probed
	for _, f := range g.Findings {
		rank = max(rank, f.Rank)
	}
	return rank
}

// Rank is the highest rank of all findings: above Probed, the build misses
// something.
func (r *Report) Rank() Rank {
	rank := r.Stray.Rank()
	for i := range r.Undeclared {
		rank = max(rank, r.Undeclared[i].Rank())
	}
	return rank
}

// Empty reports whether nothing hidden was looked up.
func (r *Report) Empty() bool { return len(r.Undeclared) == 0 && len(r.Stray.Findings) == 0 }
