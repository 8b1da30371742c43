package needs

import "strings"

// pythonLines calls line for each logical line of a source that is not blank
// (Python's "Lexical analysis"), with how far it is indented. Comments are left out,
// strings are empty, and a line that goes on is one.
func pythonLines(source string, line func(indent int, text string)) {
	var b strings.Builder
	indent, depth, fresh := 0, 0, true
	end := func() {
		if text := strings.TrimSpace(b.String()); text != "" {
			line(indent, text)
		}
		b.Reset()
		indent, fresh = 0, true
	}
	for i := 0; i < len(source); {
		switch c := source[i]; {
		case fresh && (c == ' ' || c == '\f'):
			indent++
			i++
			continue
		case fresh && c == '\t':
			indent = indent/8*8 + 8
			i++
			continue
		case c == '#':
			i = indexFrom(source, i, "\n")
			continue
		case c == '\'' || c == '"':
			b.WriteString(`""`)
			i = stringEnd(source, i)
			fresh = false
			continue
		case c == '\\' && strings.HasPrefix(strings.TrimPrefix(source[i+1:], "\r"), "\n"):
			b.WriteByte(' ')
			i = indexFrom(source, i, "\n") + 1
			continue
		case c == '\n' && depth == 0:
			end()
		case c == '\n':
			b.WriteByte(' ')
		case strings.IndexByte("([{", c) >= 0:
			depth++
			b.WriteByte(c)
		case strings.IndexByte(")]}", c) >= 0:
			depth = max(0, depth-1)
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
		fresh = fresh && source[i] == '\n'
		i++
	}
	end()
}

// stringEnd returns where the string is over that begins at i. One that is not in
// triple quotes ends with its line.
func stringEnd(source string, i int) int {
	quote := source[i : i+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(source[i:], triple) {
		quote = triple
	}
	for i += len(quote); i < len(source); i++ {
		switch {
		case source[i] == '\\':
			i++
		case strings.HasPrefix(source[i:], quote):
			return i + len(quote)
		case source[i] == '\n' && len(quote) == 1:
			return i
		}
	}
	return len(source)
}

// indexFrom returns where what comes next at or after i, or the end.
func indexFrom(source string, i int, what string) int {
	if at := strings.Index(source[i:], what); at >= 0 {
		return i + at
	}
	return len(source)
}
