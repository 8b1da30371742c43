package apk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

func root(files map[string]string) fstest.MapFS { return sourcetest.Root(files) }

func open(t testing.TB, files map[string]string) *Database {
	t.Helper()
	db, err := Open(root(files), depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	return db.(*Database)
}

// opened opens a database of records.
func opened(t testing.TB, records ...string) *Database {
	t.Helper()
	return open(t, map[string]string{"lib/apk/db/installed": strings.Join(records, "")})
}

// pkg makes a record of "name version" and more lines.
func pkg(head string, lines ...string) string {
	name, version, _ := strings.Cut(head, " ")
	return fmt.Sprintf("C:%s\nP:%s\nV:%s\nA:x86_64\n%s\n", identity(name), name, version, strings.Join(append(lines, ""), "\n"))
}

// identity makes a digest of a name.
func identity(name string) string {
	return "X1" + fmt.Sprintf("%040x", name)[:40]
}

// four opens the fixture with four packages and a virtual one.
func four(t testing.TB) *Database {
	t.Helper()
	text, err := os.ReadFile("testdata/installed-4pkgs")
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, string(text))
}

// show writes out what the database tells of its packages.
func show(t testing.TB, db *Database) string {
	t.Helper()
	var b strings.Builder
	for _, p := range db.Packages() {
		files, err := db.Files(p)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %s rank %d provides %v needs %v\n", p.Name, p.Version, p.Arch, p.Rank, p.Provides, runNeeds(t, p))
		for _, f := range files {
			fmt.Fprintf(&b, "\t%s\n", f)
		}
	}
	return b.String()
}

func runNeeds(t testing.TB, p *depgraph.Package) []depgraph.Need {
	t.Helper()
	needs, err := p.RunNeeds()
	if err != nil {
		t.Fatal(err)
	}
	return needs
}

const zlibShown = `zlib 1.3-r0 x86_64 rank 0 provides [{so:libz.so.1 1.3}] needs []
	/etc
	/etc/z.conf
	/usr
	/usr/bin
	/usr/lib
	/usr/lib/libz.so.1
	/usr/lib/libz.so.1.3
`

// The fixtures are what apk 3.0.6 wrote.
func TestFixtures(t *testing.T) {
	db, err := Open(os.DirFS("testdata"), depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := show(t, db.(*Database)), `cap 1.0-r0 x86_64 rank 0 provides [] needs [so:libz.so.1]
	/etc
	/etc/foo.conf
	/usr
	/usr/bin
	/usr/bin/dang
	/usr/bin/foo
	/usr/bin/foohard
	/usr/bin/foolink
	/usr/share
	/usr/share/empty
	/usr/share/sp ace
	/usr/share/sp ace/ü[a]*
	/var
	/var/lib
	/var/lib/foo
`+zlibShown; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, want := show(t, four(t)), `.makedeps-x 20261122.010128 noarch rank 0 provides [] needs [busybox]
busybox 1.36-r0 x86_64 rank -10 provides [{/bin/sh } {cmd:sh 1.36-r0}] needs []
	/bin
	/bin/busybox
	/bin/sh
cap 1.0-r0 x86_64 rank 0 provides [] needs [so:libz.so.1]
	/etc
	/etc/foo.conf
	/usr
	/usr/bin
	/usr/bin/dang
	/usr/bin/foolink
	/usr/share
	/usr/share/empty
	/usr/share/sp ace
	/usr/share/sp ace/ü[a]*
	/var
	/var/lib
	/var/lib/foo
foo 2.0-r1 x86_64 rank 0 provides [] needs [/bin/sh so:libz.so.1 zlib>=1.2]
	/usr
	/usr/bin
	/usr/bin/foo
	/usr/bin/foo2
	/usr/share
	/usr/share/foo
	/usr/share/foo/d
`+zlibShown; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestFixtureClosure(t *testing.T) {
	db := four(t)
	g, err := depgraph.New(nil, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	for dep, want := range map[string]string{
		"foo":            "busybox foo zlib",
		"foo~2":          "busybox foo zlib",
		"cap=1.0-r0":     "busybox cap zlib",
		"so:libz.so.1":   "busybox zlib",
		"so:libz.so.1>1": "busybox zlib",
		"cmd:sh":         "busybox",
		".makedeps-x":    ".makedeps-x busybox",
		"/usr/bin/foo2":  "busybox foo zlib",
		"/usr/lib":       "busybox zlib",
		"zlib@edge":      "busybox zlib",
		"foo>2.0-r1":     "no",
		"zlib<1.3":       "no",
		"/usr/bin/none":  "no",
		"so:libz.so.1=1": "no",
		"cmd:sh>1.36-r0": "no",
		"/bin/sh=7":      "busybox", // provided without a version
		"busybox><" + "Q1SAY/O1yat+SG26SxY77aoYIqAWE=": "busybox",
		"busybox><" + "Q1mV6uTzO6qVd0rlPSwFHQP0/MSZ0=": "no",
	} {
		need, err := db.Need(dep)
		if err != nil {
			t.Fatal(err)
		}
		base := make([]depgraph.Direct, 0)
		for _, n := range db.Base().Needs {
			base = append(base, depgraph.Direct{Need: n})
		}
		got := "no"
		if c, err := g.Closure(depgraph.Request{Base: base, Direct: []depgraph.Direct{{Kind: depgraph.Build, Need: need, Where: "--dep"}}}); err == nil {
			got = names(c.Packages())
		}
		if got != want {
			t.Errorf("%s: %s, want %s", dep, got, want)
		}
	}
}

func names(packages []*depgraph.Package) string {
	var list []string
	for _, p := range packages {
		list = append(list, p.Name)
	}
	return strings.Join(list, " ")
}

func TestPlaces(t *testing.T) {
	text := pkg("a 1")
	for _, c := range []struct {
		files  map[string]string
		prefix string
		dir    string // or the error
	}{
		{map[string]string{"lib/apk/db/installed": text}, "", "lib/apk/db"},
		{map[string]string{"usr/lib/apk/db/installed": text}, "", "usr/lib/apk/db"},
		{map[string]string{"usr/lib/apk/db/installed": text, "lib -> usr/lib": ""}, "", "usr/lib/apk/db"},
		{map[string]string{"usr/lib/apk/db/installed": text, "lib/apk -> ../usr/lib/apk": ""}, "", "usr/lib/apk/db"},
		{map[string]string{"lib/apk/db/installed": text, "usr/lib/apk/db -> ../../../lib/apk/db": ""}, "", "lib/apk/db"},
		{map[string]string{"opt/db/installed": text, "lib/apk/db/installed": ""}, "/opt/db/", "opt/db"},
		{map[string]string{"lib/apk/db/installed": text, "usr/lib/apk/db/installed": text}, "",
			"apk database: both /lib/apk/db/installed and /usr/lib/apk/db/installed are there; name the directory of the one that counts"},
		{map[string]string{"lib/apk/db/installed": text, "usr/lib/apk/db/installed": text}, "/usr/lib/apk/db", "usr/lib/apk/db"},
		{map[string]string{"lib/apk/db/installed.adb": "ADB"}, "",
			"apk database: /lib/apk/db/installed.adb is of a format that no apk up to 3.0 reads, nor does depview"},
		{nil, "", "no apk database (/lib/apk/db/installed) here: file does not exist"},
		{nil, "/x", "no apk database (/x/installed) here: file does not exist"},
	} {
		s := depgraph.Setting{Prefix: c.prefix}
		db, err := Open(root(c.files), s)
		got, there := "", err == nil
		if err != nil {
			got = err.Error()
		} else {
			got = db.(*Database).dir
		}
		if got != c.dir {
			t.Errorf("%v: %s, want %s", c.files, got, c.dir)
		}
		if state := depgraph.State("apk", root(c.files), s); there && (len(state) != 1 || state[0] != got+"/installed") {
			t.Errorf("%v: state %v", c.files, state)
		}
		if strings.Contains(got, "not exist") != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: %v", c.files, err)
		}
	}
}

func everything(*depgraph.Package) bool { return true }
