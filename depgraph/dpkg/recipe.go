package dpkg

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/depview/depview/depgraph"
)

// Recipe reads the build dependencies of a source package, from debian/control
// or from a .dsc, signed or not (deb-src-control(5), dsc(5)).
//
// All of them are of kind Build, those restricted by <!nocheck> too: Debian
// installs them before the build starts, and rules files look for test tools as
// early as they configure. Whoever builds without tests says so in
// DEB_BUILD_PROFILES, and
// then they are left out.
func (db *Database) Recipe(name string, text []byte) (*depgraph.Recipe, error) {
	body, err := unsigned(name, string(text))
	if err != nil {
		return nil, err
	}
	r := &depgraph.Recipe{}
	s := newScanner(name, body)
	if !s.stanza() {
		return nil, cmp.Or(s.err, fmt.Errorf("%s: nothing in it", name))
	}
	first := s.lines + 1
	for s.field() {
		switch {
		case s.is("Source"):
			r.Name = s.value
		case s.is("Version"):
			r.Version = s.value
		case s.is("Build-Depends"), s.is("Build-Depends-Arch"), s.is("Build-Depends-Indep"):
			direct, err := db.buildDepends(field{name, s.line, s.name, s.value})
			if err != nil {
				return nil, err
			}
			r.Direct = append(r.Direct, direct...)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if r.Name == "" {
		return nil, fmt.Errorf("%s:%d: Source: the first stanza has no such field", name, first)
	}
	return r, nil
}

// buildDepends reads one field. A relation of which no alternative applies to
// this architecture and these profiles asks for nothing.
func (db *Database) buildDepends(f field) ([]depgraph.Direct, error) {
	groups, err := parseRelations(f)
	if err != nil {
		return nil, err
	}
	var direct []depgraph.Direct
	for _, group := range groups {
		var terms []term
		for _, t := range group.terms {
			if t.applies(db.native, db.profiles) {
				terms = append(terms, t)
			}
		}
		if len(terms) > 0 {
			direct = append(direct, depgraph.Direct{
				Kind:  depgraph.Build,
				Need:  db.need(terms, db.native),
				Where: fmt.Sprintf("%s:%d: %s", f.where, group.line, f.name),
			})
		}
	}
	return direct, nil
}

// declare returns the line of debian/control that asks for the named packages.
func declare(names []string) string { return "Build-Depends: " + strings.Join(names, ", ") }

// unsigned returns the text inside an OpenPGP cleartext signature (RFC 9580,
// section 7), with lines where they were; a text without one is returned as it is.
func unsigned(name, text string) (string, error) {
	const begin, end = "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----"
	if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), begin) {
		return text, nil
	}
	lines := strings.Split(text, "\n")
	inside, headers := false, false
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		lines[i] = ""
		switch {
		case inside && line == end:
			return strings.Join(lines[:i], "\n"), nil
		case inside:
			lines[i] = strings.TrimPrefix(line, "- ") // dash-escaped
		case headers:
			inside = line == ""
		default:
			headers = line == begin
		}
	}
	return "", fmt.Errorf("%s:%d: the signed message has no end", name, len(lines))
}
