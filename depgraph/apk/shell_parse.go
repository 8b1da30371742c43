package apk

import (
	"regexp"
	"slices"
	"strings"
)

// A list is a sequence of commands.
type list []link

// A link is a command, and what joins it to the one before: "&&", "||" or nothing.
type link struct {
	join    string
	line    int
	command command
}

// A command is one of the types below.
type command any

type (
	// simple is a command of words, assignments first.
	simple struct {
		line    int
		words   []token
		negated bool
	}
	// choice is an if: the first body whose test succeeds is run. The test of the else
	// is nil.
	choice struct {
		line  int
		cases []branch
	}
	branch struct{ test, body list }
	// match is a case.
	match struct {
		line int
		word token
		arms []arm
	}
	arm struct {
		patterns []token
		body     list
	}
	// loop is a for, or a while or until, which has no name.
	loop struct {
		line  int
		name  string
		words []token
		body  list
	}
	// elsewhere is what runs in a process of its own: a pipe or a subshell.
	elsewhere struct{}
)

// A parser makes lists of commands of a script: a part of the Shell Command Language,
// without the bodies of functions.
type parser struct {
	lexer
	ahead     token
	depth     int
	functions map[string]bool
}

// parseShell reads a script.
func parseShell(file, text string) (list, map[string]bool, error) {
	p := &parser{lexer: lexer{file: file, text: text, line: 1}, functions: map[string]bool{}}
	if err := p.advance(); err != nil {
		return nil, nil, err
	}
	commands, err := p.list()
	if err == nil && p.ahead.text != "" {
		err = p.unexpected()
	}
	return commands, p.functions, err
}

func (p *parser) advance() (err error) {
	p.ahead, err = p.next()
	return err
}

func (p *parser) unexpected() error {
	if p.ahead.text == "" {
		return p.errorf(p.ahead.line, "the recipe ends inside a command")
	}
	return p.errorf(p.ahead.line, "%q is not expected here", p.ahead.text)
}

// is tells whether a word or an operator is next.
func (p *parser) is(texts ...string) bool { return slices.Contains(texts, p.ahead.text) }

// expect moves on over a word or an operator.
func (p *parser) expect(text string) error {
	if !p.is(text) {
		return p.unexpected()
	}
	return p.advance()
}

// separators moves on over the ends of commands.
func (p *parser) separators() error {
	for p.is("\n", ";", "&") {
		if err := p.advance(); err != nil {
			return err
		}
	}
	return nil
}

// list reads commands up to a word or an operator that none begins with.
func (p *parser) list() (commands list, err error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.errorf(p.line, "commands are too deep in each other")
	}
	defer func() { p.depth-- }()
	join := ""
	for {
		if err = p.separators(); err != nil {
			return nil, err
		}
		if !p.ahead.word && !p.is("(", "<", ">", "<<", "<<-", ">>") ||
			p.is("then", "elif", "else", "fi", "esac", "do", "done", "}") {
			if join != "" {
				return nil, p.unexpected()
			}
			return commands, nil
		}
		line := p.ahead.line
		c, err := p.pipeline()
		if err == nil && p.is("(") {
			err = p.unexpected()
		}
		if err != nil {
			return nil, err
		}
		if c != nil {
			commands = append(commands, link{join, line, c})
		}
		if join = ""; p.is("&&", "||") {
			join = p.ahead.text
			if err = p.advance(); err != nil {
				return nil, err
			}
		}
	}
}

// pipeline reads a command, or several that are joined by pipes.
func (p *parser) pipeline() (command, error) {
	c, err := p.command()
	for err == nil && p.is("|") {
		if err = p.advance(); err == nil {
			if err = p.separators(); err == nil {
				_, err = p.command()
			}
		}
		c = elsewhere{}
	}
	return c, err
}

// command reads one command and its redirections; a function is none.
func (p *parser) command() (c command, err error) {
	at := p.ahead
	switch at.text {
	case "if":
		c, err = p.choice(at.line)
	case "case":
		c, err = p.match(at.line)
	case "for", "while", "until":
		c, err = p.loop(at)
	case "{", "(":
		c, err = p.group(map[string]string{"{": "}", "(": ")"}[at.text])
	default:
		return p.simple()
	}
	if err == nil {
		var more command
		if more, err = p.simple(); err == nil {
			if s, ok := more.(simple); !ok || len(s.words) > 0 {
				err = p.errorf(at.line, "a word after the end of what begins with %q", at.text)
			}
		}
	}
	return c, err
}

// simple reads words and redirections.
func (p *parser) simple() (command, error) {
	c := simple{line: p.ahead.line}
	for {
		at := p.ahead
		switch {
		case at.word && at.text == "!" && len(c.words) == 0:
			c.negated = !c.negated
		case at.word:
			c.words = append(c.words, at)
		case p.is("<", ">", "<<", "<<-", ">>", "<&", ">&", "<>", ">|"):
			if err := p.advance(); err != nil {
				return nil, err
			}
			if !p.ahead.word {
				return nil, p.unexpected()
			}
			if strings.HasPrefix(at.text, "<<") {
				word := strings.NewReplacer(`'`, "", `"`, "", `\`, "").Replace(p.ahead.text)
				p.here = append(p.here, hereDoc{word, at.text == "<<-"})
			}
		case p.is("(") && len(c.words) == 1 && isFunction.MatchString(c.words[0].text):
			return nil, p.function(c.words[0])
		default:
			return c, nil
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

// function passes over a function.
func (p *parser) function(name token) error {
	if err := p.advance(); err != nil {
		return err
	}
	if !p.is(")") {
		return p.unexpected()
	}
	p.functions[name.text] = true
	if err := p.skipFunction(name); err != nil {
		return err
	}
	return p.advance()
}

func (p *parser) group(end string) (command, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	body, err := p.list()
	if err == nil {
		err = p.expect(end)
	}
	if end == ")" {
		return elsewhere{}, err
	}
	return choice{cases: []branch{{nil, body}}}, err
}

func (p *parser) choice(line int) (command, error) {
	c := choice{line: line}
	for !p.is("fi") {
		var b branch
		other := p.is("else")
		err := p.advance()
		if err == nil && !other {
			if b.test, err = p.list(); err == nil {
				err = p.expect("then")
			}
		}
		if err == nil {
			b.body, err = p.list()
		}
		if err == nil && (!p.is("elif", "else", "fi") || other && !p.is("fi")) {
			err = p.unexpected()
		}
		if err != nil {
			return nil, err
		}
		if !other && len(b.test) == 0 {
			return nil, p.errorf(line, "an if without a test")
		}
		c.cases = append(c.cases, b)
	}
	return c, p.advance()
}

func (p *parser) match(line int) (command, error) {
	c := match{line: line}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if c.word = p.ahead; !c.word.word {
		return nil, p.unexpected()
	}
	err := p.advance()
	if err == nil {
		err = p.newlines()
	}
	if err == nil {
		err = p.expect("in")
	}
	for err == nil {
		if err = p.newlines(); err != nil || p.is("esac") {
			break
		}
		var a arm
		if a, err = p.arm(); err == nil {
			c.arms = append(c.arms, a)
		}
	}
	if err != nil {
		return nil, err
	}
	return c, p.advance()
}

// arm reads "pattern|pattern) commands ;;".
func (p *parser) arm() (a arm, err error) {
	if p.is("(") {
		err = p.advance()
	}
	for err == nil {
		if !p.ahead.word {
			return a, p.unexpected()
		}
		a.patterns = append(a.patterns, p.ahead)
		if err = p.advance(); err == nil && !p.is("|") {
			break
		} else if err == nil {
			err = p.advance()
		}
	}
	if err == nil {
		err = p.expect(")")
	}
	if err == nil {
		a.body, err = p.list()
	}
	if err == nil && !p.is("esac") {
		err = p.expect(";;")
	}
	return a, err
}

func (p *parser) newlines() (err error) {
	for err == nil && p.is("\n") {
		err = p.advance()
	}
	return err
}

// loop reads "for name in word… do … done" or "while commands do … done".
func (p *parser) loop(at token) (command, error) {
	c := loop{line: at.line}
	err := p.advance()
	if err == nil && at.text == "for" {
		if c.name = p.ahead.text; !isVariable.MatchString(c.name) {
			return nil, p.unexpected()
		}
		if err = p.advance(); err == nil && p.is("in") {
			for err = p.advance(); err == nil && p.ahead.word; err = p.advance() {
				c.words = append(c.words, p.ahead)
			}
		}
	} else if err == nil {
		_, err = p.list()
	}
	if err == nil {
		err = p.separators()
	}
	if err == nil {
		err = p.expect("do")
	}
	if err == nil {
		c.body, err = p.list()
	}
	if err == nil {
		err = p.expect("done")
	}
	return c, err
}

var (
	isFunction   = regexp.MustCompile(`^[A-Za-z0-9_.+-]+$`)
	isVariable   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	isAssignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=`)
)
