package gentoo

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// readEbuild reads the plain assignments of an ebuild's text that nothing is noted of:
//
//	RDEPEND=">=dev-libs/zlibx-1.2:=
//		ssl? ( dev-libs/openssl:0= )"
//	DEPEND="${RDEPEND}"
//
// Quotes, several lines, += and $NAME, ${NAME} are understood. What only bash can tell
// is an error where a dependency depends on it: a value that is assigned under a
// condition or in a loop, other expansions, and eclasses, which may add to every
// dependency.
func (db *Database) readEbuild(e *ebuild, file, text string) error {
	s := &shell{file: file, text: text, line: 1, values: predefined(e)}
	if err := s.run(); err != nil {
		return err
	}
	for _, c := range s.eclasses {
		if !slices.Contains(harmlessEclasses, c.text) {
			return fmt.Errorf("%s:%d: inherit: the eclass %q may add dependencies, and no metadata cache has this text: "+
				"egencache --update makes one", file, c.line, shortened(c.text))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		v := s.values[key]
		if v.unknown != "" && (slices.Contains(dependFields, key) || key == "EAPI" || key == "IUSE" || key == "SLOT") {
			return fmt.Errorf("%s:%d: %s: only bash can tell what this is: %s", file, v.line, key, v.unknown)
		}
		e.set(key, field{origin{file, key}, v.segments})
	}
	if _, ok := e.fields["RDEPEND"]; !ok && e.eapiNumber() < 4 { // PMS 7.3.7
		if f, ok := e.fields["DEPEND"]; ok {
			e.fields["RDEPEND"] = f
		}
	}
	return nil
}

// harmlessEclasses add no dependencies: they have functions alone.
var harmlessEclasses = []string{
	"desktop", "edo", "eapi8-dosym", "eapi9-pipestatus", "eapi9-ver", "estack", "flag-o-matic", "multilib",
	"multiprocessing", "optfeature", "prefix", "toolchain-funcs", "wrapper",
}

// predefined are the variables that are set before an ebuild is read (PMS 11.1).
func predefined(e *ebuild) map[string]value {
	plain := func(s string) value { return value{segments: []segment{{s, 1}}, size: len(s)} }
	pv, revision := withoutRevision(e.version), "r0"
	if pv != e.version {
		revision = e.version[len(pv)+1:]
	}
	values := map[string]value{
		"P": plain(e.name + "-" + pv), "PN": plain(e.name), "PV": plain(pv), "PR": plain(revision),
		"PVR": plain(e.version), "PF": plain(e.pf), "EPREFIX": plain(""),
	}
	if e.category != "" {
		values["CATEGORY"] = plain(e.category)
	} else {
		values["CATEGORY"] = value{unknown: "the category of the ebuild", line: 1}
	}
	return values
}

// A value is what a variable holds.
type value struct {
	segments []segment
	size     int    // bytes
	unknown  string // what in it only bash can tell, if anything
	line     int    // where that is
}

// What a value may grow to by expansions of expansions.
const (
	maxValue    = maxFile
	maxSegments = 1 << 12
)

// append adds more to v; the first unknown thing counts.
func (v value) append(more value) value {
	switch {
	case v.unknown != "":
		return v
	case more.unknown != "":
		return more
	case v.size+more.size > maxValue || len(v.segments)+len(more.segments) > maxSegments:
		return value{unknown: "a value that is too long", line: v.line}
	}
	v.segments = append(v.segments, more.segments...)
	v.size += more.size
	return v
}

// A shell reads assignments. It knows just enough of bash to find them.
type shell struct {
	file, text string
	pos, line  int
	depth      int // of conditions and loops
	values     map[string]value
	eclasses   []word
}

var (
	assignment = regexp.MustCompile(`^(?:(?:export|readonly|declare|typeset)[ \t]+(?:-[a-zA-Z]+[ \t]+)*)?([A-Za-z_][A-Za-z0-9_]*)(\+?=)`)
	function   = regexp.MustCompile(`^(?:function[ \t]+)?[A-Za-z_][A-Za-z0-9_.:-]*[ \t]*\([ \t]*\)`)
	command    = regexp.MustCompile(`^[^ \t\n;]+`)
	closing    = regexp.MustCompile(`(?:^|[;\s])(?:fi|done|esac)[ \t]*;?[ \t]*$`)
	// mentioned is an assignment anywhere in a command, ": ${NAME:=…}" too.
	mentioned = regexp.MustCompile(`(?:^|[\s;&|{()])([A-Za-z_][A-Za-z0-9_]*)\+?=|\$\{([A-Za-z_][A-Za-z0-9_]*):?=`)
)

func (s *shell) rest() string { return s.text[s.pos:] }

// to moves on by n bytes.
func (s *shell) to(n int) {
	s.line += strings.Count(s.text[s.pos:s.pos+n], "\n")
	s.pos += n
}

// run reads statement by statement.
func (s *shell) run() error {
	for {
		s.to(len(s.rest()) - len(strings.TrimLeft(s.rest(), " \t\r\n;")))
		switch rest := s.rest(); {
		case rest == "":
			return nil
		case rest[0] == '#':
			s.to(lineEnd(rest))
		default:
			if err := s.statement(rest); err != nil {
				return err
			}
		}
	}
}

func (s *shell) statement(rest string) error {
	first := rest[:lineEnd(rest)]
	if m := assignment.FindStringSubmatch(first); m != nil {
		line := s.line
		s.to(len(m[0]))
		v, err := s.value()
		if err != nil {
			return err
		}
		if s.depth > 0 {
			v = value{unknown: "it is assigned under a condition or in a loop", line: line}
		}
		if m[2] == "+=" {
			old := s.values[m[1]]
			old.segments = slices.Clip(old.segments) // others may have it by now
			v = old.append(v)
		}
		s.values[m[1]] = v
		return nil
	}
	if m := function.FindString(first); m != "" {
		return s.function(len(m))
	}
	s.command(rest)
	return nil
}

// function moves over a function, which ends with a line "}" at its very start, as
// every ebuild has it, or on the line that it starts on.
func (s *shell) function(head int) error {
	line := s.line
	rest := s.rest()
	first := strings.TrimRight(rest[:lineEnd(rest)], " \t\r;")
	if strings.HasSuffix(first, "}") && len(first) > head {
		s.to(lineEnd(rest))
		return nil
	}
	end := strings.Index(rest, "\n}")
	if end < 0 {
		return fmt.Errorf("%s:%d: the function has no end", s.file, line)
	}
	s.to(end + 2)
	return nil
}

// command moves over any other command, up to the end of its line.
func (s *shell) command(rest string) {
	end := lineEnd(rest)
	for end < len(rest) && end > 0 && rest[end-1] == '\\' { // it goes on
		end += 1 + lineEnd(rest[end+1:])
	}
	text := rest[:end]
	line := s.line
	switch name := command.FindString(text); name {
	case "if", "case", "for", "while", "until", "select":
		if !closing.MatchString(text) {
			s.depth++
		}
	case "fi", "esac", "done":
		s.depth = max(s.depth-1, 0)
	}
	for _, m := range mentioned.FindAllStringSubmatch(text, -1) {
		s.values[m[1]+m[2]] = value{unknown: "it is assigned within a command", line: line}
	}
	fields := words([]segment{{strings.ReplaceAll(text, "\\\n", " \n"), line}})
	if i := slices.IndexFunc(fields, func(w word) bool { return w.text == "inherit" || w.text[0] == '#' }); i >= 0 && fields[i].text[0] != '#' {
		for _, w := range fields[i+1:] {
			if w.text = strings.TrimRight(w.text, ";"); w.text == "" || strings.ContainsAny(w.text, "#&|") {
				break
			}
			s.eclasses = append(s.eclasses, w)
		}
	}
	s.to(end)
}

func lineEnd(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}
