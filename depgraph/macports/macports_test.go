package macports

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
)

const registryDB = "opt/local/var/macports/registry/registry.db"

// fixture is a root with the registry that MacPorts' own code wrote, and more files.
func fixture(t testing.TB, files ...string) fstest.MapFS {
	t.Helper()
	data, err := os.ReadFile("testdata/registry.db")
	if err != nil {
		t.Fatal(err)
	}
	return with(fstest.MapFS{registryDB: {Data: data, Mode: 0o644}}, files...)
}

// with adds empty files, programs.
func with(root fstest.MapFS, files ...string) fstest.MapFS {
	for _, name := range files {
		root[strings.TrimPrefix(name, "/")] = &fstest.MapFile{Mode: 0o755}
	}
	return root
}

func open(t testing.TB, root fs.FS, s depgraph.Setting) *Database {
	t.Helper()
	db, err := Open(root, s)
	if err != nil {
		t.Fatal(err)
	}
	return db.(*Database)
}

// describe prints all that a database says of its packages.
func describe(t testing.TB, db depgraph.Database) string {
	t.Helper()
	var b strings.Builder
	for _, p := range slices.SortedFunc(slices.Values(db.Packages()), func(a, b *depgraph.Package) int { return cmp.Compare(a.Name, b.Name) }) {
		needs, err := p.RunNeeds()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %q %s removed %t needs %v\n", p.Name, p.Version, p.Arch, p.Source, p.Removed, needs)
		files, err := db.Files(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b.WriteString("  " + f + "\n")
		}
	}
	return b.String()
}

const fixtureSays = `libpng 1.6.50_0 "" macports removed false needs [zlib]
  /opt/local/lib/libpng.dylib
  /opt/local/include/libpng16/png.h
openssl3 3.3.2_1 "" macports removed false needs []
  /opt/local/libexec/openssl3/lib/libssl.dylib
zlib 1.3.1_0 "" macports removed false needs []
  /opt/local/lib/libz.dylib
  /opt/local/include/zlib.h
`

func TestFixture(t *testing.T) {
	if got := describe(t, open(t, fixture(t), depgraph.Setting{})); got != fixtureSays {
		t.Errorf("got\n%swant\n%s", got, fixtureSays)
	}
}

// TestPlaces finds the registry where the user and macports.conf say it is.
func TestPlaces(t *testing.T) {
	data := fixture(t)[registryDB]
	root := fstest.MapFS{
		"opt/mp/var/macports/registry/registry.db":  data,
		"opt/conf/etc/macports/macports.conf":       {Data: []byte("# portdbpath /no\nprefix /opt/conf\nportdbpath\t /data/mp \n")},
		"data/mp/registry/registry.db":              data,
		"opt/local/etc/macports/macports.conf/file": {},
	}
	for prefix, want := range map[string]string{
		"/opt/mp":   "/opt/mp/var/macports/registry/registry.db",
		"/opt/mp/":  "/opt/mp/var/macports/registry/registry.db",
		"/opt/conf": "/data/mp/registry/registry.db",
	} {
		s := depgraph.Setting{Prefix: prefix}
		if db := open(t, root, s); db.file != want || len(db.Packages()) != 3 {
			t.Errorf("%s: %s, %d packages", prefix, db.file, len(db.Packages()))
		}
		state := depgraph.State("macports", root, s)
		conf := strings.TrimSuffix(strings.TrimPrefix(prefix, "/"), "/") + "/etc/macports/macports.conf"
		if want := []string{want[1:], want[1:] + "-wal", want[1:] + "-journal", conf}; !slices.Equal(state, want) {
			t.Errorf("%s: state %q", prefix, state)
		}
		if !depgraph.Present("macports", root, s) {
			t.Errorf("%s: not present", prefix)
		}
	}
	if _, err := Open(root, depgraph.Setting{}); err == nil || !strings.Contains(err.Error(), "macports.conf") {
		t.Errorf("a directory in place of macports.conf: %v", err)
	}
	if _, err := Open(root, depgraph.Setting{Prefix: "/none"}); !errors.Is(err, fs.ErrNotExist) ||
		!strings.HasPrefix(err.Error(), "no MacPorts registry (/none/var/macports/registry/registry.db) here: ") {
		t.Errorf("without a registry: %v", err)
	}
	if depgraph.Present("macports", root, depgraph.Setting{Prefix: "/none"}) {
		t.Error("/none is present")
	}
}

func TestNeed(t *testing.T) {
	root := fixture(t, "/usr/bin/xz", "/opt/local/bin/xz", "/usr/lib/libSystem.dylib", "/opt/local/share/stray")
	root["usr/bin/plain"] = &fstest.MapFile{Mode: 0o644}
	db := open(t, root, depgraph.Setting{})
	for _, c := range []struct{ text, want string }{
		{"zlib", "zlib (zlib)"},
		{" port:zlib ", "zlib (port:zlib)"},
		{"port:anything:zlib", "zlib (port:anything:zlib)"},
		{"port:ZLIB", "zlib (port:ZLIB)"}, // NOCASE
		{"port:none", "none (port:none)"},

		{"path:lib/libz.dylib:zlib-devel", "zlib (path:lib/libz.dylib:zlib-devel)"}, // the owner has it
		{"path:/opt/local/include/zlib.h:zlib-ng", "zlib (path:/opt/local/include/zlib.h:zlib-ng)"},
		{"path:lib/libz.dylib:openssl3", "openssl3 (path:lib/libz.dylib:openssl3)"}, // the named port is active
		{"path:lib/none.dylib:zlib-ng", "zlib-ng (path:lib/none.dylib:zlib-ng)"},
		{"path:share/stray:zlib-ng", ""}, // there, and nobody's
		{"path:lib/../lib/libz.dylib:x", "zlib (path:lib/../lib/libz.dylib:x)"},
		{"path:../../etc/passwd:x", "x (path:../../etc/passwd:x)"},

		{"bin:xz:xz", ""}, // the system's
		{"bin:plain:plain", "plain (bin:plain:plain)"},
		{"bin:none:none", "none (bin:none:none)"},
		{"bin:xz:zlib", "zlib (bin:xz:zlib)"},
		{"lib:libz:zlib-ng", "zlib (lib:libz:zlib-ng)"},
		{"lib:libz.1:zlib-ng", "zlib-ng (lib:libz.1:zlib-ng)"},
		{"lib:libSystem:system", ""},

		{"", `error: bad port name "" in ""`},
		{"port:", `error: bad port name "" in "port:"`},
		{"port:a b", `error: bad port name "a b" in "port:a b"`},
		{"zlib:1.2", `error: bad dependency "zlib:1.2": want PORT, port:PORT, path:FILE:PORT, bin:FILE:PORT or lib:FILE:PORT`},
		{"path:zlib", `error: bad port name "" in "path:zlib"`},
		{"path::zlib", `error: bad file "" in "path::zlib": want path:FILE:PORT`},
		{"bin:a/b:c", `error: bad file "a/b" in "bin:a/b:c": want bin:FILE:PORT`},
		{"lib:a:b:c", `error: bad port name "b:c" in "lib:a:b:c"`},
	} {
		need, err := db.Need(c.text)
		var got string
		switch {
		case err != nil:
			got = "error: " + err.Error()
		case len(need) > 0:
			got = fmt.Sprintf("%s (%s)", need[0].Name, need[0].Text)
		}
		if got != c.want || len(need) > 1 {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

// TestCaseOfVolume finds the owner of a file of a dependency by any spelling where the
// volume ignores case.
func TestCaseOfVolume(t *testing.T) {
	root := fixture(t)
	for _, insensitive := range []bool{false, true} {
		want := map[bool]string{false: "x", true: "zlib"}[insensitive]
		if insensitive {
			root["opt/local/var/macports/registry/Registry.DB"] = root[registryDB]
		}
		need, err := open(t, root, depgraph.Setting{}).Need("path:LIB/LIBZ.dylib:x")
		if err != nil || need[0].Name != want {
			t.Errorf("%t: %v %v, want %s", insensitive, need, err, want)
		}
	}
}

// TestSatisfying resolves in a graph, where deps.toml has a port too.
func TestSatisfying(t *testing.T) {
	db := open(t, fixture(t), depgraph.Setting{})
	g, err := depgraph.New([]*depgraph.Package{{Name: "zlib-ng"}}, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"port:zlib": "zlib", "port:zlib-ng": "zlib-ng", "port:none": ""} {
		need, err := db.Need(text)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		for _, p := range g.Satisfying(need[0], nil) {
			got += p.Name
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
