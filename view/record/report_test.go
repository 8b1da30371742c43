package record

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"
	"testing"
	"time"
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

func reportOf(t testing.TB, o Options, events ...Event) *Report {
	t.Helper()
	r, err := NewReport(sequence(events...), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func written(t testing.TB, r *Report, format string, d Details) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b, format, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func reportText(t *testing.T, o Options, verbose bool, events ...Event) string {
	t.Helper()
	return written(t, reportOf(t, o, events...), "text", Details{Verbose: verbose})
}

// asked is a lookup by a command line.
func asked(path string, typ Type, call Call, owner string, pid int, argv ...string) Event {
	return Event{Kind: Hidden, Verdict: Undeclared, Path: path, Owners: []string{owner}, Type: typ, Call: call, PID: pid, Exe: "/usr/bin/" + argv[0], Argv: argv}
}

// eventful is a record with some of everything that a report shows.
func eventful() []Event {
	at := func(second int) time.Time { return time.Date(2026, 2, 3, 4, 5, second, 0, time.UTC) }
	dpkg := asked("/usr/share/perl5/File/FcntlLock.pm", File, Stat, "libfile-fcntllock-perl", 30, "dpkg-source")
	dpkg.OptionalFor = "dpkg-dev"
	return []Event{
		{Kind: Start, Mode: Hide, Phase: "build", Argv: []string{"make", "all"}, Time: at(0)},
		asked("/usr/bin/ccache", Program, Stat, "ccache", 7, "cmake"),
		asked("/usr/include/oniguruma.h", File, Open, "libonig-dev", 812, "cc1", "-quiet", "conftest.c"),
		asked("/usr/lib/libonig.so", File, Open, "libonig-dev", 813, "ld", "-lonig"),
		asked("/usr/include/onigposix.h", File, Open, "libonig-dev", 900, "cc1", "-quiet", "conftest.c"),
		asked("/usr/share/doc/libonig-dev", Directory, Stat, "libonig-dev", 14, "ls"),
		asked("/usr/bin/zstd", Program, Exec, "zstd", 20, "sh", "-c", "zstd x"),
		asked("/usr/include/zstd.h", File, Open, "zstd", 21, "cc1", "z.c"),
		dpkg,
		hidden(Stray, "/opt/left.h"),
		{Kind: Absent, Path: "/usr/local/include/none.h", Verdict: Undeclared, PID: 5, Exe: "/usr/bin/cc1"},
		{Kind: Denied, Path: "/usr/local/x", Syscall: "mkdirat", Errno: "EROFS", PID: 40, Exe: "/usr/bin/mkdir", Argv: []string{"mkdir", "/usr/local/x"}},
		{Kind: Denied, Path: "/usr/local/x", Syscall: "mkdirat", Errno: "EROFS", PID: 41, Exe: "/usr/bin/mkdir", Count: 2},
		{Kind: Denied, Address: "192.0.2.1:443/tcp", Syscall: "connect", Errno: "ENETUNREACH", PID: 42, Exe: "/usr/bin/curl"},
		{Kind: More, OfKind: Absent, Count: 17},
		{Kind: End, Status: 2, Time: at(9)},
	}
}

func everything() Options {
	return Options{
		Declare: func(_ string, names []string) string { return "Build-Depends: " + strings.Join(names, " | ") },
		Unused:  func([]string) []string { return []string{"libz-dev"} },
	}
}

func TestReportText(t *testing.T) {
	got := reportText(t, everything(), false, eventful()...)
	want := `zstd: would have run
  program  /usr/bin/zstd
  first by /usr/bin/sh (sh -c "zstd x"), pid 20
  would have been read:
  header   /usr/include/zstd.h
  first by /usr/bin/cc1 (cc1 z.c), pid 21
  declare: Build-Depends: zstd
libonig-dev: would have been read
  header   /usr/include/onigposix.h
  header   /usr/include/oniguruma.h
  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 900
  library  /usr/lib/libonig.so
  first by /usr/bin/ld (ld -lonig), pid 813
  … and 1 path that was only probed
  declare: Build-Depends: libonig-dev
only probed, which is no finding by itself; depview check --confirm tells for sure:
ccache: probed /usr/bin/ccache
libfile-fcntllock-perl: optional for dpkg-dev, which does without: /usr/share/perl5/File/FcntlLock.pm
files that no package owns: would have been read
  header   /opt/left.h
  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 812
names that do not exist, and would be hidden if they did:
  header   /usr/local/include/none.h
  first by /usr/bin/cc1, pid 5
denied in phase build:
  EROFS mkdirat (3 times) /usr/local/x
  first by /usr/bin/mkdir (mkdir /usr/local/x), pid 40
  ENETUNREACH connect 192.0.2.1:443/tcp
  first by /usr/bin/curl, pid 42
declared and not used before the command failed:
  libz-dev
not recorded: 17 lookups, as there were too many
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestReportTextVerbose(t *testing.T) {
	wanted := hidden(Undeclared, "/usr/include/b.h", "b")
	wanted.Asked = "/usr/lib/../include/b.h"
	second := hidden(Undeclared, "/usr/include/c.h", "b")
	second.Time, wanted.Time = time.Unix(1, 0), time.Unix(2, 0)
	second.PID = 9
	got := reportText(t, everything(), true, wanted, second, asked("/usr/share/b", Directory, Stat, "b", 3, "ls"),
		asked("/usr/bin/ccache", Program, Stat, "ccache", 7, "cmake"))
	want := `b: would have been read
  header     /usr/include/b.h
  asked as   /usr/lib/../include/b.h
  header     /usr/include/c.h
  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 9
  probed:
  directory  /usr/share/b
  first by /usr/bin/ls (ls), pid 3
  declare: Build-Depends: b
ccache: probed
  program  /usr/bin/ccache
  first by /usr/bin/cmake (cmake), pid 7
  declare: Build-Depends: ccache
what was only probed is no finding by itself; depview check --confirm tells for sure
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// What a run saw is certain, and the text says so.
func TestReportTextConfirmed(t *testing.T) {
	header, tool := hidden(Undeclared, "/usr/include/b.h", "b"), hidden(Undeclared, "/usr/bin/t", "t")
	header.Call, tool.Call = Stat, Stat
	use := header
	use.Kind, use.Call = Used, Open
	got := reportText(t, Options{}, false, Event{Kind: Start, Mode: Hide}, header, tool, Event{Kind: End, Time: time.Unix(1, 0)},
		Event{Kind: Start, Mode: Confirm}, use, Event{Kind: End, Time: time.Unix(2, 0)})
	want := `b: would have been read (confirmed)
  header   /usr/include/b.h
  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 812
  declare b
only probed, which is no finding by itself:
t: probed /usr/bin/t
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// A second run that fails where the first did not, or has no end, settles nothing.
func TestReportConfirmCutShort(t *testing.T) {
	wanted := asked("/usr/bin/lua", Program, Exec, "lua", 7, "sh", "-c", "lua")
	for _, tc := range []struct {
		end  []Event
		rank Rank
	}{
		{nil, WouldRun},
		{[]Event{{Kind: End, Status: 143, Time: time.Unix(3, 0)}}, WouldRun},
		{[]Event{{Kind: End, Time: time.Unix(3, 0)}}, Probed},
	} {
		events := []Event{{Kind: Start, Mode: Hide}, wanted, {Kind: End, Time: time.Unix(1, 0)}, {Kind: Start, Mode: Confirm}}
		if r := reportOf(t, Options{}, append(events, tc.end...)...); r.Rank() != tc.rank {
			t.Errorf("%v: %s, want %s", tc.end, r.Rank(), tc.rank)
		}
	}
}

func TestReportLeftOut(t *testing.T) {
	got := reportText(t, Options{
		Ignore: []string{"/usr/bin/ccache", "/opt/**/*.pyc"},
		Known:  func(owners []string, path string) bool { return path == "/usr/include/known.h" && owners[0] == "known" },
	}, true, hidden(Undeclared, "/usr/bin/ccache", "ccache"), hidden(Stray, "/opt/x/y.pyc"), hidden(Excluded, "/usr/local"),
		hidden(Undeclared, "/usr/include/known.h", "known"), Event{Kind: "read", Verdict: Undeclared, Path: "/usr/bin/jq", Owners: []string{"jq"}})
	want := `nothing hidden was looked up but what the baseline has
not shown: 2 ignored paths
not shown: 1 path of the baseline
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestReportRunning(t *testing.T) {
	begun := Event{Kind: Start, Mode: Hide, Argv: []string{"make", "x\n"}}
	for _, test := range []struct {
		build  State
		events []Event
		want   string
	}{
		{Running, nil, "the build is still running: this is what it did so far\n"},
		{NotKnown, nil, ""},
		{Over, nil, ""},
		{Running, []Event{begun}, "the command (make \"x\\n\") is still running: this is what it did so far\n"},
		{NotKnown, []Event{begun}, "the command (make \"x\\n\") is still running or was killed: this is what it did so far\n"},
		{Over, []Event{begun}, "the command (make \"x\\n\") was killed, or depview was: this is what it did until then\n"},
		{Running, []Event{begun, {Kind: End, Time: time.Unix(1, 0)}}, ""},
		{Running, []Event{begun, {Kind: Start, Argv: []string{"make"}}}, "the command (make \"x\\n\") was killed, or depview was: this is what it did until then\n" +
			"the command (make) is still running: this is what it did so far\n"},
	} {
		got := written(t, reportOf(t, Options{}, test.events...), "text", Details{Build: test.build})
		if want := test.want + "nothing hidden was looked up\n"; got != want {
			t.Errorf("state %d, %d events:\n%s\nwant:\n%s", test.build, len(test.events), got, want)
		}
	}
}

func TestReportShortens(t *testing.T) {
	var events []Event
	for i := range 12 {
		events = append(events, hidden(Undeclared, fmt.Sprintf("/p%02d.h", i), "p"))
	}
	short := reportText(t, Options{}, false, events...)
	if !strings.Contains(short, "  /p09.h\n  first by") || !strings.HasSuffix(short, "  … and 2 more\n  declare p\n") {
		t.Error(short)
	}
	if long := reportText(t, Options{}, true, events...); !strings.Contains(long, "/p11.h") || strings.Contains(long, "more") {
		t.Error(long)
	}
	probes := events[:0]
	for _, e := range events {
		e.Exe = "/bin/ls"
		probes = append(probes, e)
	}
	if got := reportText(t, Options{}, false, probes...); !strings.HasSuffix(got, "\np: probed (12 paths) /p00.h\n") {
		t.Error(got)
	}
	long := hidden(Undeclared, "/p.h", "p")
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

func TestReportFormats(t *testing.T) {
	r := reportOf(t, Options{})
	if err := r.Write(io.Discard, "html", Details{}); !errors.Is(err, ErrUnknownFormat) || !strings.Contains(err.Error(), "known: text, json, sarif, junit") {
		t.Error(err)
	}
	for _, format := range Formats() {
		if err := r.Write(full{}, format, Details{}); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s to a full disk: %v", format, err)
		}
	}
}

// full is a disk that is.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

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
