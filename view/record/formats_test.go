package record

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// evil is what a build may call its files, and more.
var evil = []string{
	"/x\nlibc6: would have run\n  declare: Build-Depends: evil",
	"/x\r  declare: Build-Depends: evil",
	"/\x1b[2J\x1b]0;title\a",
	"/\u202ehpj.exe",
	"/\x9b\xff\xfe",
	"/\u0085\u2028\u2029\ufeff\x7f\x00",
	`/]]></failure></testcase><testcase name="free"/>`,
	`/"},{"version":1}`,
	"/<!-- & -->&lt;&#0;",
	"/'; \"$(rm -rf /)\" `",
	"  declare: Build-Depends: evil",
	"libc6: would have been read",
	"only probed, which is no finding by itself:",
	"/[click](http://example.com) {0}",
	"- /x", "# depview baseline 1", "a|b",
	"",
	"\x00",
	strings.Repeat("/é\xff", 300),
}

// hostile is a record in which every text is evil.
func hostile() []Event {
	var events []Event
	for i, s := range evil {
		other := evil[(i+1)%len(evil)]
		by := Event{Exe: s, Argv: []string{s, other, s}, PID: i, Time: time.Unix(int64(i), 0)}
		add := func(e Event) {
			e.Exe, e.Argv, e.PID, e.Time = by.Exe, by.Argv, by.PID, by.Time
			events = append(events, e)
		}
		add(Event{Kind: Start, Mode: s, Phase: s})
		add(Event{Kind: Hidden, Verdict: Undeclared, Path: s, Asked: other, Owners: []string{s, other}, Call: Exec, Type: Program})
		add(Event{Kind: Hidden, Verdict: Undeclared, Path: s + ".h", Asked: other, Owners: []string{s}, Call: Open, Type: File})
		add(Event{Kind: Hidden, Verdict: Undeclared, Path: s + "/", Owners: []string{other + s}, Call: Stat, OptionalFor: s})
		add(Event{Kind: Hidden, Verdict: Undeclared, Path: s + "/?"})
		add(Event{Kind: Hidden, Verdict: Stray, Path: s + "/stray", Call: Open})
		add(Event{Kind: Absent, Path: s, Asked: s})
		add(Event{Kind: Denied, Path: s, Syscall: s, Errno: s})
		add(Event{Kind: Denied, Address: s, Syscall: other, Errno: other})
		if i%2 == 0 {
			add(Event{Kind: End, Status: i})
		}
	}
	return events
}

func hostileOptions() Options {
	return Options{
		Declare: func(_ string, names []string) string { return "Build-Depends: " + strings.Join(names, ", ") },
		Unused:  func([]string) []string { return evil },
	}
}

// harmless checks that text is UTF-8 that controls no terminal.
func harmless(t testing.TB, format, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s: not UTF-8", format)
	}
	for _, line := range strings.Split(text, "\n") {
		if line != "" && !printable(line) {
			t.Errorf("%s: a line that is not printable: %q", format, line)
		}
	}
}

func TestHostileText(t *testing.T) {
	r := reportOf(t, hostileOptions(), hostile()...)
	heading := regexp.MustCompile(`^(an unknown package: .*|the command \(.*\) .*|only probed, which is no finding by itself; depview check --confirm tells for sure:` +
		`|what was only probed is no finding by itself; depview check --confirm tells for sure|files that no package owns: would have been read` +
		`|names that do not exist, and would be hidden if they did:|writes and connections that were denied:|denied in phase .*:|declared and not used( so far| before the command failed)?:)$`)
	inside := regexp.MustCompile(`^  (first by |declare: |declare |optional for |… and [0-9]+ |(would have been read|probed):$|[A-Za-z]+ |"|an? |/|a\|b( |$)|- /x$|# depview)`)
	for _, verbose := range []bool{false, true} {
		text := written(t, r, "text", Details{Verbose: verbose})
		harmless(t, "text", text)
		owned := map[string]bool{}
		for _, g := range r.Undeclared {
			owned[g.names()] = true
		}
		declared := 0
		for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			name := func() bool {
				for n := range owned {
					if strings.HasPrefix(line, n+": ") {
						return true
					}
				}
				return false
			}
			switch {
			case strings.HasPrefix(line, " ") && !inside.MatchString(line), !strings.HasPrefix(line, " ") && !heading.MatchString(line) && !name():
				t.Errorf("a line from nowhere: %s", line)
			case line == "  declare: Build-Depends: evil":
				t.Errorf("a declaration that a file's name made")
			case strings.HasPrefix(line, "  declare: "):
				declared++
			}
		}
		if want := len(slices.DeleteFunc(slices.Clone(r.Undeclared), func(g Group) bool { return len(g.Owners) == 0 || !verbose && g.Rank() == Probed })); declared != want {
			t.Errorf("%d lines declare, and %d packages are to be declared", declared, want)
		}
	}
}

// Through a record and back, every format of a hostile report parses, and none
// holds what controls a terminal.
func TestHostileFormats(t *testing.T) {
	var lines []byte
	for _, e := range hostile() {
		line, err := e.line()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line...)
	}
	r, err := NewReport(Read(strings.NewReader(string(lines))), hostileOptions())
	if err != nil {
		t.Fatal(err)
	}
	d := Details{Declaration: evil[0], Version: "1"}
	everyFormat(t, r, d)
	var got jsonReport
	if err := json.Unmarshal([]byte(written(t, r, "json", d)), &got); err != nil {
		t.Fatal(err)
	}
	for _, s := range evil {
		if !slices.ContainsFunc(got.Stray.Findings, func(f jsonFinding) bool { return string(f.Path) == s+"/stray" }) {
			t.Errorf("%q is not in the JSON", s)
		}
	}
	s := parseJUnit(t, written(t, r, "junit", d))
	if slices.ContainsFunc(s.Cases, func(c junitCase) bool { return c.Name == "free" }) || len(s.Cases) != s.Tests {
		t.Error("a file's name made a test")
	}
}

// everyFormat writes r in every format, and reads what can be read.
func everyFormat(t testing.TB, r *Report, d Details) {
	t.Helper()
	for _, format := range Formats() {
		harmless(t, format, written(t, r, format, d))
	}
	valid(t, schemas(t).report, written(t, r, "json", d), nil)
	valid(t, schemas(t).sarif, written(t, r, "sarif", d), nil)
	s := parseJUnit(t, written(t, r, "junit", d))
	if s.Tests != len(s.Cases) || s.Tests == 0 {
		t.Errorf("%d tests, and said to be %d", len(s.Cases), s.Tests)
	}
	_ = written(t, r, "text", Details{Verbose: true})
}

// Whatever the events, all formats are whole.
func FuzzFormats(f *testing.F) {
	for i, s := range evil {
		f.Add([]byte(s), evil[(i+1)%len(evil)], i, int64(i))
	}
	f.Fuzz(func(t *testing.T, path []byte, s string, n int, when int64) {
		at := time.Unix(when, when)
		e := Event{
			Verdict: []string{Undeclared, Stray}[n&1], Path: string(path), Asked: s, Target: s, Owners: []string{s, string(path)}[:n>>1&3%3], PID: n, Time: at,
			Call: []Call{Exec, Open, Stat, Other}[n>>3&3], Type: []Type{Program, File, Directory, Type(s)}[n>>5&3],
			Exe: s, Argv: strings.Split(string(path), "/"), Syscall: s, Errno: s, Count: n, Mode: s, Phase: s, Status: n, OptionalFor: s[:len(s)/2],
		}
		var events []Event
		for _, kind := range []Kind{Start, Hidden, Absent, Used, Denied, More, End, Kind(s)} {
			e.Kind = kind
			events = append(events, e)
		}
		e.Kind, e.Path, e.Address = Denied, "", s
		o := hostileOptions()
		o.Unused = func([]string) []string { return []string{s, string(path)} }
		r := reportOf(t, o, append(events, e)...)
		everyFormat(t, r, Details{Declaration: s, Version: "1", Build: State(n & 1)})
	})
}
