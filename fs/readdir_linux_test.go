package fs_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// A dirent is an entry as getdents64(2) gives it.
type dirent struct {
	name string
	ino  uint64
	off  int64 // where the reader is behind it, for lseek(2)
}

// getdents makes one call of getdents64(2).
func getdents(t *testing.T, dir *os.File, size int) (list []dirent) {
	t.Helper()
	buf := make([]byte, size)
	n, err := unix.Getdents(int(dir.Fd()), buf)
	must(t, err)
	for buf := buf[:n]; len(buf) > 0; {
		length := binary.NativeEndian.Uint16(buf[16:])
		name, _, _ := bytes.Cut(buf[19:length], []byte{0})
		list = append(list, dirent{string(name), binary.NativeEndian.Uint64(buf), int64(binary.NativeEndian.Uint64(buf[8:]))})
		buf = buf[length:]
	}
	return list
}

// openDir opens a directory of the tree.
func (m *mounted) openDir(p string) *os.File {
	m.t.Helper()
	d, err := os.Open(m.path(p))
	must(m.t, err)
	m.t.Cleanup(func() { d.Close() })
	return d
}

// many mounts a tree with a directory /many of n files, on a file system that
// makes them fast.
func many(t *testing.T, n int) *mounted {
	t.Helper()
	needRoot(t)
	dir := t.TempDir() + "/many"
	must(t, os.Mkdir(dir, 0o755))
	must(t, unix.Mount("tmpfs", dir, "tmpfs", 0, "nr_inodes=0"))
	t.Cleanup(func() { must(t, unix.Unmount(dir, unix.MNT_DETACH)) })
	for i := range n {
		must(t, unix.Mknod(fmt.Sprintf("%s/file-%06d", dir, i), unix.S_IFREG|0o644, 0))
	}
	return mount(t, world{Root: dir[:len(dir)-len("/many")], Base: []string{"/many"}})
}

// TestBigDirectory lists a directory that takes many requests, anew and out of
// the kernel's cache.
func TestBigDirectory(t *testing.T) {
	const n = 100_000
	m := many(t, n)
	for range 2 {
		d := m.openDir("/many")
		var names []string
		for {
			list := getdents(t, d, 32<<10)
			if len(list) == 0 {
				break
			}
			for _, e := range list {
				names = append(names, e.name)
			}
		}
		if len(names) != n+2 || names[0] != "." || names[1] != ".." {
			t.Fatalf("%d names, from %q on", len(names), names[:min(3, len(names))])
		}
		slices.Sort(names)
		if names = slices.Compact(names); len(names) != n+2 {
			t.Errorf("%d different names", len(names))
		}
	}
}

// TestReaders has two processes, as it were, read one directory at once, each in
// its own steps.
func TestReaders(t *testing.T) {
	m := many(t, 3000)
	sizes := []int{1 << 10, 3 << 10}
	var dirs [2]*os.File
	var names [2][]string
	for i := range dirs {
		dirs[i] = m.openDir("/many")
	}
	for more := true; more; {
		more = false
		for i, d := range dirs {
			for _, e := range getdents(t, d, sizes[i]) {
				names[i], more = append(names[i], e.name), true
			}
		}
	}
	if !slices.Equal(names[0], names[1]) || len(names[0]) != 3002 {
		t.Errorf("the readers got %d and %d names", len(names[0]), len(names[1]))
	}
}

// TestSeek goes back and forth in a directory that is read for the first time, and
// then in one that the kernel has cached.
func TestSeek(t *testing.T) {
	m := many(t, 2000)
	for range 2 {
		d := m.openDir("/many")
		var all []dirent
		for list := getdents(t, d, 4<<10); len(list) > 0; list = getdents(t, d, 4<<10) {
			all = append(all, list...)
			if len(all) < 1000 {
				continue
			}
			for _, i := range []int{len(all) / 2, 1, len(all) - 2} {
				_, err := unix.Seek(int(d.Fd()), all[i].off, unix.SEEK_SET)
				must(t, err)
				is(t, getdents(t, d, 4<<10)[0].name, all[i+1].name)
			}
			_, err := unix.Seek(int(d.Fd()), all[len(all)-1].off, unix.SEEK_SET)
			must(t, err)
		}
		if len(all) != 2002 {
			t.Errorf("%d names", len(all))
		}
		_, err := unix.Seek(int(d.Fd()), 0, unix.SEEK_SET) // rewinddir(3)
		must(t, err)
		is(t, getdents(t, d, 4<<10)[0].name, ".")
	}
}
