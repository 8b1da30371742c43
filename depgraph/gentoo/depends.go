package gentoo

import (
	"fmt"
	"strings"
)

// A node is part of a dependency string (PMS 8.2).
type node struct {
	op       op
	line     int
	atom     *atom
	flag     string // of a conditional, whose children count if the flag is on,
	off      bool   // or if it is off
	children []*node
}

type op uint8

const (
	opAtom op = iota // category/name
	opAll            // ( … )
	opAny            // || ( … )
	opUse            // flag? ( … )
)

// An origin says where a dependency string stands, for messages: file, line and field,
// each if there is one.
type origin struct{ file, field string }

// at spells a line of it.
func (o origin) at(line int) string {
	where := fmt.Sprintf("%s:%d", o.file, line)
	if o.field != "" {
		where += ": " + o.field
	}
	return where
}

func (o origin) errorf(line int, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	if o.file == "" {
		return err
	}
	return fmt.Errorf("%s: %w", o.at(line), err)
}

// A segment is text with the line it starts on.
type segment struct {
	text string
	line int
}

// A word is what stands between white space.
type word = segment

// words splits segments, of which a word can be of several.
func words(segments []segment) []word {
	var list []word
	open := false // the last word may go on
	for _, s := range segments {
		line, rest := s.line, s.text
		for rest != "" {
			n := strings.IndexAny(rest, " \t\r\n\v\f")
			if n < 0 {
				n = len(rest)
			}
			if n > 0 {
				if open {
					list[len(list)-1].text += rest[:n]
				} else {
					list = append(list, word{rest[:n], line})
				}
				open = true
			}
			for rest = rest[n:]; rest != "" && strings.IndexByte(" \t\r\n\v\f", rest[0]) >= 0; rest = rest[1:] {
				open = false
				if rest[0] == '\n' {
					line++
				}
			}
		}
	}
	return list
}

// parseDepends reads a dependency string that starts on line 1.
func parseDepends(o origin, text string) ([]*node, error) {
	return parseWords(o, words([]segment{{text, 1}}))
}

func parseWords(o origin, list []word) ([]*node, error) {
	if len(list) > maxWords {
		return nil, o.errorf(list[maxWords].line, "more than %d words", maxWords)
	}
	p := parser{origin: o, words: list}
	nodes, err := p.group(0)
	if err == nil && p.next < len(p.words) {
		err = o.errorf(p.words[p.next].line, "\")\" without \"(\"")
	}
	return nodes, err
}

// A parser is the state of parseWords.
type parser struct {
	origin
	words []word
	next  int
}

// What is far above what a person writes.
const (
	maxWords = 1 << 16
	maxDepth = 100 // of groups, and of profiles
)

// group reads the nodes up to the end, or to the parenthesis that closes them.
func (p *parser) group(depth int) (nodes []*node, err error) {
	for p.next < len(p.words) && p.words[p.next].text != ")" {
		n, err := p.node(depth)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func (p *parser) node(depth int) (*node, error) {
	w := p.words[p.next]
	n := &node{line: w.line}
	switch {
	case w.text == "(":
		n.op = opAll
		return n, p.children(n, depth)
	case w.text == "||":
		n.op = opAny
		p.next++
		return n, p.children(n, depth)
	case w.text == "^^" || w.text == "??":
		return nil, p.errorf(w.line, "%q is for REQUIRED_USE alone", w.text)
	case strings.HasSuffix(w.text, "?"):
		n.op = opUse
		n.flag, n.off = strings.CutPrefix(strings.TrimSuffix(w.text, "?"), "!")
		if !isFlag(n.flag) {
			return nil, p.errorf(w.line, "bad USE flag in %q", shortened(w.text))
		}
		p.next++
		return n, p.children(n, depth)
	}
	var err error
	if n.atom, err = parseAtom(w.text); err != nil {
		if strings.ContainsAny(w.text, "()") && strings.Trim(w.text, "()|") != w.text {
			err = fmt.Errorf("no space around a parenthesis in %q", shortened(w.text))
		}
		return nil, p.errorf(w.line, "%w", err)
	}
	p.next++
	return n, nil
}

// children reads "( … )", which may not be empty.
func (p *parser) children(n *node, depth int) (err error) {
	switch {
	case p.next >= len(p.words):
		return p.errorf(n.line, "no \"(\" at the end")
	case p.words[p.next].text != "(":
		return p.errorf(p.words[p.next].line, "want \"(\", not %q", shortened(p.words[p.next].text))
	case depth >= maxDepth:
		return p.errorf(n.line, "more than %d groups in one another", maxDepth)
	}
	p.next++
	if n.children, err = p.group(depth + 1); err != nil {
		return err
	}
	switch {
	case p.next >= len(p.words):
		return p.errorf(n.line, "\"(\" without \")\"")
	case len(n.children) == 0:
		return p.errorf(p.words[p.next].line, "an empty group")
	}
	p.next++
	return nil
}
