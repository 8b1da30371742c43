package fs

import (
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// openat opens name in dir and follows no link.
func openat(dir int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

func statAt(dir int, name string) (fuse.Attr, uint64, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return fuse.Attr{}, 0, err
	}
	return attrOf(&st), uint64(st.Dev), nil
}

func statFD(fd int) (fuse.Attr, uint64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fuse.Attr{}, 0, err
	}
	return attrOf(&st), uint64(st.Dev), nil
}

// attrOf turns what stat(2) says into what FUSE says.
func attrOf(st *unix.Stat_t) fuse.Attr {
	return fuse.Attr{
		Ino:  uint64(st.Ino),
		Size: uint64(st.Size), Blocks: uint64(st.Blocks), Blksize: uint32(st.Blksize),
		Atime: uint64(st.Atim.Sec), Atimensec: uint32(st.Atim.Nsec),
		Mtime: uint64(st.Mtim.Sec), Mtimensec: uint32(st.Mtim.Nsec),
		Ctime: uint64(st.Ctim.Sec), Ctimensec: uint32(st.Ctim.Nsec),
		Mode: uint32(st.Mode), Nlink: uint32(st.Nlink), Owner: fuse.Owner{Uid: st.Uid, Gid: st.Gid}, Rdev: uint32(st.Rdev),
	}
}

// nextData returns where the next data of the open file fd begin at or after off,
// and where they end; size and size if there are none.
func nextData(fd int, off, size int64) (begin, end int64, err error) {
	begin, err = unix.Seek(fd, off, unix.SEEK_DATA)
	if err == syscall.ENXIO {
		return size, size, nil
	}
	if err != nil {
		return 0, 0, err
	}
	end, err = unix.Seek(fd, begin, unix.SEEK_HOLE)
	return min(begin, size), min(end, size), err
}

// statfs reports on the file system that the open file fd is on.
func statfs(fd int, out *fuse.StatfsOut) error {
	var st syscall.Statfs_t
	if err := syscall.Fstatfs(fd, &st); err != nil {
		return err
	}
	out.FromStatfsT(&st)
	return nil
}
