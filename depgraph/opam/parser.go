package opam

import "strings"

// A valueKind is a shape of value in opam's grammar (opamBaseParser.mly of
// opam-file-format).
type valueKind byte

const (
	theString valueKind = iota
	theIdent
	theBool
	theInt
	theGroup   // ( … )
	theList    // [ … ]
	theOption  // the first value, then those in braces
	theAnd     // & between all
	theOr      // | between all
	theRel     // a relation between two
	thePrefix  // a relation before one: >= "1"
	theNot     // !
	theDefined // ?
	theBinding // an assignment between two
)

// A value is what stands in a field. The text is that of an atom, or an operator.
type value struct {
	kind valueKind
	line int
	text string
	list []value
}

// An item is a field or a section of a file.
type item struct {
	name    string
	line    int
	value   value  // of a field
	section []item // of a section; not nil
}

// What is refused is far from what anybody writes, and keeps hostile files from
// filling the memory or the stack.
const (
	maxDepth  = 100
	maxValues = 200_000
	maxText   = 8 << 20 // bytes
)

// A parser reads one file.
type parser struct {
	*lexer
	tok   token
	depth int
	count int // of values
}

func newParser(name, text string) (*parser, error) {
	p := &parser{lexer: newLexer(name, text)}
	if len(text) > maxText {
		return nil, p.errorf(1, "the file is too large")
	}
	return p, p.advance()
}

func (p *parser) advance() (err error) {
	p.tok, err = p.next()
	return err
}

// expect passes over punctuation.
func (p *parser) expect(text string) error {
	if !p.tok.is(text) {
		return p.unexpected(text)
	}
	return p.advance()
}

func (p *parser) unexpected(want string) error {
	return p.errorf(p.tok.line, "%s where %s is expected", p.tok.describe(), want)
}

// deeper counts a level of nesting until the function that it returns is called.
func (p *parser) deeper() (func(), error) {
	if p.depth++; p.depth > maxDepth {
		return func() {}, p.errorf(p.tok.line, "nested too deeply")
	}
	return func() { p.depth-- }, nil
}

// parse reads a whole file.
func parse(name, text string) ([]item, error) {
	p, err := newParser(name, text)
	if err != nil {
		return nil, err
	}
	var items []item
	err = p.items(func(i item) error {
		items = append(items, i)
		return nil
	}, nil)
	if err == nil && p.tok.kind != endOfFile {
		err = p.unexpected("a field")
	}
	return items, err
}

// items reads fields and sections as far as there are some. Where each is not nil, the
// elements of a field's list go there one by one, and the item has no value.
func (p *parser) items(yield func(item) error, each func(field string, v value) error) error {
	for p.tok.kind == anIdent {
		if p.count++; p.count > maxValues {
			return p.errorf(p.tok.line, "too many values")
		}
		i := item{name: p.tok.text, line: p.tok.line}
		if err := p.advance(); err != nil {
			return err
		}
		var err error
		switch {
		case p.tok.kind == aString || p.tok.is("{"):
			i.section, err = p.sectionBody()
		case each != nil:
			if err = p.expect(":"); err == nil {
				err = p.elements(func(v value) error { return each(i.name, v) })
			}
		default:
			if err = p.expect(":"); err == nil {
				i.value, err = p.value()
			}
		}
		if err == nil {
			err = yield(i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sectionBody reads a section after its kind: perhaps a name, and items in braces.
func (p *parser) sectionBody() ([]item, error) {
	up, err := p.deeper()
	defer up()
	if err == nil && p.tok.kind == aString {
		err = p.advance()
	}
	if err == nil {
		err = p.expect("{")
	}
	if err != nil {
		return nil, err
	}
	body := []item{}
	if err := p.items(func(i item) error {
		body = append(body, i)
		return nil
	}, nil); err != nil {
		return nil, err
	}
	return body, p.expect("}")
}

// elements reads a list without holding it; what is no list is one element.
func (p *parser) elements(yield func(value) error) error {
	list := p.tok.is("[")
	if list {
		if err := p.advance(); err != nil {
			return err
		}
	}
	for !p.tok.is("]") || !list {
		p.count = 0
		v, err := p.value()
		if err == nil {
			err = yield(v)
		}
		if err != nil || !list {
			return err
		}
	}
	return p.advance()
}

// value reads a value: what | joins, which binds least.
func (p *parser) value() (value, error) {
	return p.joined("|", theOr, func() (value, error) { return p.joined("&", theAnd, p.negated) })
}

func (p *parser) joined(operator string, kind valueKind, operand func() (value, error)) (value, error) {
	first, err := operand()
	if err != nil || !p.tok.is(operator) {
		return first, err
	}
	all := value{kind: kind, line: first.line, text: operator, list: []value{first}}
	for p.tok.is(operator) {
		if err := p.advance(); err != nil {
			return all, err
		}
		v, err := operand()
		if err != nil {
			return all, err
		}
		all.list = append(all.list, v)
	}
	return all, nil
}

// negated reads a value with ! or ? before it, or none.
func (p *parser) negated() (value, error) {
	if p.tok.kind != prefix {
		return p.optioned()
	}
	up, err := p.deeper()
	defer up()
	if err != nil {
		return value{}, err
	}
	v := value{kind: theNot, line: p.tok.line, text: p.tok.text}
	if p.tok.text == "?" {
		v.kind = theDefined
	}
	if err := p.advance(); err != nil {
		return v, err
	}
	of, err := p.negated()
	v.list = []value{of}
	return v, err
}

// optioned reads a value with options in braces after it, or none.
func (p *parser) optioned() (value, error) {
	v, err := p.primary()
	for levels := 1; err == nil && p.tok.is("{"); levels++ {
		if levels > maxDepth {
			return v, p.errorf(p.tok.line, "nested too deeply")
		}
		o := value{kind: theOption, line: v.line, list: []value{v}}
		o.list, err = p.values(o.list, "}")
		v = o
	}
	return v, err
}

// values reads values up to the closing punctuation, and passes over that.
func (p *parser) values(list []value, closing string) ([]value, error) {
	up, err := p.deeper()
	defer up()
	if err == nil {
		err = p.advance()
	}
	for err == nil && !p.tok.is(closing) {
		var v value
		v, err = p.value()
		list = append(list, v)
	}
	if err != nil {
		return list, err
	}
	return list, p.advance()
}

// primary reads an atom, a relation, or what is in brackets.
func (p *parser) primary() (value, error) {
	if p.count++; p.count > maxValues {
		return value{}, p.errorf(p.tok.line, "too many values")
	}
	v := value{line: p.tok.line, text: p.tok.text}
	var err error
	switch {
	case p.tok.is("("):
		v.kind = theGroup
		v.list, err = p.values(nil, ")")
		return v, err
	case p.tok.is("["):
		v.kind = theList
		v.list, err = p.values(nil, "]")
		return v, err
	case p.tok.kind == relation:
		v.kind = thePrefix
		if err = p.advance(); err != nil {
			return v, err
		}
		of, err := p.atom()
		v.list = []value{of}
		return v, err
	}
	if v, err = p.atom(); err != nil || p.tok.kind != relation && p.tok.kind != assignment {
		return v, err
	}
	rel := value{kind: theRel, line: v.line, text: p.tok.text}
	if p.tok.kind == assignment {
		rel.kind = theBinding
	}
	if err = p.advance(); err != nil {
		return rel, err
	}
	right, err := p.atom()
	rel.list = []value{v, right}
	return rel, err
}

func (p *parser) atom() (value, error) {
	v := value{line: p.tok.line, text: p.tok.text}
	switch p.tok.kind {
	case aString:
		v.kind = theString
	case anIdent:
		v.kind = theIdent
	case aBool:
		v.kind = theBool
	case anInt:
		v.kind = theInt
	default:
		return v, p.unexpected("a value")
	}
	return v, p.advance()
}

// field returns the value of the last field of that name.
func field(items []item, name string) (value, bool) {
	for i := len(items) - 1; i >= 0; i-- {
		if items[i].name == name && items[i].section == nil {
			return items[i].value, true
		}
	}
	return value{}, false
}

// section returns the items of the first section of that kind.
func section(items []item, name string) []item {
	for _, i := range items {
		if i.name == name && i.section != nil {
			return i.section
		}
	}
	return nil
}

// elements of a value are those of a list, or the one value itself.
func (v value) elements() []value {
	if v.kind == theList {
		return v.list
	}
	return []value{v}
}

// str returns the text of a string, and of the string that options follow.
func (v value) str() (string, bool) {
	for v.kind == theOption {
		v = v.list[0]
	}
	return v.text, v.kind == theString
}

// quote writes a string as a file has it.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
