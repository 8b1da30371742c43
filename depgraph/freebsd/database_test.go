package freebsd

import (
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
)

const file = "var/db/pkg/local.sqlite"

// fixture is a database that pkg(8) wrote.
func fixture(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/local.sqlite")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// made returns the file of a database on which SQL was run.
func made(t testing.TB, data []byte, statements ...string) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.sqlite")
	if data != nil {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", "file:"+name+"?_pragma=journal_mode(delete)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	return data
}

func root(data []byte) fstest.MapFS { return fstest.MapFS{file: {Data: data, Mode: 0o644}} }

func open(t testing.TB, root fs.FS) *Database {
	t.Helper()
	db, err := Open(root, depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	return db.(*Database)
}

func runNeeds(t testing.TB, p *depgraph.Package) []depgraph.Need {
	t.Helper()
	needs, err := p.RunNeeds()
	if err != nil {
		t.Fatal(err)
	}
	return needs
}

// all is all that a database says of its packages.
func all(t testing.TB, db *Database) string {
	t.Helper()
	var s string
	for _, p := range db.Packages() {
		files, err := db.Files(p)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(files)
		s += fmt.Sprintf("%s %s %s provides %v needs %v files %s\n", p.Name, p.Version, p.Arch, p.Provides, runNeeds(t, p), strings.Join(files, " "))
	}
	return s
}

func TestFixture(t *testing.T) {
	const want = `zlib 1.3 FreeBSD:14:amd64 provides [{archivers/zlib 1.3}] needs [] files /usr/local/include/zlib.h /usr/local/lib/libz.so.1
foo 1.0_1,2 FreeBSD:14:amd64 provides [{devel/foo 1.0_1,2}] needs [zlib] files /usr/local/bin/foo /usr/local/bin/foohard /usr/local/bin/foolink /usr/local/etc/foo.conf.sample /usr/local/lib/libfoo.so.1 /usr/local/share/empty
`
	if got := all(t, open(t, root(fixture(t)))); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// more adds packages to the fixture: shared libraries, flavors, what one requires and
// provides, formulas, a name that is like a library's.
var more = []string{
	insert(3, "py39-six", "devel/py-six", "1.16"), insert(4, "py311-six", "devel/py-six", "1.16_1"),
	insert(5, "app", "misc/app", "2.0"), insert(6, "vim", "editors/vim", "9"), insert(7, "nano", "editors/nano", "8,1"),
	insert(8, "libbar.so.1", "misc/odd", "1"), insert(9, "bar", "misc/bar", "1"), insert(10, "FreeBSD-runtime", "base", "14.1"),
	"INSERT INTO annotation VALUES (1, 'flavor'), (2, 'py39'), (3, 'py311'), (4, 'repo_type')",
	"INSERT INTO pkg_annotation VALUES (3, 1, 2), (4, 1, 3), (4, 4, 2)",
	"INSERT INTO shlibs VALUES (1, 'libc.so.7'), (2, 'libbar.so.1'), (3, 'libz.so.1')",
	"INSERT INTO pkg_shlibs_required VALUES (5, 1), (5, 2), (2, 3)",
	"INSERT INTO pkg_shlibs_provided VALUES (9, 2), (1, 3)",
	"INSERT INTO provides VALUES (1, 'editor')", "INSERT INTO pkg_provides VALUES (6, 1), (7, 1)",
	"INSERT INTO requires VALUES (1, 'editor'), (2, 'vim')", "INSERT INTO pkg_requires VALUES (5, 1), (9, 2)",
	"INSERT INTO deps VALUES ('devel/py-six', 'py311-six', '1.16', 5), ('x/y', 'gone', '1', 5)",
	"UPDATE packages SET dep_formula = 'nano < 8 | vim >= 9 +X11 , foo = 1.0_1,2' WHERE id = 5",
	"INSERT INTO directories VALUES (2, '/usr/local/share/app/', NULL, NULL, NULL, NULL)", "INSERT INTO pkg_directories VALUES (5, 2, 0)",
	"INSERT INTO files VALUES ('/usr/local/lib/libbar.so', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 9), ('/usr/local/lib/libbar.so.1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 9)",
	"INSERT INTO files VALUES ('/usr/local/bin/vim', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 6), ('/opt/sp ace/é', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 6)",
	"INSERT INTO script VALUES (1, 'echo vim'), (2, 'echo both')", "INSERT INTO pkg_script VALUES (6, 1, 1), (6, 2, 2), (5, 1, 2)",
	"INSERT INTO licenses VALUES (1, 'MIT'), (2, 'VIM')", "INSERT INTO pkg_licenses VALUES (5, 1), (6, 1), (6, 2)",
	"INSERT INTO pkg_conflicts VALUES (5, 6), (5, 9)", "INSERT INTO pkg_lock_pid VALUES (4711)", "UPDATE pkg_lock SET exclusive = 1",
}

func insert(id int, name, origin, version string) string {
	return fmt.Sprintf(`INSERT INTO packages (id, origin, name, version, comment, desc, arch, maintainer, prefix, flatsize, automatic, licenselogic)
		VALUES (%d, '%s', '%s', '%s', '', '', 'FreeBSD:14:amd64', '', '/usr/local', 0, 0, 1)`, id, origin, name, version)
}

func TestPackages(t *testing.T) {
	db := open(t, root(made(t, fixture(t), more...)))
	var got string
	for _, p := range db.Packages()[2:] {
		got += fmt.Sprintf("%s %s provides %v needs %v\n", p.Name, p.Version, p.Provides, runNeeds(t, p))
	}
	const want = `py39-six 1.16 provides [{devel/py-six 1.16} {devel/py-six@py39 1.16}] needs []
py311-six 1.16_1 provides [{devel/py-six 1.16_1} {devel/py-six@py311 1.16_1}] needs []
app 2.0 provides [{misc/app 2.0}] needs [gone py311-six libbar.so.1 editor nano < 8 | vim >= 9 foo = 1.0_1,2]
vim 9 provides [{editors/vim 9} {editor }] needs []
nano 8,1 provides [{editors/nano 8,1} {editor }] needs []
libbar.so.1 1 provides [{misc/odd 1}] needs []
bar 1 provides [{misc/bar 1} {libbar.so.1 }] needs [vim]
FreeBSD-runtime 14.1 provides [] needs []
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if needs := fmt.Sprint(db.Base().Needs); needs != "[pkg FreeBSD-runtime]" {
		t.Errorf("base %s", needs)
	}
	if files, err := db.Files(db.named["vim"]); fmt.Sprint(files, err) != "[/opt/sp ace/é /usr/local/bin/vim] <nil>" {
		t.Errorf("files of vim: %v %v", files, err)
	}
	if files, err := db.Files(db.named["app"]); fmt.Sprint(files, err) != "[/usr/local/share/app] <nil>" {
		t.Errorf("files of app: %v %v", files, err)
	}
}

// satisfying returns the names of the packages that satisfy a need of by's.
func satisfying(t *testing.T, db *Database, need depgraph.Need, by *depgraph.Package) string {
	t.Helper()
	own := []*depgraph.Package{{Name: "declared"}, {Name: "aged", Version: "1"}, {Name: "cat/own"}}
	g, err := depgraph.New(own, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range need {
		for _, p := range g.Satisfying(a, by) {
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	return strings.Join(names, " ")
}

func TestRunNeedsAreSatisfied(t *testing.T) {
	db := open(t, root(made(t, fixture(t), more...)))
	for name, want := range map[string]string{
		"app": "/py311-six/bar/nano vim/vim/foo", // gone is; a library is no package's name; nano is too new
		"bar": "",                                // a package's name is not what it provides
		"foo": "zlib/zlib",
	} {
		var got []string
		for _, need := range runNeeds(t, db.named[name]) {
			got = append(got, satisfying(t, db, need, db.named[name]))
		}
		if s := strings.Join(got, "/"); s != want {
			t.Errorf("%s: %s, want %s", name, s, want)
		}
	}
}

func TestNeed(t *testing.T) {
	db := open(t, root(made(t, fixture(t), more...)))
	for _, c := range []struct{ text, want string }{
		{"zlib", "zlib"},
		{"zlib>=1.2", "zlib"},
		{"zlib>1.3", ""},
		{"zlib>=1.2<1.3", ""},
		{"zlib>0<1.3_1", "zlib"},
		{"zlib=1.3.0", "zlib"},
		{"zlib-1.3", "zlib"},
		{"zlib-1.4", ""},
		{"archivers/zlib", "zlib"},
		{"devel/py-six", "py311-six py39-six"},
		{"devel/py-six@py39", "py39-six"},
		{"py3*-six>0", "py39-six py311-six"},
		{"py3*-six>1.16", "py311-six"},
		{"py2*-six", ""},
		{"libbar.so.1", "libbar.so.1 bar"},
		{"libbar.so:misc/bar", "bar"},
		{"libbar.so:misc/gone", "bar"},
		{"vim:editors/vim", "vim"},
		{"vim:editors/other:install", "vim"},
		{"zlib>0:x/y", "zlib"},
		{"/usr/local/bin/vim", "vim"},
		{"/usr/local/bin/none", ""},
		{"declared>=2", "declared"},
		{"aged>=2", ""},
		{"cat/own", "cat/own"},
		{"editor", "nano vim"},
	} {
		need, err := db.Need(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		} else if got := satisfying(t, db, need, nil); got != c.want {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
	for text, want := range map[string]string{
		"":                 `bad dependency ""`,
		"a b":              `bad dependency "a b"`,
		"zlib>=":           `bad version in "zlib>="`,
		"zlib=>1":          `bad version in "zlib=>1"`,
		">1":               `bad dependency ">1"`,
		"[a":               `bad dependency "[a"`,
		"x:a/b:c:d":        `"x:a/b:c:d" is not pattern:origin[:target]`,
		"x:a/b:patch":      `"x:a/b:patch" needs no package`,
		"x:a/":             `"x:a/" is not pattern:origin[:target]`,
		"libfoo.so:a//b@c": `"libfoo.so:a//b@c" is not pattern:origin[:target]`,
	} {
		if _, err := db.Need(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestFormulas(t *testing.T) {
	for text, want := range map[string]string{ // most of them are those of pkg's own test
		"name":                              "[name]",
		"name = 1.0":                        "[name = 1.0]",
		"name >= 1.0,1":                     "[name >= 1.0,1]",
		"name1, name2":                      "[name1 name2]",
		"name1 | name2, name3":              "[name1 | name2 name3]",
		"name > 1.0 < 2.0 != 1.5,b":         "[name > 1.0 < 2.0 != 1.5 b]",
		" name4 +opt1 -opt2 | c -x , d >=2": "[name4 | c d >=2]",
		"":                                  `"": "" is no package's name`,
		"a,":                                `"a,": "" is no package's name`,
		"a | ":                              `"a | ": "" is no package's name`,
		"a b":                               `"a b": unexpected "b"`,
		"a => 1":                            `"a => 1": bad version "=>1"`,
		"a >":                               `"a >": bad version ">"`,
		"a + b":                             `"a + b": an option has no name`,
		"a/b":                               `"a/b": "a/b" is no package's name`,
	} {
		needs, err := parseFormula(text)
		got := fmt.Sprint(needs)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestSettings(t *testing.T) {
	data := fixture(t)
	for _, c := range []struct {
		prefix, env, want string
	}{
		{"", "", "var/db/pkg"}, {"/db/", "", "db"}, {"", "/other", "other"}, {"/db", "/other", "db"}, {"/", "", "."}, {"db", "rel", "var/db/pkg"},
	} {
		s := depgraph.Setting{Prefix: c.prefix, Getenv: func(name string) string { return map[string]string{"PKG_DBDIR": c.env}[name] }}
		name := strings.TrimPrefix(c.want+"/local.sqlite", "./")
		m := fstest.MapFS{name: {Data: data}}
		if db, err := Open(m, s); err != nil {
			t.Errorf("%+v: %v", c, err)
		} else if _, err := Open(m, depgraph.Setting{Prefix: db.(*Database).Place()}); err != nil {
			t.Errorf("%+v: not found again: %v", c, err)
		}
		if state := depgraph.State(kind, m, s); fmt.Sprint(state) != fmt.Sprintf("[%[1]s %[1]s-wal %[1]s-journal]", name) {
			t.Errorf("%+v: state %v", c, state)
		}
	}
}

func TestDeclare(t *testing.T) {
	db := open(t, root(made(t, fixture(t), more...)))
	if got, want := db.Declare([]string{"zlib", "py39-six", "new"}), "BUILD_DEPENDS+= zlib>0:archivers/zlib py39-six>0:devel/py-six@py39 new>0:CATEGORY/new"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := depgraph.Declare(kind)([]string{"zlib"}), "BUILD_DEPENDS+= zlib>0:CATEGORY/zlib"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
