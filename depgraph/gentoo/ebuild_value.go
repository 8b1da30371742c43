package gentoo

import (
	"fmt"
	"strings"
)

// value reads what stands after "=": quoted and bare parts up to white space.
func (s *shell) value() (value, error) {
	start := s.line
	v := value{line: start}
	if strings.HasPrefix(s.rest(), "(") {
		return value{unknown: "an array", line: start}, s.array()
	}
	for s.pos < len(s.text) {
		var more value
		var err error
		switch c := s.text[s.pos]; {
		case strings.IndexByte(" \t\r\n;&|)", c) >= 0:
			return v, nil
		case c == '\'':
			more, err = s.single()
		case c == '"':
			more, err = s.double()
		case c == '$' || c == '`':
			more, err = s.expansion()
		case c == '\\' && s.pos+1 < len(s.text):
			more = s.escaped("")
		default:
			more = s.plain(" \t\r\n;&|)'\"$`\\")
		}
		if err != nil {
			return v, err
		}
		v = v.append(more)
	}
	return v, nil
}

// plain takes the bytes up to one of stops, one at least.
func (s *shell) plain(stops string) value {
	n := 1 + strings.IndexAny(s.text[s.pos+1:], stops)
	if n == 0 {
		n = len(s.text) - s.pos
	}
	return s.take(n)
}

// take takes the next n bytes as they are.
func (s *shell) take(n int) value {
	v := value{segments: []segment{{s.text[s.pos : s.pos+n], s.line}}, size: n, line: s.line}
	s.to(n)
	return v
}

// escaped takes a backslash and what follows it. With kept, the backslash stays before
// all but the bytes of kept; one at the end of a line joins the next to it.
func (s *shell) escaped(kept string) value {
	c := s.text[s.pos+1]
	if c == '\n' {
		s.to(2)
		return value{line: s.line}
	}
	if kept != "" && strings.IndexByte(kept, c) < 0 {
		return s.take(2)
	}
	s.to(1)
	return s.take(1)
}

func (s *shell) unfinished(line int, what string) error {
	return fmt.Errorf("%s:%d: %s has no end", s.file, line, what)
}

// single reads '…'.
func (s *shell) single() (value, error) {
	end := strings.IndexByte(s.text[s.pos+1:], '\'')
	if end < 0 {
		return value{}, s.unfinished(s.line, "a quoted text")
	}
	s.to(1)
	v := s.take(end)
	s.to(1)
	return v, nil
}

// double reads "…".
func (s *shell) double() (value, error) {
	start := s.line
	v := value{line: start}
	s.to(1)
	for s.pos < len(s.text) {
		var more value
		var err error
		switch c := s.text[s.pos]; {
		case c == '"':
			s.to(1)
			return v, nil
		case c == '$' || c == '`':
			more, err = s.expansion()
		case c == '\\' && s.pos+1 < len(s.text):
			more = s.escaped("$`\"\\")
		default:
			more = s.plain("\"$`\\")
		}
		if err != nil {
			return v, err
		}
		v = v.append(more)
	}
	return v, s.unfinished(start, "a quoted text")
}

// expansion reads $NAME and ${NAME}; all others are unknown.
func (s *shell) expansion() (value, error) {
	line, rest := s.line, s.rest()
	name := rest[1:]
	name = name[:len(name)-len(strings.TrimLeft(name, nameBytes))]
	if rest[0] == '$' && name != "" && !isDigit(name[0]) {
		s.to(1 + len(name))
		return s.values[name], nil
	}
	if inner, ok := strings.CutPrefix(rest, "${"); ok {
		if end := strings.IndexByte(inner, '}'); end > 0 && strings.Trim(inner[:end], nameBytes) == "" && !isDigit(inner[0]) {
			s.to(len("${}") + end)
			return s.values[inner[:end]], nil
		}
	}
	n := 1
	switch {
	case rest[0] == '`':
		n = strings.IndexByte(rest[1:], '`') + 2
	case strings.HasPrefix(rest, "${"):
		n = balanced(rest[1:], '{', '}') + 1
	case strings.HasPrefix(rest, "$("):
		n = balanced(rest[1:], '(', ')') + 1
	}
	if n < 2 && (rest[0] == '`' || len(rest) > 1 && strings.IndexByte("{(", rest[1]) >= 0) {
		return value{}, s.unfinished(line, "an expansion")
	}
	text, _, _ := strings.Cut(shortened(rest[:n]), "\n")
	s.to(n)
	return value{unknown: text, line: line}, nil
}

const nameBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

// balanced returns how far it is to the end of what opens at the start of text, or -1.
func balanced(text string, opening, end byte) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case opening:
			depth++
		case end:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// array moves over "( … )".
func (s *shell) array() error {
	start := s.line
	s.to(1)
	for s.pos < len(s.text) {
		var err error
		switch c := s.text[s.pos]; {
		case c == ')':
			s.to(1)
			return nil
		case c == '\'':
			_, err = s.single()
		case c == '"':
			_, err = s.double()
		case c == '$' || c == '`':
			_, err = s.expansion()
		case c == '#' && s.pos > 0 && strings.IndexByte(" \t\n(", s.text[s.pos-1]) >= 0:
			s.to(lineEnd(s.rest()))
		case c == '\\' && s.pos+1 < len(s.text):
			s.to(2)
		default:
			s.to(1)
		}
		if err != nil {
			return err
		}
	}
	return s.unfinished(start, "an array")
}
