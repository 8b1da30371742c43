package version

import (
	"cmp"
	"strings"
)

// Debian orders two Debian versions, [epoch:]upstream[-revision], as
// deb-version(7) says and dpkg --compare-versions does. It takes any text: what
// is no valid version still has one place in the order.
func Debian(a, b string) int {
	epochA, upstreamA, revisionA := splitVersion(a)
	epochB, upstreamB, revisionB := splitVersion(b)
	return cmp.Or(
		compareNumbers(epochA, epochB),
		compareParts(upstreamA, upstreamB),
		compareParts(revisionA, revisionB))
}

// splitVersion splits at the first colon and the last hyphen. An absent epoch or
// revision is empty, which compares equal to 0.
func splitVersion(v string) (epoch, upstream, revision string) {
	if i := strings.IndexByte(v, ':'); i >= 0 {
		epoch, v = v[:i], v[i+1:]
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		v, revision = v[:i], v[i+1:]
	}
	return epoch, v, revision
}

// compareParts compares two upstream versions or two revisions: by turns a
// stretch of other characters, then a number, until they differ.
func compareParts(a, b string) int {
	for a != "" || b != "" {
		for notDigit(a) || notDigit(b) {
			if c := cmp.Compare(weight(a), weight(b)); c != 0 {
				return c
			}
			a, b = a[1:], b[1:] // equal weights: both have a character here
		}
		numberA, numberB := digits(a), digits(b)
		if c := compareNumbers(numberA, numberB); c != 0 {
			return c
		}
		a, b = a[len(numberA):], b[len(numberB):]
	}
	return 0
}

// weight orders the character that s starts with: "~" is before the end of the
// part, and letters are before all other characters. A digit ends the stretch.
func weight(s string) int {
	switch {
	case s == "" || isDigit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case 'a' <= s[0]|0x20 && s[0]|0x20 <= 'z':
		return int(s[0])
	default:
		return int(s[0]) + 256
	}
}

// compareNumbers compares two strings of digits of any length by value.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// digits returns the number that s starts with, perhaps empty.
func digits(s string) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func notDigit(s string) bool { return s != "" && !isDigit(s[0]) }
