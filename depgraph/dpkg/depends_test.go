package dpkg

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph/sourcetest"
)

func TestParseRelations(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{"", ""},
		{"libc6", "libc6"},
		{"libc6 (>= 2.33), zlib1g(<<1:2~) ", "libc6 >= 2.33; zlib1g << 1:2~"},
		{"default-mta | mail-transport-agent", "default-mta | mail-transport-agent"},
		{"perl:any, gcc:native (= 4:12), libc6:i386", "perl:any; gcc:native = 4:12; libc6:i386"},
		{"debhelper-compat (= 13), ", "debhelper-compat = 13"},
		{"a [amd64 !i386] <!nocheck> <cross !stage1> | b", "a [amd64 !i386] <!nocheck> <cross !stage1> | b"},
		{"a (>= 1) [linux-any],\n b,\n# c,\n d <x>", "a >= 1 [linux-any]; b; d <x>"},
		{"${misc:Depends}, a (>=\n1)", "a >= 1"},
		{"old (< 2), older (> 1)", "old < 2; older > 1"},
		{"g++, lib+x.y-z", "g++; lib+x.y-z"},

		{"a |", `error: f:7: Depends: bad package name "" in ""`},
		{"a,\nb (>= 1", `error: f:8: Depends: bad relation "b (>= 1"`},
		{"a (1)", `error: f:7: Depends: bad version "1" in "a (1)"`},
		{"a (=> 1)", `error: f:7: Depends: bad version "=> 1" in "a (=> 1)"`},
		{"a (>= )", `error: f:7: Depends: bad version ">=" in "a (>= )"`},
		{"a b", `error: f:7: Depends: bad relation "a b"`},
		{"a: b", `error: f:7: Depends: bad architecture "" in "a: b"`},
		{"a, b ü", `error: f:7: Depends: bad relation "b ü"`},
	} {
		groups, err := parseRelations(field{"f", 7, "Depends", c.value})
		got := formatGroups(groups)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.value, got, c.want)
		}
	}
}

func formatGroups(groups []group) string {
	var relations []string
	for _, g := range groups {
		var terms []string
		for _, x := range g.terms {
			s := x.name
			if x.qualifier != "" {
				s += ":" + x.qualifier
			}
			if x.operator != "" {
				s += " " + x.operator + " " + x.version
			}
			if x.archs != nil {
				s += fmt.Sprint(" ", x.archs)
			}
			for _, p := range x.profiles {
				s += " <" + strings.Join(p, " ") + ">"
			}
			terms = append(terms, s)
		}
		relations = append(relations, strings.Join(terms, " | "))
	}
	return strings.Join(relations, "; ")
}

func TestTermText(t *testing.T) {
	x, err := parseTerm("zlib1g-dev (>= 1:1.2) [linux-any] <!nocheck>")
	if err != nil || x.text != "zlib1g-dev (>= 1:1.2)" {
		t.Errorf("text %q, %v", x.text, err)
	}
}

func TestConcerned(t *testing.T) {
	for _, c := range []struct {
		arch, list string
		want       bool
	}{
		{"amd64", "", true},
		{"amd64", "amd64", true},
		{"amd64", "i386", false},
		{"amd64", "any", true},
		{"amd64", "linux-any", true},
		{"hurd-amd64", "linux-any", false},
		{"hurd-amd64", "hurd-any", true},
		{"kfreebsd-amd64", "any-amd64", true},
		{"amd64", "any-amd64", true},
		{"x32", "any-amd64", true},
		{"armhf", "any-arm", true},
		{"armhf", "gnueabihf-any", false},
		{"armhf", "eabihf-any-any-any", true},
		{"musl-linux-amd64", "musl-any-any", true},
		{"amd64", "gnu-any-any", true},
		{"musl-linux-amd64", "linux-any", true},
		{"musl-linux-amd64", "gnu-linux-any", false},
		{"amd64", "!i386", true},
		{"i386", "!i386", false},
		{"i386", "!any-i386 !arm64", false},
		{"amd64", "amd64 linux-any !i386", true},
		{"i386", "!i386 linux-any", false},
		{"mips64el", "any-mips64el", true},
	} {
		if got := concerned(c.arch, strings.Fields(c.list)); got != c.want {
			t.Errorf("%s [%s]: %v", c.arch, c.list, got)
		}
	}
}

func TestProfiled(t *testing.T) {
	for _, c := range []struct {
		active, formula string
		want            bool
	}{
		{"", "", true},
		{"", "<!nocheck>", true},
		{"nocheck", "<!nocheck>", false},
		{"", "<cross>", false},
		{"cross", "<cross !stage1>", true},
		{"cross stage1", "<cross !stage1>", false},
		{"nocheck", "<!nocheck> <cross !stage1>", false},
		{"nocheck cross", "<!nocheck> <cross !stage1>", true},
		{"nodoc nocheck", "<!nodoc !nocheck>", false},
		{"nodoc", "<!nodoc> <!nocheck>", true},
	} {
		x, err := parseTerm("a " + c.formula)
		if err != nil {
			t.Fatal(err)
		}
		if got := profiled(strings.Fields(c.active), x.profiles); got != c.want {
			t.Errorf("%s with %q: %v", c.formula, c.active, got)
		}
	}
}

func FuzzParseRelations(f *testing.F) {
	f.Add("a (>= 1) [amd64] <!x y> | b:any, c")
	f.Add("a,\n#x\n b (<< 2~),")
	f.Fuzz(func(t *testing.T, value string) {
		sourcetest.Limit(t)
		groups, err := parseRelations(field{"f", 1, "Depends", value})
		if err != nil {
			return
		}
		for _, g := range groups {
			if len(g.terms) == 0 || g.line < 1 || g.line > 1+strings.Count(value, "\n") {
				t.Errorf("%q: group %v", value, g)
			}
		}
		again, err := parseRelations(field{"f", 1, "Depends", strings.ReplaceAll(strings.ReplaceAll(formatParsable(groups), "\n", " "), "\t", " ")})
		if err != nil || !slices.Equal(strings.Fields(formatGroups(again)), strings.Fields(formatGroups(groups))) {
			t.Errorf("%q reads %q, then %q (%v)", value, formatGroups(groups), formatGroups(again), err)
		}
	})
}

// formatParsable writes groups as a field.
func formatParsable(groups []group) string {
	var relations []string
	for _, g := range groups {
		var terms []string
		for _, x := range g.terms {
			s := x.name
			if x.qualifier != "" {
				s += ":" + x.qualifier
			}
			if x.operator != "" {
				s += " (" + x.operator + x.version + ")"
			}
			if x.archs != nil {
				s += " [" + strings.Join(x.archs, " ") + "]"
			}
			for _, p := range x.profiles {
				s += " <" + strings.Join(p, " ") + ">"
			}
			terms = append(terms, s)
		}
		relations = append(relations, strings.Join(terms, "|"))
	}
	return strings.Join(relations, ",")
}
