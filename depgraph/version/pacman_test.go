package version

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

// The first lines are of libalpm's own test/util/vercmptest.sh. See checkOrders.
const pacmanOrder = `
1.0a 1.0b 1.0beta 1.0p 1.0pre 1.0rc 1.0 1.0.a 1.0.1
1.5.0 1.5.1 1.5.2
1.5.0-1 1.5.0-2 1.5.1-1
1.5=1.5-1=1.5-2 1.6
1.5.b 1.5.1
0:1.0=1.0=0:1.0-1 0:1.1 1:1.0 1:1.1 2:0.5
1 1. 1.1 1..1
1.=1_=1.. 1.1
1_1=1.1=1+1
1.0=1.00=01.0=1.000-3
r9.abc r10.abc
1-2-3 1-10-1
:1=0:1=1 1:1
x:1 1 1:0
99999999999999999999998 99999999999999999999999
`

func TestPacman(t *testing.T) { checkOrders(t, Pacman, pacmanOrder) }

// Random versions compare as pacman's own vercmp(8) compares them.
func TestPacmanVercmp(t *testing.T) {
	if _, err := exec.LookPath("vercmp"); err != nil {
		t.Skip("needs vercmp, of Debian's package makepkg: tests/setup installs it, as root")
	}
	parts := []string{"", "0", "1", "01", "2", "10", "a", "b", "rc", "Z", ".", ".", "..", "_", "+", "-", "-", ":", "~", "ü", "^"}
	random := rand.New(rand.NewPCG(1, 2))
	version := func() string {
		var b strings.Builder
		for range 1 + random.IntN(7) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		return b.String()
	}
	var pairs []string
	for range 600 {
		pairs = append(pairs, version(), version())
	}
	script := exec.Command("sh", append([]string{"-c", `while [ $# -gt 0 ]; do vercmp "$1" "$2"; shift 2; done`, "sh"}, pairs...)...)
	out, err := script.Output()
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Fields(string(out))
	if len(said)*2 != len(pairs) {
		t.Fatalf("%d answers to %d questions", len(said), len(pairs)/2)
	}
	for i, want := range said {
		a, b := pairs[2*i], pairs[2*i+1]
		got := Pacman(a, b)
		if sign := fmt.Sprint(min(1, max(-1, got))); sign != want {
			t.Errorf("%q and %q compare %s, vercmp says %s", a, b, sign, want)
		}
	}
}
