package record

import (
	"errors"
	"fmt"
	"iter"
	"path"
	"strings"
	"testing"
)

func sequence(events ...Event) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func hidden(verdict, path string, owners ...string) Event {
	return Event{Kind: Hidden, Verdict: verdict, Path: path, Owners: owners, PID: 812, Exe: "/usr/bin/cc1",
		Argv: []string{"cc1", "-quiet", "conftest.c"}}
}

func reportText(t *testing.T, o Options, verbose bool, events ...Event) string {
	t.Helper()
	r, err := NewReport(sequence(events...), o)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.Text(&b, verbose); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReportText(t *testing.T) {
	second := hidden(Undeclared, "/usr/lib/libonig.so", "libonig-dev")
	second.PID = 900
	got := reportText(t, Options{
		Ignore:  []string{"/usr/bin/ccache", "/opt/**/*.pyc"},
		Declare: func(names []string) string { return "Build-Depends: " + strings.Join(names, " | ") },
	}, false,
		hidden(Undeclared, "/usr/lib/both", "b", "a", "b"),
		hidden(Undeclared, "/usr/bin/ccache", "ccache"),
		hidden(Stray, "/opt/x/y.pyc"),
		hidden(Excluded, "/usr/local"),
		hidden(Undeclared, "/usr/lib/oniguruma.h", "libonig-dev"), second,
		hidden(Undeclared, "/usr/lib/oniguruma.h", "libonig-dev"),
		Event{Kind: "read", Verdict: Undeclared, Path: "/usr/bin/jq", Owners: []string{"jq"}},
		Event{Kind: Hidden, Verdict: Stray, Path: "/opt/evil\x1b[2J\nlibc: declare me", Argv: []string{"sh", "a b", "\xff"}},
	)
	want := `a or b: 1 hidden path was looked up
  /usr/lib/both
  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 812
  declare: Build-Depends: a | b
libonig-dev: 2 hidden paths were looked up
  /usr/lib/libonig.so
  /usr/lib/oniguruma.h
  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 812
  declare: Build-Depends: libonig-dev
files that no package owns: 1 was looked up
  "/opt/evil\x1b[2J\nlibc: declare me"
  first by an unknown process (sh "a b" "\xff")
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestReportShortens(t *testing.T) {
	var events []Event
	for i := range 12 {
		events = append(events, hidden(Undeclared, fmt.Sprintf("/p%02d", i), "p"))
	}
	short := reportText(t, Options{}, false, events...)
	if !strings.Contains(short, "  /p09\n  … and 2 more\n") || !strings.HasSuffix(short, "  declare p\n") {
		t.Error(short)
	}
	if long := reportText(t, Options{}, true, events...); !strings.Contains(long, "/p11") || strings.Contains(long, "more") {
		t.Error(long)
	}
	long := hidden(Undeclared, "/p", "p")
	long.Argv = []string{"ld", strings.Repeat("é", 500), strings.Repeat("x", 500), "end"}
	if line := reportText(t, Options{}, false, long); len(line) > 500 || strings.Contains(line, `\x`) {
		t.Error(line)
	}
}

func TestReportEmpty(t *testing.T) {
	if got := reportText(t, Options{}, true, hidden(Excluded, "/x")); got != "nothing hidden was looked up\n" {
		t.Error(got)
	}
}

func TestReportErrors(t *testing.T) {
	if _, err := NewReport(sequence(), Options{Ignore: []string{"/a/[b"}}); !errors.Is(err, path.ErrBadPattern) {
		t.Error(err)
	}
	if _, err := NewReport(Read(strings.NewReader("x\n")), Options{}); err == nil {
		t.Error("a malformed record made a report")
	}
}

func TestGlobs(t *testing.T) {
	for _, test := range strings.Split(strings.TrimSpace(`
/usr/bin/ccache   /usr/bin/ccache    true
/usr/bin/cc*      /usr/bin/ccache    true
/usr/*            /usr/bin/ccache    false
/usr/**           /usr/bin/ccache    true
/usr/**           /usr               true
/**/ccache        /usr/bin/ccache    true
**/ccache         /usr/bin/ccache    true
/**/bin/**/x      /a/bin/b/bin/c/x   true
/**/bin/**/x      /a/bin/b/bin/c/y   false
/usr/**/bin       /usr/bin           true
/usr/b?n/[a-c]*   /usr/bin/ccache    true
/usr/bin          /usr/bin/ccache    false
/a**b             /axxb              true
`), "\n") {
		f := strings.Fields(test)
		gs, err := compile(f[:1])
		if err != nil || fmt.Sprint(gs.match(f[1])) != f[2] {
			t.Errorf("%s: %v", test, err)
		}
	}
	gs, _ := compile([]string{strings.Repeat("/**/a", 40) + "/b"})
	if gs.match(strings.Repeat("/a", 2000)) { // must not take exponential time
		t.Error("matched")
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"/usr/bin/x": "/usr/bin/x", "/a b": "/a b", "/é": "/é", "": `""`, `"x"`: `"\"x\""`,
		"/\u202egnp.exe": `"/\u202egnp.exe"`, "/\xff": `"/\xff"`, "/\x1b]0;x\a": `"/\x1b]0;x\a"`,
	} {
		if got := Quote(in); got != want {
			t.Errorf("Quote(%q) = %s, want %s", in, got, want)
		}
	}
}
