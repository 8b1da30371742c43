package version

import (
	"cmp"
	"strings"
)

// Gentoo orders two versions with their revisions as chapter 3 of Gentoo's Package
// Manager Specification does (https://projects.gentoo.org/pms/8/pms.html#x1-250003.2),
// and Portage's vercmp. What is no version comes before all that are.
func Gentoo(a, b string) int {
	x, y := splitGentoo(a), splitGentoo(b)
	switch {
	case x == nil && y == nil:
		return cmp.Compare(a, b)
	case x == nil:
		return -1
	case y == nil:
		return 1
	}
	return cmp.Or(
		compareComponents(x.numbers, y.numbers),
		cmp.Compare(x.letter, y.letter),
		compareSuffixes(x.suffixes, y.suffixes),
		compareNumbers(x.revision, y.revision))
}

// IsGentoo tells whether v is a version, with a revision or not, by the same
// specification: "1.2b_rc3-r1".
func IsGentoo(v string) bool { return splitGentoo(v) != nil }

// gentooVersion is 1.2b_rc3-r1 in its parts.
type gentooVersion struct {
	numbers  string // "1.2"
	letter   string // "b"
	suffixes string // "_rc3"
	revision string // "1"; empty counts as 0
}

// splitGentoo returns nil for what is no version.
func splitGentoo(v string) *gentooVersion {
	var g gentooVersion
	n := len(digits(v))
	for n > 0 && n < len(v) && v[n] == '.' {
		more := len(digits(v[n+1:]))
		if more == 0 {
			return nil
		}
		n += 1 + more
	}
	if n == 0 {
		return nil
	}
	g.numbers, v = v[:n], v[n:]
	if v != "" && 'a' <= v[0] && v[0] <= 'z' {
		g.letter, v = v[:1], v[1:]
	}
	rest := v
	for strings.HasPrefix(rest, "_") {
		name, number := suffix(rest[1:])
		if suffixOrder[name] == 0 {
			return nil
		}
		rest = rest[1+len(name)+len(number):]
	}
	g.suffixes, v = v[:len(v)-len(rest)], rest
	if after, ok := strings.CutPrefix(v, "-r"); ok {
		g.revision = digits(after)
		if g.revision == "" || len(g.revision) != len(after) {
			return nil
		}
		v = ""
	}
	if v != "" {
		return nil
	}
	return &g
}

// suffix returns the letters and the number that s starts with.
func suffix(s string) (name, number string) {
	n := 0
	for n < len(s) && 'a' <= s[n] && s[n] <= 'z' {
		n++
	}
	return s[:n], digits(s[n:])
}

// suffixOrder has the suffixes in their order, and noSuffix is the place of none.
var suffixOrder = map[string]int{"alpha": 1, "beta": 2, "pre": 3, "rc": 4, "p": 6}

const noSuffix = 5

// compareComponents compares 1.2 with 1.10 (algorithms 3.2 and 3.3): the first as
// numbers, each further one as a number too, unless one of the two has a leading
// zero; then both are fractions. With all equal, the longer is greater.
func compareComponents(a, b string) int {
	headA, a, moreA := strings.Cut(a, ".")
	headB, b, moreB := strings.Cut(b, ".")
	order := compareNumbers(headA, headB)
	for order == 0 && moreA && moreB {
		headA, a, moreA = strings.Cut(a, ".")
		headB, b, moreB = strings.Cut(b, ".")
		if headA[0] == '0' || headB[0] == '0' {
			order = cmp.Compare(strings.TrimRight(headA, "0"), strings.TrimRight(headB, "0"))
		} else {
			order = compareNumbers(headA, headB)
		}
	}
	switch {
	case order != 0 || moreA == moreB:
		return order
	case moreA:
		return 1
	}
	return -1
}

// compareSuffixes compares _rc1 with _p2 (algorithms 3.5 and 3.6).
func compareSuffixes(a, b string) int {
	for a != "" || b != "" {
		nameA, numberA, restA := nextSuffix(a)
		nameB, numberB, restB := nextSuffix(b)
		if c := cmp.Or(cmp.Compare(nameA, nameB), compareNumbers(numberA, numberB)); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return 0
}

// nextSuffix takes one suffix off.
func nextSuffix(s string) (order int, number, rest string) {
	if s == "" {
		return noSuffix, "", ""
	}
	name, number := suffix(s[1:])
	return suffixOrder[name], number, s[1+len(name)+len(number):]
}
