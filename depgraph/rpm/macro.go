package rpm

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph/rootfs"
)

// macros are what a recipe and the root define, as far as it can be told without rpm:
// %{name}, %{?name:…}, %{!?name:…}, %{with x} and %[…] are expanded (rpm-macros(7)).
// What runs a program, has arguments or is not defined is an error, which tells of the
// macro: to leave it out would be to guess.
type macros struct {
	values map[string]macro
	arch   string
}

type macro struct {
	body string // to expand where it is used
	err  error  // that only rpm can tell what it is
}

// An unknownMacro is the error for what only rpm can expand.
type unknownMacro string

func (u unknownMacro) Error() string {
	return fmt.Sprintf("only rpmspec knows what %s is, and it is not installed", string(u))
}

// Bounds of what is believed to be a macro.
const (
	maxExpansion      = 64 << 10
	maxExpansionDepth = 32
	maxMacros         = 20000
)

// archMacros are lists for %ifarch (rpm's macros file).
var archMacros = map[string]string{
	"ix86":    "i386 i486 i586 i686 pentium3 pentium4 athlon geode",
	"arm32":   "armv3l armv4b armv4l armv4tl armv5tl armv5tel armv5tejl armv6l armv6hl armv7l armv7hl armv7hnl armv8l armv8hl armv8hnl armv8hcnl",
	"arm64":   "aarch64",
	"power64": "ppc64 ppc64p7 ppc64le",
}

// maxMacroFile bounds a macro file, in bytes.
const maxMacroFile = 1 << 20

// newMacros reads the macros that the root's packages define, for its distribution's
// conditions: %fedora, %suse_version.
func newMacros(root fs.FS, arch string) *macros {
	m := &macros{values: map[string]macro{"nil": {}, "_target_cpu": {body: arch}}, arch: arch}
	for name, list := range archMacros {
		m.values[name] = macro{body: list}
	}
	for _, pattern := range []string{
		"usr/lib/rpm/macros", "usr/lib/rpm/*/macros", "usr/lib/rpm/macros.d/macros.*", "etc/rpm/macros.*", "etc/rpm/macros",
	} {
		files, _ := fs.Glob(root, pattern)
		slices.Sort(files)
		for _, file := range files {
			if text, err := rootfs.Read(root, file, maxMacroFile); err == nil {
				m.readFile(text)
			}
		}
	}
	return m
}

// readFile takes the simple definitions of a macro file: "%name body".
func (m *macros) readFile(text string) {
	for _, l := range joined(text) {
		if definition, ok := strings.CutPrefix(strings.TrimSpace(l.text), "%"); ok && !strings.HasPrefix(definition, "%") {
			m.define(definition, nil)
		}
	}
}

// A specLine is a line with its number; what a backslash or an open brace continues is
// one line.
type specLine struct {
	number int
	text   string
}

// joined splits a text into lines. Only definitions go on over several.
func joined(text string) (lines []specLine) {
	number, open := 0, 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if n := len(lines); n > 0 && (open > 0 || strings.HasSuffix(lines[n-1].text, `\`)) && isDefinition(lines[n-1].text) && len(lines[n-1].text) < maxExpansion {
			lines[n-1].text = strings.TrimSuffix(lines[n-1].text, `\`) + "\n" + line
			open += braces(line)
			continue
		}
		lines = append(lines, specLine{number, line})
		open = max(0, braces(line))
	}
	return lines
}

func braces(line string) int { return strings.Count(line, "{") - strings.Count(line, "}") }

func isDefinition(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "%") && !strings.HasPrefix(line, "%{")
}

// define takes "name body" or "name(options) body"; the body is expanded once and for
// all with expand, as %global does, if that is given.
func (m *macros) define(definition string, expand func(string) (string, error)) {
	name := definition[:identifier(definition)]
	if name == "" || len(m.values) > maxMacros {
		return
	}
	rest := definition[len(name):]
	if strings.HasPrefix(rest, "(") {
		m.values[name] = macro{err: unknownMacro("%" + name + ", which has options,")}
		return
	}
	v := macro{body: strings.TrimSpace(rest)}
	if expand != nil {
		v.body, v.err = expand(v.body)
		v.body = strings.ReplaceAll(v.body, "%", "%%")
	}
	m.values[name] = v
}

// set defines a macro as this very text.
func (m *macros) set(name, text string) {
	m.values[name] = macro{body: strings.ReplaceAll(text, "%", "%%")}
}

// identifier returns the length of the macro's name that s begins with.
func identifier(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z' || n > 0 && '0' <= s[n] && s[n] <= '9') {
		n++
	}
	return n
}

// expand expands all macros in text.
func (m *macros) expand(text string) (string, error) {
	e := expansion{macros: m, left: maxExpansion}
	return e.expand(text, 0)
}

// An expansion is the state of expand.
type expansion struct {
	*macros
	left int // bytes that may still come
}

func (e *expansion) expand(text string, depth int) (string, error) {
	if depth > maxExpansionDepth {
		return "", errors.New("a macro that leads to itself")
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "%")
		b.WriteString(before)
		if e.left -= len(before); e.left < 0 {
			return "", errors.New("macros that grow without end")
		}
		if !found {
			return b.String(), nil
		}
		value, rest, err := e.one(after, depth)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		text = rest
	}
}

// one expands the macro that s begins with, its "%" gone.
func (e *expansion) one(s string, depth int) (value, rest string, err error) {
	e.left--
	switch {
	case strings.HasPrefix(s, "%"):
		return "%", s[1:], nil
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "["), strings.HasPrefix(s, "("):
		end := closing(s)
		if end < 0 {
			return "", "", fmt.Errorf("%%%s has no end", shortened(s))
		}
		inner, rest := s[1:end], s[end+1:]
		switch s[0] {
		case '(':
			return "", "", unknownMacro("%" + shortened(s[:end+1]))
		case '[':
			if inner, err = e.expand(inner, depth+1); err == nil {
				value, err = evaluate(inner)
			}
			return value, rest, err
		}
		value, err = e.braced(inner, depth)
		return value, rest, err
	}
	flags := len(s) - len(strings.TrimLeft(s, "!?"))
	n := identifier(s[flags:])
	if n == 0 {
		return "%", s, nil // a lone percent sign stays
	}
	if word := s[:flags+n]; word == "global" || word == "define" { // in "%{!?x: %global x y}"
		line, rest, _ := strings.Cut(s[n:], "\n")
		var expand func(string) (string, error)
		if word == "global" {
			expand = func(body string) (string, error) { return e.expand(body, depth+1) }
		}
		e.define(strings.TrimSpace(line), expand)
		return "", rest, nil
	}
	value, err = e.braced(s[:flags+n], depth)
	return value, s[flags+n:], err
}

// closing returns where the parenthesis that s begins with closes.
func closing(s string) int {
	pair := map[byte]string{'{': "{}", '[': "[]", '(': "()"}[s[0]]
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case pair[0]:
			depth++
		case pair[1]:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// braced expands what stands between braces, or behind a bare percent sign.
func (e *expansion) braced(s string, depth int) (string, error) {
	name := strings.TrimLeft(s, "!?")
	flags := s[:len(s)-len(name)]
	negative, conditional := strings.Count(flags, "!")%2 == 1, strings.Contains(flags, "?")
	n := identifier(name)
	name, rest := name[:n], name[n:]
	if value, ok := e.builtin(name, strings.TrimSpace(rest)); ok && flags == "" {
		return value, nil
	}
	text, hasText := strings.CutPrefix(rest, ":")
	if name == "" || rest != "" && !(hasText && conditional) {
		return "", unknownMacro("%{" + shortened(s) + "}")
	}
	v, defined := e.values[name]
	switch {
	case conditional && defined == negative:
		return "", nil
	case conditional && hasText:
		return e.expand(text, depth+1)
	case conditional && negative:
		return "", nil
	case !defined:
		return "", unknownMacro("%" + name)
	case v.err != nil:
		return "", v.err
	}
	return e.expand(v.body, depth+1)
}

// builtin expands %{with x} and its kin.
func (e *expansion) builtin(name, argument string) (string, bool) {
	if argument == "" || strings.ContainsAny(argument, " \t:%") {
		return "", false
	}
	_, with := e.values["with_"+argument]
	_, defined := e.values[argument]
	is, ok := map[string]bool{"with": with, "without": !with, "defined": defined, "undefined": !defined}[name]
	if is {
		return "1", ok
	}
	return "0", ok
}

// shortened is the first line of a text, for messages.
func shortened(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s[:min(len(s), 60)]
}
