package fs

import (
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHandles has goroutines use the handles of more nodes than can be open: each
// finds its own file behind what it got, and in the end none is open.
func TestHandles(t *testing.T) {
	const most, files = 8, 64
	h := &handles{most: most}
	nodes := make([]node, files)
	paths := make([]string, files)
	dir := t.TempDir()
	for i := range nodes {
		fd, err := unix.Open(dir, unix.O_RDONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(fd)
		paths[i] = dir + "/" + string(rune('A'+i))
		if fd, err = unix.Open(paths[i], unix.O_CREAT|unix.O_RDWR, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Write(fd, []byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
		_ = unix.Close(fd)
	}
	take := func(i int) *handle {
		if got := h.take(&nodes[i]); got != nil {
			return got
		}
		fd, err := unix.Open(paths[i], unix.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			t.Error(err)
			return nil
		}
		return h.put(&nodes[i], fd)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5000 {
				i := rand.IntN(files)
				got := take(i)
				b := []byte{0}
				if n, err := unix.Pread(got.fd, b, 0); n != 1 || err != nil || b[0] != byte(i) {
					t.Errorf("file %d: read %d, %v, %d", i, n, err, b[0])
				}
				switch rand.IntN(20) {
				case 0:
					h.drop(&nodes[i])
				case 1:
					h.spare()
				}
				h.give(got)
			}
		})
	}
	wg.Wait()
	if h.count > most {
		t.Errorf("%d are open", h.count)
	}
	pinned := take(0)
	h.pin(&nodes[0])
	for h.spare() {
	}
	if nodes[0].handle != pinned {
		t.Error("a pinned handle was closed")
	}
	h.give(pinned)
	h.drop(&nodes[0])
	for i := range nodes {
		if nodes[i].handle != nil {
			t.Errorf("file %d is still open", i)
		}
	}
	if h.count != 0 || h.oldest != nil || h.newest != nil {
		t.Error("the list is not empty")
	}
}
