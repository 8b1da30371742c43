package dpkg

import (
	"strings"
	"testing"
)

// Each line is in ascending order; "=" joins equal versions.
const versionOrder = `
1.0~~ 1.0~~a 1.0~ 1.0 1.0a
1.0~rc1 1.0 1.0-1 1.0-1+b1 1.0-1.1 1.0-2 1.0-10
0=0:0=0-0=00 1.0=1.0-0=0:1.0=1.00
9 1:0 1:1-1 2:0~ 2:0 10:0
1.2.3 1.2.10 1.2.a 1.2.+
A.1 a
1 1a 1b 1+ 1. 1.1
1.0-1~deb12u1 1.0-1~deb12u2 1.0-1
1-2-3 1-10-1
2.36-9+deb12u9 2.36-9+deb12u10
99999999999999999999998 99999999999999999999999
`

func TestCompareVersions(t *testing.T) {
	for line := range strings.Lines(versionOrder) {
		words := strings.Fields(line)
		for i, word := range words {
			equals := strings.Split(word, "=")
			for _, v := range equals {
				checkOrder(t, equals[0], v, 0)
				for _, later := range words[i+1:] {
					for _, w := range strings.Split(later, "=") {
						checkOrder(t, v, w, -1)
						checkOrder(t, w, v, +1)
					}
				}
			}
		}
	}
}

func checkOrder(t *testing.T, a, b string, want int) {
	t.Helper()
	if got := compareVersions(a, b); got != want {
		t.Errorf("compareVersions(%q, %q) = %d, want %d", a, b, got, want)
	}
}

func FuzzCompareVersions(f *testing.F) {
	for _, v := range strings.Fields(versionOrder) {
		f.Add(v, "1.0-1", "1:2~")
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, bc := compareVersions(a, b), compareVersions(b, c)
		if ba := compareVersions(b, a); ab != -ba {
			t.Errorf("%q and %q compare %d, and %d the other way", a, b, ab, ba)
		}
		if compareVersions(a, a) != 0 {
			t.Errorf("%q is not itself", a)
		}
		if ac := compareVersions(a, c); ab <= 0 && bc <= 0 && ac > 0 {
			t.Errorf("%q ≤ %q ≤ %q, but the first is greater than the last", a, b, c)
		}
	})
}
