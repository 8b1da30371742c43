package macports

import (
	"fmt"
	"strings"
)

// A command is one of Tcl's (Tcl(n)), of a text that is not executed.
type command struct {
	line  int
	words []word
}

// A word is one of a command's, without quotes or braces around it.
type word struct {
	line   int
	text   string
	braced bool // so that nothing in it is substituted
	spread bool // {*}: its elements are words
}

// name is the command's first word.
func (c command) name() string { return c.words[0].text }

// A tclScanner reads commands.
type tclScanner struct {
	name string // of the file
	text string
	pos  int
	line int
}

// parseTcl reads the commands of a text that starts on the given line of a file.
func parseTcl(name, text string, line int) ([]command, error) {
	s := &tclScanner{name: name, text: text, line: line}
	var commands []command
	for s.start() {
		c := command{line: s.line}
		for s.blank(); !s.atEnd(); s.blank() {
			w, err := s.word()
			if err != nil {
				return nil, err
			}
			c.words = append(c.words, w)
		}
		commands = append(commands, c)
	}
	return commands, nil
}

// errorf returns an error about a line of the file.
func (s *tclScanner) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{s.name, line}, args...)...)
}

// step moves on by n bytes.
func (s *tclScanner) step(n int) {
	n = min(n, len(s.text)-s.pos)
	s.line += strings.Count(s.text[s.pos:s.pos+n], "\n")
	s.pos += n
}

// next tells whether one of the bytes in set is next.
func (s *tclScanner) next(set string) bool {
	return s.pos < len(s.text) && strings.IndexByte(set, s.text[s.pos]) >= 0
}

// start moves on to the next command, over comments.
func (s *tclScanner) start() bool {
	for {
		for s.next(" \t\r\n;") || s.continued() {
			s.step(1)
		}
		if !s.next("#") {
			return s.pos < len(s.text)
		}
		for s.pos < len(s.text) && !s.next("\n") {
			if s.next(`\`) {
				s.step(1) // a comment's line can be continued too
			}
			s.step(1)
		}
	}
}

// continued tells whether a backslash and a line end are next, and moves onto the line
// end if so.
func (s *tclScanner) continued() bool {
	if n := len(`\`); strings.HasPrefix(s.text[s.pos:], "\\\n") {
		s.step(n)
		return true
	} else if strings.HasPrefix(s.text[s.pos:], "\\\r\n") {
		s.step(n + 1)
		return true
	}
	return false
}

// blank moves on over what separates words.
func (s *tclScanner) blank() {
	for s.next(" \t\r") || s.continued() {
		s.step(1)
	}
}

// atEnd tells whether the command ends here.
func (s *tclScanner) atEnd() bool { return s.pos == len(s.text) || s.next("\n;") }

// word reads a word.
func (s *tclScanner) word() (word, error) {
	w := word{line: s.line}
	if rest := s.text[s.pos:]; strings.HasPrefix(rest, "{*}") && len(rest) > 3 && strings.IndexByte(" \t\r\n;", rest[3]) < 0 {
		w.spread = true
		s.step(3)
	}
	var err error
	switch {
	case s.next("{"):
		w.braced = true
		w.text, err = s.inBraces()
	case s.next(`"`):
		s.step(1)
		start := s.pos
		if err = s.until(w.line, `"`); err == nil {
			w.text = s.text[start:s.pos]
			s.step(1)
		}
	default:
		start := s.pos
		err = s.until(w.line, " \t\r\n;")
		w.text = s.text[start:s.pos]
	}
	if err == nil && !s.atEnd() && !s.next(" \t\r") && !strings.HasPrefix(s.text[s.pos:], "\\\n") && !strings.HasPrefix(s.text[s.pos:], "\\\r\n") {
		err = s.errorf(s.line, "extra characters after a word")
	}
	return w, err
}

// inBraces reads a braced word.
func (s *tclScanner) inBraces() (string, error) {
	line, start := s.line, s.pos+1
	for depth := 0; s.pos < len(s.text); s.step(1) {
		switch {
		case s.next(`\`):
			s.step(1)
		case s.next("{"):
			depth++
		case s.next("}"):
			if depth--; depth == 0 {
				text := s.text[start:s.pos]
				s.step(1)
				return text, nil
			}
		}
	}
	return "", s.errorf(line, "missing close-brace")
}

// until moves on to the first byte of set that is not quoted, nor in brackets. The end
// of the text does where set has the end of a line.
func (s *tclScanner) until(line int, set string) error {
	for depth := 0; s.pos < len(s.text); s.step(1) {
		switch {
		case depth == 0 && s.next(set), depth == 0 && len(set) > 1 && s.lineGoesOn():
			return nil
		case s.next(`\`):
			s.step(1)
		case s.next("["):
			depth++
		case s.next("]"):
			depth = max(0, depth-1)
		}
	}
	if len(set) == 1 {
		return s.errorf(line, "missing %s", set)
	}
	return nil
}

func (s *tclScanner) lineGoesOn() bool {
	return strings.HasPrefix(s.text[s.pos:], "\\\n") || strings.HasPrefix(s.text[s.pos:], "\\\r\n")
}
