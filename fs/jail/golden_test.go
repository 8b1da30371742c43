package jail

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What the jails of macOS and FreeBSD are made of is compared with testdata, on any
// system.
var update = flag.Bool("update", false, "write testdata/*.golden anew")

// golden compares text with the file testdata/NAME.golden.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s: go test -update writes it; got\n%swant\n%s", file, text, want)
	}
}

// plans are what golden files are made for. The work directories' names are such as
// a tester of quotation would choose.
var plans = map[string]*Plan{
	"readonly": {Home: "/tmp/home", Binds: []Bind{{Source: "/work/src", Target: "/work/src"}}},
	"writable": {Home: "/tmp/home", Writable: true, Network: true, Binds: []Bind{
		{Source: "/work/src/deep", Target: "/work/src/deep"},
		{Source: "/usr/ports", Target: "/usr/ports", ReadOnly: true},
		{Source: "/work/src", Target: "/work/src"},
		{Source: "/usr/ports/distfiles", Target: "/usr/ports/distfiles"},
	}},
	"odd": {Binds: []Bind{
		{Source: "/work/a \"b\" (c)", Target: "/work/a \"b\" (c)"},
		{Source: "/work/back\\slash", Target: "/work/back\\slash"},
		{Source: "/work/new\nline", Target: "/work/new\nline"},
		{Source: "/work/größe", Target: "/work/größe"},
		{Source: "/work/latin\xe4", Target: "/work/latin\xe4"},
	}},
}

func TestMounts(t *testing.T) {
	for _, goos := range []string{"darwin", "freebsd"} {
		for name, p := range plans {
			list := p.mounts(goos, "/tmp/depview-1/view", "/tmp/depview-1/tmp")
			var b strings.Builder
			for _, m := range list {
				fmt.Fprintf(&b, "mount %q\n", m.String())
			}
			for _, m := range undone(list) {
				fmt.Fprintf(&b, "unmount %q\n", m.target)
			}
			golden(t, goos+"-mounts-"+name, b.String())
			checkOrder(t, list)
		}
	}
}

// checkOrder sees that no mount covers an earlier one.
func checkOrder(t *testing.T, list []planned) {
	t.Helper()
	for i, m := range list {
		if slices.ContainsFunc(list[:i], func(before planned) bool { return strings.HasPrefix(before.target, m.target) }) {
			t.Errorf("%s covers what was mounted before it", m)
		}
	}
}

func TestProfile(t *testing.T) {
	for name, p := range plans {
		text := p.profile("/private/tmp/depview-1/view")
		golden(t, "darwin-profile-"+name, text)
		if open, close := strings.Count(text, "("), strings.Count(text, ")"); open != close {
			t.Errorf("%s: %d parentheses open and %d close", name, open, close)
		}
	}
}

func TestPrison(t *testing.T) {
	for name, p := range plans {
		var b strings.Builder
		for _, a := range p.prison("/tmp/depview-1/view", "depview17", "builder.example") {
			fmt.Fprintf(&b, "%s %#v %x\n", a.name, a.value, a.bytes())
		}
		golden(t, "freebsd-prison-"+name, b.String())
	}
}

func TestNmount(t *testing.T) {
	var b strings.Builder
	for _, m := range plans["writable"].mounts("freebsd", "/tmp/depview-1/view", "") {
		if m.source == "" {
			continue // go-fuse's
		}
		for _, a := range m.nmount() {
			fmt.Fprintf(&b, "%s %q\n", a.name, a.bytes())
		}
		b.WriteString("\n")
	}
	golden(t, "freebsd-nmount", b.String())
}

func TestDeviceRules(t *testing.T) {
	var b strings.Builder
	for _, words := range deviceRules() {
		fmt.Fprintf(&b, "devfs rule -s %d add %s\n", ruleset, strings.Join(words, " "))
	}
	golden(t, "freebsd-devices", b.String())
}
