//go:build !linux

package fs

import (
	"errors"
	"io"
	iofs "io/fs"
	"os"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// Here a layer has regular files and directories alone; files of other kinds are
// regular files that stand for them, and deletions are marker files. So each file
// can be opened, and nothing is done to a file but through its descriptor.

// opaqueAttrs are Linux's.
var opaqueAttrs []string

// openReference opens a file that stands for one of another kind.
const openReference = unix.O_RDONLY | unix.O_NONBLOCK

// unionCapabilities: none of those that Linux has.
const unionCapabilities = 0

// readlinkFD has no links to read.
func readlinkFD(int, []byte) (int, error) { return 0, syscall.EINVAL }

// readReferred reads the beginning of a file.
func readReferred(fd int, buf []byte) (int, error) { return preadAll(fd, buf, 0) }

func fgetxattr(fd int, name string, dest []byte) (int, error) { return unix.Fgetxattr(fd, name, dest) }

func fsetxattr(fd int, name string, value []byte) error { return unix.Fsetxattr(fd, name, value, 0) }

func fsetxattrFlags(fd int, name string, value []byte, flags int) error {
	return unix.Fsetxattr(fd, name, value, flags)
}

func fremovexattr(fd int, name string) error { return unix.Fremovexattr(fd, name) }

func flistxattr(fd int, dest []byte) (int, error) { return unix.Flistxattr(fd, dest) }

// getxattrAt reads an attribute of name in dir.
func getxattrAt(dir int, name, attr string, dest []byte) (int, error) {
	fd, err := openat(dir, name, openReference)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	return fgetxattr(fd, attr, dest)
}

// mknodat and symlinkat make nothing: see above.
func mknodat(int, string, uint32, uint32) error { return syscall.EPERM }

func symlinkat(string, int, string) error { return syscall.EPERM }

func chmodFD(fd int, mode uint32) error { return unix.Fchmod(fd, mode) }

func chownFD(fd, uid, gid int) error { return unix.Fchown(fd, uid, gid) }

// Values of a unix.Timespec's Nsec, as utimensat(2) has them on Linux.
const (
	timeNow  = 1<<30 - 1
	timeOmit = 1<<30 - 2
)

// utimesFD sets times, to the microsecond.
func utimesFD(fd int, times [2]unix.Timespec) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	now := unix.NsecToTimespec(time.Now().UnixNano())
	var tv [2]unix.Timeval
	for i, old := range []unix.Timespec{st.Atim, st.Mtim} {
		t := times[i]
		switch t.Nsec {
		case timeNow:
			t = now
		case timeOmit:
			t = old
		}
		tv[i] = unix.NsecToTimeval(t.Nano())
	}
	return unix.Futimes(fd, tv[:])
}

// timespec returns a time.
func timespec(sec uint64, nsec uint32) unix.Timespec {
	return unix.NsecToTimespec(int64(sec)*int64(time.Second) + int64(nsec))
}

// linkFD cannot name a file that has no name.
func linkFD(int, int, string) error { return syscall.ENOENT }

// tmpfile makes none.
func tmpfile(int, uint32) (int, error) { return -1, syscall.EOPNOTSUPP }

func fallocate(int, uint32, int64, int64) error { return syscall.EOPNOTSUPP }

func copyFileRange(int, int64, int, int64, int) (int, error) { return 0, syscall.EOPNOTSUPP }

// copyRange copies the bytes from begin to end.
func copyRange(to, from int, begin, end int64) error { return copyByHand(to, from, begin, end) }

// readDirectory lists the open directory fd, and closes it.
func readDirectory(fd int) ([]fuse.DirEntry, error) {
	f := os.NewFile(uintptr(fd), "directory")
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var list []fuse.DirEntry
	for _, e := range entries {
		attr, _, err := statAt(int(f.Fd()), e.Name())
		if errors.Is(err, iofs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, fuse.DirEntry{Name: e.Name(), Mode: attr.Mode & kindMask, Ino: attr.Ino})
	}
	return list, nil
}
