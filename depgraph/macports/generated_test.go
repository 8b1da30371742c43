package macports

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

func TestGenerated(t *testing.T) {
	dir, _ := edited(t, "INSERT INTO ports (name, state, version) VALUES ('glib2-devel', 'installed', '2'), ('texinfo', 'imaged', '7')")
	db := open(t, os.DirFS(dir), depgraph.Setting{})
	for _, c := range []struct{ path, pkg, beside string }{
		{"/opt", "", ""},
		{"/opt/local", "", ""},
		{"/opt/local/lib/pkgconfig", "", ""},
		{"/opt/local/share/man/man3", "", ""},
		{"/opt/local/share/nls/de_DE.ISO8859-1", "", ""},
		{"/opt/local/bin/port", "", ""},
		{"/opt/local/share/man/man1/port-info.1.gz", "", ""},
		{"/opt/local/libexec/macports/lib/tcl8.6/init.tcl", "", ""},
		{"/opt/local/etc/macports/macports.conf", "", ""},
		{"/opt/local/share/macports", "", ""},
		{"/opt/local/var/macports/registry/registry.db", "", ""},
		{"/opt/local/var/macports/registry/.registry.lock", "", ""},
		{"/opt/local/var/macports/registry/portfiles", "", ""},
		{"/opt/local/var/macports/sources/rsync.macports.org/macports/release/tarballs/ports/PortIndex", "", ""},
		{"/opt/local/var/macports/software", "", ""},
		{"/opt/local/share/glib-2.0/schemas/gschemas.compiled", "glib2-devel", ""},
		{"/opt/local/share/info/dir", "texinfo", ""},
		{"/opt/local/lib/gdk-pixbuf-2.0/2.10.0/loaders.cache", "gdk-pixbuf2", ""},
		{"/opt/local/Library/Frameworks/Python.framework/Versions/3.12/lib/python3.12/__pycache__/os.cpython-312.opt-1.pyc", "",
			"/opt/local/Library/Frameworks/Python.framework/Versions/3.12/lib/python3.12/os.py"},
		{"/opt/local/share/icons/hicolor/icon-theme.cache", "", "/opt/local/share/icons/hicolor/index.theme"},
		{"/opt/local/lib/python2.7/os.pyc", "", "/opt/local/lib/python2.7/os.py"},
		{"/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T", "", ""},
		{"/private/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000", "", ""},
		{"/private/tmp", "", ""},
		{"/Applications", "", ""},
	} {
		got, ok := db.Generated(c.path)
		if want := (depgraph.Origin{Package: c.pkg, Path: c.beside}); !ok || got != want {
			t.Errorf("%s: %+v %t, want %+v", c.path, got, ok, want)
		}
	}
	for _, path := range []string{
		"/opt/other", "/opt/local/lib/libx.dylib", "/opt/local/bin/portx", "/opt/local/etc/x.conf", "/opt/localx",
		"/opt/local/var/macports/build/_x/work", "/opt/local/var/macports/distfiles/x/x.tar.gz",
		"/opt/local/var/macports/software/x/x.tbz2", "/opt/local/var/macports/registry/portfiles/x-1_0/y/Portfile",
		"/opt/local/share/man/man3/x.3.gz", "/usr/local", "/usr/local/lib/x", "/Library/Frameworks/y",
		"/var/folders/zz/x/T/leftover", "/var/tmp/x", "/Applications/Other.app",
	} {
		if got, ok := db.Generated(path); ok {
			t.Errorf("%s: %+v", path, got)
		}
	}
	if elsewhere := open(t, os.DirFS(dir), depgraph.Setting{}); elsewhere.prefix != "/opt/local" {
		t.Error(elsewhere.prefix)
	}
}

// TestBase has the trees of trace mode, and no others than those that are argued for.
func TestBase(t *testing.T) {
	base := open(t, fixture(t), depgraph.Setting{}).Base()
	const want = "/bin /sbin /dev /usr/bin /usr/sbin /usr/include /usr/lib /usr/libexec /usr/share /System/Library /Library " +
		"/etc /private/etc /var/empty /private/var/empty /var/run /private/var/run " +
		"/var/db/timezone/zoneinfo /private/var/db/timezone/zoneinfo /var/db/mds /private/var/db/mds " +
		"/var/db/launchd.db /private/var/db/launchd.db " +
		"/Applications/Xcode.app /var/db/xcode_select_link /private/var/db/xcode_select_link " +
		"/System/Cryptexes /System/Volumes/Preboot/Cryptexes /var/db/dyld /private/var/db/dyld /var/select /private/var/select"
	if got := strings.Join(base.Paths, " "); got != want || !slices.Equal(base.Except, []string{"/Library/Frameworks"}) || base.Needs != nil {
		t.Errorf("%s but %q, %v", got, base.Except, base.Needs)
	}
}

// A view asks by the paths that links lead to.
func TestGeneratedBehindLinks(t *testing.T) {
	root := fixture(t)
	root["u/ports/var/macports"] = &fstest.MapFile{Data: []byte("../../../data"), Mode: fs.ModeSymlink}
	root["data/registry/registry.db"] = root[registryDB]
	delete(root, registryDB)
	root["opt/local"] = &fstest.MapFile{Data: []byte("/u/ports"), Mode: fs.ModeSymlink}
	sourcetest.Generated(t, open(t, root, depgraph.Setting{}), map[string]string{
		"/opt":                       "base",
		"/opt/local":                 "base",
		"/u":                         "base",
		"/u/ports":                   "base",
		"/u/ports/lib/pkgconfig":     "base",
		"/u/ports/share/info/dir":    "package texinfo",
		"/u/ports/lib/stray":         "",
		"/data/registry/registry.db": "base",
		"/data/registry/x":           "",
	})
}
