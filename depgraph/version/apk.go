package version

import (
	"cmp"
	"strings"
)

// Apk orders two versions of Alpine's,
//
//	number{.number}[letter]{_suffix[number]}[~hash][-rnumber]
//
// as apk-package(5) says and apk 3 does (apk-tools' src/version.c; apk 2 differs where
// numbers have leading zeros). It takes any text: what is no valid version is before what
// continues it in a valid way.
func Apk(a, b string) int { return compareApk(a, b, false) }

// ApkFuzzy is Apk for the operators with a ~: a version that only continues want, in
// whatever way, equals it. So 3.6.9 and 3.6_rc1 equal 3.6, and 3.60 does not.
func ApkFuzzy(have, want string) int { return compareApk(have, want, true) }

// An apkPart is one part of a version.
type apkPart struct {
	kind apkKind
	text string // digits, letter or hash
	name int    // of a suffix: its place among apkSuffixes
}

// An apkKind orders parts where two versions part ways: 1.2_rc1 < 1.2 < 1.2-r1 <
// 1.2_p1 < 1.2a < 1.2.3.
type apkKind uint8

const (
	apkBefore  apkKind = iota // _alpha, _beta, _pre, _rc
	apkInvalid                // and whatever follows
	apkEnd
	apkRevision // -r1
	apkHash     // ~01ab
	apkCount    // the number of a suffix
	apkAfter    // _cvs, _svn, _git, _hg, _p
	apkLetter
	apkNumber // .1
	apkFirst
)

var apkSuffixes = []string{"alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"}

// apkReleased is the place of the first suffix that comes after the plain version.
const apkReleased = 4

func compareApk(a, b string, fuzzy bool) int {
	x, a := firstApkPart(a)
	y, b := firstApkPart(b)
	for {
		switch {
		case fuzzy && y.kind == apkEnd:
			return 0
		case x.kind != y.kind:
			return cmp.Compare(x.kind, y.kind)
		case x.kind == apkEnd, x.kind == apkInvalid:
			return 0
		}
		if c := compareApkParts(x, y); c != 0 {
			return c
		}
		x, a = nextApkPart(x.kind, a)
		y, b = nextApkPart(y.kind, b)
	}
}

// compareApkParts compares two parts of one kind. Numbers after a dot are compared as
// fractions are if one has a leading zero, as Gentoo does: 1.0015 is before 1.002.
func compareApkParts(x, y apkPart) int {
	switch x.kind {
	case apkBefore, apkAfter:
		return cmp.Compare(x.name, y.name)
	case apkLetter, apkHash:
		return cmp.Compare(x.text, y.text)
	case apkNumber:
		if x.text[0] == '0' || y.text[0] == '0' {
			return cmp.Compare(x.text, y.text)
		}
	}
	return compareNumbers(x.text, y.text)
}

func firstApkPart(v string) (part apkPart, rest string) { return apkDigits(apkFirst, v) }

// nextApkPart reads the part after one of kind last.
func nextApkPart(last apkKind, v string) (part apkPart, rest string) {
	numbers := last == apkFirst || last == apkNumber
	switch {
	case v == "":
		return apkPart{kind: apkEnd}, ""
	case 'a' <= v[0] && v[0] <= 'z' && numbers:
		return apkPart{kind: apkLetter, text: v[:1]}, v[1:]
	case v[0] == '.' && numbers:
		return apkDigits(apkNumber, v[1:])
	case isDigit(v[0]) && (last == apkBefore || last == apkAfter):
		return apkDigits(apkCount, v)
	case v[0] == '_' && last != apkHash && last != apkRevision:
		return apkSuffix(v[1:])
	case v[0] == '~' && last != apkHash && last != apkRevision:
		rest := strings.TrimLeft(v[1:], "0123456789abcdef")
		if hash := v[1 : len(v)-len(rest)]; hash != "" {
			return apkPart{kind: apkHash, text: hash}, rest
		}
	case strings.HasPrefix(v, "-r") && last != apkRevision:
		return apkDigits(apkRevision, v[2:])
	}
	return apkPart{kind: apkInvalid}, ""
}

func apkDigits(kind apkKind, v string) (apkPart, string) {
	number := digits(v)
	if number == "" {
		return apkPart{kind: apkInvalid}, ""
	}
	return apkPart{kind: kind, text: number}, v[len(number):]
}

func apkSuffix(v string) (apkPart, string) {
	rest := strings.TrimLeft(v, "abcdefghijklmnopqrstuvwxyz")
	word := v[:len(v)-len(rest)]
	for i, name := range apkSuffixes {
		switch {
		case name != word:
		case i < apkReleased:
			return apkPart{kind: apkBefore, name: i}, rest
		default:
			return apkPart{kind: apkAfter, name: i}, rest
		}
	}
	return apkPart{kind: apkInvalid}, ""
}
