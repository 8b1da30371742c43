package version

import (
	"cmp"
	"strconv"
	"strings"
)

// Pkgsrc orders two versions of pkgsrc packages, as pkg_info(1) describes it ("the
// collating sequence of the various package version numbers is unusual") and
// pkg_install's lib/dewey.c does it. It takes any text.
//
// A version is a row of numbers, compared one by one, where a missing one counts as 0:
// a stretch of digits is its value; ".", "_" and "pl" are 0; "alpha", "beta" and both
// "pre" and "rc" are -3, -2 and -1; any other letter is 0 and then its place in the
// alphabet. Other characters are nothing, and neither is "nb" with the digits after it,
// pkgsrc's own revision: it decides between versions that are equal otherwise.
func Pkgsrc(a, b string) int {
	rowA, rowB := dewey{text: a}, dewey{text: b}
	for {
		numberA, moreA := rowA.next()
		numberB, moreB := rowB.next()
		if !moreA && !moreB {
			return compareNumbers(rowA.revision, rowB.revision)
		}
		if c := numberA.compare(numberB); c != 0 {
			return c
		}
	}
}

// A dewey reads the numbers of a version, one after the other.
type dewey struct {
	text     string
	letter   int    // what follows the 0 of a letter that was just read
	revision string // the digits of the last "nb"
}

// A deweyNumber is a value below zero, or digits of any length. The zero value is 0.
type deweyNumber struct {
	below  int
	digits string
}

func (n deweyNumber) compare(other deweyNumber) int {
	return cmp.Or(cmp.Compare(n.below, other.below), compareNumbers(n.digits, other.digits))
}

// deweyWords are what stands for a number, in the order in which dewey.c looks for them.
var deweyWords = []struct {
	word  string
	below int
}{{"alpha", -3}, {"beta", -2}, {"pre", -1}, {"rc", -1}, {"pl", 0}, {"_", 0}, {".", 0}}

// next returns the next number, and whether there is one. It splits as mkcomponent of
// dewey.c does.
func (d *dewey) next() (deweyNumber, bool) {
	if d.letter > 0 {
		n := deweyNumber{digits: strconv.Itoa(d.letter)}
		d.letter = 0
		return n, true
	}
	for d.text != "" {
		if n := digits(d.text); n != "" {
			d.text = d.text[len(n):]
			return deweyNumber{digits: n}, true
		}
		for _, w := range deweyWords {
			if d.take(w.word) {
				return deweyNumber{below: w.below}, true
			}
		}
		if d.take("nb") {
			d.revision = digits(d.text)
			d.text = d.text[len(d.revision):]
			continue
		}
		c := d.text[0] | 0x20
		d.text = d.text[1:]
		if 'a' <= c && c <= 'z' {
			d.letter = int(c-'a') + 1
			return deweyNumber{}, true
		}
	}
	return deweyNumber{}, false
}

// take removes the word, in any case of letters, from the front of the text, if it is
// there.
func (d *dewey) take(word string) bool {
	if len(d.text) < len(word) || !strings.EqualFold(d.text[:len(word)], word) {
		return false
	}
	d.text = d.text[len(word):]
	return true
}
