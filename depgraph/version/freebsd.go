package version

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// FreeBSD compares two versions of FreeBSD packages, VERSION[_REVISION][,EPOCH], as
// pkg-version(8) does (pkg_version_cmp in pkg's pkg_version.c): by epoch, version,
// revision. Of a whole package name, the version is what follows the last hyphen.
func FreeBSD(a, b string) int {
	va, ra, ea := splitFreeBSD(a)
	vb, rb, eb := splitFreeBSD(b)
	return cmp.Or(cmp.Compare(ea, eb), compareFreeBSD(va, vb), cmp.Compare(ra, rb))
}

// splitFreeBSD divides a version. The revision is what follows the last underscore; an
// epoch counts behind that only, where there is one.
func splitFreeBSD(s string) (version string, revision, epoch int64) {
	s = s[strings.LastIndexByte(s, '-')+1:]
	if i := strings.LastIndexByte(s, '_'); i >= 0 {
		rest := s[i+1:]
		revision, _ = freebsdNumber(rest)
		if j := strings.LastIndexByte(rest, ','); j >= 0 {
			epoch, _ = freebsdNumber(rest[j+1:])
		}
		return s[:i], revision, epoch
	}
	if i := strings.LastIndexByte(s, ','); i >= 0 {
		epoch, _ = freebsdNumber(s[i+1:])
		s = s[:i]
	}
	return s, 0, epoch
}

// compareFreeBSD compares the versions proper, component by component. One that is
// missing is all zero. A "+" holds up the components behind it until the other version
// has come as far.
func compareFreeBSD(a, b string) int {
	for a != "" || b != "" {
		var x, y freebsdComponent
		moreA, moreB := a != "" && a[0] != '+', b != "" && b[0] != '+'
		if moreA {
			x, a = freebsdNext(a)
		}
		if moreB {
			y, b = freebsdNext(b)
		}
		if !moreA && !moreB {
			a, b = strings.TrimPrefix(a, "+"), strings.TrimPrefix(b, "+")
		} else if c := x.compare(y); c != 0 {
			return c
		}
	}
	return 0
}

// A freebsdComponent is a number, a letter (1 is "a") and a patch level: "10b2". What is
// missing before or after a letter is -1; the number of "*" is -2.
type freebsdComponent struct{ number, letter, patch int64 }

func (c freebsdComponent) compare(d freebsdComponent) int {
	return cmp.Or(cmp.Compare(c.number, d.number), cmp.Compare(c.letter, d.letter), cmp.Compare(c.patch, d.patch))
}

// freebsdStages are the words that start a component, and the letters that they sort as.
var freebsdStages = []struct {
	name   string
	letter int64
}{{"pl", 0}, {"alpha", 1}, {"beta", 2}, {"pre", 'p' - 'a' + 1}, {"rc", 'r' - 'a' + 1}}

// freebsdNext takes the first component off s, and the separators behind it.
func freebsdNext(s string) (c freebsdComponent, rest string) {
	switch {
	case isDigit(s[0]):
		c.number, s = freebsdNumber(s)
	case s[0] == '*':
		c.number = -2
		if i := strings.IndexByte(s, '+'); i >= 0 {
			s = s[i:]
		} else {
			s = ""
		}
	default:
		c.number = -1
	}
	if letters := freebsdLetters(s); letters != "" {
		letter, known := freebsdStage(letters)
		if known && c.number != -1 {
			return c, s // a separator is as if it were before it
		}
		if !known {
			letter = int64(letters[0]|0x20) - 'a' + 1
		}
		s = s[len(letters):]
		c.letter, c.patch = letter, -1
		if s != "" && isDigit(s[0]) {
			c.patch, s = freebsdNumber(s)
		}
	}
	return c, strings.TrimLeftFunc(s, func(r rune) bool { return !isFreebsdAlnum(r) && r != '+' && r != '*' })
}

func freebsdStage(letters string) (letter int64, ok bool) {
	for _, stage := range freebsdStages {
		if strings.EqualFold(letters, stage.name) {
			return stage.letter, true
		}
	}
	return 0, false
}

// freebsdNumber reads the digits that s starts with, perhaps none; what is too large is the
// largest there is.
func freebsdNumber(s string) (n int64, rest string) {
	d := digits(s)
	n, err := strconv.ParseInt("0"+d, 10, 64)
	if err != nil {
		n = math.MaxInt64
	}
	return n, s[len(d):]
}

func freebsdLetters(s string) string {
	n := 0
	for n < len(s) && isFreebsdLetter(rune(s[n])) {
		n++
	}
	return s[:n]
}

func isFreebsdLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

func isFreebsdAlnum(r rune) bool { return '0' <= r && r <= '9' || isFreebsdLetter(r) }
