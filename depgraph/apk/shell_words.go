package apk

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A token is a word, as it is written, or an operator, which a newline is too.
type token struct {
	text string
	line int
	word bool
}

// A lexer divides a shell script into tokens (POSIX, Shell Command Language 2.3). It
// leaves what is within quotes, $(…) and ${…} to the words that they are in.
type lexer struct {
	file, text string
	pos, line  int
	here       []hereDoc // whose lines begin after this one
}

// A hereDoc ends with a line of its word.
type hereDoc struct {
	word string
	tabs bool // that stand before it do not count
}

func (l *lexer) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", l.file, line, fmt.Errorf(format, args...))
}

var operatorTokens = []string{"\n", ";;", "&&", "||", "<<-", "<<", ">>", "<&", ">&", "<>", ">|", ";", "&", "|", "(", ")", "<", ">"}

// next returns the next token; the end of the script is an empty operator.
func (l *lexer) next() (token, error) {
	l.blanks()
	rest := l.text[l.pos:]
	if rest == "" {
		return token{line: l.line}, nil
	}
	for _, op := range operatorTokens {
		if strings.HasPrefix(rest, op) {
			t := token{text: op, line: l.line}
			l.pos += len(op)
			if op == "\n" {
				l.line++
				l.skipHereDocs()
			}
			return t, nil
		}
	}
	start, line := l.pos, l.line
	for l.pos < len(l.text) && !strings.ContainsRune(" \t\n;&|()<>", rune(l.text[l.pos])) {
		if err := l.unit(); err != nil {
			return token{}, err
		}
	}
	return token{l.text[start:l.pos], line, true}, nil
}

// blanks moves on over blanks, line continuations and a comment.
func (l *lexer) blanks() {
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		switch {
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
			l.pos++
		case strings.HasPrefix(rest, "\\\n"):
			l.pos += 2
			l.line++
		case rest[0] == '#':
			if i := strings.IndexByte(rest, '\n'); i >= 0 {
				l.pos += i
			} else {
				l.pos = len(l.text)
			}
		default:
			return
		}
	}
}

// unit moves on over one character of a word, or what is quoted or substituted there.
func (l *lexer) unit() error {
	end, err := unitEnd(l.text, l.pos, 0)
	if err != nil {
		return l.errorf(l.line, "%w", err)
	}
	l.line += strings.Count(l.text[l.pos:end], "\n")
	l.pos = end
	return nil
}

// maxDepth is how deep quotes, substitutions and commands can be in each other.
const maxDepth = 50

var errTooDeep = errors.New("quotes and substitutions are too deep in each other")

// unitEnd returns the end of what begins at text[i]: a quotation, a substitution, or a
// character.
func unitEnd(text string, i, depth int) (int, error) {
	rest := text[i:]
	switch {
	case rest[0] == '\\':
		return min(i+2, len(text)), nil
	case rest[0] == '\'':
		if j := strings.IndexByte(rest[1:], '\''); j >= 0 {
			return i + j + 2, nil
		}
		return 0, fmt.Errorf("a quotation without an end")
	case rest[0] == '"':
		return closing(text, i+1, '"', depth)
	case rest[0] == '`':
		return closing(text, i+1, '`', depth)
	case strings.HasPrefix(rest, "$("):
		return closing(text, i+2, ')', depth)
	case strings.HasPrefix(rest, "${"):
		return closing(text, i+2, '}', depth)
	}
	return i + 1, nil
}

// closing returns the end of what end closes; text[i] is the first character inside.
func closing(text string, i int, end byte, depth int) (int, error) {
	if depth > maxDepth {
		return 0, errTooDeep
	}
	for i < len(text) {
		c := text[i]
		var err error
		switch {
		case c == end:
			return i + 1, nil
		case c == '\'' && end == '"': // means nothing there
			i++
		case c == '(' && end == ')':
			i, err = closing(text, i+1, ')', depth+1)
		case end == '`' && c != '\\':
			i++
		default:
			i, err = unitEnd(text, i, depth+1)
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("no %c to what begins here", end)
}

// skipHereDocs moves on over the here-documents that begin on this line.
func (l *lexer) skipHereDocs() {
	for _, h := range l.here {
		for l.pos < len(l.text) && !h.ends(l.takeLine()) {
		}
	}
	l.here = nil
}

// takeLine moves on over a line and returns it.
func (l *lexer) takeLine() string {
	line, _, _ := strings.Cut(l.text[l.pos:], "\n")
	l.pos = min(l.pos+len(line)+1, len(l.text))
	l.line++
	return line
}

func (h hereDoc) ends(line string) bool {
	if h.tabs {
		line = strings.TrimLeft(line, "\t")
	}
	return line == h.word
}

var hereWord = regexp.MustCompile(`(?:^|[^<])<<(-?)[ \t]*['"\\]?([A-Za-z_][A-Za-z0-9_]*)`)

// skipFunction moves on over the body of a function, which is next. It goes by the
// layout that all recipes have: the brace that ends it stands by itself in a line, as
// deep as the line that the function begins with.
func (l *lexer) skipFunction(name token) error {
	indent := l.indentation()
	for l.blanks(); l.pos < len(l.text) && l.text[l.pos] == '\n'; l.blanks() {
		l.pos++
		l.line++
	}
	if l.pos == len(l.text) || !strings.ContainsRune("{(", rune(l.text[l.pos])) {
		return l.errorf(name.line, "function %s has no body", name.text)
	}
	end := map[byte]string{'{': "}", '(': ")"}[l.text[l.pos]]
	l.pos++
	first, _, _ := strings.Cut(l.text[l.pos:], "\n")
	if code, _, _ := strings.Cut(first, " #"); strings.HasSuffix(strings.TrimSpace(code), end) {
		l.pos += len(first)
		return nil
	}
	var h hereDoc
	for l.pos < len(l.text) {
		line := l.takeLine()
		switch {
		case h.word != "":
			if h.ends(line) {
				h = hereDoc{}
			}
		case strings.HasPrefix(line, indent+end):
			return nil
		default:
			if m := hereWord.FindStringSubmatch(line); m != nil {
				h = hereDoc{m[2], m[1] == "-"}
			}
		}
	}
	return l.errorf(name.line, "function %s has no end, a line that begins with %q", name.text, indent+end)
}

// indentation returns the blanks that the present line begins with.
func (l *lexer) indentation() string {
	line := l.text[strings.LastIndexByte(l.text[:l.pos], '\n')+1 : l.pos]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}
