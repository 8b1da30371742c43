package pacman

import (
	"fmt"
	"slices"
	"strings"
)

// A script is text in the words of bash(1), whose variables are found out without
// running anything. It knows what a PKGBUILD(5) does on its way to its functions:
// assignments, one after the other. Of what it does not know it knows that it does not:
// a variable that is set under a condition, or by a command, has a value that is an
// error.
type script struct {
	file    string
	text    string
	starts  []int // of lines
	vars    map[string]value
	bodies  map[string]span     // of functions
	effects map[string][]string // what a function may set, once it was called
	steps   int                 // taken so far
	depth   int                 // of expansions in one another
	err     error               // why reading it cannot go on
}

type span struct{ from, to int }

// A value is a variable's.
type value struct {
	items []item // one, unless it is an array
	err   error  // why nobody knows it
}

type item struct {
	text string
	line int
}

// A mode says what becomes of an assignment.
type mode uint8

const (
	run   mode = iota // it happens
	maybe             // perhaps it happens
	never             // it is in a function
)

// A context is what a compound command puts its commands into.
type context struct {
	closer   string // the word that ends it
	mode     mode
	function string
	from     int
}

// A command is a simple one that is being read.
type command struct {
	mode   mode
	start  bool         // no word of it has been seen
	words  []span       // but for assignments
	assign []assignment // before its name
}

// An assignment is NAME=VALUE, NAME+=VALUE, with a list in parentheses or a word, or of
// one element, NAME[INDEX]=VALUE.
type assignment struct {
	name         string
	at           int
	value        span
	list         bool
	add, element bool
}

const maxSteps = 1 << 22

func newScript(file, text string) *script {
	s := &script{file: file, text: text, starts: []int{0}, vars: map[string]value{}, bodies: map[string]span{}, effects: map[string][]string{}}
	for i := range len(text) {
		if text[i] == '\n' {
			s.starts = append(s.starts, i+1)
		}
	}
	return s
}

// line returns the number of the line that byte at of the text is in.
func (s *script) line(at int) int {
	i, found := slices.BinarySearch(s.starts, at)
	if found {
		return i + 1
	}
	return i
}

func (s *script) errorf(at int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", s.file, s.line(at), fmt.Errorf(format, args...))
}

// step counts what takes time: a recipe can be made to take very much.
func (s *script) step(n int) {
	if s.steps += n; s.steps > maxSteps && s.err == nil {
		s.err = fmt.Errorf("%s: too much to read: %w", s.file, errRun)
	}
}

// set makes an assignment happen.
func (s *script) set(a assignment) {
	old, set := s.vars[a.name]
	v := s.valueOf(a)
	switch {
	case a.element:
		s.unknown(a.name, a.at, "by its elements")
		return
	case a.add && set && old.err != nil:
		v = old
	case a.add && v.err == nil && a.list:
		v.items = slices.Concat(old.items, v.items)
	case a.add && v.err == nil && set && len(old.items) > 0:
		first := item{old.items[0].text + v.items[0].text, old.items[0].line}
		v.items = slices.Concat([]item{first}, old.items[1:])
	}
	n := size(v.items)
	if s.step(n); n > maxValue {
		v = value{err: fmt.Errorf("%s is too long: %w", a.name, errRun)}
	}
	s.vars[a.name] = v
}

// maxValue is how long a variable's value may be in all, in bytes.
const maxValue = 1 << 16

func size(items []item) (n int) {
	for _, i := range items {
		n += len(i.text) + 1
	}
	return n
}

// unknown notes that a variable may have been set.
func (s *script) unknown(name string, at int, how string) {
	s.vars[name] = value{err: located{s.line(at), fmt.Errorf("%s is set %s, and %w", name, how, errRun)}}
}

// isName tells whether a word is the name of a variable.
func isName(word string) bool {
	return word != "" && nameEnd(word) == len(word)
}

// nameEnd returns where the name ends that s starts with.
func nameEnd(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z' || n > 0 && '0' <= s[n] && s[n] <= '9') {
		n++
	}
	return n
}

// isBlank tells whether a byte separates words within a line.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// isMeta tells whether a byte ends a word (bash(1), "metacharacter").
func isMeta(c byte) bool { return isBlank(c) || strings.IndexByte("\n;&|<>()", c) >= 0 }
