package record

import (
	"strings"
	"testing"
)

func TestAbout(t *testing.T) {
	by := func(e Event, exe string) Event {
		e.Exe, e.Argv, e.PID = exe, []string{exe[strings.LastIndexByte(exe, '/')+1:], "\x1b[2J"}, 8
		return e
	}
	events := sequence(
		Event{Kind: Start, Mode: Hide, Argv: []string{"/p"}},
		by(Event{Kind: Hidden, Path: "/p", Verdict: Undeclared, Call: Stat}, "/usr/bin/find"),
		by(Event{Kind: Hidden, Path: "/p", Asked: "/a/../p", Verdict: Undeclared, Call: Open}, "/usr/bin/cat"),
		by(Event{Kind: Hidden, Path: "/link", Target: "/p", Verdict: Stray}, "/bin/sh"),
		by(Event{Kind: Hidden, Path: "/p2", Verdict: Undeclared}, "/bin/sh"),
		by(Event{Kind: Denied, Path: "/p", Syscall: "mkdirat", Errno: "EROFS"}, "/bin/mkdir"),
		Event{Kind: Denied, Address: "/p"},
		Event{Kind: More, OfKind: Hidden, Count: 3},
		Event{Kind: "newer", Path: "/p"},
		Event{Kind: Start, Mode: Confirm},
		by(Event{Kind: Used, Path: "/p", Verdict: Undeclared, Call: Exec, Asked: "./p\n"}, "/bin/sh"),
		by(Event{Kind: Used, Path: "/p", Verdict: Undeclared, Call: Open, Listed: true}, "/bin/sh"),
	)
	want := `/bin/sh (sh "\x1b[2J"), pid 8: exec of "./p\n" (where nothing was hidden)
/usr/bin/cat (cat "\x1b[2J"), pid 8: open of /a/../p, would have been read
/usr/bin/find (find "\x1b[2J"), pid 8: stat of /p, probed
/bin/sh (sh "\x1b[2J"), pid 8: lookup of /link, probed
/bin/mkdir (mkdir "\x1b[2J"), pid 8: mkdirat of /p, denied with EROFS
/bin/sh (sh "\x1b[2J"), pid 8: open of /p, after it listed the directory (where nothing was hidden)`
	list, err := About(events, "/a//p", "/p")
	var lines []string
	for _, m := range list {
		lines = append(lines, m.String())
	}
	if got := strings.Join(lines, "\n"); got != want || err != nil {
		t.Errorf("%v, got:\n%s\nwant:\n%s", err, got, want)
	}
	if list, err := About(events, "/nowhere", ""); len(list) > 0 || err != nil {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := About(Read(strings.NewReader("x\n")), "/p"); len(list) > 0 || err == nil {
		t.Error("a malformed record was read")
	}
}
