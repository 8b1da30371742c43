package pkgsrc

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// environment is a setting with variables.
func environment(prefix string, variables map[string]string) depgraph.Setting {
	return depgraph.Setting{Prefix: prefix, Getenv: func(name string) string { return variables[name] }}
}

const pkg = "/p-1/+CONTENTS"

// Where PKG_DBDIR is found: the files of a root, what the caller says, and the answer.
func TestLocate(t *testing.T) {
	const none = "no pkgsrc database here (looked for packages in /usr/pkg/pkgdb, /usr/pkg/.pkgdb, /opt/pkg/pkgdb, /opt/pkg/.pkgdb, " +
		"/opt/local/pkgdb, /opt/local/.pkgdb, /var/db/pkg): file does not exist"
	for _, c := range []struct{ name, files, prefix, env, want string }{
		{"NetBSD", "usr/pkg/pkgdb" + pkg, "", "", "/usr/pkg/pkgdb"},
		{"NetBSD before 2020", "var/db/pkg" + pkg, "", "", "/var/db/pkg"},
		{"macOS", "opt/pkg/.pkgdb" + pkg, "", "", "/opt/pkg/.pkgdb"},
		{"SmartOS", "opt/local/pkgdb" + pkg, "", "", "/opt/local/pkgdb"},
		{"nothing", "", "", "", none},
		{"FreeBSD's", "var/db/pkg/local.sqlite", "", "", none},
		{"Gentoo's", "var/db/pkg/app-misc/foo-1/CONTENTS", "", "", none},
		{"no package yet", "usr/pkg/pkgdb/", "", "", none},
		{"no package yet, but chosen", "usr/pkg/pkgdb/", "/usr/pkg", "", "/usr/pkg/pkgdb"},
		{"both", "usr/pkg/pkgdb" + pkg + " var/db/pkg" + pkg, "", "",
			"several pkgsrc databases claim this root, /usr/pkg/pkgdb and /var/db/pkg: choose one, as in --from pkgsrc@/usr/pkg/pkgdb"},
		{"both, one by two names", "usr/pkg/pkgdb" + pkg + " var/db/pkg->/usr/pkg/pkgdb", "", "", "/usr/pkg/pkgdb"},
		{"both, the directory chosen", "usr/pkg/pkgdb" + pkg + " var/db/pkg" + pkg, "/var/db/pkg", "", "/var/db/pkg"},
		{"both, the prefix chosen", "usr/pkg/pkgdb" + pkg + " var/db/pkg" + pkg, "/usr/pkg", "", "/usr/pkg/pkgdb"},
		{"both, the environment's", "usr/pkg/pkgdb" + pkg + " var/db/pkg" + pkg, "", "/var/db/pkg/", "/var/db/pkg"},
		{"two of one prefix", "home/u/pkg/pkgdb" + pkg + " home/u/pkg/.pkgdb" + pkg, "/home/u/pkg", "",
			"several pkgsrc databases claim this root, /home/u/pkg/pkgdb and /home/u/pkg/.pkgdb: choose one, as in --from pkgsrc@/home/u/pkg/pkgdb"},
		{"the environment's is not there", "usr/pkg/pkgdb" + pkg, "", "/x", "no pkgsrc database in PKG_DBDIR, /x: file does not exist"},
		{"the environment's is relative", "usr/pkg/pkgdb" + pkg, "", "usr/pkg/pkgdb", "no pkgsrc database in PKG_DBDIR, usr/pkg/pkgdb: file does not exist"},
		{"a prefix without", "usr/pkg/pkgdb" + pkg, "/opt/pkg", "",
			"no pkgsrc database in /opt/pkg (looked for /opt/pkg/pkgdb, /opt/pkg/.pkgdb): file does not exist"},
		{"configured in the prefix", "usr/pkg/etc/pkg_install.conf=PKG_DBDIR=/var/pkg db/pkgdb" + pkg + " var/pkg" + pkg, "", "", "/var/pkg"},
		{"configured in the prefix that is chosen", "h/etc/pkg_install.conf=PKG_DBDIR=/db db" + pkg + " usr/pkg/pkgdb" + pkg, "/h", "", "/db"},
		{"configured, elsewhere than usual", "usr/pkg/etc/pkg_install.conf=PKG_DBDIR=/var/db/pkg usr/pkg/pkgdb" + pkg + " var/db/pkg" + pkg, "", "", "/var/db/pkg"},
		{"configured for the system", "etc/pkg_install.conf=#PKG_DBDIR=/x|PKG_DBDIR=/sys/ var/db/pkg" + pkg + " sys" + pkg, "", "", "/sys"},
		{"a prefix behind a link", "usr/pkg->../data/pkg data/pkg/pkgdb" + pkg, "", "", "/usr/pkg/pkgdb"},
		{"a link to itself", "usr/pkg->/usr/pkg", "/usr/pkg", "", "no pkgsrc database in /usr/pkg (looked for /usr/pkg/pkgdb, /usr/pkg/.pkgdb): file does not exist"},
	} {
		files := map[string]string{}
		for _, f := range strings.Fields(c.files) {
			if path, target, link := strings.Cut(f, "->"); link {
				files[path+" -> "+target] = ""
			} else {
				path, content, _ := strings.Cut(f, "=")
				files[path] = strings.ReplaceAll(content, "|", "\n") + "\n"
			}
		}
		s := environment(c.prefix, map[string]string{"PKG_DBDIR": c.env})
		got, err := locate(root(files), s)
		if err != nil {
			got = err.Error()
			if strings.HasPrefix(got, "no ") != errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v does not exist: %t", c.name, err, errors.Is(err, fs.ErrNotExist))
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if db, err := Open(root(files), s); err == nil {
			prefix := cmp.Or(db.(*Database).Place(), c.prefix)
			if again, err := locate(root(files), depgraph.Setting{Prefix: prefix}); err != nil || again != got {
				t.Errorf("%s: at %q there is %q later (%v)", c.name, prefix, again, err)
			}
		}
		there := strings.HasPrefix(c.want, "/") || strings.HasPrefix(c.want, "several") && c.prefix == ""
		if depgraph.Present(kind, root(files), s) != there {
			t.Errorf("%s: present: %t", c.name, !there)
		}
	}
}

// The files whose change is one of the packages' or their files'.
func TestState(t *testing.T) {
	m := root(map[string]string{"usr/pkg/pkgdb/a-1/+CONTENTS": "", "usr/pkg/pkgdb/b[1]-2/+CONTENTS": "", "usr/pkg/pkgdb/pkgdb.byfile.db": "", "usr/pkg/etc/pkg_install.conf": ""})
	var got []string
	for _, pattern := range depgraph.State(kind, m, depgraph.Setting{}) {
		names, err := fs.Glob(m, pattern)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, names...)
	}
	const want = "usr/pkg/pkgdb usr/pkg/etc/pkg_install.conf usr/pkg/pkgdb/a-1/+CONTENTS usr/pkg/pkgdb/b[1]-2/+CONTENTS"
	if strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestPackages(t *testing.T) {
	db := open(t, map[string]string{
		"usr/pkg/pkgdb/p5-XML-Parser-2.46nb8/+CONTENTS": "@name p5-XML-Parser-2.46nb8\n@pkgdep perl>=5.36.0<5.38.0\n@blddep perl-5.36.0\n@pkgdep expat>=2.0.0nb1\n@blddep expat-2.5.0\n@pkgcfl p5-foo-[0-9]*\n",
		"usr/pkg/pkgdb/expat-2.5.0/+CONTENTS":           "@name expat-2.5.0\n",
		"usr/pkg/pkgdb/half/":                           "",
		"usr/pkg/pkgdb/half-2/+COMMENT":                 "no packing list",
		"usr/pkg/pkgdb/zlib-1.3/+CONTENTS/":             "",
		"usr/pkg/pkgdb/link-1 -> expat-2.5.0":           "",
		"usr/pkg/pkgdb/pkgdb.byfile.db":                 "",
		"usr/pkg/pkgdb/pkg-vulnerabilities":             "",
	})
	var got string
	for _, p := range db.Packages() {
		got += fmt.Sprintf("%s %s %s %s\n", p.Name, p.Version, p.Source, runNeeds(t, p))
	}
	const want = "expat 2.5.0 pkgsrc []\np5-XML-Parser 2.46nb8 pkgsrc [perl>=5.36.0<5.38.0 expat>=2.0.0nb1]\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestBase(t *testing.T) {
	db := open(t, map[string]string{
		"usr/share/pkg/pkgdb/bmake-1/+CONTENTS": "@name bmake-1\n@cwd /usr/share/pkg\n", "usr/share/pkg/pkgdb/bmake-1/+PRESERVE": "Tue\n",
		"usr/share/pkg/pkgdb/other-1/+CONTENTS": "@name other-1\n@cwd /usr/share/pkg\n",
		"usr/pkg/etc/pkg_install.conf":          "PKG_DBDIR=/usr/share/pkg/pkgdb\n",
	})
	base := db.Base()
	if got := fmt.Sprint(base.Needs, base.Except); got != "[bmake] [/Library/Frameworks /usr/share/pkg /usr/share/pkg/pkgdb]" {
		t.Errorf("needs, except: %s", got)
	}
	for path, want := range map[string]bool{"/usr/lib/libc.so": true, "/etc": true, "/usr/pkg/bin/x": false, "/usr/local/bin/x": false, "/usr": false, "/usr/libx": false} {
		if within(path, base.Paths) != want {
			t.Errorf("%s in the base: %t", path, !want)
		}
	}
}

func runNeeds(t testing.TB, p *depgraph.Package) []depgraph.Need {
	t.Helper()
	needs, err := p.RunNeeds()
	if err != nil {
		t.Fatal(err)
	}
	return needs
}

// BenchmarkOpen opens a database of 5,000 packages with 40 files and 10 dependencies each.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	const n = 5000
	for i := range n {
		var list strings.Builder
		fmt.Fprintf(&list, "@name pkg%d-1.%d\n", i, i)
		for d := range 10 {
			fmt.Fprintf(&list, "@blddep pkg%d-1.%d\n@pkgdep pkg%d>=1.0\n", (i+d+1)%n, (i+d+1)%n, (i+d+1)%n)
		}
		list.WriteString("@cwd /usr/pkg\n")
		for f := range 40 {
			fmt.Fprintf(&list, "share/pkg%d/file%d\n@comment MD5:d41d8cd98f00b204e9800998ecf8427e\n", i, f)
		}
		at := filepath.Join(dir, "usr/pkg/pkgdb", fmt.Sprintf("pkg%d-1.%d", i, i))
		if err := errors.Join(os.MkdirAll(at, 0o755), os.WriteFile(filepath.Join(at, contents), []byte(list.String()), 0o644)); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			if _, err := Open(os.DirFS(dir), depgraph.Setting{}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
	})
	b.Run("State", func(b *testing.B) {
		for b.Loop() {
			state(os.DirFS(dir), depgraph.Setting{})
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
	})
	b.Run("NeedsAndFiles", func(b *testing.B) {
		for b.Loop() {
			db, err := Open(os.DirFS(dir), depgraph.Setting{})
			if err != nil {
				b.Fatal(err)
			}
			for _, p := range db.Packages() {
				if _, err := db.Files(p); err != nil {
					b.Fatal(err)
				}
				runNeeds(b, p)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
	})
}
