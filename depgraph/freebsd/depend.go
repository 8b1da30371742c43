package freebsd

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
)

// A depend is a dependency of a port's, PATTERN:ORIGIN[@FLAVOR][:TARGET] (the porter's
// handbook, 5.9). The pattern is a package with a version, a shared library, or a file:
// what has to be there. The origin is the port that brings it.
type depend struct{ text, pattern, origin, target string }

// parseDepend reads one, as do-depends.sh of the ports tree does.
func parseDepend(text string) (depend, error) {
	parts := splitDepend(text)
	if len(parts) < 2 || len(parts) > 3 {
		return depend{}, fmt.Errorf("%q is not pattern:origin[:target]", text)
	}
	d := depend{text: text, pattern: parts[0], origin: strings.TrimPrefix(parts[1], "/usr/ports/")}
	if len(parts) == 3 {
		d.target = parts[2]
	}
	if d.pattern == "" || !isOrigin(d.origin) {
		return depend{}, fmt.Errorf("%q is not pattern:origin[:target]", text)
	}
	return d, nil
}

// splitDepend divides at colons that are in no ${variable:modifier}.
func splitDepend(text string) (parts []string) {
	depth, start := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '{', '(':
			depth++
		case '}', ')':
			depth--
		case ':':
			if depth <= 0 {
				parts = append(parts, text[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, text[start:])
}

// isOrigin tells whether s is category/port, perhaps with a flavor.
func isOrigin(s string) bool {
	category, port, ok := strings.Cut(s, "/")
	name, flavor, flavored := strings.Cut(port, "@")
	return ok && !strings.Contains(s, ":") && isName(category) && isName(name) && (!flavored || isName(flavor))
}

// builds are the targets of a port that install it. Others leave a dependency's sources
// or build directory behind, which no package is.
var builds = map[string]bool{"": true, "install": true, "reinstall": true, "package": true, "install-package": true}

// need makes a need of a port's dependency. None is left of one that the base OS meets
// or that asks for no package.
func (db *Database) need(d depend, shared bool) (depgraph.Need, error) {
	if !builds[d.target] {
		return nil, nil
	}
	origin := depgraph.Alternative{Name: d.origin, Text: d.text}
	switch {
	case d.pattern == nonexistent || strings.Contains(d.pattern, "$"):
		return depgraph.Need{origin}, nil
	case shared && !isLibrary(d.pattern):
		return nil, fmt.Errorf("%q: %q is no shared library", d.text, d.pattern)
	case strings.ContainsAny(d.pattern, "<>="):
		return db.patterns(d.pattern, d.text)
	}
	files := db.candidates(d.pattern, shared)
	var before, after depgraph.Need
	for _, file := range files {
		names, err := db.owners(file)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			a := depgraph.Alternative{Name: name, Text: d.text}
			if p := db.named[name]; p != nil && p.Detail.(*detail).origin == withoutFlavor(d.origin) {
				before = append(before, a)
			} else {
				after = append(after, a)
			}
		}
	}
	if len(before)+len(after) == 0 && !db.hasOrigin(d.origin) && db.baseHas(files) {
		return nil, nil
	}
	return append(append(before, origin), after...), nil
}

// nonexistent is the pattern of a dependency whose port is to be made in any case.
const nonexistent = "/nonexistent"

func withoutFlavor(origin string) string {
	origin, _, _ = strings.Cut(origin, "@")
	return origin
}

// hasOrigin tells whether a package is of this port.
func (db *Database) hasOrigin(origin string) bool {
	bare, flavor, flavored := strings.Cut(origin, "@")
	for _, p := range db.packages {
		if d := p.Detail.(*detail); d.origin == bare && (!flavored || d.flavor == flavor) {
			return true
		}
	}
	return false
}

// candidates returns the files of which one meets a pattern: a path, a program that is
// to be in PATH, or a library for the linker (find_file_path and find_lib).
func (db *Database) candidates(pattern string, shared bool) (files []string) {
	if strings.HasPrefix(pattern, "/") {
		return []string{path.Clean(pattern)}
	}
	dirs, base := []string{"sbin", "bin"}, []string{"/sbin", "/bin", "/usr/sbin", "/usr/bin"}
	if shared {
		dirs, base = []string{"lib"}, []string{"/lib", "/usr/lib"}
	}
	for _, prefix := range db.prefixes {
		for _, dir := range dirs {
			files = append(files, path.Join(prefix.name, dir, pattern))
		}
	}
	for _, dir := range base {
		files = append(files, path.Join(dir, pattern))
	}
	return files
}

// baseHas tells whether the base OS has one of the files.
func (db *Database) baseHas(files []string) bool {
	for _, file := range files {
		for _, tree := range basePaths {
			if strings.HasPrefix(file, tree+"/") {
				if _, err := fs.Lstat(db.root, file[1:]); err == nil {
					return true
				}
			}
		}
	}
	return false
}

// parseNeed reads what a person writes: see [Database.Need].
func (db *Database) parseNeed(text string) (depgraph.Need, error) {
	switch text = strings.TrimSpace(text); {
	case strings.ContainsAny(text, " \t\r\n\x00"):
		return nil, fmt.Errorf("bad dependency %q", text)
	case strings.ContainsAny(text, "<>=") && len(splitDepend(text)) == 1:
		return db.patterns(text, text)
	case strings.HasPrefix(text, "/"):
		return db.owning(path.Clean(text))
	case isOrigin(text):
		return depgraph.Need{{Name: text}}, nil
	}
	if parts := splitDepend(text); len(parts) > 1 && strings.Contains(parts[1], "/") {
		d, err := parseDepend(text)
		if err != nil {
			return nil, err
		}
		need, err := db.need(d, isLibrary(d.pattern))
		if err == nil && need == nil {
			err = fmt.Errorf("%q needs no package", text)
		}
		return need, err
	}
	if p := db.byVersion(text); p != nil {
		return depgraph.Need{{Name: p.OwnName(), Text: text}}, nil
	}
	return db.patterns(text, text)
}

// isLibrary tells whether a pattern is one of LIB_DEPENDS.
func isLibrary(pattern string) bool {
	return strings.HasPrefix(pattern, "lib") && strings.Contains(pattern, ".so")
}

// byVersion finds the package whose name and version are joined by a hyphen to text.
func (db *Database) byVersion(text string) *depgraph.Package {
	if db.named[text] != nil {
		return nil
	}
	for i := range text {
		if text[i] == '-' {
			if p := db.named[text[:i]]; p != nil && p.Version == text[i+1:] {
				return p
			}
		}
	}
	return nil
}

// owning is the need for the package that lists a file.
func (db *Database) owning(file string) (depgraph.Need, error) {
	names, err := db.owners(file)
	if err != nil {
		return nil, err
	}
	var need depgraph.Need
	for _, name := range names {
		need = append(need, depgraph.Alternative{Name: name, Text: file})
	}
	if need == nil {
		need = depgraph.Need{{Name: file}}
	}
	return need, nil
}

// patterns reads a name with constraints, "foo>=1.2<2". The name may be a glob, as for
// pkg-info(8), which stands for every package that it matches.
func (db *Database) patterns(pattern, text string) (depgraph.Need, error) {
	name, constraints, err := parsePattern(pattern)
	if err != nil {
		return nil, err
	}
	accepts := func(p *depgraph.Package, _ *depgraph.Provide) bool { return meets(p, constraints) }
	var need depgraph.Need
	if strings.ContainsAny(name, "*?[") {
		for _, p := range db.packages {
			if ok, err := path.Match(name, p.OwnName()); err != nil {
				return nil, fmt.Errorf("bad dependency %q", text)
			} else if ok {
				need = append(need, depgraph.Alternative{Name: p.OwnName(), Text: text, Accepts: accepts})
			}
		}
	}
	if need == nil {
		need = depgraph.Need{{Name: name, Text: text, Accepts: accepts}}
	}
	return need, nil
}

// parsePattern divides a name from its constraints.
func parsePattern(text string) (name string, constraints []constraint, err error) {
	end := strings.IndexAny(text, "<>=")
	if end < 0 {
		end = len(text)
	}
	name = text[:end]
	if !isName(strings.NewReplacer("*", "x", "?", "x").Replace(name)) {
		return "", nil, fmt.Errorf("bad dependency %q", text)
	}
	for rest := text[end:]; rest != ""; {
		n := len(rest) - len(strings.TrimLeft(rest, "<>="))
		c := constraint{operator: rest[:n]}
		rest = rest[n:]
		if end = strings.IndexAny(rest, "<>="); end < 0 {
			end = len(rest)
		}
		c.version, rest = rest[:end], rest[end:]
		if relationOf(c.operator) == 0 || c.version == "" {
			return "", nil, fmt.Errorf("bad version in %q", text)
		}
		constraints = append(constraints, c)
	}
	return name, constraints, nil
}
