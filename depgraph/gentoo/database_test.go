package gentoo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// fixture is a root whose database Portage wrote.
func fixture(t testing.TB) *Database { return openFS(t, os.DirFS("testdata/root"), depgraph.Setting{}) }

func openFS(t testing.TB, root fs.FS, s depgraph.Setting) *Database {
	t.Helper()
	db, err := Open(root, s)
	if err != nil {
		t.Fatal(err)
	}
	return db.(*Database)
}

// root is sourcetest's, where a path "CATEGORY/PF:" stands for a package, whose files are
// "KEY=value" lines.
func root(files map[string]string) fstest.MapFS {
	all := map[string]string{}
	for name, content := range files {
		pkg, is := strings.CutSuffix(name, ":")
		if !is {
			all[name] = content
			continue
		}
		all[vdb+"/"+pkg+"/PF"] = ""
		for line := range strings.Lines(content) {
			key, value, _ := strings.Cut(line, "=")
			all[vdb+"/"+pkg+"/"+key] = value
		}
	}
	return sourcetest.Root(all)
}

func open(t testing.TB, files map[string]string) *Database {
	t.Helper()
	return openFS(t, root(files), depgraph.Setting{})
}

func find(t testing.TB, db *Database, name string) *depgraph.Package {
	t.Helper()
	for _, p := range db.Packages() {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no package %s", name)
	return nil
}

func TestFixture(t *testing.T) {
	db := fixture(t)
	var got strings.Builder
	for _, p := range db.Packages() {
		needs, err := p.RunNeeds()
		if err != nil {
			t.Fatal(err)
		}
		files, err := db.Files(p)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s %s %s %v\n", p.Name, p.Version, p.Source, needs)
		for _, f := range files {
			fmt.Fprintf(&got, "  %s\n", f)
		}
	}
	const foo, zlibx = "  /var/db/pkg/app-misc/foo-2.0-r1", "  /var/db/pkg/dev-libs/zlibx-1.3"
	about := strings.Fields("BDEPEND BUILD_TIME CATEGORY CBUILD CHOST CONTENTS COUNTER DEFINED_PHASES DEPEND DESCRIPTION " +
		"EAPI FEATURES IUSE IUSE_EFFECTIVE KEYWORDS LICENSE PF RDEPEND REPO_REVISIONS SIZE SLOT USE " +
		"foo-2.0-r1.ebuild metadata repository")
	want := `app-misc/foo 2.0-r1 gentoo [>=dev-libs/zlibx-1.2:0/1=]
  /usr
  /usr/bin
  /usr/bin/foohard
  /usr/bin/foo
  /usr/bin/foo link
  /usr/share
  /usr/share/foo dir
  /usr/share/foo dir/a -> b
  /usr/share/foo dir/fifo
  /etc
  /etc/foo.conf
` + foo + "\n"
	for _, f := range about {
		want += foo + "/" + f + "\n"
	}
	want += `dev-libs/zlibx 1.3 gentoo []
  /usr
  /usr/include
  /usr/include/zx.h
  /usr/lib64
  /usr/lib64/libzx.so.1
  /usr/lib64/libzx.so
` + zlibx + "\n"
	for _, f := range about {
		if !strings.HasSuffix(f, "DEPEND") {
			want += zlibx + "/" + strings.Replace(f, "foo-2.0-r1", "zlibx-1.3", 1) + "\n"
		}
	}
	// the directory is in byte order
	if sorted(got.String()) != sorted(want) {
		t.Errorf("got\n%swant\n%s", got.String(), want)
	}

	g, err := depgraph.New(nil, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	need, err := db.Need(">=foo-1")
	if err != nil {
		t.Fatal(err)
	}
	c, err := g.Closure(depgraph.Request{Direct: []depgraph.Direct{{Kind: depgraph.Lib, Need: need, Where: "test"}}})
	if err != nil || len(c.Packages()) != 2 || len(c.Unmet()) != 0 {
		t.Errorf("closure of foo: %v, %v", c, err)
	}
}

func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// slots has several packages of one name, and what no package is.
var slots = map[string]string{
	"dev-lang/python-3.11.9:":       "SLOT=3.11\nUSE=ssl\nIUSE=+ssl tk\nrepository=gentoo",
	"dev-lang/python-3.12.3_p1-r2:": "SLOT=3.12/3.12t\nUSE=ssl tk\nIUSE=ssl tk",
	"dev-libs/twice-1:":             "SLOT=0",
	"dev-libs/twice-2:":             "SLOT=0",
	"virtual/libc-1-r1:":            "RDEPEND=|| ( sys-libs/glibc sys-libs/musl )",
	"sys-libs/glibc-2.39:":          "SLOT=2.2",
	"sys-libs/-MERGING-musl-1:":     "SLOT=0",
	"dev-libs/.hidden-1:":           "",
	"dev-libs/noversion:":           "",
	"dev-libs/two-1-2:":             "",
	"-bad/foo-1:":                   "",
	"var/db/pkg/dev-libs/file-1":    "a file",
	"var/db/pkg/lost+found/x-1/y":   "",
}

func TestNames(t *testing.T) {
	db := open(t, slots)
	var got []string
	for _, p := range db.Packages() {
		got = append(got, fmt.Sprintf("%s %s rank %d provides %v", p.Name, p.Version, p.Rank, p.Provides))
	}
	want := []string{
		"dev-lang/python:3.11 3.11.9 rank 1 provides [{dev-lang/python 3.11.9}]",
		"dev-lang/python:3.12 3.12.3_p1-r2 rank 0 provides [{dev-lang/python 3.12.3_p1-r2}]",
		"=dev-libs/twice-1 1 rank 1 provides [{dev-libs/twice 1}]",
		"=dev-libs/twice-2 2 rank 0 provides [{dev-libs/twice 2}]",
		"sys-libs/glibc 2.39 rank 0 provides []",
		"virtual/libc 1-r1 rank 0 provides []",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestNeed asks as a user does, and names what the graph finds.
func TestNeed(t *testing.T) {
	db := open(t, slots)
	g, err := depgraph.New([]*depgraph.Package{{Name: "own/plain"}, {Name: "own/old", Version: "1.0"}, {Name: "mine"}}, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"dev-lang/python", "dev-lang/python:3.12 dev-lang/python:3.11"},
		{"python", "dev-lang/python:3.12 dev-lang/python:3.11"},
		{"<python-3.12", "dev-lang/python:3.11"},
		{"dev-lang/python:3.11", "dev-lang/python:3.11"},
		{"python:3.12/3.12t", "dev-lang/python:3.12"},
		{"dev-lang/python:3.12/3.12", ""},
		{"dev-lang/python:3.12/3.12=", ""},
		{"dev-lang/python:*", "dev-lang/python:3.12 dev-lang/python:3.11"},
		{"dev-lang/python[tk]", "dev-lang/python:3.12"},
		{"dev-lang/python[ssl,-tk]", "dev-lang/python:3.11"},
		{"dev-lang/python[none]", ""},
		{"dev-lang/python[-none]", ""},
		{"dev-lang/python[none(+),-other(-)]", "dev-lang/python:3.12 dev-lang/python:3.11"},
		{"dev-lang/python[none(-)]", ""},
		{"dev-lang/python[-none(+)]", ""},
		{"dev-lang/python::gentoo", "dev-lang/python:3.12 dev-lang/python:3.11"},
		{"dev-lang/python:3.11::other", ""},
		{"=dev-lang/python-3.12*", "dev-lang/python:3.12"},
		{"~dev-lang/python-3.12.3_p1", "dev-lang/python:3.12"},
		{"=dev-libs/twice-1", "=dev-libs/twice-1"},
		{"|| ( own/none sys-libs/glibc )", "sys-libs/glibc"},
		{"libc", "virtual/libc"},
		{">own/plain-5", "own/plain"},
		{">own/old-5", ""},
		{"<own/old-5:3[foo]", "own/old"},
		{"mine", "mine"},
		{">=mine-3:2", "mine"},
	} {
		need, err := db.Need(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		var got []string
		for _, a := range need {
			for _, p := range g.Satisfying(a, nil) {
				got = append(got, p.Name)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.text, got, c.want)
		}
	}
	both := open(t, map[string]string{"a-a/x-1:": "", "b-b/x-1:": "", "virtual/y-1:": "", "a-a/y-1:": "", "acct-user/y-0:": ""})
	if need, err := both.Need("y"); err != nil || need.String() != "a-a/y" {
		t.Errorf("y: %v, %v", need, err)
	}
	for text, want := range map[string]string{
		"x":             `ambiguous atom "x": a-a/x, b-b/x`,
		"":              `want one dependency, not 0 in ""`,
		"a-a/x b-b/x":   `want one dependency, not 2 in "a-a/x b-b/x"`,
		"x-1":           `bad atom "x-1"`,
		"!a-a/x":        `want one dependency, not 0 in "!a-a/x"`,
		"a-a/x-1":       `bad atom "a-a/x-1"`,
		"|| ( a-a/x":    `"(" without ")"`,
		"a-a/x[foo":     `bad USE dependency in "a-a/x[foo"`,
		"a-a/x:":        `bad slot in "a-a/x:"`,
		"a-a/x::-":      `bad repository in "a-a/x::-"`,
		"=a-a/x-1:::r":  `bad repository in "=a-a/x-1:::r"`,
		"foo? ( a-a/x ": `"(" without ")"`,
	} {
		if _, err := both.Need(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"nothing": nil,
		"FreeBSD": {"var/db/pkg/local.sqlite": ""},
		"pkgsrc":  {"var/db/pkg/bash-5.2/+CONTENTS": "@name bash-5.2", "var/db/pkg/pkgdb.byfile.db": ""},
		"empty":   {"var/db/pkg/dev-libs/.keep": ""},
	} {
		if db, err := Open(root(files), depgraph.Setting{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "/var/db/pkg") {
			t.Errorf("%s: %v, %v", name, db, err)
		}
		if depgraph.Present("gentoo", root(files), depgraph.Setting{}) {
			t.Errorf("%s: a Gentoo database is present", name)
		}
	}
	for name, s := range map[string]depgraph.Setting{
		"var/db/pkg/a-a/b-1/SLOT":            {},
		"opt/gentoo/var/db/pkg/a-a/b-1/SLOT": {Prefix: "/opt/gentoo"},
		"p/var/db/pkg/a-a/b-1/SLOT":          {Getenv: func(name string) string { return map[string]string{"EPREFIX": "/p/"}[name] }},
	} {
		files := root(map[string]string{name: "0"})
		if !depgraph.Present("gentoo", files, s) {
			t.Errorf("%s: no database is present", name)
		}
		db := openFS(t, files, s)
		db = openFS(t, files, depgraph.Setting{Prefix: db.Place()})
		got, err := db.Files(db.Packages()[0])
		if want := "/" + strings.TrimSuffix(name, "/SLOT"); err != nil || !slices.Equal(got, []string{want, want + "/SLOT"}) {
			t.Errorf("%s: %v (%v)", name, got, err)
		}
	}
}

func TestEntryErrors(t *testing.T) {
	for value, want := range map[string]string{
		"RDEPEND=a/b (":          `/var/db/pkg/c-c/d-1/RDEPEND:1: "(" without ")"`,
		"PDEPEND=a/b-1":          `/var/db/pkg/c-c/d-1/PDEPEND:1: bad atom "a/b-1"`,
		"IDEPEND=^^ ( a/b )":     `/var/db/pkg/c-c/d-1/IDEPEND:1: "^^" is for REQUIRED_USE alone`,
		"RDEPEND=\x00":           `/var/db/pkg/c-c/d-1/RDEPEND:1: bad atom "\x00"`,
		"CONTENTS=obj /a 12":     `/var/db/pkg/c-c/d-1/CONTENTS:1: no entry of a CONTENTS file: "obj /a 12"`,
		"CONTENTS=dir /a\x00":    `/var/db/pkg/c-c/d-1/CONTENTS:1: no entry of a CONTENTS file: "dir /a\x00"`,
		"RDEPEND=" + large(" "):  `gentoo package database: read /var/db/pkg/c-c/d-1/RDEPEND: larger than 1 MiB`,
		"USE=" + large("x"):      `gentoo package database: read /var/db/pkg/c-c/d-1/USE: larger than 1 MiB`,
		"SLOT=" + large("1"):     `gentoo package database: read /var/db/pkg/c-c/d-1/SLOT: larger than 1 MiB`,
		"RDEPEND=" + nested(101): `/var/db/pkg/c-c/d-1/RDEPEND:1: more than 100 groups in one another`,
		"RDEPEND=a? ( b/c ))":    `/var/db/pkg/c-c/d-1/RDEPEND:1: no space around a parenthesis in "))"`,
	} {
		db := open(t, map[string]string{"c-c/d-1:": value})
		p := db.Packages()[0]
		// What cannot be read to judge the package is told once it is chosen.
		asked, err := parseAtom("c-c/d:0[x(+)]")
		if err != nil || !asked.accepts(p, nil) {
			t.Errorf("%q: not chosen (%v)", shortened(value), err)
		}
		if _, err = p.RunNeeds(); err == nil {
			_, err = db.Files(p)
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", shortened(value), err, want)
		}
	}
}

func large(s string) string { return strings.Repeat(s, maxFile+1) }

func nested(n int) string { return strings.Repeat("( ", n) + "a/b" + strings.Repeat(" )", n) }

// FuzzDatabase gives a package's files any content, beside one that needs it.
func FuzzDatabase(f *testing.F) {
	type files struct{ pf, slot, use, iuse, depend, contents, world string }
	seeds := []files{
		{"foo-2.0-r1", "0/1", "ssl", "+ssl -doc", "ssl? ( || ( a/b:0/1= ( c/d[x?] >=a/b-1* ) ) )", "dir /a b\nsym /a -> b -> c 5\n", "a/b:0\n@s\n"},
		{"b-2", "3.12", "", "", "!!a/b ~a/b-1 a/b::r[-x(+)]", "obj /x 1 2\nfif ../..\ndev d\n", "# c\n=a/b-1\n"},
		{"b-1-r0", "\xff", "\x00", "", "( (", "sym /a -> b (33188, 22L, 771L, 1, 0, 0, 2L, 1057, 1057, 1057)", "*/*"},
		{"b-1-2", "", "", "", "^^", "obj", ""},
	}
	for _, s := range seeds {
		f.Add(s.pf, s.slot, s.use, s.iuse, s.depend, s.contents, s.world)
	}
	f.Fuzz(func(t *testing.T, pf, slot, use, iuse, depend, contents, world string) {
		dir := vdb + "/a/" + pf
		if !fs.ValidPath(dir) || strings.Contains(pf, "/") {
			return
		}
		m := root(map[string]string{"a/b-1:": "SLOT=0", "c/d-1:": "RDEPEND=a/b:0 <a/b-5[ssl,-x(-)]", "var/lib/portage/world": world})
		for name, text := range map[string]string{"SLOT": slot, "USE": use, "IUSE": iuse, "RDEPEND": depend, "CONTENTS": contents} {
			m[dir+"/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
		sourcetest.Bounded(t, func() {
			db, err := Open(m, depgraph.Setting{})
			if err != nil {
				sourcetest.Names(t, err, dir)
				return
			}
			sourcetest.Sane(t, "gentoo", db, "/"+dir+"/RDEPEND:", "/"+dir+"/CONTENTS:")
			g, err := depgraph.New(nil, db.Packages())
			if err != nil {
				return
			}
			_, _ = g.Closure(depgraph.Request{Direct: []depgraph.Direct{{Need: depgraph.Named("c/d"), Where: "test"}}})
			rewrites, err := db.Rewrites(func(p *depgraph.Package) bool { return p.Version == "1" }, func(string) []*depgraph.Package { return nil })
			if err != nil || len(rewrites) != 1 {
				t.Fatalf("%v, %v", rewrites, err)
			}
			if text, err := rewrites[0].Data(); err != nil || len(text) > len(world) {
				t.Errorf("world is %q (%v)", text, err)
			}
		})
	})
}
