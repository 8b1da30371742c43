package pacman

import (
	"slices"
	"strings"
)

// A reader goes through commands of a script, one character or word after the other.
type reader struct {
	*script
	i, to     int
	command   command
	chained   bool // after && or ||, or in a pipe
	redirect  bool // the next word is a file's name
	documents []document
	contexts  []context
	found     []string // what may be set
}

// A document is one that is on the lines below (<<EOF).
type document struct {
	end  string
	tabs bool // may be before its end
}

// read goes through part of the script. Its commands are run unless told otherwise; the
// answer is which variables they may set, where they are not.
func (s *script) read(part span, outer mode) ([]string, error) {
	r := &reader{script: s, i: part.from, to: part.to, contexts: []context{{mode: outer}}}
	r.next()
	for r.i < r.to && s.err == nil {
		s.step(1)
		if err := r.one(); err != nil {
			return nil, err
		}
	}
	if s.err == nil && len(r.contexts) > 1 {
		return nil, s.errorf(r.contexts[len(r.contexts)-1].from, "no %s", r.contexts[len(r.contexts)-1].closer)
	}
	r.end()
	return r.found, s.err
}

// next begins a command.
func (r *reader) next() {
	m := r.contexts[len(r.contexts)-1].mode
	if r.chained {
		m = max(m, maybe)
	}
	r.command = command{mode: m, start: true}
}

// one reads what is at r.i.
func (r *reader) one() (err error) {
	rest := r.text[r.i:r.to]
	switch c := rest[0]; {
	case isBlank(c):
		r.i++
	case strings.HasPrefix(rest, "\\\n"):
		r.i += 2
	case c == '#':
		r.i = r.lineEnd(r.i, r.to)
	case c == '\n':
		r.i++
		r.finish(false)
		r.skipDocuments()
	case c == ';':
		r.i++
		r.finish(false)
	case strings.HasPrefix(rest, "&>"):
		r.i++
	case c == '&' || c == '|':
		return r.operator(rest)
	case c == ')': // of a pattern of case
		r.i++
		r.finish(r.chained)
	case c == '<' || c == '>':
		return r.redirection(rest)
	case c == '(':
		return r.paren()
	default:
		return r.word()
	}
	return nil
}

// operator ends a command with &, &&, || or |.
func (r *reader) operator(rest string) error {
	both := strings.HasPrefix(rest, "&&") || strings.HasPrefix(rest, "||")
	r.i++
	if both || strings.HasPrefix(rest, "|&") {
		r.i++
	}
	if rest[0] == '|' && !both {
		r.command.mode = max(r.command.mode, maybe) // in a pipe: in a shell of its own
	}
	r.finish(both || rest[0] == '|')
	return nil
}

// finish ends a command. The one after it is chained to it or not.
func (r *reader) finish(chained bool) {
	r.end()
	r.chained, r.redirect = chained, false
	r.next()
}

// redirection reads a sign of one.
func (r *reader) redirection(rest string) error {
	switch {
	case strings.HasPrefix(rest, "<("), strings.HasPrefix(rest, ">("):
		r.i++
		return r.paren()
	case strings.HasPrefix(rest, "<<") && !strings.HasPrefix(rest, "<<<"):
		r.i += 2
		tabs := strings.HasPrefix(rest, "<<-")
		if tabs {
			r.i++
		}
		for r.i < r.to && isBlank(r.text[r.i]) {
			r.i++
		}
		from := r.i
		end, err := r.wordEnd(r.i, r.to)
		if err != nil {
			return err
		}
		r.i = end
		r.documents = append(r.documents, document{strings.NewReplacer(`'`, "", `"`, "", `\`, "").Replace(r.text[from:end]), tabs})
		return nil
	}
	sign := rest[:min(3, len(rest))]
	r.i += len(sign) - len(strings.TrimLeft(sign, "<>&|"))
	r.redirect = true
	return nil
}

// skipDocuments skips the documents that begin on this line.
func (r *reader) skipDocuments() {
	for _, d := range r.documents {
		for r.i < r.to {
			end := r.lineEnd(r.i, r.to)
			line := r.text[r.i:end]
			r.i = min(end+1, r.to)
			if d.tabs {
				line = strings.TrimLeft(line, "\t")
			}
			if line == d.end {
				break
			}
		}
	}
	r.documents = nil
}

// paren skips a list, a subshell, arithmetic: nothing is set in it that stays, but for
// numbers.
func (r *reader) paren() error {
	if r.command.start && r.contextIs("case") {
		r.i++ // before a pattern
		return nil
	}
	from := r.i
	end, err := r.parenEnd(r.i+1, r.to)
	if err != nil {
		return err
	}
	r.i = end
	if strings.HasPrefix(r.text[from:end], "((") {
		for _, name := range strings.FieldsFunc(r.text[from:end], func(c rune) bool { return !isName("_" + string(c)) }) {
			r.mayBe(name, from)
		}
	}
	r.command.start = false
	return nil
}

func (r *reader) contextIs(word string) bool {
	c := r.contexts[len(r.contexts)-1]
	return c.closer == closers[word]
}

// mayBe notes that a variable may be set here.
func (r *reader) mayBe(name string, at int) {
	r.step(1)
	switch r.command.mode {
	case never:
	case maybe:
		r.found = append(r.found, name)
		r.unknown(name, at, "under a condition")
	case run:
		r.unknown(name, at, "by a command")
	}
}

// word reads a word, or an assignment.
func (r *reader) word() error {
	if r.command.start && len(r.command.words) == 0 && !r.redirect {
		if a, end, err := r.assignment(r.i); err != nil || end > 0 {
			r.command.assign, r.i = append(r.command.assign, a), max(end, r.i)
			return err
		}
	}
	end, err := r.wordEnd(r.i, r.to)
	if err != nil {
		return err
	}
	at := span{r.i, end}
	r.i = end
	if r.redirect {
		r.redirect = false
		return nil
	}
	word := r.text[at.from:at.to]
	if r.command.start && len(r.command.assign) == 0 {
		if done, err := r.reserved(word, at); done || err != nil {
			return err
		}
	}
	r.command.start = false
	if a, end, err := r.declared(at); err != nil || end > 0 {
		r.command.assign, r.i = append(r.command.assign, a), max(end, r.i)
		return err
	}
	r.command.words = append(r.command.words, at)
	return nil
}

// declares are the commands whose arguments are assignments.
var declares = []string{"declare", "typeset", "export", "readonly", "local"}

// declared reads an argument of declare that is an assignment.
func (r *reader) declared(at span) (assignment, int, error) {
	if len(r.command.words) == 0 || !slices.Contains(declares, r.name()) {
		return assignment{}, 0, nil
	}
	return r.assignment(at.from)
}

// name returns the name of the command.
func (r *reader) name() string {
	if len(r.command.words) == 0 {
		return ""
	}
	w := r.command.words[0]
	return strings.TrimPrefix(r.text[w.from:w.to], `\`)
}

// assignment reads the assignment at i, if there is one.
func (r *reader) assignment(i int) (a assignment, end int, err error) {
	rest := r.text[i:r.to]
	n := nameEnd(rest)
	if n == 0 {
		return a, 0, nil
	}
	a.name, a.at = rest[:n], i
	if strings.HasPrefix(rest[n:], "[") {
		close := strings.IndexAny(rest[n:], "]\n")
		if close < 0 || rest[n+close] != ']' {
			return a, 0, nil
		}
		n += close + 1
		a.element = true
	}
	if strings.HasPrefix(rest[n:], "+=") {
		n++
		a.add = true
	}
	if !strings.HasPrefix(rest[n:], "=") {
		return a, 0, nil
	}
	i += n + 1
	if i < r.to && r.text[i] == '(' {
		if end, err = r.parenEnd(i+1, r.to); err == nil {
			a.list, a.value = true, span{i + 1, end - 1}
		}
		return a, end, err
	}
	if end, err = r.wordEnd(i, r.to); err == nil {
		a.value = span{i, end}
	}
	return a, end, err
}
