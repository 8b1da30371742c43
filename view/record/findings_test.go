package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// used is an event of a file that a process opened.
func used(verdict, path, exe string, owners ...string) Event {
	return Event{Kind: Used, Verdict: verdict, Path: path, Owners: owners, Call: Open, Type: File, Exe: exe, Argv: []string{exe}}
}

// listed says of a use that the directory was listed before.
func listed(e Event) Event { e.Listed = true; return e }

// begin and over frame a command.
func begin(mode string) Event { return Event{Kind: Start, Mode: mode, Argv: []string{"make"}} }

var over = Event{Kind: End, Time: time.Unix(1, 0)}

// summary is what a report has found, a line each.
func summary(r *Report) string {
	var lines []string
	for _, g := range append(slices.Clone(r.Undeclared), r.Stray) {
		for _, f := range g.Findings {
			line := fmt.Sprintf("%s %s: %s", strings.Join(g.Owners, "|"), f.Path, f.Rank)
			if f.Confirmed {
				line += ", confirmed"
			}
			lines = append(lines, line)
		}
	}
	if r.Unused != nil {
		lines = append(lines, "unused: "+strings.Join(r.Unused, " "))
	}
	return strings.Join(lines, "\n")
}

// A world of packages for the tests below: what each brings.
func brings(names []string) map[string]bool {
	needs := map[string][]string{"pkgconf": {"pkgconf-bin"}, "llvm": {"libllvm"}, "python3-a": {"python3-b"}}
	all := map[string]bool{}
	for _, name := range names {
		all[name] = true
		for _, n := range needs[name] {
			all[n] = true
		}
	}
	return all
}

func TestFindings(t *testing.T) {
	const gcc, sh, py, ar, m4 = "/usr/bin/cc1", "/usr/bin/dash", "/usr/bin/python3.11", "/usr/bin/ar", "/usr/bin/m4"
	lookup := func(call Call, path string, owner string) Event {
		return Event{Kind: Hidden, Verdict: Undeclared, Path: path, Owners: []string{owner}, Call: call, Type: File, Exe: sh}
	}
	dir := func(path string, owners ...string) Event {
		return Event{Kind: Hidden, Verdict: Undeclared, Path: path, Owners: owners, Call: Open, Type: Directory, Exe: gcc}
	}
	for _, test := range []struct {
		name   string
		events []Event
		want   string
	}{
		{"the highest rank counts, and each path once", []Event{begin(Hide),
			lookup(Stat, "/usr/share/a", "a"), lookup(Open, "/usr/share/a", "a"), lookup(Stat, "/usr/share/a", "a"),
		}, "a /usr/share/a: would have been read"},
		{"a run that sees a file settles its rank", []Event{begin(Hide),
			lookup(Open, "/usr/share/looked", "a"), lookup(Stat, "/usr/share/read", "a"), begin(Confirm),
			used(Undeclared, "/usr/share/read", sh, "a"), over,
		}, "a /usr/share/read: would have been read, confirmed\na /usr/share/looked: probed, confirmed"},
		{"a link is used where it leads", []Event{begin(Hide),
			{Kind: Hidden, Verdict: Undeclared, Path: "/usr/lib/a.so", Target: "/usr/lib/a.so.1", Owners: []string{"a-dev"}, Call: Stat, Type: File},
			begin(Confirm), used(Undeclared, "/usr/lib/a.so.1", gcc, "a-dev"),
		}, "a-dev /usr/lib/a.so: would have been read, confirmed"},
		{"below a hidden directory it is the file that counts", []Event{begin(Hide), dir("/usr/lib/cmake", "a", "b"), begin(Confirm),
			used(Undeclared, "/usr/lib/cmake/a/a.cmake", "/usr/bin/cmake", "a"), over,
		}, "a /usr/lib/cmake/a/a.cmake: would have been read, confirmed\na|b /usr/lib/cmake: probed, confirmed"},
		{"Python's modules are found by listing, and no other files", []Event{begin(Hide), begin(Confirm),
			listed(used(Undeclared, "/usr/lib/python3/dist-packages/a/__init__.py", py, "python3-a")),
			listed(used(Undeclared, "/usr/lib/python3/dist-packages/c.egg-info/PKG-INFO", py, "python3-c")),
			listed(used(Undeclared, "/usr/share/aclocal/b.m4", "/usr/bin/perl", "b")),
		}, "python3-a /usr/lib/python3/dist-packages/a/__init__.py: would have been read, confirmed"},
		{"a package that comes along is none", []Event{begin(Hide), begin(Confirm),
			listed(used(Undeclared, "/usr/share/aclocal/pkg.m4", "/usr/bin/perl", "pkgconf")),
			used(Undeclared, "/usr/share/aclocal/pkg.m4", m4, "pkgconf"),
			used(Undeclared, "/usr/bin/pkgconf", sh, "pkgconf-bin"),
			used(Undeclared, "/usr/lib/python3/dist-packages/a.py", py, "python3-a"),
			used(Undeclared, "/usr/lib/python3/dist-packages/b.py", py, "python3-b"),
		}, "pkgconf /usr/share/aclocal/pkg.m4: would have been read, confirmed\n" +
			"python3-a /usr/lib/python3/dist-packages/a.py: would have been read, confirmed"},
		{"nor the library of a plugin", []Event{begin(Hide), begin(Confirm),
			listed(used(Undeclared, "/usr/lib/llvm/LLVMgold.so", ar, "llvm")),
			used(Undeclared, "/usr/lib/libLLVM.so.1", ar, "libllvm"),
		}, ""},
		{"a script that opens a library looks at it", []Event{begin(Hide), begin(Confirm),
			used(Undeclared, "/usr/lib32/libc.so.6", "/usr/bin/perl", "libc6-i386"),
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := NewReport(sequence(test.events...), Options{Brings: brings})
			if err != nil {
				t.Fatal(err)
			}
			if got := summary(r); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// What is used of the closure says what is not. A run that hears of each open knows
// better than one that does not.
func TestReportUnused(t *testing.T) {
	unused := func(used []string) []string { return append([]string{"but for"}, used...) }
	scan := used(Dependency, "/usr/share/aclocal/lt.m4", "/usr/bin/perl", "libtool")
	events := []Event{begin(Hide), used(Dependency, "/usr/include/a.h", "/usr/bin/cc1", "a"), scan,
		used(Dependency, "/usr/share/zoneinfo/UTC", "/usr/bin/cc1", "tzdata")}
	for _, test := range []struct {
		more []Event
		want string
	}{
		{nil, "unused: but for a libtool"},
		{[]Event{begin(Confirm), used(Dependency, "/usr/include/a.h", "/usr/bin/cc1", "a"), listed(scan), over}, "unused: but for a"},
	} {
		r, err := NewReport(sequence(append(slices.Clone(events), test.more...)...), Options{Unused: unused, Ignore: []string{"/usr/share/zoneinfo/*"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := summary(r); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// Of a capture that was used again, the last command alone may be wanted.
func TestReportLast(t *testing.T) {
	events := []Event{begin(Hide), hidden(Undeclared, "/usr/bin/old", "old"), {Kind: End}, begin(Hide), hidden(Undeclared, "/usr/include/new.h", "new")}
	for last, want := range map[bool]string{true: "new", false: "new old"} {
		r, err := NewReport(sequence(events...), Options{Last: last})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, g := range r.Undeclared {
			got = append(got, g.Owners...)
		}
		if slices.Sort(got); strings.Join(got, " ") != want {
			t.Errorf("last %v: %q, want %q", last, got, want)
		}
	}
}
