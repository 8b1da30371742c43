package cache

import (
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// tick is longer than the steps in which a file system's clock moves: 10 ms on a
// kernel that counts a hundred a second. Some file systems know only whole seconds,
// or every other one.
const (
	tick       = 50 * time.Millisecond
	coarseTick = 3 * time.Second
)

// settled tells whether a file that was last changed at a time could not have
// changed again, now, without that time telling.
func settled(changed, now time.Time) bool {
	if changed.Nanosecond() == 0 {
		return now.Sub(changed).Abs() >= coarseTick
	}
	return now.Sub(changed).Abs() >= tick
}

// absent is the stamp of what is not there.
const absent = 1

// A stamper tells whether files of a root are as they were. It is the root's fs.FS
// as well, with an Lstat that tells the mode and no more.
type stamper struct {
	fs.FS
	root *os.File
}

func openStamper(root string) (*stamper, error) {
	f, err := os.Open(root)
	if err != nil {
		return nil, err
	}
	return &stamper{os.DirFS(root), f}, nil
}

// ReadLink implements fs.ReadLinkFS.
func (s *stamper) ReadLink(name string) (string, error) { return fs.ReadLink(s.FS, name) }

// Lstat implements fs.ReadLinkFS. It is called for each directory of a list, and
// takes a third of the time that os.Lstat does.
func (s *stamper) Lstat(name string) (fs.FileInfo, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(int(s.root.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return mode(fs.ModeSymlink), nil
	}
	return mode(0), nil
}

// A mode is a file's, as far as an index asks: whether it is a symbolic link.
type mode fs.FileMode

func (m mode) Mode() fs.FileMode { return fs.FileMode(m) }
func (mode) Name() string        { return "" }
func (mode) Size() int64         { return 0 }
func (mode) ModTime() time.Time  { return time.Time{} }
func (mode) IsDir() bool         { return false }
func (mode) Sys() any            { return nil }

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
	if !settled(time.Unix(st.Ctim.Unix()), time.Now()) {
		return 0
	}
	h := uint64(st.Ino)
	for _, n := range []uint64{uint64(st.Size), uint64(st.Mode), uint64(st.Mtim.Nano()), uint64(st.Ctim.Nano())} {
		h = (h ^ n) * 0x9e3779b97f4a7c15 // splitmix64's
		h ^= h >> 32
	}
	return max(h, absent+1)
}
