package opam

import (
	"strings"

	"github.com/depview/depview/depgraph/version"
)

// A result is what a filter comes to (OpamFilter.reduce): a text, where true and false
// are "true" and "false", or nothing, since a variable in it is not defined.
type result struct {
	text    string
	defined bool
}

var undefined = result{}

func textual(s string) result { return result{s, true} }

func boolean(b bool) result {
	if b {
		return textual("true")
	}
	return textual("false")
}

// truth returns a result as a boolean; ok is false where it is none.
func (r result) truth() (yes, ok bool) {
	return r.text == "true", r.defined && (r.text == "true" || r.text == "false")
}

// An env gives the values of variables by name, "os" or "pkg:var".
type env func(name string) result

// holds tells whether a filter is met. What is not defined is not.
func (e env) holds(f value) bool {
	yes, _ := e.eval(f).truth()
	return yes
}

// eval reduces a filter.
func (e env) eval(f value) result {
	switch f.kind {
	case theBool, theInt:
		return textual(f.text)
	case theString:
		return textual(e.expand(f.text))
	case theIdent:
		return e(f.text)
	case theGroup:
		if len(f.list) == 1 {
			return e.eval(f.list[0])
		}
	case theRel:
		a, b := e.eval(f.list[0]), e.eval(f.list[1])
		if a.defined && b.defined {
			return boolean(relationOf(f.text).Holds(version.Debian(a.text, b.text)))
		}
	case theNot:
		if yes, ok := e.eval(f.list[0]).truth(); ok {
			return boolean(!yes)
		}
	case theDefined:
		return boolean(e.eval(f.list[0]).defined)
	case theAnd:
		return e.join(f.list, false)
	case theOr:
		return e.join(f.list, true)
	}
	return undefined
}

// join is & or |: one operand that is absorbing decides, whatever the others are.
func (e env) join(list []value, absorbing bool) result {
	all := boolean(!absorbing)
	for _, f := range list {
		switch yes, ok := e.eval(f).truth(); {
		case !ok:
			all = undefined
		case yes == absorbing:
			return boolean(absorbing)
		}
	}
	return all
}

// expand puts the values of variables into a text: "%{os}%", "%{x?yes:no}%", "%%". One
// that is not defined is empty.
func (e env) expand(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for closed := true; ; {
		before, rest, found := strings.Cut(s, "%")
		b.WriteString(before)
		if !found {
			break
		}
		var inner, after string
		if closed && strings.HasPrefix(rest, "{") {
			inner, after, closed = strings.Cut(rest[1:], "}%")
		}
		switch {
		case closed && strings.HasPrefix(rest, "{"):
			b.WriteString(e.convert(inner))
			s = after
		case strings.HasPrefix(rest, "%"):
			b.WriteByte('%')
			s = rest[1:]
		default:
			b.WriteByte('%')
			s = rest
		}
	}
	return b.String()
}

// convert gives the value of a variable, or one of two texts: "x?yes:no".
func (e env) convert(variable string) string {
	name, choice, ok := strings.Cut(variable, "?")
	r := e(name)
	if !ok {
		return r.text
	}
	yes, no, _ := strings.Cut(choice, ":")
	if is, ok := r.truth(); ok && is {
		return yes
	}
	return no
}

// relationOf reads an operator between versions, or texts of a filter.
func relationOf(operator string) version.Relation {
	switch operator {
	case "~":
		operator = ">=" // as opamLexer.mll reads it
	case "==":
		return 0
	}
	return version.RelationOf(operator)
}

// opposite has the relation that holds where another does not.
var opposite = map[string]string{"=": "!=", "!=": "=", ">=": "<", "<": ">=", ">": "<=", "<=": ">", "~": "<"}
