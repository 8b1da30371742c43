package version

import (
	"cmp"
	"strings"
)

// RPM orders two RPM versions, [epoch:]version[-release], as rpm-version(7) says and
// rpmverCmp does. It takes any text: what is no valid version still has one place in
// the order. One without a release is before all of the same version that have one;
// whoever asks for such a version means any release.
func RPM(a, b string) int {
	epochA, versionA, releaseA := SplitRPM(a)
	epochB, versionB, releaseB := SplitRPM(b)
	return cmp.Or(
		compareNumbers(epochA, epochB),
		compareSegments(versionA, versionB),
		compareSegments(releaseA, releaseB))
}

// SplitRPM splits at a colon after digits and at the last hyphen, as parseEVR of rpm
// does. An absent epoch is empty, which counts as 0.
func SplitRPM(evr string) (epoch, version, release string) {
	if number := digits(evr); strings.HasPrefix(evr[len(number):], ":") {
		epoch, evr = number, evr[len(number)+1:]
	}
	if i := strings.LastIndexByte(evr, '-'); i >= 0 {
		evr, release = evr[:i], evr[i+1:]
	}
	return epoch, evr, release
}

// compareSegments is rpmvercmp: segments of letters or of digits are compared in turn,
// and whatever else stands between them only divides them. A tilde is before the end
// of the version, and a caret just after it.
func compareSegments(a, b string) int {
	for {
		var segmentA, segmentB segment
		segmentA, a = nextSegment(a)
		segmentB, b = nextSegment(b)
		if c := cmp.Compare(segmentA.class, segmentB.class); c != 0 {
			return c
		}
		switch segmentA.class {
		case atEnd:
			return 0
		case letters:
			if c := cmp.Compare(segmentA.text, segmentB.text); c != 0 {
				return c
			}
		case number:
			if c := compareNumbers(segmentA.text, segmentB.text); c != 0 {
				return c
			}
		}
	}
}

// The classes of segments, in their order.
const (
	tilde = iota
	atEnd
	caret
	letters
	number
)

type segment struct {
	class int
	text  string
}

// nextSegment returns the segment that s begins with, divisions skipped, and the rest.
func nextSegment(s string) (segment, string) {
	for s != "" && !isDigit(s[0]) && !isLetter(s[0]) && s[0] != '~' && s[0] != '^' {
		s = s[1:]
	}
	switch {
	case s == "":
		return segment{class: atEnd}, ""
	case s[0] == '~':
		return segment{class: tilde}, s[1:]
	case s[0] == '^':
		return segment{class: caret}, s[1:]
	case isDigit(s[0]):
		n := len(digits(s))
		return segment{number, s[:n]}, s[n:]
	}
	n := 0
	for n < len(s) && isLetter(s[n]) {
		n++
	}
	return segment{letters, s[:n]}, s[n:]
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
