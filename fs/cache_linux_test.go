package fs_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// warmth is a view with something of everything, for asking again and again.
func warmth(t *testing.T) *mounted {
	w := world{Base: []string{"/usr"}, Rewrite: []rewrite{{Path: "/usr/lib/status", Data: "filtered"}, {Path: "/usr/lib/awk", Link: "mawk"}}}
	return mount(t, w, "/usr/lib/a.so", "/usr/lib/b.so -> a.so", "/usr/lib/deep/er/c.h", "/usr/lib/empty/", "/opt/hidden")
}

// look does to every file what a build does, and asks for what is not there.
func (m *mounted) look() {
	m.t.Helper()
	must(m.t, filepath.WalkDir(m.path("/"), func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if _, err := os.Lstat(p + "/absent"); err == nil {
			m.t.Errorf("%s/absent exists", p)
		}
		switch d.Type() {
		case 0:
			_, err = os.ReadFile(p)
		case fs.ModeSymlink:
			_, err = os.Readlink(p)
		}
		if _, e := d.Info(); e != nil {
			return e
		}
		return err
	}))
	if _, err := os.Lstat(m.path("/opt/hidden")); !errors.Is(err, fs.ErrNotExist) {
		m.t.Errorf("/opt/hidden: %v", err)
	}
}

// TestWarm checks that the kernel asks about everything once.
func TestWarm(t *testing.T) {
	m := warmth(t)
	m.look()
	first := m.requests()
	for _, once := range []string{"OPEN", "OPENDIR", "FLUSH"} {
		if first[once] > 1 {
			t.Errorf("%d %s", first[once], once)
		}
	}
	for _, some := range []string{"LOOKUP", "READLINK", "READ", "READDIRPLUS"} {
		if first[some] == 0 {
			t.Errorf("no %s in %v", some, first)
		}
	}
	for range 3 {
		m.look()
	}
	if again := m.requests(); !maps.Equal(first, again) {
		t.Errorf("first %v, with three more %v", first, again)
	}
}

// TestListedAnew checks that a listing says of a file what LOOKUP said of it: the
// kernel would drop the pages that it has of a file with another node id.
func TestListedAnew(t *testing.T) {
	m := warmth(t)
	_, err := os.ReadFile(m.path("/usr/lib/a.so"))
	must(t, err)
	before := m.requests()
	is(t, m.names("/usr/lib"), "a.so awk b.so deep empty status")
	_, err = os.ReadFile(m.path("/usr/lib/a.so"))
	must(t, err)
	after := m.requests()
	if after["READDIRPLUS"] == 0 || after["READ"] != before["READ"] || after["LOOKUP"] != before["LOOKUP"] {
		t.Errorf("before the listing %v, after %v", before, after)
	}
}

// TestOtherRequests makes the calls that lead to requests which the tree does not
// know, and sees that they do as on other file systems.
func TestOtherRequests(t *testing.T) {
	m := warmth(t)
	for range 2 {
		f, err := os.Open(m.path("/usr/lib/a.so"))
		must(t, err)
		must(t, f.Sync())
		must(t, m.openDir("/usr/lib").Sync())
		if _, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS); !errors.Is(err, unix.ENOTTY) && !errors.Is(err, unix.EOPNOTSUPP) {
			t.Errorf("ioctl: %v, want ENOTTY", err)
		}
		if _, err := unix.Fgetxattr(int(f.Fd()), "user.name", nil); !errors.Is(err, unix.EOPNOTSUPP) {
			t.Errorf("getxattr: %v, want EOPNOTSUPP", err)
		}
		var st unix.Statx_t
		must(t, unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st))
		must(t, unix.Access(f.Name(), unix.R_OK))
		must(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
		must(t, f.Close())
	}
}

// TestWritableMount checks that nothing is written where a mount lets the request
// through, and that no such request stops what follows it.
func TestWritableMount(t *testing.T) {
	w := world{Base: []string{"/usr"}, Writable: true}
	m := mount(t, w, "/usr/lib/a.so", "/usr/lib/empty/")
	p, dir := m.path("/usr/lib/a.so"), m.path("/usr/lib/empty")
	f, err := os.OpenFile(p, os.O_RDWR, 0) // there is no OPEN to refuse
	must(t, err)
	defer f.Close()
	_, write := f.WriteString("x")
	for range 2 {
		for name, err := range map[string]error{
			"write":     write,
			"truncate":  os.Truncate(p, 0),
			"chmod":     os.Chmod(p, 0),
			"create":    os.WriteFile(dir+"/new", nil, 0o644),
			"mkdir":     os.Mkdir(dir+"/new", 0o755),
			"mknod":     unix.Mknod(dir+"/new", unix.S_IFIFO, 0),
			"symlink":   os.Symlink("a", dir+"/new"),
			"link":      os.Link(p, dir+"/new"),
			"unlink":    unix.Unlink(p),
			"rmdir":     unix.Rmdir(dir),
			"rename":    os.Rename(p, dir+"/new"),
			"fallocate": unix.Fallocate(int(f.Fd()), 0, 0, 1<<20),
		} {
			if !errors.Is(err, unix.EROFS) {
				t.Errorf("%s: %v, want EROFS", name, err)
			}
		}
	}
	data, err := os.ReadFile(p)
	must(t, err)
	is(t, string(data), "content of /usr/lib/a.so")
	is(t, m.names("/usr/lib"), "a.so empty")
}
