package freebsd

import (
	"fmt"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

// A constraint is what a dependency asks of a version.
type constraint struct{ operator, version string }

// relationOf reads the operator of a constraint: pkg_deps_string_toop in pkg_deps.c.
func relationOf(operator string) version.Relation {
	if operator == "!" {
		operator = "!="
	}
	return version.RelationOf(operator)
}

// meets tells whether a package's version is what all constraints ask for. A package of
// deps.toml without one was put there to satisfy.
func meets(p *depgraph.Package, constraints []constraint) bool {
	if p.Version == "" && !ours(p) {
		return true
	}
	for _, c := range constraints {
		if !relationOf(c.operator).Holds(version.FreeBSD(p.Version, c.version)) {
			return false
		}
	}
	return true
}

// parseFormula reads a dependency formula, "a >= 1 != 1.5 | b +opt, c": packages
// divided by commas, of each of which one alternative is enough (pkg_deps_parse_formula
// in pkg_deps.c). What it says of a package's options is not judged: a package's options
// were set when it was built.
func parseFormula(text string) ([]depgraph.Need, error) {
	var needs []depgraph.Need
	var need depgraph.Need
	f := formula{text: text, rest: text}
	for {
		a, err := f.alternative()
		if err != nil {
			return nil, err
		}
		need = append(need, a)
		switch {
		case f.take("|"):
		case f.rest == "":
			return append(needs, need), nil
		case f.take(","):
			needs, need = append(needs, need), nil
		default:
			return nil, f.errorf("unexpected %q", f.rest)
		}
	}
}

// A formula is one that is being read. What is before rest has been, and blanks are
// taken with what they follow.
type formula struct{ text, rest string }

func (f *formula) errorf(format string, args ...any) error {
	return fmt.Errorf("%q: %s", f.text, fmt.Sprintf(format, args...))
}

func (f *formula) blanks() { f.rest = strings.TrimLeft(f.rest, " \t\r\n\v\f") }

// take takes s off, if it is next.
func (f *formula) take(s string) bool {
	rest, ok := strings.CutPrefix(f.rest, s)
	if ok {
		f.rest = rest
		f.blanks()
	}
	return ok
}

// run takes the bytes off that belong, perhaps none.
func (f *formula) run(belongs func(i int) bool) string {
	n := 0
	for n < len(f.rest) && belongs(n) {
		n++
	}
	word := f.rest[:n]
	f.rest = f.rest[n:]
	return word
}

// alternative reads a name, constraints and options.
func (f *formula) alternative() (depgraph.Alternative, error) {
	f.blanks()
	before := f.rest
	name := f.run(func(i int) bool { return !strings.ContainsRune(" \t\r\n\v\f,", rune(f.rest[i])) })
	if !isName(name) {
		return depgraph.Alternative{}, f.errorf("%q is no package's name", name)
	}
	var constraints []constraint
	for f.blanks(); f.rest != "" && strings.IndexByte("<>=!", f.rest[0]) >= 0; f.blanks() {
		c := constraint{operator: f.run(func(i int) bool { return strings.IndexByte("<>=!", f.rest[i]) >= 0 })}
		f.blanks()
		c.version = f.run(func(i int) bool {
			return isAlnum(f.rest[i]) || strings.IndexByte("-_.", f.rest[i]) >= 0 ||
				f.rest[i] == ',' && i+1 < len(f.rest) && isDigit(f.rest[i+1])
		})
		if relationOf(c.operator) == 0 || c.version == "" {
			return depgraph.Alternative{}, f.errorf("bad version %q", c.operator+c.version)
		}
		constraints = append(constraints, c)
	}
	text := strings.TrimSpace(before[:len(before)-len(f.rest)])
	for f.rest != "" && strings.IndexByte("+-", f.rest[0]) >= 0 {
		f.rest = f.rest[1:]
		if f.run(func(i int) bool { return isAlnum(f.rest[i]) || strings.IndexByte("-_", f.rest[i]) >= 0 }) == "" {
			return depgraph.Alternative{}, f.errorf("an option has no name")
		}
		f.blanks()
	}
	return depgraph.Alternative{Name: name, Text: text, Accepts: func(p *depgraph.Package, provided *depgraph.Provide) bool {
		return byName(p, provided) && meets(p, constraints)
	}}, nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlnum(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }
