package pkgsrc

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// machine has four packages, of which b needs a, and c both.
var machine = map[string]string{
	"usr/pkg/pkgdb/a-1/+CONTENTS":       "@name a-1\n@cwd /usr/pkg\nlib/liba.so\n",
	"usr/pkg/pkgdb/a-1/+REQUIRED_BY":    "b-1nb2\nc-3\n",
	"usr/pkg/pkgdb/b-1nb2/+CONTENTS":    "@name b-1nb2\n@pkgdep a>=1\n@cwd /usr/pkg\nlib/libb.so\n",
	"usr/pkg/pkgdb/b-1nb2/+REQUIRED_BY": "c-3\n",
	"usr/pkg/pkgdb/c-3/+CONTENTS":       "@name c-3\n@pkgdep a-[0-9]*\n@pkgdep b>=1\n@cwd /usr/pkg\nbin/c\n",
	"usr/pkg/pkgdb/d-1/+CONTENTS":       "@name d-1\n@cwd /usr/pkg\n",
	"usr/pkg/pkgdb/d-1/+REQUIRED_BY":    "gone-1\n",
	"usr/pkg/pkgdb/pkgdb.byfile.db":     "\x00\x05\x31\x62",
}

func TestRewrites(t *testing.T) {
	for visible, want := range map[string]string{
		"a b c d": "",
		"a b d":   `/usr/pkg/pkgdb/a-1/+REQUIRED_BY: "b-1nb2\n", /usr/pkg/pkgdb/b-1nb2/+REQUIRED_BY gone, /usr/pkg/pkgdb/pkgdb.byfile.db gone`,
		"a c":     `/usr/pkg/pkgdb/a-1/+REQUIRED_BY: "c-3\n", /usr/pkg/pkgdb/pkgdb.byfile.db gone`,
		"a":       `/usr/pkg/pkgdb/a-1/+REQUIRED_BY gone, /usr/pkg/pkgdb/pkgdb.byfile.db gone`,
		"d":       `/usr/pkg/pkgdb/pkgdb.byfile.db gone`,
	} {
		db := open(t, machine)
		rewrites, err := db.Rewrites(func(p *depgraph.Package) bool { return slices.Contains(strings.Fields(visible), p.Name) }, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rewrites {
			line := r.Path + " gone"
			if !r.Gone {
				text, err := r.Data()
				if err != nil {
					t.Error(err)
				}
				line = r.Path + ": " + strconv.Quote(string(text))
			}
			got = append(got, line)
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != want {
			t.Errorf("with %s: %s, want %s", visible, strings.Join(got, ", "), want)
		}
	}
}

// A database as the rewrites and the directories that are left make it is read as one of
// the visible packages alone.
func TestRewritesReadBack(t *testing.T) {
	db := open(t, machine)
	visible := func(p *depgraph.Package) bool { return p.Name == "a" || p.Name == "b" }
	rewrites, err := db.Rewrites(visible, nil)
	if err != nil {
		t.Fatal(err)
	}
	left := maps.Clone(machine)
	for _, p := range db.Packages() {
		if visible(p) {
			continue
		}
		files, err := db.Files(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			delete(left, f[1:])
		}
	}
	for _, r := range rewrites {
		delete(left, r.Path[1:])
		if !r.Gone {
			text, _ := r.Data()
			left[r.Path[1:]] = string(text)
		}
	}
	const want = "usr/pkg/pkgdb/a-1/+CONTENTS usr/pkg/pkgdb/a-1/+REQUIRED_BY usr/pkg/pkgdb/b-1nb2/+CONTENTS"
	if names := slices.Sorted(maps.Keys(left)); strings.Join(names, " ") != want {
		t.Errorf("left %v, want %s", names, want)
	}
	if got := len(open(t, left).Packages()); got != 2 {
		t.Errorf("%d packages", got)
	}
	for name, text := range left {
		if strings.Contains(text, "c-3") || strings.Contains(text, "d-1") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// A view asks by the paths that links lead to.
func TestGeneratedBehindLinks(t *testing.T) {
	db := open(t, map[string]string{
		"u/pkg/pkgdb/glib2-2.78/+CONTENTS": "@name glib2-2.78\n@cwd /usr/pkg\n",
		"usr/pkg -> ../home/pkg":           "", "home -> /u": "",
	})
	sourcetest.Generated(t, db, map[string]string{
		"/u/pkg":                "base",
		"/u/pkg/share/man/man3": "base",
		"/u/pkg/etc/mk.conf":    "base",
		"/u/pkg/share/glib-2.0/schemas/gschemas.compiled": "package glib2",
		"/u/pkg/pkgdb/pkgdb.byfile.db":                    "base",
		"/u/pkg/pkgdb/glib2-2.78/+FILES":                  "path /u/pkg/pkgdb/glib2-2.78/+CONTENTS",
		"/u/pkg/pkgdb.refcount/users/www/glib2-2.78":      "package glib2",
		"/u/pkg/lib/p/__pycache__/a.cpython.pyc":          "path /u/pkg/lib/p/a.py",
		"/u/pkg/lib/stray":                                "",
		"/u/pkg/pkgdb/half-1":                             "",
	})
	if got := db.Ignore(); !slices.Contains(got, "/u/pkg/pkgdb/**") {
		t.Errorf("%q", got)
	}
}

func TestGenerated(t *testing.T) {
	db := open(t, map[string]string{
		"usr/pkg/pkgdb/glib2-2.78/+CONTENTS":       "@name glib2-2.78\n@cwd /usr/pkg\n",
		"usr/pkg/pkgdb/scrollkeeper-0.3/+CONTENTS": "@name scrollkeeper-0.3\n@cwd /usr/pkg\n",
		"usr/pkg/pkgdb/pkgin-23/+CONTENTS":         "@name pkgin-23\n@cwd /usr/pkg\n",
	})
	for _, c := range []struct{ path, pkg, beside string }{
		{"/usr/pkg", "", ""},
		{"/usr/pkg/lib", "", ""},
		{"/usr/pkg/etc", "", ""},
		{"/usr/pkg/share/man/man3", "", ""},
		{"/usr/pkg/etc/mk.conf", "", ""},
		{"/usr/pkg/sbin/pkg_info", "", ""},
		{"/usr/pkg/share/mk/bsd.own.mk", "", ""},
		{"/usr/pkg/info/dir", "", ""},
		{"/usr/pkg/pkgdb", "", ""},
		{"/usr/pkg/pkgdb/pkgdb.byfile.db", "", ""},
		{"/usr/pkg/pkgdb/pkg-vulnerabilities", "", ""},
		{"/usr/pkg/pkgdb/glib2-2.78/+FILES", "", "/usr/pkg/pkgdb/glib2-2.78/+CONTENTS"},
		{"/usr/pkg/pkgdb.refcount", "", ""},
		{"/usr/pkg/pkgdb.refcount/files", "", ""},
		{"/usr/pkg/pkgdb.refcount/users/www", "", ""},
		{"/usr/pkg/pkgdb.refcount/users/www/glib2-2.78", "glib2", ""},
		{"/usr/pkg/pkgdb.refcount/files/usr/pkg/etc/x.conf", "", "/usr/pkg/etc/x.conf"},
		{"/usr/pkg/pkgdb.refcount/files/usr/pkg/etc/x.conf/glib2-2.78", "glib2", ""},
		{"/usr/pkg/pkgdb.refcount/files/usr/pkg/etc/x.conf/+PERMISSIONS", "", "/usr/pkg/etc/x.conf"},
		{"/usr/pkg/share/glib-2.0/schemas/gschemas.compiled", "glib2", ""},
		{"/usr/pkg/var/scrollkeeper/de/x", "scrollkeeper", ""},
		{"/var/db/pkgin/pkgin.db", "pkgin", ""},
		{"/usr/pkg/lib/python3.11/__pycache__/a.b.cpython-311.pyc", "", "/usr/pkg/lib/python3.11/a.b.py"},
		{"/usr/pkg/lib/python2.7/a.pyo", "", "/usr/pkg/lib/python2.7/a.py"},
		{"/usr/pkg/share/icons/hicolor/icon-theme.cache", "", "/usr/pkg/share/icons/hicolor/index.theme"},
		{"/usr/pkg/share/fonts/X11/TTF/fonts.dir", "", "/usr/pkg/share/fonts/X11/TTF"},
		{"/usr/pkg/lib/ghc-9.4.7/package.conf.d/package.cache", "", "/usr/pkg/lib/ghc-9.4.7/package.conf.d"},
	} {
		got, ok := db.Generated(c.path)
		if want := (depgraph.Origin{Package: c.pkg, Path: c.beside}); !ok || got != want {
			t.Errorf("%s: %+v %t, want %+v", c.path, got, ok, want)
		}
	}
	for _, path := range []string{
		"/usr/local/bin/x", "/usr/pkg/lib/libx.so", "/usr/pkg/pkgdb/half-1", "/usr/pkg/pkgdb/half-1/+DESC", "/usr/pkg/pkgdb/x", "/",
		"/usr/pkg/share/mime/magic", "/lib", "/usr/pkgx/lib",
	} {
		if got, ok := db.Generated(path); ok {
			t.Errorf("%s: %+v", path, got)
		}
	}
}
