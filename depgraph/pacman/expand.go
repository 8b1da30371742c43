package pacman

import (
	"fmt"
	"strings"
)

// An expansion turns one word into what it stands for: bash(1), "EXPANSION".
type expansion struct {
	*script
	line   int
	split  bool // into several words at blanks, as in a list
	words  []item
	word   strings.Builder
	exists bool // the word that is being made: it may be empty where it was quoted
	size   int
}

// valueOf finds out the value of an assignment.
func (s *script) valueOf(a assignment) value {
	if !a.list {
		words, err := s.expand(a.value, false)
		return value{words, err}
	}
	var v value
	for i := a.value.from; i < a.value.to; {
		s.step(1)
		switch c := s.text[i]; {
		case isBlank(c) || c == '\n':
			i++
			continue
		case c == '#':
			i = s.lineEnd(i, a.value.to)
			continue
		case strings.HasPrefix(s.text[i:], "\\\n"):
			i += 2
			continue
		}
		end, err := s.wordEnd(i, a.value.to)
		if err == nil && end == i {
			err = fmt.Errorf("%q is %w", s.text[i:i+1], errRun)
		}
		var words []item
		if err == nil {
			words, err = s.expand(span{i, end}, true)
		}
		if err == nil && size(v.items)+size(words) > maxValue {
			err = fmt.Errorf("%s is too long: %w", a.name, errRun)
		}
		if err != nil {
			return value{err: located{s.line(i), err}}
		}
		v.items = append(v.items, words...)
		i = end
	}
	return v
}

// A located error knows in which line it is.
type located struct {
	line int
	error
}

func (l located) Unwrap() error { return l.error }

// expand returns the words that a word of the script stands for: just one, unless it is
// one of a list.
func (s *script) expand(at span, list bool) ([]item, error) {
	raw, err := []string{s.text[at.from:at.to]}, error(nil)
	if list {
		if raw, err = s.braces(raw[0]); err != nil {
			return nil, err
		}
	}
	x := &expansion{script: s, line: s.line(at.from), split: list}
	for _, word := range raw {
		if list && strings.HasPrefix(word, "[") {
			return nil, fmt.Errorf("%q is %w", word, errRun)
		}
		if err := x.add(word, false); err != nil {
			return nil, err
		}
		x.end()
	}
	if !list && len(x.words) == 0 {
		return []item{{"", x.line}}, nil
	}
	return x.words, nil
}

// end ends a word, if there is one.
func (x *expansion) end() {
	if x.exists || x.word.Len() > 0 {
		x.words = append(x.words, item{x.word.String(), x.line})
	}
	x.word.Reset()
	x.exists = false
}

// put adds text to the word.
func (x *expansion) put(text string) error {
	x.step(len(text))
	if x.size += len(text); x.size > maxValue {
		return fmt.Errorf("too long: %w", errRun)
	}
	x.word.WriteString(text)
	return x.err
}

// putValue adds what a variable stands for, whose blanks divide words where it is not
// quoted.
func (x *expansion) putValue(text string, quoted bool) error {
	if quoted || !x.split {
		return x.put(text)
	}
	if text != "" && isSpace(text[0]) {
		x.end()
	}
	for i, word := range strings.Fields(text) {
		if i > 0 {
			x.end()
		}
		if err := x.put(word); err != nil {
			return err
		}
	}
	if text != "" && isSpace(text[len(text)-1]) {
		x.end()
	}
	return nil
}

func isSpace(c byte) bool { return isBlank(c) || c == '\n' }

// add expands raw text, in double quotes or not.
func (x *expansion) add(raw string, quoted bool) error {
	for i := 0; i < len(raw); {
		x.step(1)
		n, err := x.addOne(raw[i:], quoted)
		if err != nil {
			return err
		}
		i += n
	}
	return x.err
}

// addOne expands what raw starts with, and returns how long that is.
func (x *expansion) addOne(raw string, quoted bool) (n int, err error) {
	c := raw[0]
	switch {
	case c == '\\':
		return x.backslash(raw, quoted)
	case c == '\'' && !quoted:
		text, _, found := strings.Cut(raw[1:], "'")
		if !found {
			return 0, unknownWord(raw)
		}
		x.exists = true
		return len(text) + 2, x.put(text)
	case c == '"' && !quoted:
		end, err := (&script{text: raw}).doubleEnd(0, len(raw))
		if err != nil {
			return 0, unknownWord(raw)
		}
		x.exists = true
		return end, x.add(raw[1:end-1], true)
	case c == '$':
		return x.dollar(raw, quoted)
	case c == '`', x.split && !quoted && (c == '*' || c == '?' || c == '['):
		return 0, unknownWord(raw)
	}
	end := strings.IndexAny(raw[1:], "\\'\"$`*?[")
	if end < 0 {
		end = len(raw) - 1
	}
	return 1 + end, x.put(raw[:1+end])
}

// unknownWord is the error of what only bash can tell.
func unknownWord(raw string) error {
	const long = 40
	if len(raw) > long {
		raw = raw[:long] + "…"
	}
	return fmt.Errorf("%q is %w", raw, errRun)
}

func (x *expansion) backslash(raw string, quoted bool) (int, error) {
	switch {
	case len(raw) == 1:
		return 1, x.put(raw)
	case raw[1] == '\n':
		return 2, nil
	case quoted && strings.IndexByte("$`\"\\", raw[1]) < 0:
		return 2, x.put(raw[:2])
	}
	return 2, x.put(raw[1:2])
}

// dollar expands a variable.
func (x *expansion) dollar(raw string, quoted bool) (int, error) {
	switch {
	case len(raw) == 1:
		return 1, x.put("$")
	case raw[1] == '{':
		end, err := (&script{text: raw}).braceEnd(2, len(raw))
		if err != nil {
			return 0, unknownWord(raw)
		}
		return end, x.parameter(raw[:end], quoted)
	case raw[1] == '"' && !quoted:
		return 1, nil // a text to be translated
	}
	n := nameEnd(raw[1:])
	if n == 0 {
		if strings.IndexByte("('@*#?-$!0123456789", raw[1]) >= 0 {
			return 0, unknownWord(raw)
		}
		return 1, x.put("$")
	}
	v, err := x.lookup(raw[1 : 1+n])
	if err != nil {
		return 0, err
	}
	if len(v.items) == 0 {
		return 1 + n, nil
	}
	return 1 + n, x.putValue(v.items[0].text, quoted)
}

// lookup returns a variable's value. Not to be set is an error: makepkg has variables
// of its own.
func (s *script) lookup(name string) (value, error) {
	v, ok := s.vars[name]
	switch {
	case !ok:
		return v, fmt.Errorf("$%s is %w", name, errRun)
	case v.err != nil:
		return v, v.err
	}
	return v, nil
}
