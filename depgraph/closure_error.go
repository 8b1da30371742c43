package depgraph

import (
	"cmp"
	"fmt"
	"strings"
)

// An UnmetError lists the dependencies that somebody wrote down and nothing
// installed satisfies. Its message is one line.
type UnmetError struct{ Unmet []Unmet }

// An Unmet is a dependency that nothing installed satisfies.
type Unmet struct {
	Direct
	// Unknown is set where the graph has never heard of any of its names.
	Unknown bool
	// Installed is the package of one of its names that is installed, and is not
	// of the version or architecture that is asked for; nil if there is none.
	Installed *Package
}

func (g *Graph) unmet(d Direct) Unmet {
	u := Unmet{Direct: d, Unknown: true}
	for _, a := range d.Need {
		if a.Condition {
			continue // it may well be there
		}
		p := cmp.Or(g.Of(a.In, a.Name), g.Package(a.Name))
		if g.Knows(a.Name) {
			u.Unknown = false
		}
		if p != nil && !p.Removed && u.Installed == nil {
			u.Installed = p
		}
	}
	return u
}

func (u Unmet) String() string {
	var b strings.Builder
	if u.Where != "" {
		b.WriteString(u.Where + ": ")
	}
	switch {
	case u.Unknown && len(u.Need) == 1:
		fmt.Fprintf(&b, "unknown package %q", u.Need[0].Name)
	case u.Unknown:
		fmt.Fprintf(&b, "unknown packages %q", u.Need.String())
	default:
		fmt.Fprintf(&b, "%s is not installed", u.Need)
	}
	if p := u.Installed; p != nil {
		fmt.Fprintf(&b, " (%s %s is)", p.Name, p.Version)
	}
	return b.String()
}

func (e *UnmetError) Error() string {
	lines := make([]string, len(e.Unmet))
	for i, u := range e.Unmet {
		lines[i] = u.String()
	}
	return strings.Join(lines, "; ")
}

// A CycleError says that a target's direct dependencies lead back to it, so that
// its build would see an installed copy of itself.
type CycleError struct {
	// Chain goes from the target to the target.
	Chain Chain
}

func (e *CycleError) Error() string {
	var b strings.Builder
	b.WriteString("dependency cycle through the target: " + e.Chain.From)
	for _, s := range e.Chain.Steps {
		b.WriteString(" → " + s.Package.Name)
	}
	return b.String()
}
