package depgraph

import (
	"slices"
	"strings"
)

// A Reason says why a package is in a closure: who asked, and for what.
type Reason struct {
	By     *Package // nil: the request itself
	Direct *Direct  // the entry of the request; set when By is nil
	Need   Need
}

// written returns the dependency as somebody wrote it down, or nil where it is a
// database that says so.
func (r Reason) written() *Direct {
	if r.By == nil {
		return r.Direct
	}
	text := r.Need.String()
	for i := range r.By.Direct {
		if d := &r.By.Direct[i]; d.Kind.runtime() && d.Need.String() == text {
			return d
		}
	}
	return nil
}

// A Chain is the walk from a request to a package.
type Chain struct {
	// From is the target's name, "target" where it has none, and "base" where the
	// walk starts at the base.
	From  string
	Steps []Step
}

// A Step is one package of a [Chain], and why it was brought in.
type Step struct {
	Package *Package
	Reason  Reason
}

// Reason says what brought p in first. It is the zero Reason for a package
// outside.
func (c *Closure) Reason(p *Package) Reason { return c.members[p].reason }

// Chain returns the walk from the request to p. It has no steps for a package
// outside.
func (c *Closure) Chain(p *Package) Chain {
	chain := Chain{From: c.target}
	for q := p; q != nil && c.Class(q) != Outside; q = c.Reason(q).By {
		chain.Steps = append(chain.Steps, Step{q, c.Reason(q)})
	}
	slices.Reverse(chain.Steps)
	switch {
	case len(chain.Steps) > 0 && c.Class(chain.Steps[0].Package) == InBase:
		chain.From = "base"
	case chain.From == "":
		chain.From = "target"
	}
	return chain
}

// String draws the chain, with what was asked for in parentheses where the next
// package's name does not tell:
//
//	jq (Build-Depends: libonig-dev) → libonig-dev → libonig5
func (c Chain) String() string {
	var b strings.Builder
	b.WriteString(c.From)
	for _, s := range c.Steps {
		switch {
		case s.Reason.By == nil:
			b.WriteString(" (" + s.Reason.Direct.label() + s.Reason.Need.String() + ")")
		case !s.Reason.Need.names(s.Package):
			b.WriteString(" (" + s.Reason.Need.String() + ")")
		}
		b.WriteString(" → " + s.Package.Name)
	}
	return b.String()
}

// label is the field or key that d stands in, followed by ": ".
func (d *Direct) label() string {
	if d.Where == "" {
		return ""
	}
	places := strings.Split(d.Where, ": ")
	return places[len(places)-1] + ": "
}

// names tells whether an alternative is p's own name.
func (n Need) names(p *Package) bool {
	return slices.ContainsFunc(n, func(a Alternative) bool { return a.Name == p.Name || a.Name == p.OwnName() })
}
