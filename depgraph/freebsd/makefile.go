package freebsd

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
)

// A makefile is a port's, read without make: assignments, no more. What only make can
// tell is an error where it is about dependencies: conditions, loops, included files,
// USES that bring what the table of uses.go does not know, variables of the ports tree.
type makefile struct {
	file      string
	variables map[string]*variable
	size      int // of what was expanded so far
}

// A variable is its words as they are written.
type variable struct {
	line  int // of the last assignment
	words []word
}

// maxExpanded bounds what variables expand to, in bytes.
const maxExpanded = 1 << 18

// onlyMake is the error for what a plain reading cannot tell.
func (m *makefile) onlyMake(line int, what string) error {
	return fmt.Errorf("%s:%d: %s: what this asks for, only BSD make with the ports tree can tell: %w", m.file, line, what, depgraph.ErrNoTool)
}

// readMakefile reads the plain lines.
func readMakefile(file, text string) (*port, error) {
	m := &makefile{file: file, variables: map[string]*variable{}}
	for name, value := range map[string]string{"LOCALBASE": usrLocal, "PREFIX": usrLocal, "PORTSDIR": "/usr/ports", "NONEXISTENT": nonexistent} {
		m.variables[name] = &variable{words: []word{{0, value}}}
	}
	if err := m.read(text); err != nil {
		return nil, err
	}
	p := &port{depends: map[string][]word{}}
	var err error
	if p.name, p.version, err = m.title(); err != nil {
		return nil, err
	}
	for _, f := range fields {
		if err := m.addDepends(p, f.name, f.name); err != nil {
			return nil, err
		}
	}
	if err := m.addUses(p, "USES"); err != nil {
		return nil, err
	}
	if err := m.addOptions(p); err != nil {
		return nil, err
	}
	return p, nil
}

// notAPort is the error for a Makefile without a name.
func (m *makefile) notAPort() error {
	if v := m.variables["PORTNAME"]; v != nil {
		return m.onlyMake(v.line, "PORTNAME")
	}
	return fmt.Errorf("%s:1: no PORTNAME: not the Makefile of a port", m.file)
}

// assignment matches a line that sets a variable: make(1).
var assignment = regexp.MustCompile(`^ *([A-Za-z0-9_.+${}-]+?)[ \t]*([?:!+]?)=[ \t]*(.*)$`)

// read takes the lines in.
func (m *makefile) read(text string) error {
	depth, number := 0, 0
	lines := strings.Split(text, "\n")
	for number < len(lines) {
		first := number + 1
		words, head := m.logical(lines, &number)
		switch {
		case strings.HasPrefix(head, "\t"): // a command
		case strings.HasPrefix(head, "."):
			change, err := m.directive(first, head)
			if err != nil {
				return err
			}
			depth = max(0, depth+change)
		default:
			if err := m.assign(first, head, words, depth > 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// logical reads one line with those that continue it: what the first one says, and the
// words of all of them.
func (m *makefile) logical(lines []string, number *int) (words []word, head string) {
	for {
		line := withoutComment(strings.TrimSuffix(lines[*number], "\r"))
		*number++
		rest, more := strings.CutSuffix(line, `\`)
		if head == "" && words == nil {
			head = rest
		}
		for text := range strings.FieldsSeq(rest) {
			words = append(words, word{*number, text})
		}
		if !more || *number >= len(lines) {
			return words, head
		}
	}
}

// withoutComment cuts a comment off. "\#" is none.
func withoutComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] != '\\') {
			return line[:i]
		}
	}
	return line
}

// plainIncludes are files of the ports tree that ask for nothing by themselves.
var plainIncludes = []string{"<bsd.port.mk>", "<bsd.port.pre.mk>", "<bsd.port.post.mk>", "<bsd.port.options.mk>"}

// directive reads a line that starts with a dot, and returns by how much it is deeper
// in conditions and loops behind it.
func (m *makefile) directive(line int, text string) (change int, err error) {
	word, rest, _ := strings.Cut(strings.TrimLeft(text[1:], " \t"), " ")
	word, more, _ := strings.Cut(word, "\t")
	rest = strings.TrimSpace(more + " " + rest)
	switch {
	case strings.HasSuffix(word, "include") && !slices.Contains(plainIncludes, rest):
		return 0, m.onlyMake(line, "."+word+" "+rest)
	case strings.HasPrefix(word, "if"), word == "for":
		return 1, nil
	case word == "endif", word == "endfor":
		return -1, nil
	}
	return 0, nil
}

// assign reads an assignment; other lines are rules.
func (m *makefile) assign(line int, head string, words []word, conditional bool) error {
	match := assignment.FindStringSubmatch(head)
	if match == nil {
		return nil
	}
	name, operator := match[1], match[2]
	asks := isField(strings.TrimSuffix(name, "_OFF")) || name == "USES" || strings.HasSuffix(name, "_USES") || strings.HasPrefix(name, "USE_") && !plainUse[name]
	if asks && (conditional || operator == "!" || strings.Contains(name, "$")) || strings.HasPrefix(name, "USE_") && asks {
		return m.onlyMake(line, name)
	}
	value := words[:0:0]
	for text := range strings.FieldsSeq(match[3]) {
		value = append(value, word{line, text})
	}
	for _, w := range words {
		if w.line > line {
			value = append(value, w)
		}
	}
	old := m.variables[name]
	switch {
	case old == nil || operator != "+" && operator != "?":
		m.variables[name] = &variable{line, value}
	case operator == "+":
		old.line, old.words = line, append(old.words, value...)
	}
	return nil
}

// isField tells whether a variable holds dependencies: BUILD_DEPENDS, or those of an
// option, DOCS_BUILD_DEPENDS.
func isField(name string) bool {
	for _, f := range fields {
		if name == f.name || strings.HasSuffix(name, "_"+f.name) {
			return true
		}
	}
	return false
}

// expand returns the words of a variable, with those of variables that it names.
func (m *makefile) expand(name string, within ...string) ([]word, error) {
	v := m.variables[name]
	if v == nil {
		return nil, nil
	}
	if slices.Contains(within, name) {
		return nil, fmt.Errorf("%s:%d: %s names itself", m.file, v.line, name)
	}
	if m.size++; m.size > maxExpanded { // empty ones count too
		return nil, m.tooLarge(v.line, name)
	}
	within = append(within, name)
	var list []word
	for _, w := range v.words {
		if inner := variableOf(w.text); inner != "" && m.variables[inner] != nil {
			words, err := m.expand(inner, within...)
			if err != nil {
				return nil, err
			}
			list = append(list, words...)
			continue
		}
		text, err := m.inline(w, within)
		if err != nil {
			return nil, err
		}
		if m.size += len(text) + 1; m.size > maxExpanded {
			return nil, m.tooLarge(w.line, name)
		}
		list = append(list, word{w.line, text})
	}
	return list, nil
}

func (m *makefile) tooLarge(line int, name string) error {
	return fmt.Errorf("%s:%d: %s: expands to more than %d bytes", m.file, line, name, maxExpanded)
}

var reference = regexp.MustCompile(`\$\{([A-Za-z0-9_]+)\}|\$\(([A-Za-z0-9_]+)\)`)

// variableOf returns the variable that a word is, empty if it is something else.
func variableOf(text string) string {
	if match := reference.FindStringSubmatch(text); match != nil && match[0] == text {
		return match[1] + match[2]
	}
	return ""
}

// inline puts the values of variables into a word; those that are not one word stay.
func (m *makefile) inline(w word, within []string) (text string, err error) {
	return reference.ReplaceAllStringFunc(w.text, func(ref string) string {
		words, failed := m.expand(variableOf(ref), within...)
		if failed != nil {
			err = failed
		}
		if len(words) != 1 {
			return ref
		}
		return words[0].text
	}), err
}

// value returns a variable of one word, empty if it is none or not plain.
func (m *makefile) value(name string) (string, error) {
	words, err := m.expand(name)
	if err != nil || len(words) != 1 || strings.Contains(words[0].text, "$") {
		return "", err
	}
	return words[0].text, nil
}
