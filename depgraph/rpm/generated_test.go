package rpm

import (
	"testing"

	"github.com/depview/depview/depgraph"
)

func TestGenerated(t *testing.T) {
	db := opened(t, append([]pack{
		{name: "libdnf", evr: "1-1"},
	}, machine...), merged...)
	for _, c := range []struct{ path, pkg, beside string }{
		{"/etc/passwd", "", ""},
		{"/etc/ld.so.cache", "", ""},
		{"/usr/lib/sysimage/rpm", "", ""},
		{"/usr/lib/sysimage/rpm/rpmdb.sqlite", "", ""},
		{"/usr/lib/sysimage/rpm/rpmdb.sqlite-shm", "", ""},
		{"/usr/lib/sysimage/rpm/.rpm.lock", "", ""},
		{"/var/lib/rpm", "", ""},
		{"/etc/alternatives", "", ""},
		{"/var/lib/alternatives/ld", "", ""},
		{"/var/cache/dnf/x/y.solv", "libdnf", ""},
		{"/var/cache/zypp/solv", "libzypp", ""},
		{"/boot/initramfs-6.5.img", "kernel-core-6.5.10-300", ""},
		{"/usr/lib/p/__pycache__/a.b.cpython-311.pyc", "", "/usr/lib/p/a.b.py"},
		{"/usr/lib/p/__pycache__/a.cpython-311.opt-1.pyc", "", "/usr/lib/p/a.py"},
		{"/lib64/gio/modules/giomodule.cache", "", "/lib64/libgio-2.0.so.0"},
		{"/lib/modules/6.1/modules.dep.bin", "", "/lib/modules/6.1/modules.builtin"},
	} {
		got, ok := db.Generated(c.path)
		if want := (depgraph.Origin{Package: c.pkg, Path: c.beside}); !ok || got != want {
			t.Errorf("%s: %+v %t, want %+v", c.path, got, ok, want)
		}
	}
	for _, path := range []string{"/usr/local/bin/x", "/opt/x", "/etc/x", "/usr/lib/p/a.py", "/usr/lib/sysimage/rpm/x", "/var/lib/rpm/rpmdb.sqlite", "/"} {
		if got, ok := db.Generated(path); ok {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func BenchmarkGenerated(b *testing.B) {
	db := opened(b, machine)
	for b.Loop() {
		db.Generated("/usr/local/lib/some/file.of.nobody")
	}
}
