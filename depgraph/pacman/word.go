package pacman

import "strings"

// The functions of this file find where something ends that may hold quotes; each
// returns the position after it. What has no end is an error.

// wordEnd finds the end of the word at i.
func (s *script) wordEnd(i, to int) (int, error) {
	for i < to && s.err == nil {
		switch c := s.text[i]; {
		case c == '(' && strings.IndexByte("?*+@!", s.text[max(i, 1)-1]) >= 0: // a pattern (extglob)
			end, err := s.parenEnd(i+1, to)
			if err != nil {
				return 0, err
			}
			i = end
		case isMeta(c):
			return i, nil
		default:
			end, err := s.charEnd(i, to)
			if err != nil {
				return 0, err
			}
			i = end
		}
	}
	return i, s.err
}

// charEnd finds the end of the character at i, or of the quotes or the expansion that it
// begins.
func (s *script) charEnd(i, to int) (int, error) {
	s.step(1)
	rest := s.text[i:to]
	switch {
	case rest[0] == '\\':
		return min(i+2, to), nil
	case strings.HasPrefix(rest, "$'"):
		return s.ansiEnd(i, to)
	case rest[0] == '\'':
		return s.quoteEnd(i, to, "'")
	case rest[0] == '`':
		return s.quoteEnd(i, to, "`")
	case rest[0] == '"':
		return s.doubleEnd(i, to)
	case strings.HasPrefix(rest, "$("):
		return s.parenEnd(i+2, to)
	case strings.HasPrefix(rest, "${"):
		return s.braceEnd(i+2, to)
	}
	return i + 1, nil
}

// quoteEnd finds the end of what is in single quotes or in backquotes.
func (s *script) quoteEnd(i, to int, quote string) (int, error) {
	n := strings.Index(s.text[i+1:to], quote)
	if n < 0 {
		return 0, s.errorf(i, "%s without its end", quote)
	}
	s.step(n)
	return i + 1 + n + 1, nil
}

// ansiEnd finds the end of $'…'.
func (s *script) ansiEnd(i, to int) (int, error) {
	for end := i + 2; end < to; end++ {
		s.step(1)
		switch s.text[end] {
		case '\\':
			end++
		case '\'':
			return end + 1, nil
		}
	}
	return 0, s.errorf(i, "$' without its end")
}

// doubleEnd finds the end of "…".
func (s *script) doubleEnd(i, to int) (int, error) {
	for end := i + 1; end < to && s.err == nil; {
		switch c := s.text[end]; {
		case c == '"':
			return end + 1, nil
		case c == '\'' || c == '$' && strings.HasPrefix(s.text[end+1:to], "'"):
			end++ // neither is special here
		default:
			next, err := s.charEnd(end, to)
			if err != nil {
				return 0, err
			}
			end = next
		}
	}
	return 0, s.errorf(i, "\" without its end")
}

// braceEnd finds the end of ${…}.
func (s *script) braceEnd(i, to int) (int, error) {
	if err := s.deeper(i); err != nil {
		return 0, err
	}
	defer s.back()
	for end := i; end < to && s.err == nil; {
		if s.text[end] == '}' {
			return end + 1, nil
		}
		next, err := s.charEnd(end, to)
		if err != nil {
			return 0, err
		}
		end = next
	}
	return 0, s.errorf(i, "${ without its end")
}

// parenEnd finds the end of (…), of which i is inside.
func (s *script) parenEnd(i, to int) (int, error) {
	if err := s.deeper(i); err != nil {
		return 0, err
	}
	defer s.back()
	depth := 1
	for end := i; end < to && s.err == nil; {
		switch c := s.text[end]; {
		case c == '#' && (end == i || isMeta(s.text[end-1])):
			end = s.lineEnd(end, to)
			continue
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return end + 1, nil
			}
		}
		next, err := s.charEnd(end, to)
		if err != nil {
			return 0, err
		}
		end = next
	}
	return 0, s.errorf(i, "( without its end")
}

// lineEnd finds the end of a comment.
func (s *script) lineEnd(i, to int) int {
	n := strings.IndexByte(s.text[i:to], '\n')
	if n < 0 {
		n = to - i
	}
	s.step(n)
	return i + n
}

// deeper and back count how deep expansions are in one another.
func (s *script) deeper(i int) error {
	if s.depth++; s.depth > 100 {
		return s.errorf(i, "too deep: %w", errRun)
	}
	return nil
}

func (s *script) back() { s.depth-- }
