package rpm

import (
	"errors"
	"fmt"
	"strings"

	"github.com/depview/depview/depgraph"
)

// An expr is a dependency, simple or rich (boolean): rpm.org's reference on boolean
// dependencies, and rpmrichParse in lib/rpmds.c.
//
//	dep   = simple | "(" dep { ("and" | "or" | "with") dep } ")"
//	      | "(" dep ("if" | "unless") dep [ "else" dep ] ")" | "(" dep "without" dep ")"
//
// where a chain has one operator alone.
type expr struct {
	op string // empty for a simple one; the "else" is part of its if
	dep
	args []expr
	text string // as written
}

// Bounds of what is believed to be a rich dependency.
const (
	maxRich    = 64 << 10
	maxNesting = 64
	maxClauses = 1024
)

// parseExpr reads a dependency.
func parseExpr(text string) (expr, error) {
	p := richParser{text: text}
	if len(text) > maxRich {
		return expr{}, fmt.Errorf("a dependency of %d bytes", len(text))
	}
	e, err := p.operand(0)
	if err == nil && strings.TrimLeft(p.rest(), separators) != "" {
		err = fmt.Errorf("%q follows", strings.TrimLeft(p.rest(), separators))
	}
	if err != nil {
		return expr{}, fmt.Errorf("%w in %q", err, text)
	}
	return e, nil
}

// A richParser is the state of parseExpr.
type richParser struct {
	text string
	pos  int
}

const separators = " \t\n\v\f\r,"

func (p *richParser) rest() string { return p.text[p.pos:] }

func (p *richParser) skip() { p.pos += len(p.rest()) - len(strings.TrimLeft(p.rest(), separators)) }

// word returns the next word. It ends at white space, a comma, or a parenthesis that
// it did not open: "perl(A::B)" is one.
func (p *richParser) word() string {
	start, open := p.pos, 0
	for ; p.pos < len(p.text); p.pos++ {
		c := p.text[p.pos]
		if strings.IndexByte(separators, c) >= 0 || c == ')' && open == 0 {
			break
		}
		switch c {
		case '(':
			open++
		case ')':
			open--
		}
	}
	return p.text[start:p.pos]
}

// operand reads a simple dependency, or one in parentheses.
func (p *richParser) operand(depth int) (expr, error) {
	p.skip()
	start := p.pos
	var e expr
	var err error
	if strings.HasPrefix(p.rest(), "(") {
		if depth == maxNesting {
			return e, errors.New("too many parentheses")
		}
		p.pos++
		e, err = p.inner(depth + 1)
	} else {
		e.dep, err = p.simple()
	}
	e.text = p.text[start:p.pos]
	return e, err
}

func (p *richParser) simple() (d dep, err error) {
	if d.name = p.word(); d.name == "" {
		return d, errors.New("no name")
	}
	after := p.pos
	p.skip()
	if sense := operators[p.word()]; sense != 0 {
		d.sense = sense
		p.skip()
		if d.evr = p.word(); d.evr == "" {
			return d, errors.New("no version after the operator")
		}
		return d, nil
	}
	p.pos = after
	return d, nil
}

// inner reads what is between parentheses, and the closing one.
func (p *richParser) inner(depth int) (expr, error) {
	var e expr
	for {
		arg, err := p.operand(depth)
		if err != nil {
			return e, err
		}
		e.args = append(e.args, arg)
		p.skip()
		if strings.HasPrefix(p.rest(), ")") {
			p.pos++
			if e.op == "" {
				return arg, nil // parentheses around one
			}
			return e, nil
		}
		op := p.word()
		switch {
		case op == "":
			return e, errors.New("no closing parenthesis")
		case len(e.args) == 1 && strings.Contains(" and or if unless with without ", " "+op+" "):
			e.op = op
		case len(e.args) == 2 && op == "else" && (e.op == "if" || e.op == "unless"):
		case len(e.args) > 1 && op == e.op && (op == "and" || op == "or" || op == "with"):
		default:
			return e, fmt.Errorf("%q is no operator there", op)
		}
	}
}

// A literal is a simple dependency, or that it is not met. with and without narrow the
// packages that meet it: they are about one package, not one each.
type literal struct {
	alternative depgraph.Alternative
	absent      bool
}

// A clause is satisfied where one of its literals is.
type clause []literal

// clauses brings e into conjunctive normal form: A needs each of the clauses. An if is
// an implication (A if B = A or not B), and so is an unless (A unless B = A and not B):
// unsatisfiedDepend in lib/depends.c.
func (e expr) clauses(not bool) ([]clause, error) {
	sub := func(i int, not bool) func() ([]clause, error) {
		return func() ([]clause, error) { return e.args[i].clauses(not) }
	}
	switch e.op {
	case "":
		return []clause{{literal{e.alternative(), not}}}, nil
	case "with", "without":
		return e.narrowed(not)
	case "and", "or":
		parts := make([]func() ([]clause, error), len(e.args))
		for i := range parts {
			parts[i] = sub(i, not)
		}
		if (e.op == "and") != not {
			return all(parts...)
		}
		return anyOf(parts...)
	}
	// then is what is asked for if the condition holds, and els if it does not; nil asks
	// for nothing, and an unless without else for what cannot be.
	condition, then := 1, 0
	if e.op == "unless" {
		if len(e.args) == 2 {
			if not {
				return anyOf(sub(0, true), sub(1, false))
			}
			return all(sub(0, false), sub(1, true))
		}
		then = 2
	}
	implied := func() ([]clause, error) { return anyOf(sub(then, not), sub(condition, true)) }
	if len(e.args) == 2 {
		if not {
			return all(sub(0, true), sub(1, false))
		}
		return implied()
	}
	otherwise := func() ([]clause, error) { return anyOf(sub(2-then, not), sub(condition, false)) }
	return all(implied, otherwise)
}

var errComplex = errors.New("too complex")

// all joins the clauses of its parts.
func all(parts ...func() ([]clause, error)) (list []clause, err error) {
	for _, part := range parts {
		more, err := part()
		if err != nil {
			return nil, err
		}
		if list = append(list, more...); len(list) > maxClauses {
			return nil, errComplex
		}
	}
	return list, nil
}

// anyOf distributes "or" over the clauses of its parts.
func anyOf(parts ...func() ([]clause, error)) ([]clause, error) {
	product := []clause{nil}
	for _, part := range parts {
		more, err := part()
		if err != nil {
			return nil, err
		}
		if len(product)*len(more) > maxClauses {
			return nil, errComplex
		}
		next := make([]clause, 0, len(product)*len(more))
		size := 0
		for _, a := range product {
			for _, b := range more {
				next = append(next, append(a[:len(a):len(a)], b...))
				size += len(a) + len(b)
			}
		}
		if size > 16*maxClauses {
			return nil, errComplex
		}
		product = next
	}
	return product, nil
}

// alternative is depgraph's form of a simple dependency.
func (e expr) alternative() depgraph.Alternative {
	return depgraph.Alternative{Name: e.name, Text: e.text, Accepts: e.dep.accepts}
}

// narrowed is the literals of a with or without: what meets the first operand, and the
// others or not the other by itself.
func (e expr) narrowed(not bool) ([]clause, error) {
	simple, err := e.args[0].simples()
	if err != nil {
		return nil, err
	}
	for _, arg := range e.args[1:] {
		if _, err := arg.simples(); err != nil {
			return nil, err
		}
	}
	var found clause
	for _, s := range simple {
		a := s.alternative()
		a.Text = strings.Replace(e.text, e.args[0].text, s.text, 1)
		accepts := a.Accepts
		a.Accepts = func(p *depgraph.Package, v *depgraph.Provide) bool {
			return accepts(p, v) && (!ours(p) || e.holds(p))
		}
		found = append(found, literal{a, not})
	}
	if !not {
		return []clause{found}, nil
	}
	list := make([]clause, len(found))
	for i := range found {
		list[i] = found[i : i+1]
	}
	return list, nil
}

// simples returns the simple dependencies that can meet an operand of with or without,
// which may have no other operators than these and "or".
func (e expr) simples() ([]expr, error) {
	switch e.op {
	case "":
		return []expr{e}, nil
	case "with", "without":
		if _, err := e.args[1].simples(); err != nil {
			return nil, err
		}
		return e.args[0].simples()
	case "or":
		var list []expr
		for _, arg := range e.args {
			more, err := arg.simples()
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		return list, nil
	}
	return nil, fmt.Errorf("%q inside with or without", e.op)
}

// holds tells whether p by itself meets e.
func (e expr) holds(p *depgraph.Package) bool {
	switch e.op {
	case "":
		return e.dep.holds(p)
	case "without":
		return e.args[0].holds(p) && !e.args[1].holds(p)
	}
	for _, arg := range e.args {
		if arg.holds(p) != (e.op == "with") {
			return e.op == "or"
		}
	}
	return e.op == "with"
}

// ours tells whether a package is of an rpm database: of others little is known.
func ours(p *depgraph.Package) bool {
	_, ok := p.Detail.(*detail)
	return ok
}
