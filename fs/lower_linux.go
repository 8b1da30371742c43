package fs

import (
	"errors"
	"fmt"
	"os"
	"path"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// A lower is the root whose files the tree shows. Paths are those of the view:
// absolute, and without symbolic links in their directory part. The root may hold
// directories that a hostile build can write to, so no link is followed on the
// way to a file, nor is the root left.
type lower struct {
	root *os.File
	devices
}

// how opens without following anything: openat2(2), Linux 5.6.
const how = unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_BENEATH

func openLower(root string) (*lower, error) {
	f, err := os.OpenFile(root, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &lower{root: f}, nil
}

func (l *lower) close() error { return l.root.Close() }

// open opens the file at p with the flags of open(2) and O_NOFOLLOW.
func (l *lower) open(p string, flags uint64) (int, error) {
	name := "."
	if p != "/" {
		name = p[1:]
	}
	for {
		fd, err := unix.Openat2(int(l.root.Fd()), name, &unix.OpenHow{
			Flags:   flags | unix.O_NOFOLLOW | unix.O_CLOEXEC,
			Resolve: how,
		})
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue // a rename somewhere raced with RESOLVE_BENEATH
		case errors.Is(err, unix.ELOOP), errors.Is(err, unix.EXDEV):
			return -1, unix.ENOENT // a directory became a link: the path is no more
		}
		return fd, err
	}
}

// lstat stats the file at p.
func (l *lower) lstat(p string) (attr fuse.Attr, err error) {
	fd, err := l.open(p, unix.O_PATH)
	if err != nil {
		return attr, err
	}
	defer unix.Close(fd)
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return attr, err
	}
	attr.FromStat(&st)
	attr.Ino = l.ino(uint64(st.Dev), st.Ino)
	return attr, nil
}

// readlink reads the symbolic link at p.
func (l *lower) readlink(p string) (string, error) {
	fd, err := l.open(p, unix.O_PATH)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// readdir lists the directory at p without "." and "..", in its own order.
func (l *lower) readdir(p string) ([]fuse.DirEntry, error) {
	fd, err := l.open(p, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return nil, err
	}
	stream, e := fusefs.NewLoopbackDirStreamFd(fd)
	if e != 0 {
		unix.Close(fd)
		return nil, e
	}
	defer stream.Close()
	var list []fuse.DirEntry
	for stream.HasNext() {
		entry, e := stream.Next()
		if e != 0 {
			return nil, e
		}
		if entry.Name == "." || entry.Name == ".." {
			continue
		}
		if entry.Mode&syscall.S_IFMT == 0 { // the file system does not tell types
			attr, err := l.lstat(path.Join(p, entry.Name))
			if err != nil {
				continue
			}
			entry.Mode = attr.Mode & syscall.S_IFMT
		}
		list = append(list, fuse.DirEntry{Name: entry.Name, Mode: entry.Mode, Ino: l.ino(uint64(st.Dev), entry.Ino)})
	}
	return list, nil
}

// pread reads from the regular file at p, as many bytes as there are.
func (l *lower) pread(p string, dest []byte, off int64) (int, error) {
	fd, err := l.open(p, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	total := 0
	for total < len(dest) {
		n, err := unix.Pread(fd, dest[total:], off+int64(total))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return total, fmt.Errorf("read %s: %w", p, err)
		}
		if n == 0 {
			break
		}
		total += n
	}
	return total, nil
}

// seek is lseek(2) in the regular file at p, for SEEK_DATA and SEEK_HOLE.
func (l *lower) seek(p string, off int64, whence int) (int64, error) {
	fd, err := l.open(p, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	return unix.Seek(fd, off, whence)
}

// statfs reports on the root's file system.
func (l *lower) statfs(out *fuse.StatfsOut) error {
	var st syscall.Statfs_t
	if err := syscall.Fstatfs(int(l.root.Fd()), &st); err != nil {
		return err
	}
	out.FromStatfsT(&st)
	return nil
}
