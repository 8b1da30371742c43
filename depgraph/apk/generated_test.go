package apk

import (
	"testing"

	"github.com/depview/depview/depgraph"
)

func TestGenerated(t *testing.T) {
	db := opened(t, pkg("mandoc 1"), pkg("alpine-conf 1"), pkg("other 1", "p:eudev"))
	for _, c := range []struct{ path, pkg, beside string }{
		{"/etc/passwd", "", ""},
		{"/etc/apk/keys/alpine.rsa.pub", "", ""},
		{"/lib/apk", "", ""},
		{"/lib/apk/db", "", ""},
		{"/lib/apk/db/lock", "", ""},
		{"/lib/apk/db/scripts.tar.gz", "", ""},
		{"/etc/ld-musl-x86_64.path", "", ""},
		{"/var/cache/apk/APKINDEX.1234.tar.gz", "", ""},
		{"/etc/localtime", "alpine-conf", ""},
		{"/usr/share/man/mandoc.db", "mandoc", ""},
		{"/etc/udev/hwdb.bin", "eudev", ""},
		{"/etc/ssl/certs/ca-cert-X.pem", "ca-certificates", ""},
		{"/etc/ssl/certs/ca-certificates.crt", "ca-certificates-bundle", ""},
		{"/usr/share/mime/mime.cache", "shared-mime-info", ""},
		{"/usr/lib/python3.12/__pycache__/a.b.cpython-312.pyc", "", "/usr/lib/python3.12/a.b.py"},
		{"/usr/lib/python3.12/__pycache__/a.cpython-312.opt-1.pyc", "", "/usr/lib/python3.12/a.py"},
		{"/usr/share/icons/hicolor/icon-theme.cache", "", "/usr/share/icons/hicolor/index.theme"},
		{"/lib/modules/6.6-lts/modules.dep", "", "/lib/modules/6.6-lts/modules.builtin"},
	} {
		got, ok := db.Generated(c.path)
		if want := (depgraph.Origin{Package: c.pkg, Path: c.beside}); !ok || got != want {
			t.Errorf("%s: %+v %t, want %+v", c.path, got, ok, want)
		}
	}
	for _, path := range []string{"/usr/local/bin/x", "/opt/x", "/etc/x", "/var/cache/apk/foo-1.apk", "/lib/apk/db/x", "/usr/lib/apk/db/installed", "/bin/busybox", "/"} {
		if got, ok := db.Generated(path); ok {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func TestOwnFiles(t *testing.T) {
	for _, c := range []struct{ link, prefix, want string }{
		{"lib -> usr/lib", "", "/usr/lib/apk/db/installed"},
		{"lib -> usr/lib", "/usr/lib/apk/db", "/usr/lib/apk/db/installed"},
		{"lib -> usr/lib", "/lib/apk/db", "/usr/lib/apk/db/installed"},
		{"x", "/usr/lib/apk/db", "/usr/lib/apk/db/installed"},
	} {
		db, err := Open(root(map[string]string{"usr/lib/apk/db/installed": "", c.link: ""}), depgraph.Setting{Prefix: c.prefix})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := db.Generated(c.want); !ok {
			t.Errorf("%+v: not generated", c)
		}
	}
}
