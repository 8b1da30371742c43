package depgraph

import "strings"

// variables expands ${name}. In a text "$${" stands for "${"; a "$" that no "{"
// follows stands for itself.
type variables struct {
	set     map[string]string // by the caller: taken literally, wins over the table
	table   value             // [vars]
	done    map[string]string // of the table, expanded
	pending map[string]bool   // being expanded
}

// maxText is the length in bytes that an expanded text may have: enough for any
// path, and a limit on variables that double each other.
const maxText = 1 << 16

// expand returns s, the text of v, with its variables replaced.
func (vars *variables) expand(v value, s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if strings.HasSuffix(before, "$") {
			b.WriteString("{") // the "$" is there already
			s = after
			continue
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			v.fail("%q has no closing brace", "${"+after)
			return ""
		}
		b.WriteString(vars.lookup(v, name))
		if s = rest; b.Len() > maxText {
			v.fail("longer than %d bytes once expanded", maxText)
			return ""
		}
	}
}

// lookup returns the variable called name, that the text of v names.
func (vars *variables) lookup(v value, name string) string {
	if s, ok := vars.set[name]; ok {
		return s
	}
	if s, ok := vars.done[name]; ok {
		return s
	}
	definition := vars.table.get(name)
	switch {
	case vars.pending[name]:
		v.fail("%q is defined by itself", "${"+name+"}")
		return ""
	case !definition.is():
		v.fail("%q is not set", "${"+name+"}")
		return ""
	}
	vars.pending[name] = true
	s := definition.text()
	delete(vars.pending, name)
	vars.done[name] = s
	return s
}

// literal is the inverse of expand: a text that expands to s.
func literal(s string) string { return strings.ReplaceAll(s, "${", "$${") }
