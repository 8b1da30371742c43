package depgraph

import (
	"strings"

	"github.com/BurntSushi/toml"
)

// A place says where a value of a TOML document stands, and where the values in
// it do: what the toml package knows and does not tell.
type place struct {
	line  int // that the key, the table header or the array element starts on; from 1
	keys  map[string]*place
	items []*place
}

// key returns the place of a table's value, or p where it has none.
func (p *place) key(name string) *place {
	if k := p.keys[name]; k != nil {
		return k
	}
	return p
}

// item returns the place of an array's element, or p where it has none.
func (p *place) item(i int) *place {
	if i < len(p.items) {
		return p.items[i]
	}
	return p
}

// at returns the place that key names from the table p, made on line where it is
// new. As in TOML, an array of tables on the way stands for its last table.
func (p *place) at(key []string, line int) *place {
	for _, name := range key {
		if n := len(p.items); n > 0 {
			p = p.items[n-1]
		}
		if p.keys[name] == nil {
			if p.keys == nil {
				p.keys = map[string]*place{}
			}
			p.keys[name] = &place{line: line}
		}
		p = p.keys[name]
	}
	return p
}

// locate finds the places of all values in text, which must be TOML that the toml
// package reads (v1.1.0 of the language); it never fails, and on anything else
// its answer is of no use.
func locate(text []byte) *place {
	l := &locator{text: string(text), line: 1}
	for _, mark := range []string{"\ufeff", "\xff\xfe", "\xfe\xff"} { // as the toml package has it
		if l.skip(mark) {
			break
		}
	}
	root := &place{line: 1}
	table := root
	for l.blank(); l.pos < len(l.text); l.blank() {
		switch line := l.line; {
		case l.skip("[["):
			list := root.at(l.key(), line)
			table = &place{line: line}
			list.items = append(list.items, table)
			l.skip("]]")
		case l.skip("["):
			table = root.at(l.key(), line)
			table.line = line
			l.skip("]")
		default:
			l.entry(table)
		}
	}
	return root
}

// A locator is the state of locate.
type locator struct {
	text string
	pos  int // byte offset in text
	line int // that pos is on
}

// to moves on to offset end.
func (l *locator) to(end int) {
	end = min(end, len(l.text))
	l.line += strings.Count(l.text[l.pos:end], "\n")
	l.pos = end
}

func (l *locator) rest() string { return l.text[l.pos:] }

// while moves on over the bytes that are in set.
func (l *locator) while(set string) {
	l.to(len(l.text) - len(strings.TrimLeft(l.rest(), set)))
}

// until moves on to the first byte that is in set.
func (l *locator) until(set string) {
	if i := strings.IndexAny(l.rest(), set); i >= 0 {
		l.to(l.pos + i)
	} else {
		l.to(len(l.text))
	}
}

// blank moves on over white space, line ends and comments.
func (l *locator) blank() {
	for l.while(" \t\r\n"); strings.HasPrefix(l.rest(), "#"); l.while(" \t\r\n") {
		l.until("\n")
	}
}

// skip moves on over token, with white space before it, if it is next.
func (l *locator) skip(token string) bool {
	if after, ok := strings.CutPrefix(strings.TrimLeft(l.rest(), " \t"), token); ok {
		l.to(len(l.text) - len(after))
		return true
	}
	return false
}

// entry reads "key = value" into table. It always moves on.
func (l *locator) entry(table *place) {
	line := l.line
	p := table.at(l.key(), line)
	if !l.skip("=") {
		l.to(l.pos + 1)
	}
	v := l.value()
	p.keys, p.items = v.keys, v.items
}

// key reads a key, dotted or not.
func (l *locator) key() []string {
	var key []string
	for {
		l.while(" \t")
		key = append(key, l.keyPart())
		if !l.skip(".") {
			return key
		}
	}
}

func (l *locator) keyPart() string {
	quoted := l.quoted()
	switch {
	case quoted == "":
		start := l.pos
		l.until(" \t\r\n.=]")
		return l.text[start:l.pos]
	case quoted[0] == '\'', !strings.Contains(quoted, `\`):
		return strings.Trim(quoted, quoted[:1])
	}
	var doc struct{ Key string }
	_, _ = toml.Decode("key = "+quoted, &doc) // the document was valid, so this is
	return doc.Key
}

// quoted moves on over a string of any of the four forms and returns it with its
// quotes, or returns "" if none is next.
func (l *locator) quoted() string {
	start := l.pos
	for _, quote := range []string{`"""`, `'''`, `"`, `'`} {
		if !strings.HasPrefix(l.rest(), quote) {
			continue
		}
		i := l.pos + len(quote)
		for i < len(l.text) && !strings.HasPrefix(l.text[i:], quote) {
			if l.text[i] == '\\' && quote[0] == '"' {
				i++
			}
			i++
		}
		i += len(quote)
		// A multi-line string may end in one or two quotes of its own.
		for n := 0; n < 2 && len(quote) == 3 && i < len(l.text) && l.text[i] == quote[0]; n++ {
			i++
		}
		l.to(i)
		return l.text[start:l.pos]
	}
	return ""
}

// value reads a value. It leaves its own line to the caller that knows the key.
func (l *locator) value() *place {
	l.while(" \t")
	p := &place{line: l.line}
	switch {
	case l.skip("["):
		for l.blank(); l.pos < len(l.text) && !l.skip("]"); l.blank() {
			p.items = append(p.items, l.value())
			l.blank()
			if !l.skip(",") && !strings.HasPrefix(l.rest(), "]") {
				l.to(l.pos + 1)
			}
		}
	case l.skip("{"):
		for l.blank(); l.pos < len(l.text) && !l.skip("}"); l.blank() {
			l.entry(p)
			l.blank()
			l.skip(",")
		}
	case l.quoted() == "":
		l.until("\r\n,]}#") // a date and its time may have a space between them
	}
	return p
}
