package record

import (
	"strings"
	"testing"
)

func baseline(t *testing.T, text string) Baseline {
	t.Helper()
	b, err := ReadBaseline("known.txt", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writtenBaseline(t *testing.T, r *Report) string {
	t.Helper()
	var b strings.Builder
	if err := WriteBaseline(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A baseline is for people to read: what was only probed is not in it.
func TestWriteBaseline(t *testing.T) {
	got := writtenBaseline(t, reportOf(t, Options{}, append(eventful(), hidden(Undeclared, "/usr/include/both ways.h", "b", "an odd|name", "-"))...))
	want := `# depview baseline 1
# PACKAGE[|PACKAGE…] PATH, or - PATH if no package owns it
"-"|"an odd|name"|b "/usr/include/both ways.h"
- /opt/left.h
libonig-dev /usr/include/onigposix.h
libonig-dev /usr/include/oniguruma.h
libonig-dev /usr/lib/libonig.so
zstd /usr/bin/zstd
zstd /usr/include/zstd.h
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// What is in the baseline is no news, and all else is.
func TestBaselineKnown(t *testing.T) {
	events := append(eventful(), hidden(Undeclared, "/usr/include/both ways.h", "b", "an odd|name", "-"))
	b := baseline(t, writtenBaseline(t, reportOf(t, Options{}, events...)))
	news := hidden(Undeclared, "/usr/include/new.h", "libonig-dev")
	r := reportOf(t, Options{Known: b.Known}, append(events, news, hidden(Undeclared, "/opt/other.h", "someone"))...)
	if r.Known != 7 {
		t.Errorf("%d are known", r.Known)
	}
	if got := writtenBaseline(t, r); !strings.HasSuffix(got, "owns it\nlibonig-dev /usr/include/new.h\nsomeone /opt/other.h\n") {
		t.Error(got)
	}
}

func TestReadBaseline(t *testing.T) {
	b := baseline(t, "# depview baseline 1\r\n\n  # a comment\n\tb|a \t /x\n- /stray  \n\"\\xff\" \"/a b\\n\"\n\"#\" /|\n\"-\" /dash")
	for _, test := range []struct {
		owners []string
		path   string
		known  bool
	}{
		{[]string{"a", "b"}, "/x", true}, {[]string{"b", "a", "b"}, "/x", true}, {[]string{"a"}, "/x", false}, {nil, "/x", false},
		{nil, "/stray", true}, {[]string{"-"}, "/stray", false}, {[]string{"-"}, "/dash", true},
		{[]string{"\xff"}, "/a b\n", true}, {[]string{"#"}, "/|", true}, {[]string{"a", "b"}, "/x ", false},
	} {
		if b.Known(test.owners, test.path) != test.known {
			t.Errorf("%q %q: known is %v", test.owners, test.path, !test.known)
		}
	}
	if (Baseline{}).Known(nil, "/x") {
		t.Error("no baseline knows a path")
	}
}

func TestReadBaselineErrors(t *testing.T) {
	const form = `not of the form "PACKAGE PATH"`
	for text, want := range map[string]string{
		"":                          `known.txt:1: no baseline: its first line is not "# depview baseline 1"`,
		"a /x\n":                    "known.txt:1: no baseline",
		"# depview baseline 2\n":    "known.txt:1: version 2 of the baseline is unknown: this depview reads version 1",
		"# depview baseline \x1b\n": `known.txt:1: version "\x1b" of the baseline`,
		"a\n":                       "known.txt:3: " + form, "a /x /y": form, "a| /x": form, "|a /x": form, "-|a /x": form, "a|- /x": form, `"a /x`: form,
		`"a"b /x`: form, `a "/x" y`: form, `a "/x`: form, `a "\q"`: form, "a|b": form,
	} {
		if !strings.HasPrefix(want, "known.txt:1") {
			text = "# depview baseline 1\n\n" + text
		}
		if _, err := ReadBaseline("known.txt", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whatever the build named its files, the baseline has it back.
func TestBaselineHostile(t *testing.T) {
	events := hostile()
	r := reportOf(t, Options{}, events...)
	text := writtenBaseline(t, r)
	harmless(t, "baseline", text)
	b := baseline(t, text)
	for _, g := range append(r.Undeclared, r.Stray) {
		for _, f := range g.Findings {
			if b.Known(g.Owners, f.Path) != (f.Rank > Probed) {
				t.Errorf("%q of %q with rank %s", f.Path, g.Owners, f.Rank)
			}
		}
	}
	if strings.Count(text, "\n") < len(evil) {
		t.Error(text)
	}
}
