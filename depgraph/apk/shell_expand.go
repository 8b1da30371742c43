package apk

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// An expander makes a value of a word: parameter expansion and quote removal (POSIX,
// Shell Command Language 2.6), and what busybox's shell has beyond that.
type expander struct {
	*shell
	line     int  // that is reached
	patterns bool // what is quoted is to stand for itself in a pattern
	depth    int
	value
}

// expand expands a word. Fields are not split: an assignment does not.
func (s *shell) expand(w token, patterns bool) value {
	x := &expander{shell: s, line: w.line, patterns: patterns}
	x.word(w.text, false)
	return x.value
}

// put appends text.
func (x *expander) put(text string, quoted bool) {
	if x.patterns && quoted {
		text = escapePattern.Replace(text)
	}
	if n := len(x.pieces); n > 0 && x.pieces[n-1].line+strings.Count(x.pieces[n-1].text, "\n") == x.line && len(x.pieces[n-1].text) < 200 {
		x.pieces[n-1].text += text
	} else {
		x.pieces = append(x.pieces, piece{text, x.line})
	}
	x.line += strings.Count(text, "\n")
}

var escapePattern = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

func (x *expander) fail(format string, args ...any) {
	x.unknown = cmp.Or(x.unknown, fmt.Sprintf(format, args...))
}

// word appends what a word, or part of one, expands to.
func (x *expander) word(text string, quoted bool) {
	if x.depth++; x.depth > maxDepth {
		x.fail("more substitutions in each other than are followed in line %d", x.line)
		return
	}
	defer func() { x.depth-- }()
	for text != "" {
		end, err := unitEnd(text, 0, 0)
		if quoted && text[0] == '\'' {
			end, err = 1, nil
		}
		if err != nil {
			x.fail("what begins in line %d and does not end", x.line)
			return
		}
		switch c := text[0]; {
		case end > 1 || c == '`':
		case c == '$':
			end += len(variableName.FindString(text[1:]))
		default: // and all plain characters that follow
			if next := strings.IndexAny(text[1:], "\\'\"`$"); next >= 0 {
				end += next
			} else {
				end = len(text)
			}
		}
		x.unit(text[:end], quoted)
		text = text[end:]
	}
}

// variableName is a name, or one of the special parameters.
var variableName = regexp.MustCompile(`^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])`)

// unit appends what one part of a word expands to: characters, a quotation, or a
// substitution.
func (x *expander) unit(text string, quoted bool) {
	switch c := text[0]; {
	case c == '\\' && len(text) == 2:
		switch {
		case text[1] == '\n':
			x.line++
		case quoted && !strings.ContainsRune("$`\"\\", rune(text[1])):
			x.put(text, true)
		default:
			x.put(text[1:], true)
		}
	case c == '\'' && len(text) > 1:
		x.put(text[1:len(text)-1], true)
	case c == '"' && len(text) > 1:
		x.word(text[1:len(text)-1], true)
	case c == '`' || strings.HasPrefix(text, "$("):
		x.fail("what a command prints in line %d", x.line)
		x.line += strings.Count(text, "\n")
	case strings.HasPrefix(text, "${"):
		after := x.line + strings.Count(text, "\n")
		x.parameter(text[2:len(text)-1], quoted)
		x.line = after
	case c == '$' && len(text) > 1:
		x.use(text[1:], x.get(text[1:]), quoted)
	default:
		x.put(text, quoted)
	}
}

// use appends a variable's value. A list of words, and what a variable that is called so
// holds, keeps its lines, so that each dependency is known where it stands.
func (x *expander) use(name string, v value, quoted bool) {
	if v.unknown != "" {
		x.fail("%s", v.unknown)
		return
	}
	if text := v.text(); x.patterns || !strings.ContainsAny(text, " \t\n") && !strings.Contains(name, "depends") {
		here := x.line
		x.put(text, quoted)
		x.line = here
		return
	}
	x.pieces = append(x.pieces, v.pieces...)
	x.pieces = append(x.pieces, piece{"", x.line})
}

// parameter appends what ${…} expands to.
func (x *expander) parameter(text string, quoted bool) {
	if name, isLength := strings.CutPrefix(text, "#"); isLength && isVariable.MatchString(name) {
		v := x.get(name)
		x.unknown = cmp.Or(x.unknown, v.unknown)
		x.put(strconv.Itoa(len(v.text())), quoted)
		return
	}
	name := variableName.FindString(text)
	rest := text[len(name):]
	v := x.get(name)
	_, isSet := x.vars[name]
	operator := parameterOperator.FindString(rest)
	argument := rest[len(operator):]
	if strings.HasPrefix(operator, ":") && len(operator) == 2 {
		isSet = isSet && v.text() != ""
	}
	switch {
	case name == "":
		x.fail("what line %d substitutes", x.line)
	case rest == "":
		x.use(name, v, quoted)
	case v.unknown != "":
		x.fail("%s", v.unknown)
	case operator == ":+", operator == "+":
		if isSet {
			x.word(argument, quoted)
		}
	case operator == ":-", operator == "-", operator == ":=", operator == "=", operator == ":?", operator == "?":
		x.orElse(name, v, isSet, operator, argument, quoted)
	default:
		x.edit(v.text(), operator, argument, quoted)
	}
}

var parameterOperator = regexp.MustCompile(`^(?::?[-=+?]|##?|%%?|//?|:)`)

// orElse appends the value of a variable, or another where it is not set.
func (x *expander) orElse(name string, v value, isSet bool, operator, argument string, quoted bool) {
	switch {
	case isSet:
		x.use(name, v, quoted)
	case strings.HasSuffix(operator, "?"):
		x.fail("%s, which is not set", name)
	case strings.HasSuffix(operator, "="):
		x.set(name, x.expand(token{argument, x.line, true}, false))
		x.use(name, x.get(name), quoted)
	default:
		x.word(argument, quoted)
	}
}

// maxEdited is the size of a value that is edited, in bytes.
const maxEdited = 200

// edit appends a value without what a pattern matches, or part of it.
func (x *expander) edit(text, operator, argument string, quoted bool) {
	if operator == ":" {
		x.slice(text, argument, quoted)
		return
	}
	before, after, ends := argument, "", true
	if operator == "/" || operator == "//" {
		before, after, _ = strings.Cut(argument, "/")
		ends = false
	}
	what := x.expand(token{before, x.line, true}, true)
	with := x.expand(token{after, x.line, true}, false)
	x.unknown = cmp.Or(x.unknown, what.unknown, with.unknown)
	p, err := pattern(what, ends)
	switch {
	case err != nil, operator == "", len(text) > maxEdited, !x.spend(20):
		x.fail("what line %d substitutes", x.line)
	case ends:
		x.put(trim(text, p, operator), quoted)
	default:
		x.put(replace(text, p, with.text(), operator == "//"), quoted)
	}
}

// trim takes the shortest or, of a double operator, the longest match off one end.
func trim(text string, p *regexp.Regexp, operator string) string {
	front, longest := operator[0] == '#', len(operator) == 2
	for i := range len(text) + 1 {
		if longest {
			i = len(text) - i
		}
		switch {
		case front && p.MatchString(text[:i]):
			return text[i:]
		case !front && p.MatchString(text[len(text)-i:]):
			return text[:len(text)-i]
		}
	}
	return text
}

// replace replaces the first or all of the longest matches.
func replace(text string, p *regexp.Regexp, with string, all bool) string {
	var b strings.Builder
	from := 0
	for _, at := range p.FindAllStringIndex(text, -1) {
		if at[0] == at[1] {
			continue
		}
		b.WriteString(text[from:at[0]] + with)
		if from = at[1]; !all {
			break
		}
	}
	return b.String() + text[from:]
}

// slice appends ${name:offset:length}.
func (x *expander) slice(text, argument string, quoted bool) {
	offset, length, limited := strings.Cut(argument, ":")
	from, err := strconv.Atoi(strings.TrimSpace(offset))
	to := len(text) - from
	if limited && err == nil {
		to, err = strconv.Atoi(strings.TrimSpace(length))
	}
	if err != nil || from < 0 || to < 0 {
		x.fail("what line %d substitutes", x.line)
		return
	}
	from = min(from, len(text))
	x.put(text[from:min(from+to, len(text))], quoted)
}

// pattern makes a regular expression of a pattern (POSIX, Shell Command Language 2.13):
// of a whole text, or of any longest part of one.
func pattern(v value, whole bool) (*regexp.Regexp, error) {
	text := v.text()
	if v.unknown != "" || len(text) > maxEdited {
		return nil, errUnknownPattern
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '*':
			b.WriteString(`.*`)
		case c == '?':
			b.WriteByte('.')
		case c == '[' && bracket.MatchString(text[i:]):
			set := bracket.FindString(text[i:])
			i += len(set) - 1
			set = strings.ReplaceAll(set, `\`, `\\`)
			b.WriteString(strings.Replace(set, "[!", "[^", 1))
		case c == '\\' && i+1 < len(text):
			i++
			fallthrough
		default:
			b.WriteString(regexp.QuoteMeta(text[i : i+1]))
		}
	}
	expression := `(?s:` + b.String() + `)`
	if whole {
		expression = "^" + expression + "$"
	}
	p, err := regexp.Compile(expression)
	if err == nil {
		p.Longest()
	}
	return p, err
}

var (
	bracket           = regexp.MustCompile(`^\[!?\]?[^\]]*\]`)
	errUnknownPattern = errors.New("unknown pattern")
)
