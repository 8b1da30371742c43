package dpkg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

// A group is one relation of a field: any of its terms satisfies it.
type group struct {
	line  int
	terms []term
}

// A term is one alternative: name[:qualifier] (operator version) [archs] <profiles>
// (policy 7.1, deb-src-control(5)).
type term struct {
	text              string // as written, but for archs and profiles
	name, qualifier   string
	operator, version string
	archs             []string   // amd64, linux-any, !i386
	profiles          [][]string // any list, of which all
}

// parseRelations reads a dependency field. A relation that is a substitution
// variable, ${…}, is left out: it has no meaning before the package is built.
func parseRelations(f field) ([]group, error) {
	if f.value == "" {
		return nil, nil
	}
	groups := make([]group, 0, strings.Count(f.value, ",")+1)
	line, rest := f.line, withoutComments(f.value)
	for more := true; more; {
		var relation string
		relation, rest, more = strings.Cut(rest, ",")
		leading := relation[:len(relation)-len(strings.TrimLeft(relation, " \t\r\n"))]
		at := line + strings.Count(leading, "\n")
		line += strings.Count(relation, "\n")
		relation = strings.TrimSpace(relation)
		if relation == "" || strings.HasPrefix(relation, "${") {
			continue // a comma at the end is allowed in debian/control
		}
		g := group{line: at, terms: make([]term, 0, 1)}
		for another := true; another; {
			var text string
			text, relation, another = strings.Cut(relation, "|")
			t, err := parseTerm(strings.TrimSpace(text))
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %s: %w", f.where, at, f.name, err)
			}
			g.terms = append(g.terms, t)
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// withoutComments empties the comment lines of a value of several lines; the
// lines stay, for messages.
func withoutComments(value string) string {
	if !strings.Contains(value, "\n#") {
		return value
	}
	lines := strings.Split(value, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "#") {
			lines[i] = ""
		}
	}
	return strings.Join(lines, "\n")
}

// parseTerm reads one alternative.
func parseTerm(text string) (term, error) {
	end := strings.IndexAny(text, " \t\r\n:([<")
	if end < 0 {
		end = len(text)
	}
	t := term{text: text, name: text[:end]}
	rest := text[end:]
	if strings.HasPrefix(rest, ":") {
		end := strings.IndexAny(rest, " \t\r\n([<")
		if end < 0 {
			end = len(rest)
		}
		t.qualifier, rest = rest[1:end], rest[end:]
		if !isName(t.qualifier) {
			return t, fmt.Errorf("bad architecture %q in %q", t.qualifier, text)
		}
	}
	if !isName(t.name) {
		return t, fmt.Errorf("bad package name %q in %q", t.name, text)
	}
	plain := true // nothing but name and version so far
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		opening := rest[0]
		closing := map[byte]string{'(': ")", '[': "]", '<': ">"}[opening]
		end := 0
		if closing != "" {
			end = strings.Index(rest, closing)
		}
		if end <= 0 {
			return t, fmt.Errorf("bad relation %q", text)
		}
		if opening != '(' && plain {
			plain, t.text = false, strings.TrimSpace(text[:len(text)-len(rest)])
		}
		inner := rest[1:end]
		rest = rest[end+1:]
		switch opening {
		case '(':
			if err := t.setVersion(inner); err != nil {
				return t, fmt.Errorf("%w in %q", err, text)
			}
		case '[':
			t.archs = append(t.archs, strings.Fields(inner)...)
		case '<':
			t.profiles = append(t.profiles, strings.Fields(inner))
		}
	}
	return t, nil
}

// setVersion reads what stands between parentheses.
func (t *term) setVersion(text string) error {
	text = strings.TrimSpace(text)
	version := strings.TrimLeft(text, "<>=")
	t.operator = text[:len(text)-len(version)]
	t.version = strings.TrimSpace(version)
	if relations[t.operator] == 0 || t.version == "" || strings.ContainsAny(t.version, " \t\r\n()<>=") {
		return fmt.Errorf("bad version %q", text)
	}
	return nil
}

// isName tells whether s can name a package or an architecture (policy 5.6.7);
// upper case and underscores are what others' packages have.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || '9' < c) && (c|0x20 < 'a' || c|0x20 > 'z') && !strings.ContainsRune("+-._", rune(c)) {
			return false
		}
	}
	return s != ""
}

// need makes a need of the terms that a package of architecture arch wrote.
func (db *Database) need(terms []term, arch string) depgraph.Need {
	need := make(depgraph.Need, len(terms))
	for i := range terms {
		t := &terms[i]
		want := db.concrete(arch)
		switch t.qualifier {
		case "", "any":
		case "native":
			want = db.native
		default:
			want = t.qualifier
		}
		need[i] = depgraph.Alternative{
			Name: t.name,
			Text: t.text,
			Accepts: func(p *depgraph.Package, provided *depgraph.Provide) bool {
				return db.archAccepted(t, want, p, provided) && versionAccepted(t, p, provided)
			},
		}
	}
	return need
}

// concrete is the architecture that one of the database stands for: packages for
// all architectures count as native.
func (db *Database) concrete(arch string) string {
	if arch == "all" || arch == "" {
		return db.native
	}
	return arch
}

// archAccepted judges by architecture, as deparchsatisfied in dpkg and the
// multiarch specification do: a bare name asks for the asker's own, or for any
// package that is Multi-Arch: foreign; name:any asks for one that allows it, or
// one that provides it as name:any.
func (db *Database) archAccepted(t *term, want string, p *depgraph.Package, provided *depgraph.Provide) bool {
	d, ours := p.Detail.(*detail)
	switch {
	case !ours:
		return true // a package of deps.toml has no architecture to judge
	case t.qualifier == "any":
		return d.multiArch == "allowed" || provided != nil && slices.Contains(d.anyArch, provided.Name)
	case t.qualifier == "" && d.multiArch == "foreign":
		return true
	}
	return db.concrete(p.Arch) == want
}

// versionAccepted judges by version. A virtual package without one satisfies
// only who asks for none (policy 7.5); a package of deps.toml without one was
// put there to satisfy.
func versionAccepted(t *term, p *depgraph.Package, provided *depgraph.Provide) bool {
	if t.operator == "" {
		return true
	}
	have := p.Version
	if provided != nil {
		have = provided.Version
	} else if have == "" {
		return true
	}
	return have != "" && relations[t.operator].Holds(version.Debian(have, t.version))
}

// A relation between versions: deb-control(5) and deb-substvars(5).
var relations = map[string]version.Relation{
	"<<": version.Less, "<=": version.Less | version.Equal, "=": version.Equal,
	">=": version.Greater | version.Equal, ">>": version.Greater,
	// Obsolete spellings that include equality.
	"<": version.Less | version.Equal, ">": version.Greater | version.Equal,
}
