package gentoo

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

var machine = map[string]string{
	"dev-libs/zlibx-1.3:":     "SLOT=0/1\nCONTENTS=obj /etc/z.conf 0123 1",
	"app-misc/foo-2.0-r1:":    "SLOT=0\nCONTENTS=obj /etc/foo conf 0123 1",
	"dev-lang/python-3.11.9:": "SLOT=3.11",
	"dev-lang/python-3.12.3:": "SLOT=3.12",
	"var/lib/portage/world":   "# mine\n@sets\napp-misc/foo\ndev-lang/python:3.11\ndev-libs/zlibx\nnot-installed/x\n",
	"var/lib/portage/config":  "/etc/foo conf d41d8cd98f00b204e9800998ecf8427e\n/etc/z.conf d41d8cd98f00b204e9800998ecf8427e\nbad\n",
	"var/cache/edb/mtimedb":   "{}",
	"var/cache/edb/counter":   "7",
	"var/lib/portage/preserved_libs_registry": `{"app-misc/foo:0": ["app-misc/foo-2.0-r1", "3", ["/usr/lib64/libfoo.so.1"]],
		"dev-libs/zlibx:0": ["dev-libs/zlibx-1.3", "4", ["/usr/lib64/a&b.so"]], "bad": 1}`,
	"var/cache/edb/vdb_metadata.pickle":     "x",
	"var/cache/edb/vdb_metadata_delta.json": "x",
}

func TestRewrites(t *testing.T) {
	db := open(t, machine)
	visible := func(p *depgraph.Package) bool { return p.Name == "dev-libs/zlibx" || p.Name == "dev-lang/python:3.12" }
	owners := func(path string) []*depgraph.Package {
		if path == "/etc/z.conf" {
			return db.Packages()[:1]
		}
		return nil
	}
	all, err := db.Rewrites(visible, owners)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range all {
		if r.Gone {
			got = append(got, r.Path+" gone")
			continue
		}
		text, err := r.Data()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Path+": "+string(text))
	}
	slices.Sort(got)
	want := []string{
		"/var/cache/edb/mtimedb gone",
		"/var/cache/edb/vdb_metadata.pickle gone",
		"/var/cache/edb/vdb_metadata_delta.json gone",
		"/var/lib/portage/config: /etc/z.conf d41d8cd98f00b204e9800998ecf8427e\n",
		`/var/lib/portage/preserved_libs_registry: {"dev-libs/zlibx:0":["dev-libs/zlibx-1.3","4",["/usr/lib64/a&b.so"]]}` + "\n",
		"/var/lib/portage/world: # mine\n@sets\ndev-libs/zlibx\n",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	pickled := root(machine)
	pickled["var/lib/portage/preserved_libs_registry"].Data = []byte("\x80\x02}")
	delete(pickled, "var/lib/portage/world")
	all, err = openFS(t, pickled, depgraph.Setting{}).Rewrites(visible, owners)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if strings.HasSuffix(r.Path, "world") {
			t.Error("a world that is not there is rewritten")
		} else if strings.HasSuffix(r.Path, "registry") {
			if text, err := r.Data(); err != nil || string(text) != "{}" {
				t.Errorf("a pickled registry reads %s (%v)", text, err)
			}
		}
	}
}

// In a tree without a hidden package's files, and with the rewritten ones, the same
// parser, and Portage's portageq where it is installed, find the visible ones alone.
func TestRewrittenRoot(t *testing.T) {
	db := fixture(t)
	dir := t.TempDir()
	shown := find(t, db, "dev-libs/zlibx")
	files, err := db.Files(shown)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := fs.ReadFile(db.root, f[1:])
		if err != nil {
			continue // directories, and what the fixture does not have
		}
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(f)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	again := openFS(t, os.DirFS(dir), depgraph.Setting{})
	if got := again.Packages(); len(got) != 1 || got[0].Name != "dev-libs/zlibx" || got[0].Version != "1.3" {
		t.Errorf("left are %v", got)
	}
	for _, argv := range [][]string{{"qlist", "--root", dir, "-Iv"}, {"portageq", "match", dir, "*/*"}} {
		if _, err := exec.LookPath(argv[0]); err != nil {
			t.Logf("without %s, of Gentoo's", argv[0])
			continue
		}
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), "ROOT="+dir)
		if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "dev-libs/zlibx-1.3" {
			t.Errorf("%v: %s (%v)", argv, out, err)
		}
	}
}

// A view asks by the paths that links lead to.
func TestGeneratedBehindLinks(t *testing.T) {
	db := openFS(t, root(map[string]string{"u/g/var/db/pkg/a-a/b-1/SLOT": "", "home -> u": "", "opt/g -> ../home/g": ""}), depgraph.Setting{Prefix: "/opt/g"})
	sourcetest.Generated(t, db, map[string]string{
		"/u/g":                                 "base",
		"/u/g/etc/ld.so.cache":                 "base",
		"/u/g/var/db/pkg":                      "base",
		"/u/g/usr/p/__pycache__/a.cpython.pyc": "path /u/g/usr/p/a.py",
		"/u/g/usr/bin/x":                       "",
		"/opt/g/etc/ld.so.cache":               "",
	})
	files, err := db.Files(db.Packages()[0])
	if want := []string{"/u/g/var/db/pkg/a-a/b-1", "/u/g/var/db/pkg/a-a/b-1/SLOT"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("%q (%v)", files, err)
	}
}

func TestGenerated(t *testing.T) {
	db := open(t, map[string]string{"dev-libs/glib-2.78:": "SLOT=2", "sys-devel/gcc-config-2:": "", "app-emacs/emacs-common-gentoo-1:": "",
		"sys-apps/texinfo-1:": "SLOT=1", "sys-apps/texinfo-2:": "SLOT=2"})
	prefix := openFS(t, root(map[string]string{"opt/g/var/db/pkg/a-a/b-1/SLOT": ""}), depgraph.Setting{Prefix: "/opt/g"})
	for _, c := range []struct {
		db                *Database
		path, pkg, beside string
	}{
		{db, "/etc/passwd", "", ""},
		{db, "/etc/ld.so.cache", "", ""},
		{db, "/var/db/pkg", "", ""},
		{db, "/var/lib/portage/world", "", ""},
		{db, "/var/db/repos/gentoo/profiles/base/packages", "", ""},
		{db, "/etc/portage/make.conf", "", ""},
		{db, "/etc/portage/gnupg/x", "app-portage/getuto", ""},
		{db, "/etc/env.d/04gcc-x86_64-pc-linux-gnu", "sys-devel/gcc-config", ""},
		{db, "/lib/locale/locale-archive", "sys-libs/glibc", ""},
		{db, "/usr/share/emacs/site-lisp/site-gentoo.el", "app-emacs/emacs-common-gentoo", ""},
		{db, "/usr/share/info/dir", "sys-apps/texinfo:2", ""},
		{db, "/usr/share/glib-2.0/schemas/gschemas.compiled", "dev-libs/glib", ""},
		{db, "/usr/lib/p/__pycache__/a.b.cpython-312.opt-1.pyc", "", "/usr/lib/p/a.b.py"},
		{db, "/lib/modules/6.6/modules.dep", "", "/lib/modules/6.6/modules.builtin"},
		{db, "/usr/lib64/gio/modules/giomodule.cache", "", "/usr/lib64/libgio-2.0.so.0"},
		{db, "/usr/share/icons/hicolor/icon-theme.cache", "", "/usr/share/icons/hicolor/index.theme"},
		{prefix, "/opt/g", "", ""},
		{prefix, "/opt/g/etc/ld.so.cache", "", ""},
		{prefix, "/opt/g/usr/p/__pycache__/a.cpython-312.pyc", "", "/opt/g/usr/p/a.py"},
	} {
		origin, ok := c.db.Generated(c.path)
		if !ok || origin.Package != c.pkg || origin.Path != c.beside {
			t.Errorf("%s: %+v %t", c.path, origin, ok)
		}
	}
	for _, name := range []string{"/usr/bin/x", "/var/db/pkg/app-misc", "/var/cache/distfiles/x.tar.gz", "/home/me", "/etc/portagex",
		"/var/cache/edb/vdb_metadata.pickle", "/usr/local/bin/x", "/opt/g/etc/passwd"} {
		if origin, ok := db.Generated(name); ok {
			t.Errorf("%s: %+v", name, origin)
		}
	}
	for _, name := range []string{"/etc/passwd", "/opt/gg", "/opt/g/usr/bin/x"} {
		if origin, ok := prefix.Generated(name); ok {
			t.Errorf("in the prefix %s: %+v", name, origin)
		}
	}
	if got := prefix.Ignore(); !slices.Contains(got, "/opt/g/var/db/pkg/**") || !slices.Contains(got, "/opt/g/etc/localtime") {
		t.Errorf("in the prefix ignored: %v", got)
	}
}
