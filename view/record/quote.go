package record

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Quote returns s as it may be shown on a terminal: unchanged if it is
// printable, else in Go's double quotes with escapes. What a build names its
// files must not move the cursor, reorder the line (U+202E) or fake another one.
// An s that begins with a quote is quoted too, so no two strings look the same.
func Quote(s string) string {
	if s == "" || s[0] == '"' || !printable(s) {
		return strconv.Quote(s)
	}
	return s
}

func printable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}

// maxCommand is how many bytes of a command line a report shows.
const maxCommand = 120

// command shows argv on one line, shortened, with words that hold spaces quoted.
func command(argv []string) string {
	var b strings.Builder
	for i, arg := range argv {
		if i > 0 {
			b.WriteByte(' ')
		}
		if b.Len() > maxCommand {
			b.WriteString("…")
			break
		}
		if len(arg) > maxCommand {
			arg = arg[:runeStart(arg, maxCommand)] + "…"
		}
		b.WriteString(word(arg))
	}
	return b.String()
}

// word shows s as one word of a command line.
func word(s string) string {
	if strings.ContainsAny(s, " \"'") {
		return strconv.Quote(s)
	}
	return Quote(s)
}

// runeStart is the last offset up to n where a rune of s begins.
func runeStart(s string, n int) int {
	for m := n; m > 0 && m > n-utf8.UTFMax; m-- {
		if utf8.RuneStart(s[m]) {
			return m
		}
	}
	return n
}
