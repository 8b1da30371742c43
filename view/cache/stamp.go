package cache

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// tick is longer than the steps in which a file system's clock moves: 10 ms on a
// kernel that counts a hundred a second.
const tick = 50 * time.Millisecond

// absent is the stamp of what is not there.
const absent = 1

// A stamper tells whether files of a root are as they were.
type stamper struct{ root *os.File }

func openStamper(root string) (*stamper, error) {
	f, err := os.Open(root)
	if err != nil {
		return nil, err
	}
	return &stamper{f}, nil
}

func (s *stamper) close() error { return s.root.Close() }

// file returns the stamp of the file or directory called name, below the root, and
// 0 if it changed just now.
func (s *stamper) file(name string) uint64 { return s.stat(name, 0) }

// dir returns the stamp of the directory at an absolute path that is canonical.
func (s *stamper) dir(p string) uint64 {
	name := "."
	if p != "/" {
		name = p[1:]
	}
	return s.stat(name, unix.AT_SYMLINK_NOFOLLOW)
}

func (s *stamper) stat(name string, flags int) uint64 {
	var st unix.Stat_t
	if err := unix.Fstatat(int(s.root.Fd()), name, &st, flags); err != nil {
		return absent
	}
	if time.Since(time.Unix(st.Ctim.Unix())).Abs() < tick {
		return 0
	}
	h := uint64(st.Ino)
	for _, n := range []uint64{uint64(st.Size), uint64(st.Mode), uint64(st.Mtim.Nano()), uint64(st.Ctim.Nano())} {
		h = (h ^ n) * 0x9e3779b97f4a7c15 // splitmix64's
		h ^= h >> 32
	}
	return max(h, absent+1)
}
