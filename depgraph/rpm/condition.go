package rpm

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/depview/depview/depgraph/version"
)

// A branch is an %if that is open. What is inside counts where taken is yes.
type branch struct {
	line   int
	taken  answer // of the part that we are in
	before answer // whether an earlier part was
	outer  answer // of what is around it
	reason error  // why it is unknown
}

// An answer is one that only rpm may know.
type answer int

const (
	no answer = iota
	unknown
	yes
)

func (a answer) not() answer { return yes - a }

// directive sees to %if and its kin, and tells whether the line is one.
func (r *specReader) directive(l specLine) (bool, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(l.text), " ")
	word, tab, _ := strings.Cut(word, "\t")
	rest = strings.TrimSpace(tab + " " + rest)
	name, ok := strings.CutPrefix(word, "%")
	if !ok {
		return false, nil
	}
	test, other := strings.CutPrefix(name, "el")
	if name == "else" {
		test, other = "", true
	}
	switch {
	case name == "endif":
		if len(r.open) == 0 {
			return true, r.errorf(l, "%%endif without an %%if")
		}
		r.open = r.open[:len(r.open)-1]
		return true, nil
	case name != "else" && !slices.Contains([]string{"if", "ifarch", "ifnarch", "ifos", "ifnos"}, test):
		return false, nil
	case !other:
		r.open = append(r.open, branch{line: l.number, outer: r.taken()})
	case len(r.open) == 0:
		return true, r.errorf(l, "%s without an %%if", word)
	}
	b := &r.open[len(r.open)-1]
	b.before = max(b.before, b.taken)
	holds := yes
	if test != "" && b.outer != no && b.before != yes {
		var err error
		if holds, err = r.test(test, rest); err != nil {
			b.reason = err
		}
	}
	b.taken = min(b.outer, b.before.not(), holds)
	return true, nil
}

// taken tells whether the line that we are at counts.
func (r *specReader) taken() answer {
	if n := len(r.open); n > 0 {
		return r.open[n-1].taken
	}
	return yes
}

// why is the reason for which taken is unknown.
func (r *specReader) why() error {
	for _, b := range r.open {
		if b.taken == unknown && b.reason != nil {
			return fmt.Errorf("the %%if of line %d: %w", b.line, b.reason)
		}
	}
	return fmt.Errorf("an %%if")
}

// test tells whether a condition holds.
func (r *specReader) test(name, text string) (answer, error) {
	text, err := r.macros.expand(text)
	if err != nil {
		return unknown, err
	}
	var holds bool
	switch name {
	case "if":
		value, err := evaluate(text)
		if err != nil {
			return unknown, err
		}
		holds = value != "" && value != "0"
	case "ifarch", "ifnarch":
		if r.macros.arch == "" {
			return unknown, unknownMacro("%_arch")
		}
		words := strings.FieldsFunc(text, func(c rune) bool { return c <= ' ' || c == ',' })
		holds = slices.Contains(words, r.macros.arch) == (name == "ifarch")
	case "ifos", "ifnos":
		holds = slices.Contains(strings.Fields(text), "linux") == (name == "ifos")
	}
	if holds {
		return yes, nil
	}
	return no, nil
}

// evaluate computes an expression of integers, strings and versions, as %if has them
// (rpmio/expression.c). A string is true if it is not empty.
func evaluate(text string) (string, error) {
	if len(text) > maxExpansion {
		return "", fmt.Errorf("an expression of %d bytes", len(text))
	}
	e := evaluation{rest: text, text: text}
	v, err := e.ternary()
	if e.skip(); err == nil && e.rest != "" {
		err = e.bad()
	}
	return v.text, err
}

// An evaluation is the state of evaluate.
type evaluation struct {
	rest, text string
	depth      int
}

// A value is an integer, a string or a version; text is how it is written.
type value struct {
	kind byte // 'i', 's', 'v'
	text string
	n    int
}

func integer(n int) value { return value{'i', strconv.Itoa(n), n} }

func truth(b bool) value {
	if b {
		return integer(1)
	}
	return integer(0)
}

func (v value) true() bool {
	if v.kind == 'i' {
		return v.n != 0
	}
	return v.text != ""
}

func (e *evaluation) bad() error {
	return fmt.Errorf("%q cannot be computed: a mistake at %q", shortened(e.text), shortened(e.rest))
}

func (e *evaluation) skip() { e.rest = strings.TrimLeft(e.rest, " \t\n\r") }

// operator takes the first of the operators that is next.
func (e *evaluation) operator(operators ...string) string {
	e.skip()
	for _, op := range operators {
		if rest, ok := strings.CutPrefix(e.rest, op); ok {
			e.rest = rest
			return op
		}
	}
	return ""
}

func (e *evaluation) ternary() (value, error) {
	v, err := e.binary(0)
	if err != nil || e.operator("?") == "" {
		return v, err
	}
	a, err := e.nested(e.ternary)
	if err != nil {
		return v, err
	}
	if e.operator(":") == "" {
		return v, e.bad()
	}
	b, err := e.nested(e.ternary)
	if v.true() {
		return a, err
	}
	return b, err
}

// nested bounds the recursion.
func (e *evaluation) nested(read func() (value, error)) (value, error) {
	if e.depth++; e.depth > 100 {
		return value{}, e.bad()
	}
	defer func() { e.depth-- }()
	return read()
}

// levels are the binary operators, loosest first; a longer one before its beginning.
var levels = [][]string{{"||"}, {"&&"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/"}}

func (e *evaluation) binary(level int) (value, error) {
	if level == len(levels) {
		return e.unary()
	}
	v, err := e.binary(level + 1)
	for err == nil {
		op := e.operator(levels[level]...)
		if op == "" {
			break
		}
		var w value
		if w, err = e.binary(level + 1); err == nil {
			v, err = e.apply(op, v, w)
		}
	}
	return v, err
}

func (e *evaluation) apply(op string, a, b value) (value, error) {
	switch op {
	case "||":
		if a.true() {
			return a, nil
		}
		return b, nil
	case "&&":
		if a.true() {
			return b, nil
		}
		return a, nil
	}
	if a.kind != b.kind {
		return a, fmt.Errorf("%q cannot be computed: %s has two types", shortened(e.text), op)
	}
	order := cmp.Compare(a.text, b.text)
	switch a.kind {
	case 'i':
		order = cmp.Compare(a.n, b.n)
	case 'v':
		order = version.RPM(a.text, b.text)
	}
	if relation := version.RelationOf(op); relation != 0 {
		return truth(relation.Holds(order)), nil
	}
	switch {
	case a.kind == 's' && op == "+":
		return value{kind: 's', text: a.text + b.text}, nil
	case a.kind != 'i', op == "/" && b.n == 0:
		return a, e.bad()
	case op == "+":
		return integer(a.n + b.n), nil
	case op == "-":
		return integer(a.n - b.n), nil
	case op == "*":
		return integer(a.n * b.n), nil
	}
	return integer(a.n / b.n), nil
}

func (e *evaluation) unary() (value, error) {
	switch e.operator("!", "-", "(", `v"`, `"`) {
	case "!":
		v, err := e.nested(e.unary)
		return truth(!v.true()), err
	case "-":
		v, err := e.nested(e.unary)
		if err == nil && v.kind != 'i' {
			err = e.bad()
		}
		return integer(-v.n), err
	case "(":
		v, err := e.nested(e.ternary)
		if err == nil && e.operator(")") == "" {
			err = e.bad()
		}
		return v, err
	case `v"`:
		return e.quoted('v')
	case `"`:
		return e.quoted('s')
	}
	n := len(e.rest) - len(strings.TrimLeft(e.rest, "0123456789"))
	number, err := strconv.Atoi(e.rest[:n])
	if err != nil {
		return value{}, e.bad()
	}
	e.rest = e.rest[n:]
	return integer(number), nil
}

func (e *evaluation) quoted(kind byte) (value, error) {
	text, rest, ok := strings.Cut(e.rest, `"`)
	if !ok {
		return value{}, e.bad()
	}
	e.rest = rest
	return value{kind: kind, text: text}, nil
}
