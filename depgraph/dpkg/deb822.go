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

	start int // where the stanza begins
	next  int // where the next line begins
	lines int // lines before next
	open  bool
}

func newScanner(file, text string) *scanner { return &scanner{file: file, text: text} }

// stanza moves to the next stanza; fields of the present one that were not asked
// for are passed over.
func (s *scanner) stanza() bool {
	for s.open && s.field() {
	}
	if s.err != nil {
		return false
	}
	for s.next < len(s.text) {
		line, end := s.peek()
		if !blank(line) && line[0] != '#' {
			s.start, s.open = s.next, true
			return true
		}
		s.skip(end)
	}
	return false
}

// field moves to the next field of the stanza. A line that starts with a space
// or a tab continues the field above it; one that starts with # is a comment.
func (s *scanner) field() bool {
	if !s.open || s.err != nil {
		return false
	}
	line, end := s.peek()
	for s.next < len(s.text) && line != "" && line[0] == '#' {
		s.skip(end)
		line, end = s.peek()
	}
	if s.next >= len(s.text) || blank(line) {
		s.open = false
		return false
	}
	colon := strings.IndexByte(line, ':')
	if colon <= 0 || strings.ContainsAny(line[:colon], " \t") {
		s.line = s.lines + 1
		s.err = fmt.Errorf("%s:%d: not a field: %q", s.file, s.line, line)
		return false
	}
	begin := s.next + colon + 1
	s.name, s.line = line[:colon], s.lines+1
	for s.skip(end); s.next < len(s.text); s.skip(end) {
		if line, end = s.peek(); blank(line) || line[0] != ' ' && line[0] != '\t' && line[0] != '#' {
			break
		}
	}
	s.value = strings.TrimSpace(s.text[begin:s.next])
	return true
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

// peek returns the next line, without its end, and where the one after it begins.
func (s *scanner) peek() (line string, end int) {
	rest := s.text[s.next:]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		return rest[:i], s.next + i + 1
	}
	return rest, len(s.text)
}

func (s *scanner) skip(end int) {
	s.next = end
	s.lines++
}

// blank tells whether a line separates stanzas.
func blank(line string) bool {
	return line == "" || (line[0] <= ' ' && strings.TrimSpace(line) == "")
}
