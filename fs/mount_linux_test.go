package fs_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

var port = world{
	Show: map[string][]string{"onig": {"/usr", "/usr/lib", "/usr/lib/libonig.so", "/usr/lib/hard1", "/usr/lib/hard2"}},
	Hide: map[string][]string{"jq": {"/usr/bin", "/usr/bin/jq", "/usr/lib/libjq.so"}},
}

func TestHidden(t *testing.T) {
	m := mount(t, port, "/usr/lib/libonig.so", "/usr/bin/jq", "/usr/lib/libjq.so", "/opt/stray")
	is(t, m.names("/"), "usr")
	is(t, m.names("/usr"), "lib")
	is(t, m.names("/usr/lib"), "libonig.so")
	for range 3 { // the second and third time the kernel answers
		for _, p := range []string{"/usr/lib/libjq.so", "/usr/bin/jq", "/usr/lib/absent", "/opt/stray"} {
			if _, err := os.Lstat(m.path(p)); !os.IsNotExist(err) {
				t.Errorf("%s: %v, want that it does not exist", p, err)
			}
		}
	}
	data, err := os.ReadFile(m.path("/usr/lib/libonig.so"))
	must(t, err)
	is(t, string(data), "content of /usr/lib/libonig.so")
	got := m.hidden()
	want := []string{"/usr/lib/libjq.so undeclared jq", "/usr/bin undeclared jq", "/opt stray"}
	for i := range got {
		got[i] = strings.TrimSpace(got[i])
	}
	if !slices.Equal(got, want) {
		t.Errorf("hidden lookups:\n%s\nwant each once:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestStandIns(t *testing.T) {
	w := port
	w.Mounts = []string{"/work/src"}
	w.Rewrite = []rewrite{
		{Path: "/usr/lib/status", Data: "filtered"},
		{Path: "/usr/lib/resolv.conf", Data: "nameserver"},
		{Path: "/usr/lib/awk", Link: "mawk"},
		{Path: "/usr/lib/libonig.so", From: "/usr/lib/libonig.so.distrib"},
		{Path: "/usr/lib/hard1", Gone: true},
	}
	m := mount(t, w, "/usr/lib/libonig.so", "/usr/lib/libonig.so.distrib", "/usr/lib/status", "/usr/lib/hard1", "/work/src/secret",
		"/usr/lib/resolv.conf -> /run/resolv.conf")
	is(t, m.names("/"), "usr work")
	is(t, m.names("/work/src"), "")
	is(t, m.names("/usr/lib"), "awk libonig.so resolv.conf status")
	for p, want := range map[string]string{"/usr/lib/status": "filtered", "/usr/lib/resolv.conf": "nameserver", "/usr/lib/libonig.so": "content of /usr/lib/libonig.so.distrib"} {
		data, err := os.ReadFile(m.path(p))
		must(t, err)
		is(t, string(data), want)
		info, err := os.Stat(m.path(p))
		must(t, err)
		if info.Size() != int64(len(want)) {
			t.Errorf("%s has size %d, want %d", p, info.Size(), len(want))
		}
	}
	target, err := os.Readlink(m.path("/usr/lib/awk"))
	must(t, err)
	is(t, target, "mawk")
	for _, p := range []string{"/usr/lib/hard1", "/work/src/secret"} {
		if _, err := os.Lstat(m.path(p)); !os.IsNotExist(err) {
			t.Errorf("%s: %v, want that it does not exist", p, err)
		}
	}
}

func TestReadOnly(t *testing.T) {
	m := mount(t, port, "/usr/lib/libonig.so")
	p := m.path("/usr/lib/libonig.so")
	for name, err := range map[string]error{
		"write":  os.WriteFile(p, nil, 0o644),
		"create": os.WriteFile(m.path("/usr/lib/new"), nil, 0o644),
		"mkdir":  os.Mkdir(m.path("/usr/d"), 0o755),
		"remove": os.Remove(p),
		"rename": os.Rename(p, p+"2"),
		"chmod":  os.Chmod(p, 0),
	} {
		if pe, ok := err.(interface{ Unwrap() error }); !ok || pe.Unwrap() != unix.EROFS {
			t.Errorf("%s: %v, want EROFS", name, err)
		}
	}
}

// TestNumbers checks that a file has the same inode number from stat and readdir,
// and hard links one between them.
func TestNumbers(t *testing.T) {
	w := port
	w.Root = t.TempDir()
	must(t, os.MkdirAll(w.Root+"/usr/lib", 0o755))
	must(t, os.WriteFile(w.Root+"/usr/lib/hard1", nil, 0o644))
	must(t, os.Link(w.Root+"/usr/lib/hard1", w.Root+"/usr/lib/hard2"))
	m := mount(t, w, "/usr/lib/libonig.so")
	numbers := map[string]uint64{}
	for _, e := range getdents(t, m.openDir("/usr/lib"), 4096) {
		numbers[e.name] = e.ino
	}
	for _, name := range []string{"libonig.so", "hard1", "hard2", "."} {
		var st unix.Stat_t
		must(t, unix.Lstat(m.path("/usr/lib/"+name), &st))
		if st.Ino != numbers[name] {
			t.Errorf("%s: stat says %d, readdir %d", name, st.Ino, numbers[name])
		}
	}
	if numbers["hard1"] != numbers["hard2"] || numbers["hard1"] == numbers["libonig.so"] {
		t.Errorf("hard links: %v", numbers)
	}
}

// TestSwappedDirectory checks that a directory which becomes a link under the
// view does not lead anywhere.
func TestSwappedDirectory(t *testing.T) {
	w := port
	w.Root = t.TempDir()
	w.Show = map[string][]string{"p": {"/usr/share/doc/a", "/usr/share/doc/b"}}
	m := mount(t, w, "/usr/share/doc/a", "/usr/share/doc/b", "/secret/b")
	_, err := os.Lstat(m.path("/usr/share/doc/a"))
	must(t, err)
	must(t, os.Rename(w.Root+"/usr/share/doc", w.Root+"/usr/share/old"))
	must(t, os.Symlink("../../secret", w.Root+"/usr/share/doc"))
	if data, err := os.ReadFile(m.path("/usr/share/doc/b")); !os.IsNotExist(err) {
		t.Errorf("read %q, %v through a link that came later", data, err)
	}
}

func TestIDs(t *testing.T) {
	needRoot(t)
	for want, ids := range map[string]capture.IDs{
		"12:34 640": {},
		"0:0 640":   capture.Only(1000, 1000),
		"12:0 640": {
			Users:  []capture.Range{{Inside: 0, Outside: 1000, Size: 1}, {Inside: 1, Outside: 100000, Size: 100}},
			Groups: []capture.Range{{Inside: 0, Outside: 1000, Size: 1}, {Inside: 1, Outside: 100000, Size: 33}},
		},
	} {
		w := port
		w.Root, w.IDs = t.TempDir(), ids
		must(t, os.MkdirAll(w.Root+"/usr/lib", 0o755))
		must(t, os.WriteFile(w.Root+"/usr/lib/libonig.so", nil, 0o640))
		must(t, os.Chown(w.Root+"/usr/lib/libonig.so", 12, 34))
		m := mount(t, w)
		var st unix.Stat_t
		must(t, unix.Lstat(m.path("/usr/lib/libonig.so"), &st))
		is(t, fmt.Sprintf("%d:%d %o", st.Uid, st.Gid, st.Mode&0o7777), want)
	}
}

// TestLargeRead checks that pages come from the right places.
func TestLargeRead(t *testing.T) {
	w := port
	w.Root = t.TempDir()
	must(t, os.MkdirAll(w.Root+"/usr/lib", 0o755))
	big := make([]byte, 5<<20+123)
	for i := range big {
		big[i] = byte(i>>12 + i)
	}
	must(t, os.WriteFile(w.Root+"/usr/lib/libonig.so", big, 0o644))
	m := mount(t, w)
	data, err := os.ReadFile(m.path("/usr/lib/libonig.so"))
	must(t, err)
	if !slices.Equal(data, big) {
		t.Error("content differs")
	}
}

// TestHoles checks that a sparse file shows its holes.
func TestHoles(t *testing.T) {
	w := port
	w.Root = t.TempDir()
	must(t, os.MkdirAll(w.Root+"/usr/lib", 0o755))
	p := w.Root + "/usr/lib/libonig.so"
	must(t, os.WriteFile(p, nil, 0o644))
	must(t, os.Truncate(p, 2<<20))
	f, err := os.OpenFile(p, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt([]byte("data"), 1<<20)
	must(t, err)
	must(t, f.Close())
	m := mount(t, w)
	f, err = os.Open(m.path("/usr/lib/libonig.so"))
	must(t, err)
	defer f.Close()
	at, err := unix.Seek(int(f.Fd()), 0, unix.SEEK_DATA)
	must(t, err)
	if at != 1<<20 {
		t.Errorf("data begin at %d", at)
	}
}
