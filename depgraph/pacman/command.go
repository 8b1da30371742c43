package pacman

import (
	"slices"
	"strings"
)

// closers are the words that begin compound commands, and those that end them.
var closers = map[string]string{
	"if": "fi", "for": "done", "select": "done", "while": "done", "until": "done", "case": "esac", "{": "}",
}

// reserved reads a word that stands where a command may begin, if it is no command's
// name.
func (r *reader) reserved(word string, at span) (bool, error) {
	switch word {
	case "then", "do", "else", "elif", "!", "time":
		return true, nil // a command follows
	case "[[":
		return true, r.skipTest()
	case "function":
		return true, r.functionWord()
	case "}", "fi", "done", "esac":
		return true, r.close(word, at)
	case "for", "select":
		r.loopVariable()
	}
	if closer := closers[word]; closer != "" {
		m := r.command.mode
		if word != "{" {
			m = max(m, maybe)
		}
		if err := r.open(context{closer: closer, mode: m, from: at.from}); err != nil {
			return true, err
		}
		r.next()
		r.command.start = word != "for" && word != "select" && word != "case"
		return true, nil
	}
	if isFunctionName(word) {
		if end := r.parens(r.i); end > 0 {
			r.i = end
			return true, r.function(word)
		}
	}
	return false, nil
}

func isFunctionName(word string) bool { return !strings.ContainsAny(word, "$'\"`\\=") }

// parens returns where "( )" ends, which is after the name of a function, else 0.
func (r *reader) parens(i int) int {
	rest := r.text[i:r.to]
	open := strings.TrimLeft(rest, " \t")
	if !strings.HasPrefix(open, "(") {
		return 0
	}
	end := strings.TrimLeft(open[1:], " \t")
	if !strings.HasPrefix(end, ")") {
		return 0
	}
	return r.to - len(end) + 1
}

// functionWord reads "function NAME [()]".
func (r *reader) functionWord() error {
	for r.i < r.to && isBlank(r.text[r.i]) {
		r.i++
	}
	from := r.i
	end, err := r.wordEnd(r.i, r.to)
	if err != nil {
		return err
	}
	r.i = end
	if end := r.parens(r.i); end > 0 {
		r.i = end
	}
	return r.function(r.text[from:end])
}

// function reads up to the body of a function.
func (r *reader) function(name string) error {
	for r.i < r.to {
		switch c := r.text[r.i]; {
		case isBlank(c) || c == '\n':
			r.i++
			continue
		case c == '#':
			r.i = r.lineEnd(r.i, r.to)
			continue
		case c == '{' && (r.i+1 == r.to || isMeta(r.text[r.i+1])):
			r.i++
			if err := r.open(context{closer: "}", mode: never, function: name, from: r.i}); err != nil {
				return err
			}
			r.next()
			return nil
		case c == '(':
			end, err := r.parenEnd(r.i+1, r.to)
			r.i = end
			r.command.start = false
			return err // in a shell of its own
		}
		break
	}
	return r.errorf(min(r.i, r.to), "the function %s has no body: %w", name, errRun)
}

func (r *reader) open(c context) error {
	if len(r.contexts) > 100 {
		return r.errorf(c.from, "too deep: %w", errRun)
	}
	r.contexts = append(r.contexts, c)
	return nil
}

// close ends a compound command.
func (r *reader) close(word string, at span) error {
	last := r.contexts[len(r.contexts)-1]
	if last.closer != word {
		return r.errorf(at.from, "%s without its beginning: %w", word, errRun)
	}
	r.contexts = r.contexts[:len(r.contexts)-1]
	if last.function != "" {
		if r.contexts[len(r.contexts)-1].mode != never {
			r.bodies[last.function] = span{last.from, at.from}
			delete(r.effects, last.function)
		}
	}
	r.command = command{mode: r.command.mode}
	return nil
}

// loopVariable notes that the name after for has a value that nobody knows.
func (r *reader) loopVariable() {
	rest := strings.TrimLeft(r.text[r.i:r.to], " \t")
	if n := nameEnd(rest); n > 0 {
		r.mayBe(rest[:n], r.i)
	}
}

// skipTest skips [[ … ]], where signs are not what they are elsewhere.
func (r *reader) skipTest() error {
	from := r.i
	for r.i < r.to && r.err == nil {
		if strings.HasPrefix(r.text[r.i:r.to], "]]") && isMeta(r.text[r.i-1]) && (r.i+2 == r.to || isMeta(r.text[r.i+2])) {
			r.i += 2
			r.command.start = false
			return nil
		}
		end, err := r.charEnd(r.i, r.to)
		if err != nil {
			return err
		}
		r.i = end
	}
	return r.errorf(from, "[[ without its end")
}

// setters are the commands that set variables named by their arguments.
var setters = []string{"read", "mapfile", "readarray", "printf", "let", "getopts", "unset"}

// end does what the command does that was read, as far as variables go.
func (r *reader) end() {
	c := r.command
	name := r.name()
	assign := c.assign
	if name == "local" || name != "" && !slices.Contains(declares, name) {
		assign = nil // for the function or the command alone
	}
	for _, a := range assign {
		switch c.mode {
		case run:
			r.set(a)
		case maybe:
			r.mayBe(a.name, a.at)
		}
	}
	switch {
	case c.mode == never || name == "":
	case slices.Contains(setters, name):
		for _, w := range c.words[1:] {
			if word := r.text[w.from:w.to]; isName(word) {
				r.mayBe(word, w.from)
			}
		}
	case name == "eval" && r.onlyPackages(c.words[1:]):
	case name == "eval" || name == "source" || name == ".":
		r.fail(c.words[0].from, name)
	default:
		r.call(name, c.words[0].from)
	}
}

// onlyPackages tells whether all that eval does is to make a function of a package's, as
// recipes do for each in a list of them.
func (r *reader) onlyPackages(words []span) bool {
	if len(words) != 1 {
		return false
	}
	text := strings.Trim(r.text[words[0].from:words[0].to], "\"'")
	return strings.HasPrefix(text, "package_") && strings.Contains(text, "() {") && strings.HasSuffix(text, "}")
}

// fail notes that a command may set anything.
func (r *reader) fail(at int, name string) {
	if r.err == nil {
		r.err = r.errorf(at, "%s: what it sets is %w", name, errRun)
	}
}

// call notes what a function may set that is called.
func (r *reader) call(name string, at int) {
	body, ok := r.bodies[name]
	if !ok {
		return
	}
	names, known := r.effects[name]
	if !known {
		r.effects[name] = nil // a function may call itself
		err := r.deeper(at)
		if err == nil {
			names, err = r.read(body, maybe)
		}
		if r.back(); err != nil && r.err == nil {
			r.err = err
		}
		r.effects[name] = names
	}
	for _, n := range names {
		r.mayBe(n, at)
	}
}
