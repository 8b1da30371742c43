package opam

import (
	"fmt"
	"strings"
)

// A tokenKind is one of the terminals of opam's grammar (opamLexer.mll of
// opam-file-format, whose rules this file follows).
type tokenKind byte

const (
	endOfFile tokenKind = iota
	aString
	anIdent
	aBool
	anInt
	punctuation // one of : { } [ ] ( ) & |
	relation    // = != < <= > >= ~
	prefix      // ! ?
	assignment  // += =+ =+= := =:
)

// A token is one word of a file. The text of a string is its value, that of any other
// is as it was written.
type token struct {
	kind tokenKind
	line int
	text string
}

// is tells whether t is that punctuation.
func (t token) is(text string) bool { return t.kind == punctuation && t.text == text }

// describe names t for a message.
func (t token) describe() string {
	switch t.kind {
	case endOfFile:
		return "the end of the file"
	case aString:
		return "a string"
	}
	return fmt.Sprintf("%.80q", t.text)
}

// A lexer splits a text into tokens.
type lexer struct {
	name string // of the file, for messages
	text string
	pos  int
	line int
}

func newLexer(name, text string) *lexer { return &lexer{name: name, text: text, line: 1} }

func (l *lexer) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", l.name, line, fmt.Sprintf(format, args...))
}

// next returns the next token, and endOfFile for ever after the last.
func (l *lexer) next() (token, error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	t := token{line: l.line}
	rest := l.text[l.pos:]
	if rest == "" {
		return t, nil
	}
	if strings.HasPrefix(rest, `"""`) {
		return l.quoted(`"""`)
	}
	if rest[0] == '"' {
		return l.quoted(`"`)
	}
	var n int
	if t.kind, n = operator(rest); n == 0 {
		t.kind, n = word(rest)
	}
	if n == 0 {
		return t, l.errorf(l.line, "%q is not a valid token", rest[:1])
	}
	t.text = rest[:n]
	l.pos += n
	return t, nil
}

// skip passes over white space and comments: # to the end of the line, and (* *),
// which nest.
func (l *lexer) skip() error {
	for l.pos < len(l.text) {
		switch rest := l.text[l.pos:]; {
		case rest[0] == '\n':
			l.line++
			l.pos++
		case rest[0] == ' ' || rest[0] == '\t' || strings.HasPrefix(rest, "\r\n"):
			l.pos++
		case rest[0] == '#':
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			l.pos += n
		case strings.HasPrefix(rest, "(*"):
			if err := l.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) comment() error {
	start := l.line
	for depth := 0; l.pos < len(l.text); {
		rest := l.text[l.pos:]
		switch {
		case strings.HasPrefix(rest, "(*"):
			depth++
			l.pos += 2
		case strings.HasPrefix(rest, "*)"):
			l.pos += 2
			if depth--; depth == 0 {
				return nil
			}
		default:
			if rest[0] == '\n' {
				l.line++
			}
			l.pos++
		}
	}
	return l.errorf(start, "unterminated comment")
}

// quoted reads a string that starts, and ends, with the quotes.
func (l *lexer) quoted(quotes string) (token, error) {
	t := token{kind: aString, line: l.line}
	l.pos += len(quotes)
	var b strings.Builder
	for start := l.pos; l.pos < len(l.text); {
		rest := l.text[l.pos:]
		switch {
		case strings.HasPrefix(rest, quotes):
			t.text = b.String() + l.text[start:l.pos]
			l.pos += len(quotes)
			return t, nil
		case rest[0] == '\\':
			b.WriteString(l.text[start:l.pos])
			value, n, err := l.escape(rest)
			if err != nil {
				return t, err
			}
			b.WriteString(value)
			l.pos += n
			start = l.pos
		default:
			if rest[0] == '\n' {
				l.line++
			}
			l.pos++
		}
	}
	return t, l.errorf(t.line, "unterminated string")
}

// escape reads an escape sequence of n bytes: \n \r \t \b, a quoted character, three
// decimal digits, x and two hexadecimal ones, or a line end and the blanks after it,
// which stand for nothing.
func (l *lexer) escape(rest string) (value string, n int, err error) {
	body := rest[1:]
	eol := strings.TrimPrefix(body, "\r")
	switch {
	case strings.HasPrefix(eol, "\n"):
		l.line++
		return "", len(rest) - len(strings.TrimLeft(eol[1:], " \t")), nil
	case body == "":
	case strings.IndexByte(`\"' nrtb`, body[0]) >= 0:
		if i := strings.IndexByte("nrtb", body[0]); i >= 0 {
			return "\n\r\t\b"[i : i+1], 2, nil
		}
		return body[:1], 2, nil
	case len(body) >= 3 && body[0] == 'x' && isHex(body[1]) && isHex(body[2]):
		return string([]byte{hex(body[1])<<4 | hex(body[2])}), 4, nil
	case len(body) >= 3 && isDigit(body[0]) && isDigit(body[1]) && isDigit(body[2]):
		if c := int(body[0]-'0')*100 + int(body[1]-'0')*10 + int(body[2]-'0'); c < 256 {
			return string([]byte{byte(c)}), 4, nil
		}
	}
	return "", 0, l.errorf(l.line, "illegal escape sequence")
}

// operators has every fixed token; a longer one is before those that it starts with.
var operators = []struct {
	text string
	kind tokenKind
}{
	{"=+=", assignment}, {"=+", assignment}, {"=:=", assignment}, {"=:", assignment}, {"+=", assignment}, {":=", assignment},
	{"!=", relation}, {"<=", relation}, {">=", relation}, {"=", relation}, {"<", relation}, {">", relation}, {"~", relation},
	{"!", prefix}, {"?", prefix},
	{":", punctuation}, {"{", punctuation}, {"}", punctuation}, {"[", punctuation}, {"]", punctuation},
	{"(", punctuation}, {")", punctuation}, {"&", punctuation}, {"|", punctuation},
}

// operator returns the kind and the length of the operator that s starts with.
func operator(s string) (tokenKind, int) {
	for _, o := range operators {
		if strings.HasPrefix(s, o.text) {
			return o.kind, len(o.text)
		}
	}
	return endOfFile, 0
}

// word returns the kind and the length of the word that s starts with: an identifier
// (names of packages joined by +, then a variable's after a colon), true, false or a
// number.
func word(s string) (tokenKind, int) {
	n := run(s)
	if !hasLetter(s[:n]) && !strings.HasPrefix(s, "_:") && !strings.HasPrefix(s, "_+") {
		return anInt, number(s)
	}
	if s[:n] == "true" || s[:n] == "false" {
		if rest := s[n:]; !strings.HasPrefix(rest, "+") && !strings.HasPrefix(rest, ":") {
			return aBool, n
		}
	}
	for strings.HasPrefix(s[n:], "+") {
		more := run(s[n+1:])
		if next := s[n+1 : n+1+more]; next != "_" && !hasLetter(next) {
			break
		}
		n += 1 + more
	}
	if strings.HasPrefix(s[n:], ":") {
		if more := run(s[n+1:]); hasLetter(s[n+1 : n+1+more]) {
			n += 1 + more
		}
	}
	return anIdent, n
}

// number returns the length of the number that s starts with.
func number(s string) int {
	n := 0
	if strings.HasPrefix(s, "-") {
		n = 1
	}
	digits := n
	for n < len(s) && (isDigit(s[n]) || s[n] == '_') {
		n++
	}
	if n == digits {
		return 0
	}
	return n
}

// run returns how many characters of a name s starts with.
func run(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '_' || s[n] == '-') {
		n++
	}
	return n
}

func hasLetter(s string) bool {
	for i := range len(s) {
		if isLetter(s[i]) {
			return true
		}
	}
	return false
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isHex(c byte) bool    { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func hex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
