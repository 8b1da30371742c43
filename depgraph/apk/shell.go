package apk

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A recipe is a shell script, and is not run. But what it says of dependencies is nearly
// always plain: assignments, and choices by the architecture. So this file follows the
// variables through what has but one meaning, and remembers of every other one why its
// value is not known: a recipe may do what it likes for as long as no dependency hangs
// on it.

// A shell follows a script's variables.
type shell struct {
	vars      map[string]value
	functions map[string]bool
	anything  string // that can have set any variable
	steps     int
}

// Limits of a recipe: the steps that it takes, a command or so each, and the size of a
// value in bytes.
const (
	maxSteps = 20_000
	maxValue = 64 << 10
)

// spend takes steps, and tells whether there were some left.
func (s *shell) spend(steps int) bool {
	if s.steps += steps; s.steps > maxSteps {
		s.all("more commands than are followed")
		return false
	}
	return true
}

// get returns the value of a variable; one that is not set is empty.
func (s *shell) get(name string) value {
	v, ok := s.vars[name]
	if !ok && s.anything != "" {
		v.unknown = s.anything
	}
	return v
}

func (s *shell) set(name string, v value) {
	size := 0
	for _, p := range v.pieces {
		size += len(p.text) + 1
	}
	s.steps += size >> 10
	if size > maxValue {
		v = value{line: v.line, unknown: fmt.Sprintf("a value that grows too long in line %d", v.line)}
	}
	s.vars[name] = v
}

// A status is how a command ended, as far as that is known.
type status uint8

const (
	unsure status = iota
	success
	failure
)

func statusOf(ok bool) status {
	if ok {
		return success
	}
	return failure
}

func (x status) not() status {
	switch x {
	case success:
		return failure
	case failure:
		return success
	}
	return unsure
}

// run follows the commands of a list.
func (s *shell) run(commands list) status {
	last := success
	for _, l := range commands {
		switch {
		case l.join == "&&" && last == failure, l.join == "||" && last == success:
		case l.join != "" && last == unsure:
			s.perhaps(list{{"", l.line, l.command}}, fmt.Sprintf("the outcome of what is before %s in line %d", l.join, l.line))
		default:
			last = s.command(l.command)
		}
	}
	return last
}

func (s *shell) command(c command) status {
	if !s.spend(1) {
		return unsure
	}
	switch c := c.(type) {
	case simple:
		if c.negated {
			return s.simple(c).not()
		}
		return s.simple(c)
	case choice:
		return s.choice(c)
	case match:
		return s.match(c)
	case loop:
		s.loop(c)
	}
	return unsure
}

func (s *shell) choice(c choice) status {
	for i, b := range c.cases {
		ran := success
		if b.test != nil {
			ran = s.run(b.test)
		}
		switch ran {
		case success:
			return s.run(b.body)
		case unsure:
			for _, b := range c.cases[i:] {
				s.perhaps(append(slices.Clone(b.test), b.body...), fmt.Sprintf("the condition in line %d", c.line))
			}
			return unsure
		}
	}
	return success
}

func (s *shell) match(c match) status {
	why := fmt.Sprintf("the case in line %d", c.line)
	word := s.expand(c.word, false)
	for i, a := range c.arms {
		for _, p := range a.patterns {
			pattern, err := pattern(s.expand(p, true), true)
			if err != nil || word.unknown != "" || !s.spend(1) {
				for _, a := range c.arms[i:] {
					s.perhaps(a.body, cmp.Or(word.unknown, why))
				}
				return unsure
			}
			if pattern.MatchString(word.text()) {
				return s.run(a.body)
			}
		}
	}
	return success
}

func (s *shell) loop(c loop) {
	why := fmt.Sprintf("the loop in line %d", c.line)
	if c.name == "" {
		s.perhaps(c.body, why)
		return
	}
	var words []token
	for _, w := range c.words {
		v := s.expand(w, false)
		switch {
		case v.unknown != "":
			s.set(c.name, value{line: c.line, unknown: v.unknown})
			s.perhaps(c.body, v.unknown)
			return
		case strings.ContainsAny(w.text, `"'`):
			words = append(words, token{v.text(), w.line, true})
		default:
			words = append(words, v.words()...)
		}
	}
	for _, w := range words {
		if !s.spend(1) {
			return
		}
		s.set(c.name, value{line: c.line, pieces: []piece{{w.text, w.line}}})
		s.run(c.body)
	}
}

// perhaps is for commands that may have been run: it makes what they assign unknown.
func (s *shell) perhaps(commands list, why string) {
	for _, l := range commands {
		if !s.spend(1) {
			return
		}
		switch c := l.command.(type) {
		case simple:
			s.perhapsSimple(c, why)
		case choice:
			for _, b := range c.cases {
				s.perhaps(b.test, why)
				s.perhaps(b.body, why)
			}
		case match:
			for _, a := range c.arms {
				s.perhaps(a.body, why)
			}
		case loop:
			if c.name != "" {
				s.set(c.name, value{line: c.line, unknown: why})
			}
			s.perhaps(c.body, why)
		}
	}
}

func (s *shell) perhapsSimple(c simple, why string) {
	assignments, words := divide(c.words)
	if len(words) > 0 {
		switch words[0].text {
		case "export", "readonly", "read", "unset":
			assignments = words[1:]
		default:
			assignments = nil
			s.simple(simple{c.line, words, false}) // for what can set any variable
		}
	}
	for _, w := range assignments {
		if name, _, _ := strings.Cut(w.text, "="); isVariable.MatchString(name) {
			s.set(name, value{line: w.line, unknown: why})
		}
	}
}

// divide divides a command into the assignments before it and its words.
func divide(all []token) (assignments, words []token) {
	for i, w := range all {
		if !isAssignment.MatchString(w.text) {
			return all[:i], all[i:]
		}
	}
	return all, nil
}

func (s *shell) simple(c simple) status {
	assignments, words := divide(c.words)
	if len(words) == 0 {
		return s.assign(assignments)
	}
	name := s.expand(words[0], false)
	switch n := name.text(); {
	case name.unknown != "":
	case n == "true" || n == ":":
		for _, w := range words[1:] {
			s.expand(w, false) // : ${name:=value}
		}
		return success
	case n == "false":
		return failure
	case n == "[" || n == "test":
		return s.test(n, words[1:])
	case n == "export" || n == "readonly":
		assignments, _ = divide(words[1:])
		return s.assign(assignments)
	case n == "unset":
		for _, w := range words[1:] {
			delete(s.vars, w.text)
		}
		return success
	case n == "read":
		for _, w := range words[1:] {
			s.set(w.text, value{line: c.line, unknown: fmt.Sprintf("what is read in line %d", c.line)})
		}
	case n == "eval" || n == "." || n == "source" || s.functions[n]:
		s.all(fmt.Sprintf("what %s does in line %d", n, c.line))
	}
	return unsure
}

// all makes every variable unknown.
func (s *shell) all(why string) {
	s.anything = why
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		s.vars[name] = value{line: s.vars[name].line, unknown: why}
	}
}

func (s *shell) assign(assignments []token) status {
	done := success
	for _, w := range assignments {
		m := isAssignment.FindStringSubmatch(w.text)
		v := s.expand(token{w.text[len(m[0]):], w.line, true}, false)
		if v.unknown != "" {
			done = unsure
		}
		v.line = w.line
		s.set(m[1], v)
	}
	return done
}

// test is test(1) where it compares texts.
func (s *shell) test(name string, words []token) status {
	var args []string
	for _, w := range words {
		v := s.expand(w, false)
		if v.unknown != "" {
			return unsure
		}
		args = append(args, v.text())
	}
	if name == "[" {
		if len(args) == 0 || args[len(args)-1] != "]" {
			return unsure
		}
		args = args[:len(args)-1]
	}
	if len(args) > 1 && args[0] == "!" {
		return compareTexts(args[1:]).not()
	}
	return compareTexts(args)
}

func compareTexts(args []string) status {
	switch {
	case len(args) == 0:
		return failure
	case len(args) == 1:
		return statusOf(args[0] != "")
	case len(args) == 2 && args[0] == "-n":
		return statusOf(args[1] != "")
	case len(args) == 2 && args[0] == "-z":
		return statusOf(args[1] == "")
	case len(args) == 3 && (args[1] == "=" || args[1] == "=="):
		return statusOf(args[0] == args[2])
	case len(args) == 3 && args[1] == "!=":
		return statusOf(args[0] != args[2])
	}
	return unsure
}
