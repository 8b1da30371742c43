package version

import (
	"strings"
	"testing"
)

// checkOrders checks a table of versions: each line is in ascending order, and "="
// joins equal ones.
func checkOrders(t *testing.T, compare func(a, b string) int, table string) {
	t.Helper()
	check := func(a, b string, want int) {
		if got := compare(a, b); got != want {
			t.Errorf("%q and %q compare %d, want %d", a, b, got, want)
		}
	}
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		for i, word := range words {
			equals := strings.Split(word, "=")
			for _, v := range equals {
				check(equals[0], v, 0)
				for _, later := range words[i+1:] {
					for w := range strings.SplitSeq(later, "=") {
						check(v, w, -1)
						check(w, v, +1)
					}
				}
			}
		}
	}
}

// orders are those that are an order, and the table that each is tested with. Pacman's is
// none: see Pacman.
var orders = map[string]struct {
	compare func(a, b string) int
	table   string
}{
	"Apk":      {Apk, apkOrder},
	"Debian":   {Debian, debianOrder},
	"FreeBSD":  {FreeBSD, freebsdOrder},
	"Gentoo":   {Gentoo, gentooOrder},
	"MacPorts": {MacPorts, macportsOrder},
	"Pkgsrc":   {Pkgsrc, pkgsrcOrder},
	"RPM":      {RPM, rpmOrder},
}

// FuzzOrders checks that each is an order, of whatever strings.
func FuzzOrders(f *testing.F) {
	for _, o := range orders {
		for _, v := range strings.FieldsFunc(o.table, func(r rune) bool { return r <= ' ' || r == '=' }) {
			f.Add(v, "1.0-1", "1:2~")
		}
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		for name, o := range orders {
			ab, bc := o.compare(a, b), o.compare(b, c)
			if ba := o.compare(b, a); ab != -ba {
				t.Errorf("%s: %q and %q compare %d, and %d the other way", name, a, b, ab, ba)
			}
			if o.compare(a, a) != 0 {
				t.Errorf("%s: %q is not itself", name, a)
			}
			if ac := o.compare(a, c); ab <= 0 && bc <= 0 && ac > 0 {
				t.Errorf("%s: %q ≤ %q ≤ %q, but the first is greater than the last", name, a, b, c)
			}
		}
		if Pacman(a, b) != -Pacman(b, a) || Pacman(a, a) != 0 {
			t.Errorf("Pacman: %q and %q compare %d, and %d the other way", a, b, Pacman(a, b), Pacman(b, a))
		}
	})
}
