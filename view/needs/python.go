package needs

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// pythonImports returns the top-level names of the modules that a source imports,
// in functions too. It knows strings, comments and lines that go on, and no more of
// the language:
//
//   - what stands in a try whose handler catches that there is no such module is
//     optional, and left out; the handler's own imports count;
//   - importlib, __import__ and exec are not seen, nor are conditions, such as
//     TYPE_CHECKING or sys.platform;
//   - after a bracket or string that is never closed, nothing is.
func pythonImports(source string) []string {
	s := &pythonScanner{}
	pythonLines(source, s.line)
	s.leave(-1)
	return s.names
}

// A pythonScanner takes logical lines. The innermost open try is the last.
type pythonScanner struct {
	names []string
	tries []pythonTry
}

// A pythonTry is a try statement that is not over.
type pythonTry struct {
	indent   int
	names    []string // imported in its first suite
	handling bool     // that suite is over
	caught   bool     // a missing module is no error
}

// line takes a logical line, without its indentation.
func (s *pythonScanner) line(indent int, line string) {
	clauses := splitOutside(line, ":;")
	first := strings.TrimSpace(clauses[0])
	word, _, _ := strings.Cut(first, " ")
	if !s.handler(indent, word, first) {
		s.leave(indent)
	}
	if first == "try" && len(clauses) > 1 {
		s.tries = append(s.tries, pythonTry{indent: indent})
	}
	for _, c := range clauses {
		for _, name := range importsOf(strings.TrimSpace(c)) {
			s.add(name)
		}
	}
}

// handler tells whether a line is a clause of an open try, which is then the last.
func (s *pythonScanner) handler(indent int, word, clause string) bool {
	if word != "else" && word != "finally" && !strings.HasPrefix(word, "except") {
		return false
	}
	s.leave(indent + 1)
	n := len(s.tries)
	if n == 0 || s.tries[n-1].indent != indent {
		return false
	}
	t := &s.tries[n-1]
	t.handling = true
	if strings.HasPrefix(word, "except") {
		for _, all := range []string{"ImportError", "ModuleNotFoundError", "Exception", "BaseException"} {
			t.caught = t.caught || strings.Contains(clause, all)
		}
		t.caught = t.caught || clause == "except"
	}
	return true
}

// leave ends each try that a line of this indentation is not part of.
func (s *pythonScanner) leave(indent int) {
	for n := len(s.tries); n > 0 && s.tries[n-1].indent >= indent; n-- {
		t := s.tries[n-1]
		s.tries = s.tries[:n-1]
		if !t.caught {
			for _, name := range t.names {
				s.add(name)
			}
		}
	}
}

func (s *pythonScanner) add(name string) {
	for i := range slices.Backward(s.tries) {
		if t := &s.tries[i]; !t.handling {
			t.names = append(t.names, name)
			return
		}
	}
	s.names = append(s.names, name)
}

// importsOf returns what a simple statement imports.
func importsOf(statement string) []string {
	statement = strings.ReplaceAll(statement, "\t", " ")
	if list, ok := strings.CutPrefix(statement, "import "); ok {
		var names []string
		for part := range strings.SplitSeq(list, ",") {
			names = append(names, topLevel(part)...)
		}
		return names
	}
	if module, ok := strings.CutPrefix(statement, "from "); ok {
		if module, _, ok := strings.Cut(module, " import"); ok {
			return topLevel(module)
		}
	}
	return nil
}

// topLevel returns the first name of "a.b as c"; of ".a", which is relative, nothing.
func topLevel(module string) []string {
	module, _, _ = strings.Cut(strings.TrimSpace(module), " ")
	module, _, _ = strings.Cut(module, ".")
	if module == "" || strings.ContainsFunc(module, func(r rune) bool { return !isWord(r) }) {
		return nil
	}
	return []string{module}
}

func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || r >= utf8.RuneSelf && r != utf8.RuneError
}

// splitOutside splits at each byte of set that is in no bracket.
func splitOutside(line, set string) []string {
	var parts []string
	depth, start := 0, 0
	for i := range len(line) {
		switch c := line[i]; {
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case depth <= 0 && strings.IndexByte(set, c) >= 0:
			parts = append(parts, line[start:i])
			start = i + 1
		}
	}
	return append(parts, line[start:])
}
