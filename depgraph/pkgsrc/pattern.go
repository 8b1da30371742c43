package pkgsrc

import (
	"fmt"
	"strings"

	"github.com/depview/depview/depgraph/version"
)

// What is taken for a pattern: pkg_install has MaxPathSize, 1024 bytes, for one, and real
// ones expand to a dozen.
const (
	maxPattern      = 1024
	maxAlternatives = 256
)

// A pattern names packages with their versions (pkg_info(1), "PACKAGE WILDCARDS";
// pkg_match in pkg_install's lib/opattern.c):
//
//	foo>=1.2<2           a range of versions
//	foo-[0-9]*           fnmatch(3)
//	{foo,bar>=2}-x       either, as in csh(1)
//	foo-1.2nb3           that one
//	foo                  any version: as foo-[0-9]*
type pattern struct {
	text         string
	alternatives []string // the same without braces, each of which will do
}

// compile reads a pattern.
func compile(text string) (*pattern, error) {
	switch {
	case text == "":
		return nil, fmt.Errorf("an empty pattern")
	case len(text) > maxPattern:
		return nil, fmt.Errorf("a pattern of %d bytes, %.20q…: longer than %d", len(text), text, maxPattern)
	}
	p := &pattern{text: text}
	if err := p.expand(text); err != nil {
		return nil, fmt.Errorf("bad pattern %q: %w", text, err)
	}
	return p, nil
}

// expand adds what text stands for, the first pair of braces in it taken apart first:
// alternate_match in opattern.c. A brace that closes nothing is a character.
func (p *pattern) expand(text string) error {
	open := strings.IndexByte(text, '{')
	if open < 0 {
		if len(p.alternatives) == maxAlternatives {
			return fmt.Errorf("more than %d alternatives", maxAlternatives)
		}
		p.alternatives = append(p.alternatives, text)
		return nil
	}
	words, rest, ok := braces(text[open:])
	if !ok {
		return fmt.Errorf("a brace is not closed")
	}
	for _, word := range words {
		if err := p.expand(text[:open] + word + rest); err != nil {
			return err
		}
	}
	return nil
}

// braces splits "{a,b{c,d}}rest" at the commas that are in no further braces.
func braces(text string) (words []string, rest string, ok bool) {
	depth, begin := 0, 1
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case ',':
			if depth == 1 {
				words, begin = append(words, text[begin:i]), i+1
			}
		case '}':
			if depth--; depth == 0 {
				return append(words, text[begin:i]), text[i+1:], true
			}
		}
	}
	return nil, "", false
}

// matches tells whether the pattern names a package, PKGNAME with version.
func (p *pattern) matches(pkgname string) bool {
	for _, alternative := range p.alternatives {
		if match(alternative, pkgname) {
			return true
		}
	}
	return false
}

// match is pkg_match for a pattern without braces.
func match(pattern, pkgname string) bool {
	if strings.ContainsAny(pattern, "<>") {
		return matchRange(pattern, pkgname)
	}
	return pattern == pkgname || strings.ContainsAny(pattern, "*?[]") && fnmatch(pattern, pkgname) ||
		fnmatch(pattern+"-[0-9]*", pkgname)
}

// matchRange is dewey_match of dewey.c: the name to the letter, then one relation, or a
// lower and an upper bound.
func matchRange(pattern, pkgname string) bool {
	name, have, ok := cutVersion(pkgname)
	at := strings.IndexAny(pattern, "<>")
	if !ok || name != pattern[:at] {
		return false
	}
	relation, want := cutRelation(pattern[at:])
	if upper := strings.IndexByte(want, '<'); upper >= 0 && relation[0] == '>' {
		below, limit := cutRelation(want[upper:])
		if !holds(have, below, limit) {
			return false
		}
		want = want[:upper]
	}
	return holds(have, relation, want)
}

// cutRelation splits a relation from the version behind it.
func cutRelation(text string) (relation, version string) {
	if len(text) > 1 && text[1] == '=' {
		return text[:2], text[2:]
	}
	return text[:1], text[1:]
}

func holds(have, relation, want string) bool {
	return version.RelationOf(relation).Holds(version.Pkgsrc(have, want))
}

// cutVersion splits PKGNAME into PKGBASE and PKGVERSION at the last hyphen, as all of
// pkg_install does.
func cutVersion(pkgname string) (base, version string, ok bool) {
	at := strings.LastIndexByte(pkgname, '-')
	if at < 0 {
		return pkgname, "", false
	}
	return pkgname[:at], pkgname[at+1:], true
}

// prefixOf returns what every package that a pattern without braces names begins with.
func prefixOf(pattern string) string {
	if at := strings.IndexAny(pattern, `<>*?[\`); at >= 0 {
		return pattern[:at]
	}
	return pattern
}

// baseOf returns the PKGBASE that a pattern without braces is about, as far as it says;
// what has no base to tell stays as it is.
func baseOf(pattern string) string {
	if at := strings.IndexAny(pattern, "<>"); at >= 0 {
		return pattern[:at]
	}
	prefix := prefixOf(pattern)
	at := strings.LastIndexByte(prefix, '-')
	switch {
	case at <= 0:
		return pattern
	case at+1 < len(prefix) && !isDigit(prefix[at+1]):
		return pattern // foo-bar, or foo-b*
	case at+1 == len(prefix) && !strings.HasPrefix(pattern[at+1:], "["):
		return pattern // foo-*
	}
	return prefix[:at]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
