package opam

import (
	"fmt"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

// A formula says which packages are wanted: an atom, or what & and | join. The zero
// formula wants nothing; in both it is as if it were not there (OpamFormula.make_or).
type formula struct {
	operator byte // '&', '|', or 'a' for an atom
	atom     atom
	list     []formula
}

// An atom names a package and the versions that will do.
type atom struct {
	name     string
	line     int
	versions *versions // nil: any
}

// String is the atom as an opam file has it, without its filters, which are met.
func (a atom) String() string {
	if a.versions == nil {
		return a.name
	}
	return a.name + " {" + a.versions.String() + "}"
}

// versions is a condition on a version: a relation to one, or what & and | join.
type versions struct {
	operator string
	version  string
	list     []versions
}

func (v *versions) String() string {
	if v.list == nil {
		return v.operator + " " + quote(v.version)
	}
	var parts []string
	for i := range v.list {
		part := v.list[i].String()
		if v.operator == "&" && v.list[i].operator == "|" {
			part = "(" + part + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " "+v.operator+" ")
}

// accept tells whether a version will do.
func (v *versions) accept(have string) bool {
	accepted := func(w versions) bool { return w.accept(have) }
	switch v.operator {
	case "&":
		return !slices.ContainsFunc(v.list, func(w versions) bool { return !accepted(w) })
	case "|":
		return slices.ContainsFunc(v.list, accepted)
	}
	return relationOf(v.operator).Holds(version.Debian(have, v.version))
}

// A condition is what the braces after a package's name come to once filters are
// settled: met, not met, or a question of the version.
type condition struct {
	settled, met bool
	versions     versions
}

var (
	met    = condition{settled: true, met: true}
	notMet = condition{settled: true}
)

// A reader makes formulas of values, for one env.
type reader struct {
	env   env
	file  string // for messages
	field string
}

func (r *reader) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s: %s", r.file, line, r.field, fmt.Sprintf(format, args...))
}

// formula reads what a depends or depopts field says (OpamFormat.package_formula).
// Lists and groups mean all of their elements, or, where some is set, one of them.
func (r *reader) formula(v value, some bool) (formula, error) {
	operator := byte('&')
	if some {
		operator = '|'
	}
	switch v.kind {
	case theString, theOption:
		return r.wanted(v)
	case theList, theGroup:
		return r.all(v.list, operator, some)
	case theAnd:
		return r.all(v.list, '&', some)
	case theOr:
		return r.all(v.list, '|', some)
	}
	return formula{}, r.errorf(v.line, "not a formula of packages")
}

func (r *reader) all(list []value, operator byte, some bool) (formula, error) {
	f := formula{operator: operator}
	for _, v := range list {
		part, err := r.formula(v, some)
		if err != nil {
			return f, err
		}
		if part.operator != 0 {
			f.list = append(f.list, part)
		}
	}
	switch len(f.list) {
	case 0:
		return formula{}, nil
	case 1:
		return f.list[0], nil
	}
	return f, nil
}

// wanted reads a package and its condition. One whose filter is not met is not wanted.
func (r *reader) wanted(v value) (formula, error) {
	name, ok := v.str()
	if !ok || !isName(name) {
		return formula{}, r.errorf(v.line, "%.80q is no name of a package", name)
	}
	a := atom{name: name, line: v.line}
	for v.kind == theOption {
		c, err := r.conditions(v.list[1:], false)
		switch {
		case err != nil:
			return formula{}, err
		case c.settled && !c.met:
			return formula{}, nil
		case !c.settled && a.versions != nil:
			a.versions = &versions{operator: "&", list: []versions{*a.versions, c.versions}}
		case !c.settled:
			a.versions = &c.versions
		}
		v = v.list[0]
	}
	return formula{operator: 'a', atom: a}, nil
}

// conditions joins conditions by &. Where they are negated, each is turned round, and
// | joins them (OpamFormat.filtered_constraints).
func (r *reader) conditions(list []value, negated bool) (condition, error) {
	return r.joined(list, "&", negated)
}

func (r *reader) joined(list []value, operator string, negated bool) (condition, error) {
	if negated {
		operator = map[string]string{"&": "|", "|": "&"}[operator]
	}
	absorbing := operator == "|"
	var open []versions
	for _, v := range list {
		c, err := r.condition(v, negated)
		switch {
		case err != nil:
			return c, err
		case c.settled && c.met == absorbing:
			return c, nil
		case !c.settled:
			open = append(open, c.versions)
		}
	}
	switch len(open) {
	case 0:
		return condition{settled: true, met: !absorbing || len(list) == 0}, nil
	case 1:
		return condition{versions: open[0]}, nil
	}
	return condition{versions: versions{operator: operator, list: open}}, nil
}

func (r *reader) condition(v value, negated bool) (condition, error) {
	switch v.kind {
	case thePrefix:
		return r.relation(v, negated)
	case theAnd, theOr:
		return r.joined(v.list, v.text, negated)
	case theGroup:
		return r.conditions(v.list, negated)
	case theNot:
		return r.condition(v.list[0], !negated)
	case theList, theOption, theBinding:
		return notMet, r.errorf(v.line, "not a condition on a package")
	}
	// What is not defined does not hold, and its opposite does not either.
	if yes, ok := r.env.eval(v).truth(); ok && yes != negated {
		return met, nil
	}
	return notMet, nil
}

// relation reads a relation to a version. One to a variable that is not defined asks
// for nothing.
func (r *reader) relation(v value, negated bool) (condition, error) {
	operand := v.list[0]
	if operand.kind != theString && operand.kind != theIdent {
		return notMet, r.errorf(v.line, "not a version")
	}
	to := r.env.eval(operand)
	if !to.defined {
		return met, nil
	}
	operator := v.text
	if negated {
		operator = opposite[operator]
	}
	return condition{versions: versions{operator: operator, version: to.text}}, nil
}

// maxClauses is how many alternatives a formula may come to when it is multiplied out.
const maxClauses = 4096

// clauses returns the formula as a conjunction of alternatives.
func (f formula) clauses() (all [][]atom, ok bool) {
	switch f.operator {
	case 'a':
		return [][]atom{{f.atom}}, true
	case '&':
		for _, part := range f.list {
			more, ok := part.clauses()
			if !ok || len(all)+len(more) > maxClauses {
				return nil, false
			}
			all = append(all, more...)
		}
	case '|':
		return f.product()
	}
	return all, true
}

// product distributes | over the parts' clauses.
func (f formula) product() (all [][]atom, ok bool) {
	all = [][]atom{nil}
	for _, part := range f.list {
		more, ok := part.clauses()
		size := 0
		for _, a := range all {
			for _, b := range more {
				size += len(a) + len(b)
			}
		}
		if !ok || size > maxClauses {
			return nil, false
		}
		var next [][]atom
		for _, a := range all {
			for _, b := range more {
				next = append(next, slices.Concat(a, b))
			}
		}
		all = next
	}
	return all, true
}

// atoms calls yield for every atom.
func (f formula) atoms(yield func(atom)) {
	if f.operator == 'a' {
		yield(f.atom)
	}
	for _, part := range f.list {
		part.atoms(yield)
	}
}

// needs reads a depends field as what all of it asks for, with a line each.
func (r *reader) needs(v value) (needs []depgraph.Need, lines []int, err error) {
	f, err := r.formula(v, false)
	if err != nil {
		return nil, nil, err
	}
	clauses, ok := f.clauses()
	if !ok {
		return nil, nil, r.errorf(v.line, "the formula is too large")
	}
	for _, clause := range clauses {
		needs = append(needs, need(clause))
		lines = append(lines, clause[0].line)
	}
	return needs, lines, nil
}

// need makes a need of alternatives, each once.
func need(clause []atom) (n depgraph.Need) {
	for _, a := range clause {
		alternative := a.alternative()
		if !slices.ContainsFunc(n, func(b depgraph.Alternative) bool { return b.Text == alternative.Text }) {
			n = append(n, alternative)
		}
	}
	return n
}

func (a atom) alternative() depgraph.Alternative {
	n := depgraph.Alternative{Name: a.name, Text: a.String()}
	if a.versions != nil {
		n.Accepts = func(p *depgraph.Package, _ *depgraph.Provide) bool {
			return p.Version == "" || a.versions.accept(p.Version)
		}
	}
	return n
}

// isName tells whether s can name a package (OpamPackage.Name): letters, digits and
// -_+, of which one at least is a letter.
func isName(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) && !strings.ContainsRune("-_+", rune(s[i])) {
			return false
		}
	}
	return hasLetter(s)
}
