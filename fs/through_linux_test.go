package fs_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMountThrough has go-fuse mount a view with a directory passed through in it,
// as macOS does it, and FreeBSD the view.
func TestMountThrough(t *testing.T) {
	needRoot(t)
	source, root := t.TempDir(), t.TempDir()
	must(t, os.WriteFile(source+"/old", []byte("here before"), 0o640))
	must(t, os.MkdirAll(root+"/usr/lib", 0o755))
	must(t, os.WriteFile(root+"/usr/lib/libonig.so", []byte("shown"), 0o644))
	w := port
	w.Root, w.Mounts, w.At, w.Through = root, []string{"/work/src"}, t.TempDir(), source
	m := &mounted{t: t, dir: w.At}
	m.start(w)
	line, err := m.out.ReadString('\n')
	must(t, err)
	is(t, line, "mounted\n")

	is(t, m.names("/"), "usr work")
	is(t, m.names("/work/src"), "old")
	data, err := os.ReadFile(m.path("/usr/lib/libonig.so"))
	must(t, err)
	is(t, string(data), "shown")
	if err := os.WriteFile(m.path("/usr/lib/new"), nil, 0o644); !errors.Is(err, unix.EROFS) {
		t.Errorf("a write into the view: %v", err)
	}
	must(t, os.MkdirAll(m.path("/work/src/obj/deep"), 0o755))
	must(t, os.WriteFile(m.path("/work/src/obj/deep/new"), []byte(strings.Repeat("x", 1<<20)), 0o755))
	must(t, os.Rename(m.path("/work/src/old"), m.path("/work/src/obj/moved")))
	must(t, os.Symlink("moved", m.path("/work/src/obj/link")))
	info, err := os.Stat(source + "/obj/deep/new")
	must(t, err)
	if info.Size() != 1<<20 || info.Mode().Perm() != 0o755 {
		t.Errorf("on the host the new file is %v, %d bytes", info.Mode(), info.Size())
	}
	data, err = os.ReadFile(source + "/obj/link")
	must(t, err)
	is(t, string(data), "here before")
	must(t, os.WriteFile(source+"/from outside", []byte("later"), 0o644))
	data, err = os.ReadFile(m.path("/work/src/from outside"))
	must(t, err)
	is(t, string(data), "later")
	must(t, unix.Unmount(m.path("/work/src"), 0))
	is(t, m.names("/work/src"), "")
}
