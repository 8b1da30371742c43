package pkgsrc

import (
	"fmt"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
)

// buildlink is the file of a package by which others build against it.
const buildlink = "buildlink3.mk"

// A makefile is what the plain lines of a package's Makefile say.
type makefile struct {
	db        *Database
	file      string
	variables map[string]string
	expanded  int // bytes that variables came to
	depth     int // of .if and .for around a line
	direct    []depgraph.Direct
	buildOnly map[string]bool // by BUILDLINK_DEPMETHOD.name=build
	includes  []include
}

// An include is a package's buildlink3.mk that is included.
type include struct {
	line int
	path string // PKGPATH
}

// readMakefile reads a Makefile without make: assignments to the dependency variables,
// with variables of the same file put in, buildlink3.mk files that are included, and
// USE_TOOLS.
//
// What may not apply counts where the package is installed: lines between .if and .endif;
// a buildlink3.mk, whose package the system may have built in (mk/buildlink3/BUILTIN.txt);
// tools, which it may have. What other included files ask for is not seen.
func (db *Database) readMakefile(file, text string) (*depgraph.Recipe, error) {
	m := &makefile{db: db, file: file, variables: map[string]string{}, buildOnly: map[string]bool{}}
	lines := logicalLines(text)
	for _, l := range lines { // a variable can be used before it is set
		if name, operator, value, ok := assignment(l.text); ok && !strings.Contains(name, "$") {
			if _, set := m.variables[name]; !set || operator != "?=" && operator != "+=" {
				m.variables[name] = value
			}
		}
	}
	for _, l := range lines {
		if err := m.line(l); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, l.number, err)
		}
	}
	for _, i := range m.includes {
		m.link(i)
	}
	r := &depgraph.Recipe{Direct: m.direct}
	r.Name, r.Version = portName(file, m.name())
	return r, nil
}

// name is PKGNAME, by what it is made of (mk/bsd.pkg.mk).
func (m *makefile) name() string {
	name, ok := m.variables["PKGNAME"]
	if !ok {
		name = m.variables["DISTNAME"]
	}
	name, ok = m.expand(name)
	if !ok || name == "" {
		return ""
	}
	if revision, ok := m.expand(m.variables["PKGREVISION"]); ok && revision != "" && revision != "0" {
		name += "nb" + revision
	}
	return name
}

// A logicalLine is a line of a Makefile with those it continues on.
type logicalLine struct {
	number int // of the first
	text   string
}

// logicalLines splits a Makefile as make(1) reads it: without comments, and a line that
// ends in a backslash goes on with the next.
func logicalLines(text string) (lines []logicalLine) {
	number, joined := 0, false
	var parts []string // of the last line
	end := func() {
		if len(parts) > 0 {
			lines[len(lines)-1].text = withoutComment(strings.Join(parts, " "))
		}
	}
	for raw := range strings.Lines(text) {
		number++
		part := strings.TrimRight(raw, "\r\n")
		more := strings.HasSuffix(part, `\`) && !strings.HasSuffix(part, `\\`)
		if more {
			part = part[:len(part)-1]
		}
		if joined {
			parts = append(parts, strings.TrimLeft(part, " \t"))
		} else {
			end()
			lines, parts = append(lines, logicalLine{number: number}), []string{part}
		}
		joined = more
	}
	end()
	return lines
}

// withoutComment cuts a line at a "#" that no backslash is before.
func withoutComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] != '\\' && line[i-1] != '[') {
			return line[:i]
		}
	}
	return line
}

// assignment splits "NAME op value".
func assignment(line string) (name, operator, value string, ok bool) {
	if line == "" || line[0] == '\t' || line[0] == '.' {
		return "", "", "", false
	}
	at := strings.IndexByte(line, '=')
	if at <= 0 {
		return "", "", "", false
	}
	end := at
	if strings.IndexByte("+?:!", line[at-1]) >= 0 {
		end--
	}
	name = strings.TrimSpace(line[:end])
	if name == "" || strings.ContainsAny(name, " \t:") {
		return "", "", "", false
	}
	return name, line[end : at+1], strings.TrimSpace(line[at+1:]), true
}

// line takes what a line says.
func (m *makefile) line(l logicalLine) error {
	if directive, ok := strings.CutPrefix(l.text, "."); ok {
		return m.directive(l.number, strings.TrimSpace(directive))
	}
	name, operator, value, ok := assignment(l.text)
	if !ok || operator == "!=" {
		return nil
	}
	if method, ok := strings.CutPrefix(name, "BUILDLINK_DEPMETHOD."); ok {
		m.buildOnly[method] = value == "build"
	}
	if name == "USE_TOOLS" {
		return m.tools(l.number, value)
	}
	variable, opsys, _ := strings.Cut(name, ".") // DEPENDS.Linux: on that system alone
	for _, d := range dependencies {
		if d.name == variable {
			return m.words(l.number, d.name, d.kind, value, opsys != "")
		}
	}
	return nil
}

func (m *makefile) directive(number int, text string) error {
	word, rest, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
	switch {
	case strings.HasPrefix(word, "if") || word == "for":
		m.depth++
	case word == "endif" || word == "endfor":
		m.depth = max(m.depth-1, 0)
	case word == "include" || word == "-include" || word == "sinclude":
		file, ok := m.expand(strings.Trim(strings.TrimSpace(rest), `"<>`))
		if dir, name := path.Split(file); ok && name == buildlink {
			if at, ok := pkgpath(dir); ok && strings.HasPrefix(dir, "../../") {
				m.includes = append(m.includes, include{number, at})
			}
		}
	}
	return nil
}

// words takes PATTERN:DIRECTORY words. A pattern with a variable that nothing here sets
// stands for whatever was built in its directory.
func (m *makefile) words(number int, variable string, kind depgraph.Kind, value string, maybe bool) error {
	value, _ = m.expand(value)
	for _, word := range strings.Fields(value) {
		need, err := m.word(word)
		maybe := maybe || m.depth > 0
		if err != nil && !maybe {
			return fmt.Errorf("%s: %w", variable, err)
		}
		if err == nil {
			m.want(number, variable, kind, need, maybe)
		}
		if len(m.direct) > maxDirect {
			return fmt.Errorf("%s: more than %d dependencies", variable, maxDirect)
		}
	}
	return nil
}

func (m *makefile) word(word string) (depgraph.Need, error) {
	if !strings.Contains(word, "$") {
		return m.db.dependency(word)
	}
	if at, ok := pkgpath(word[strings.LastIndexByte(word, ':')+1:]); ok {
		return m.db.needPath(at), nil
	}
	return nil, fmt.Errorf("only make knows %.200q, and bmake is not installed", word)
}

// want adds a dependency, one that may not apply only if something installed satisfies it.
func (m *makefile) want(number int, field string, kind depgraph.Kind, need depgraph.Need, maybe bool) {
	if !maybe || m.db.satisfied(need) {
		m.direct = append(m.direct, depgraph.Direct{Kind: kind, Need: need, Where: fmt.Sprintf("%s:%d: %s", m.file, number, field)})
	}
}

// satisfied tells whether a package of the database satisfies a need.
func (db *Database) satisfied(need depgraph.Need) bool {
	for _, a := range need {
		if p := db.byName[a.Name]; p != nil && a.Accepts(p, nil) {
			return true
		}
	}
	return false
}

// link takes a buildlink3.mk.
func (m *makefile) link(i include) {
	kind := depgraph.Lib
	if m.buildOnly[path.Base(i.path)] {
		kind = depgraph.Build
	}
	m.want(i.line, buildlink, kind, m.db.needPath(i.path), true)
}

// tools takes USE_TOOLS, of which each can say when it is wanted: "perl:run"
// (mk/tools/replace.mk).
func (m *makefile) tools(number int, value string) error {
	value, _ = m.expand(value)
	for _, word := range strings.Fields(value) {
		tool, when, _ := strings.Cut(word, ":")
		kind := depgraph.Build
		switch when {
		case "run":
			kind = depgraph.Lib
		case "test":
			kind = depgraph.Test
		case "bootstrap":
			kind = depgraph.Fetch
		}
		for pattern := range strings.FieldsSeq(toolPackages[tool]) {
			need, err := m.db.need(pattern)
			if err != nil {
				return err
			}
			m.want(number, "USE_TOOLS", kind, need, true)
		}
	}
	return nil
}

// toolPackages are the packages of tools that a system may not have, or not the right
// ones (TOOLS_DEPENDS in mk/tools/replace.mk, mk/tools/autotools.mk and others).
var toolPackages = map[string]string{
	"7za": "p7zip", "aclocal": "automake", "autoconf": "autoconf", "autoheader": "autoconf", "automake": "automake",
	"autoreconf": "autoconf automake", "bash": "bash", "bison": "bison", "bison-yacc": "bison", "byacc": "byacc",
	"bzip2": "bzip2", "bzcat": "bzip2", "cmake": "cmake", "csh": "tcsh", "file": "file", "flex": "flex", "gawk": "gawk",
	"gm4": "m4", "gmake": "gmake", "gsed": "gsed", "gtar": "gtar-base", "gzip": "{gzip,gzip-base}", "intltool": "intltool",
	"lex": "flex", "m4": "m4", "makeinfo": "gtexinfo", "mktemp": "mktemp", "msgfmt": "gettext-tools",
	"msgmerge": "gettext-tools", "nasm": "nasm", "openssl": "openssl", "patch": "{nbpatch,patch}", "pax": "pax",
	"perl": "perl", "pkg-config": "{pkgconf,pkg-config}", "pod2man": "perl", "rpm2pkg": "rpm2pkg", "tclsh": "tcl",
	"texi2html": "texi2html", "unrar": "unrar", "unzip": "unzip", "wish": "tk", "xgettext": "gettext-tools",
	"xz": "xz", "xzcat": "xz", "yacc": "bison", "yasm": "yasm", "zip": "zip",
}

// What is taken for a Makefile: how long a value with its variables put in may become, and
// all of them together; and how many dependencies there may be.
const (
	maxExpansion  = 8 << 10
	maxExpansions = 8 << 20
	maxDirect     = 10000
)

// expand puts in the variables that the Makefile sets itself, ${NAME} and $(NAME). The
// others stay, and so do those with modifiers; then it is not done.
func (m *makefile) expand(value string) (text string, done bool) {
	for range 16 {
		var b strings.Builder
		done = true
		changed := false
		for rest := value; rest != ""; {
			at := strings.IndexByte(rest, '$')
			if at < 0 {
				b.WriteString(rest)
				break
			}
			b.WriteString(rest[:at])
			name, size := reference(rest[at:])
			if v, set := m.variables[name]; set && b.Len()+len(v) < maxExpansion && m.expanded < maxExpansions {
				b.WriteString(v)
				m.expanded += len(v) + 1
				changed = true
			} else {
				b.WriteString(rest[at : at+size])
				done = false
			}
			rest = rest[at+size:]
		}
		value = b.String()
		if !changed {
			break
		}
	}
	return value, done && !strings.Contains(value, "$")
}

// reference reads the "${NAME}" that a text begins with, and tells how long it is.
func reference(text string) (name string, size int) {
	if len(text) < 2 || text[1] != '{' && text[1] != '(' {
		return "", 1
	}
	closing := byte('}')
	if text[1] == '(' {
		closing = ')'
	}
	end := strings.IndexByte(text, closing)
	if end < 0 {
		return "", len(text)
	}
	return text[2:end], end + 1
}
