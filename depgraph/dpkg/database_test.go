package dpkg

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

func root(files map[string]string) fstest.MapFS { return sourcetest.Root(files) }

func open(t *testing.T, files map[string]string) *Database {
	t.Helper()
	db, err := Open(root(files), depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	return db.(*Database)
}

// stanza makes a status stanza of "name[:arch] version [state]" and more fields.
func stanza(head string, fields ...string) string {
	words := strings.Fields(head)
	name, arch, foreign := strings.Cut(words[0], ":")
	if !foreign {
		arch = "amd64"
	}
	state := "installed"
	if len(words) > 2 {
		state = words[2]
	}
	return fmt.Sprintf("Package: %s\nStatus: install ok %s\nArchitecture: %s\nVersion: %s\n%s\n\n",
		name, state, arch, words[1], strings.Join(append(fields, "Description: x\n more\n ."), "\n"))
}

var multiarch = stanza("dpkg 1.21", "Essential: yes", "Priority: required", "Pre-Depends: libc6 (>= 2.15)") +
	stanza("libc6 2.36", "Multi-Arch: same", "Provides: libc6-2.36, virtual (= 3), python3.11:any (= 3.11)") +
	stanza("libc6:i386 2.36", "Multi-Arch: same") +
	stanza("tool:i386 1.0", "Depends: libc6, doc, perl:any, make", "Priority: extra") +
	stanza("doc:all 1.0", "Priority: standard") +
	stanza("perl 5.36", "Multi-Arch: allowed") +
	stanza("make 4.3", "Multi-Arch: foreign", "Priority: important") +
	stanza("awaiting 1 triggers-awaited") +
	stanza("pending 1 triggers-pending") +
	stanza("unpacked 1 unpacked") +
	stanza("gone 1 config-files") +
	stanza("never 1 not-installed")

func TestPackages(t *testing.T) {
	db := open(t, map[string]string{"var/lib/dpkg/status": multiarch})
	var got string
	for _, p := range db.Packages() {
		got += fmt.Sprintf("%s %s %s rank %d removed %t provides %v needs %v\n",
			p.Name, p.Version, p.Arch, p.Rank, p.Removed, p.Provides, runNeeds(t, p))
	}
	const want = `dpkg 1.21 amd64 rank 0 removed false provides [] needs [libc6 (>= 2.15)]
libc6 2.36 amd64 rank 4 removed false provides [{libc6-2.36 } {virtual 3} {python3.11 3.11}] needs []
libc6:i386 2.36 i386 rank 4 removed false provides [{libc6 2.36}] needs []
tool:i386 1.0 i386 rank 5 removed false provides [{tool 1.0}] needs [libc6 doc perl:any make]
doc 1.0 all rank 3 removed false provides [] needs []
perl 5.36 amd64 rank 4 removed false provides [] needs []
make 4.3 amd64 rank 2 removed false provides [] needs []
awaiting 1 amd64 rank 4 removed false provides [] needs []
pending 1 amd64 rank 4 removed false provides [] needs []
unpacked 1 amd64 rank 4 removed true provides [] needs []
gone 1 amd64 rank 4 removed true provides [] needs []
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if base := fmt.Sprint(db.Base().Needs); base != "[dpkg]" {
		t.Errorf("base %s", base)
	}
}

func TestSatisfying(t *testing.T) {
	db := open(t, map[string]string{"var/lib/dpkg/status": multiarch})
	g, err := depgraph.New([]*depgraph.Package{{Name: "declared"}, {Name: "aged", Version: "1"}}, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ arch, relation, want string }{
		{"amd64", "libc6", "libc6"},
		{"i386", "libc6", "libc6:i386"},
		{"all", "libc6 (>= 2.36)", "libc6"},
		{"amd64", "libc6 (>> 2.36)", ""},
		{"amd64", "libc6:i386", "libc6:i386"},
		{"amd64", "libc6:any", ""},
		{"i386", "perl", ""},
		{"i386", "perl:any", "perl"},
		{"i386", "make", "make"},
		{"i386", "doc", ""},
		{"amd64", "doc", "doc"},
		{"amd64", "tool", ""},
		{"i386", "make:native", "make"},
		{"amd64", "virtual", "libc6"},
		{"amd64", "virtual (>= 2)", "libc6"},
		{"amd64", "virtual (>= 4)", ""},
		{"i386", "virtual", ""},
		{"amd64", "libc6-2.36 (= 1)", ""},
		{"i386", "python3.11:any (>= 3.11)", "libc6"},
		{"amd64", "gone", ""},
		{"amd64", "declared (>= 2)", "declared"},
		{"amd64", "aged (>= 2)", ""},
	} {
		x, err := parseTerm(c.relation)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range g.Satisfying(db.need([]term{x}, c.arch)[0], nil) {
			got = append(got, p.Name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s for %s: %v, want %s", c.relation, c.arch, got, c.want)
		}
	}
}

func TestNativeArchitecture(t *testing.T) {
	foreign := stanza("a:arm64 1") + stanza("b:i386 1")
	for want, files := range map[string]map[string]string{
		"a b:i386":       {"var/lib/dpkg/status": foreign},
		"a:arm64 b":      {"var/lib/dpkg/status": foreign, "var/lib/dpkg/arch": "i386\narm64\n"},
		"a:arm64 b:i386": {"var/lib/dpkg/status": foreign, "var/lib/dpkg/arch": "amd64\n"},
	} {
		var got []string
		for _, p := range open(t, files).Packages() {
			got = append(got, p.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

func TestStatusErrors(t *testing.T) {
	if _, err := Open(root(nil), depgraph.Setting{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "/var/lib/dpkg/status") {
		t.Errorf("without a database: %v", err)
	}
	for text, want := range map[string]string{
		"Package: a\n\nrubbish\n":                 `/var/lib/dpkg/status:3: not a field: "rubbish"`,
		"\nVersion: 1\n":                          "/var/lib/dpkg/status:2: stanza has no Package field",
		"Package: a\nStatus: installed\n":         `/var/lib/dpkg/status:2: Status: want three words, not "installed"`,
		"Package: a\nStatus: install ok broken\n": `/var/lib/dpkg/status:2: Status: unknown package state "broken"`,
		stanza("a 1", "Depends: b (1)"):           `/var/lib/dpkg/status:5: Depends: bad version "1" in "b (1)"`,
	} {
		db, err := Open(root(map[string]string{"var/lib/dpkg/status": text}), depgraph.Setting{})
		if err == nil {
			_, err = db.Packages()[0].RunNeeds() // dependencies are read late
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestLongStatus reads a status file in parts, and finds the line of an error in the
// last.
func TestLongStatus(t *testing.T) {
	var text strings.Builder
	for i := range 20000 {
		text.WriteString(stanza(fmt.Sprintf("p%d %d", i, i)))
	}
	entries, err := parseStatus("f", text.String())
	if err != nil || len(entries) != 20000 {
		t.Fatalf("%d entries (%v)", len(entries), err)
	}
	for i, e := range entries {
		if want := fmt.Sprintf("p%d", i); e.name != want || e.version != want[1:] || e.text+"\n" != stanza(want+" "+want[1:]) {
			t.Fatalf("entry %d: %+v", i, e)
		}
	}
	lines := strings.Count(text.String(), "\n")
	if _, err := parseStatus("f", text.String()+"rubbish\n"); err == nil || err.Error() != fmt.Sprintf("f:%d: not a field: \"rubbish\"", lines+1) {
		t.Errorf("rubbish in line %d: %v", lines+1, err)
	}
}

func TestUpdates(t *testing.T) {
	db := open(t, map[string]string{
		"var/lib/dpkg/status":        stanza("a 1") + stanza("b 1") + stanza("c 1"),
		"var/lib/dpkg/updates/0000":  stanza("b 2 half-configured"),
		"var/lib/dpkg/updates/0001":  stanza("b 2"),
		"var/lib/dpkg/updates/0002":  stanza("d 1"),
		"var/lib/dpkg/updates/tmp.i": "half a stan",
	})
	var got []string
	for _, p := range db.Packages() {
		got = append(got, p.Name+p.Version)
	}
	if want := "a1 b2 c1 d1"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestFiles(t *testing.T) {
	db := open(t, map[string]string{
		"var/lib/dpkg/status": stanza("dpkg 1") + stanza("libc6 1", "Multi-Arch: same") +
			stanza("libc6:i386 1", "Multi-Arch: same") + stanza("perf 1") + stanza("empty 1") + stanza("gone 1 config-files"),
		"var/lib/dpkg/info/libc6:amd64.list":    "/.\n/lib\n/lib/libc.so\n",
		"var/lib/dpkg/info/libc6:amd64.symbols": "",
		"var/lib/dpkg/info/libc6:i386.list":     "/.\n/lib32\n",
		"var/lib/dpkg/info/perf.list":           "/.\n/usr/bin/perf\n/etc/my conf\n",
		"var/lib/dpkg/info/dpkg.list":           "/.\n/usr/bin/perf\n/usr/bin/dpkg\n/etc/my conf",
		"var/lib/dpkg/info/gone.list":           "/etc/gone\n",
		"var/lib/dpkg/info/format":              "1\n",
		"var/lib/dpkg/diversions":               "/usr/bin/perf\n/usr/bin/perf.real\nperf\n/etc/my conf\n/etc/aside\n:\n",
	})
	want := map[string]string{
		"dpkg":       "/usr/bin/perf.real /usr/bin/dpkg /etc/aside /var/lib/dpkg/info/dpkg.list",
		"libc6":      "/lib /lib/libc.so /var/lib/dpkg/info/libc6:amd64.list /var/lib/dpkg/info/libc6:amd64.symbols",
		"libc6:i386": "/lib32 /var/lib/dpkg/info/libc6:i386.list",
		"perf":       "/usr/bin/perf /etc/aside /var/lib/dpkg/info/perf.list",
		"empty":      "",
		"gone":       "/etc/gone /var/lib/dpkg/info/gone.list",
	}
	for _, p := range db.Packages() {
		files, err := db.Files(p)
		if got := strings.Join(files, " "); err != nil || got != want[p.Name] {
			t.Errorf("%s: %s (%v), want %s", p.Name, got, err, want[p.Name])
		}
	}
}

func TestDiversionErrors(t *testing.T) {
	for text, want := range map[string]string{
		"/a\n/b\n":   "/var/lib/dpkg/diversions:1: a diversion has three lines: from, to, package",
		"/a\nb\n:\n": `/var/lib/dpkg/diversions:1: bad diversion of "/a" to "b" by ":"`,
	} {
		_, err := Open(root(map[string]string{"var/lib/dpkg/status": stanza("a 1"), "var/lib/dpkg/diversions": text}), depgraph.Setting{})
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestGenerated(t *testing.T) {
	db := open(t, map[string]string{
		"var/lib/dpkg/status":  stanza("libglib2.0-0 2") + stanza("foreign:i386 1") + stanza("dpkg 1"),
		"var/lib/ucf/registry": "foreign \t /etc/foreign.conf\n",
	})
	for _, c := range []struct{ path, pkg, beside string }{
		{"/etc/passwd", "", ""},
		{"/etc/pam.d/common-auth", "", ""},
		{"/var/lib/dpkg/status-old", "", ""},
		{"/var/lib/dpkg/alternatives/awk", "", ""},
		{"/var/cache/debconf/config.dat-old", "debconf", ""},
		{"/var/cache/man/de/index.db", "man-db", ""},
		{"/usr/share/glib-2.0/schemas/gschemas.compiled", "libglib2.0-0", ""},
		{"/etc/foreign.conf", "foreign:i386", ""},
		{"/etc/xml/polkitd.xml.old", "polkitd", ""},
		{"/usr/lib/p/__pycache__/a.b.cpython-311.pyc", "", "/usr/lib/p/a.b.py"},
		{"/usr/lib/p/__pycache__/a.cpython-311.opt-1.pyc", "", "/usr/lib/p/a.py"},
		{"/usr/lib/p/a.pyc", "", "/usr/lib/p/a.py"},
		{"/usr/lib/x86_64-linux-gnu/gio/modules/giomodule.cache", "", "/usr/lib/x86_64-linux-gnu/libgio-2.0.so.0"},
		{"/var/lib/systemd/deb-systemd-helper-enabled/timers.target.wants/a.timer", "", "/usr/lib/systemd/system/a.timer"},
		{"/var/lib/systemd/deb-systemd-helper-enabled/getty@tty1.service.dsh-also", "", "/usr/lib/systemd/system/getty@.service"},
		{"/var/lib/systemd/deb-systemd-user-helper-enabled/a.socket.dsh-also", "", "/usr/lib/systemd/user/a.socket"},
		{"/lib/modules/6.1/modules.dep.bin", "", "/lib/modules/6.1/modules.builtin"},
	} {
		got, ok := db.Generated(c.path)
		if want := (depgraph.Origin{Package: c.pkg, Path: c.beside}); !ok || got != want {
			t.Errorf("%s: %+v %t, want %+v", c.path, got, ok, want)
		}
	}
	for _, path := range []string{"/usr/local/bin/x", "/opt/x", "/etc/x", "/usr/lib/p/a.py", "/var/lib/dpkg/x", "/"} {
		if got, ok := db.Generated(path); ok {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add(multiarch)
	f.Add("Package: a\n\n# c\n\nPackage: b\nStatus: a b installed\nDepends: c,\n d\n")
	f.Fuzz(func(t *testing.T, text string) {
		sourcetest.Limit(t)
		entries, err := parseStatus("f", text)
		if err != nil {
			return
		}
		var again string
		for _, e := range entries {
			if e.name == "" || !strings.Contains(text, e.text) {
				t.Errorf("%q: entry %+v", text, e)
			}
			again += e.text + "\n\n"
		}
		reread, err := parseStatus("f", again)
		if err != nil || !slices.EqualFunc(entries, reread, func(a, b *entry) bool {
			return a.name == b.name && a.version == b.version && a.state == b.state && len(a.depends) == len(b.depends)
		}) {
			t.Errorf("%q reads differently from its own stanzas (%v)", text, err)
		}
	})
}
