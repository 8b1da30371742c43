package version

import "cmp"

// MacPorts orders two versions of a port as MacPorts' vercmp does
// (src/pextlib1.0/vercomp.c, and src/cregistry/vercomp.c, which is the collating
// sequence VERSION of its registry). It comes from RPM: stretches of digits and of
// ASCII letters are compared in turn, whatever stands between them; a number is after
// letters, and what goes on is after what has ended.
//
// In places vercmp is no order, since it depends on which version comes first, or finds
// "1.0b" equal to "1.0beta" and to "1.0bz" alike. Here the shorter word is first, and a
// separator that nothing follows is after nothing at all and before anything else.
func MacPorts(a, b string) int {
	for a != "" && b != "" {
		a, b = vercmpSkip(a), vercmpSkip(b)
		if c := cmp.Compare(vercmpRank(a), vercmpRank(b)); c != 0 {
			return c
		}
		wordA, wordB := vercmpWord(a), vercmpWord(b)
		numberA, numberB := digits(a), digits(b)
		if c := cmp.Or(cmp.Compare(wordA, wordB), compareNumbers(numberA, numberB)); c != 0 {
			return c
		}
		a, b = a[len(wordA)+len(numberA):], b[len(wordB)+len(numberB):]
	}
	return cmp.Compare(min(len(a), 1), min(len(b), 1))
}

// vercmpRank orders what s starts with: nothing, letters, digits.
func vercmpRank(s string) int {
	switch {
	case s == "":
		return 0
	case isDigit(s[0]):
		return 2
	}
	return 1
}

// vercmpSkip returns s from its first letter or digit.
func vercmpSkip(s string) string {
	for s != "" && !isDigit(s[0]) && !vercmpLetter(s[0]) {
		s = s[1:]
	}
	return s
}

// vercmpWord returns the word that s starts with, perhaps empty.
func vercmpWord(s string) string {
	n := 0
	for n < len(s) && vercmpLetter(s[n]) {
		n++
	}
	return s[:n]
}

func vercmpLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
