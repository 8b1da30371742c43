package version

import (
	"cmp"
	"strings"
)

// Pacman orders two versions of Arch Linux, [epoch:]version[-release], as vercmp(8)
// and alpm_pkg_vercmp of libalpm's version.c do. It is not quite an order: a version without a release equals the same
// one with any, and one that ends in separators is before "0" and after "a", wherever
// those two are.
func Pacman(a, b string) int {
	epochA, versionA, releaseA, hasA := splitPacman(a)
	epochB, versionB, releaseB, hasB := splitPacman(b)
	if c := cmp.Or(comparePacman(epochA, epochB), comparePacman(versionA, versionB)); c != 0 || !hasA || !hasB {
		return c
	}
	return comparePacman(releaseA, releaseB)
}

// splitPacman splits at a colon after nothing but digits, and at the last hyphen. An
// absent epoch is 0.
func splitPacman(v string) (epoch, version, release string, released bool) {
	epoch = digits(v)
	if rest, ok := strings.CutPrefix(v[len(epoch):], ":"); ok {
		epoch, v = cmp.Or(epoch, "0"), rest
	} else {
		epoch = "0"
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		return epoch, v[:i], v[i+1:], true
	}
	return epoch, v, "", false
}

// comparePacman compares two parts as rpm 4.8 did: by turns a stretch of separators,
// of which only the length counts, then a number or a word.
func comparePacman(a, b string) int {
	for a != "" && b != "" {
		separatorA, separatorB := pacmanSeparators(a), pacmanSeparators(b)
		a, b = a[separatorA:], b[separatorB:]
		if a == "" || b == "" {
			break
		}
		if separatorA != separatorB {
			return cmp.Compare(separatorA, separatorB)
		}
		numberA, numberB := digits(a), digits(b)
		if c := compareNumbers(numberA, numberB); c != 0 || (numberA == "") != (numberB == "") {
			return cmp.Or(cmp.Compare(len(numberA), 0)-cmp.Compare(len(numberB), 0), c) // a number is after a word
		}
		a, b = a[len(numberA):], b[len(numberB):]
		if numberA == "" {
			wordA, wordB := pacmanWord(a), pacmanWord(b)
			if c := strings.Compare(wordA, wordB); c != 0 {
				return c
			}
			a, b = a[len(wordA):], b[len(wordB):]
		}
	}
	return pacmanRest(a) - pacmanRest(b)
}

// pacmanRest places what is left of a part where nothing is left of the other: a word
// is before nothing ("1.0rc" before "1.0"), all else after.
func pacmanRest(s string) int {
	switch {
	case s == "":
		return 0
	case pacmanWord(s) != "":
		return -1
	}
	return 1
}

// pacmanSeparators returns how many bytes s starts with that are no letters and digits.
func pacmanSeparators(s string) int {
	n := 0
	for n < len(s) && !isDigit(s[n]) && !pacmanLetter(s[n]) {
		n++
	}
	return n
}

// pacmanWord returns the letters that s starts with.
func pacmanWord(s string) string {
	n := 0
	for n < len(s) && pacmanLetter(s[n]) {
		n++
	}
	return s[:n]
}

func pacmanLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
