package dpkg

import (
	"fmt"
	"strings"
)

// A scanner walks the stanzas and fields of a deb822(5) text without copying
// any of it:
//
//	for s.stanza() {
//		for s.field() {
//			… s.name, s.value, s.line …
//		}
//	}
//	… s.err …
type scanner struct {
	file string // for messages
	text string

	name  string // the field's, in the spelling of the text
	value string // the field's, without the space around it, lines and comments as they stand
	line  int    // the field's first line, from 1
	err   error

	start int    // where the stanza begins
	next  int    // where the next line begins
	lines int    // lines before next
	ahead string // the next line, without its end
	after int    // where the one after it begins
	open  bool
}

func newScanner(file, text string) *scanner {
	s := &scanner{file: file, text: text}
	s.peek()
	return s
}

// stanza moves to the next stanza; fields of the present one that were not asked
// for are passed over.
func (s *scanner) stanza() bool {
	for s.open && s.field() {
	}
	if s.err != nil {
		return false
	}
	for ; s.next < len(s.text); s.skip() {
		if !blank(s.ahead) && s.ahead[0] != '#' {
			s.start, s.open = s.next, true
			return true
		}
	}
	return false
}

// field moves to the next field of the stanza. A line that starts with a space
// or a tab continues the field above it; one that starts with # is a comment.
func (s *scanner) field() bool {
	if !s.open || s.err != nil {
		return false
	}
	for s.ahead != "" && s.ahead[0] == '#' {
		s.skip()
	}
	if s.next >= len(s.text) || blank(s.ahead) {
		s.open = false
		return false
	}
	colon := nameEnd(s.ahead)
	if colon <= 0 {
		s.line = s.lines + 1
		s.err = fmt.Errorf("%s:%d: not a field: %q", s.file, s.line, s.ahead)
		return false
	}
	begin := s.next + colon + 1
	s.name, s.line = s.ahead[:colon], s.lines+1
	for s.skip(); s.ahead != ""; s.skip() {
		if c := s.ahead[0]; c != ' ' && c != '\t' && c != '#' || blank(s.ahead) {
			break
		}
	}
	s.value = strings.TrimSpace(s.text[begin:s.next])
	return true
}

// nameEnd is where the colon after a field's name is, -1 if there is none.
func nameEnd(line string) int {
	for i := range len(line) {
		switch line[i] {
		case ':':
			return i
		case ' ', '\t':
			return -1
		}
	}
	return -1
}

// is tells whether the field is called name; case does not count.
func (s *scanner) is(name string) bool {
	return len(s.name) == len(name) && strings.EqualFold(s.name, name)
}

// stanzaText is the text of the stanza whose fields have all been asked for,
// without the blank line after it.
func (s *scanner) stanzaText() string { return s.text[s.start:s.next] }

// errorf makes an error about the field.
func (s *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s: %w", s.file, s.line, s.name, fmt.Errorf(format, args...))
}

// peek finds the next line.
func (s *scanner) peek() {
	rest := s.text[s.next:]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		s.ahead, s.after = rest[:i], s.next+i+1
	} else {
		s.ahead, s.after = rest, len(s.text)
	}
}

// skip passes over the next line.
func (s *scanner) skip() {
	s.next = s.after
	s.lines++
	s.peek()
}

// blank tells whether a line separates stanzas.
func blank(line string) bool {
	return line == "" || (line[0] <= ' ' && strings.TrimSpace(line) == "")
}
