package fs

import (
	"errors"
	"fmt"
	"os"

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
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return attr, err
	}
	return l.attr(&st), nil
}

func (l *lower) attr(st *unix.Stat_t) fuse.Attr {
	attr := attrOf(st)
	attr.Ino = l.ino(uint64(st.Dev), st.Ino)
	return attr
}

// An openDir is a directory of the root whose files can be described without
// another walk to it. Where it could not be opened, none can.
type openDir struct {
	lower *lower
	fd    int
}

// opendir opens the directory at p.
func (l *lower) opendir(p string) openDir {
	fd, _ := l.open(p, unix.O_PATH|unix.O_DIRECTORY)
	return openDir{l, fd}
}

func (d openDir) close() { _ = unix.Close(d.fd) }

// lstat stats the file called name.
func (d openDir) lstat(name string) (attr fuse.Attr, err error) {
	var st unix.Stat_t
	if err := unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return attr, err
	}
	return d.lower.attr(&st), nil
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
	list, err := readDirectory(fd)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p, err)
	}
	for i := range list {
		list[i].Ino = l.ino(uint64(st.Dev), list[i].Ino)
	}
	return list, nil
}

// readDirectory lists the open directory fd, and closes it.
func readDirectory(fd int) ([]fuse.DirEntry, error) {
	d := openDir{fd: fd}
	defer d.close()
	var list []fuse.DirEntry
	var buf [8 << 10]byte
	for {
		n, err := unix.Getdents(fd, buf[:])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, err
		case n == 0:
			return list, nil
		}
		for rest := buf[:n]; len(rest) > 0; {
			var e fuse.DirEntry
			rest = rest[e.Parse(rest):]
			if d.complete(&e) {
				list = append(list, fuse.DirEntry{Name: e.Name, Mode: e.Mode, Ino: e.Ino})
			}
		}
	}
}

// complete tells e's type where the file system does not, and whether e belongs in
// a listing.
func (d openDir) complete(e *fuse.DirEntry) bool {
	if e.Name == "." || e.Name == ".." {
		return false
	}
	if e.Mode == 0 {
		var st unix.Stat_t
		err := unix.Fstatat(d.fd, e.Name, &st, unix.AT_SYMLINK_NOFOLLOW)
		e.Mode = st.Mode & unix.S_IFMT
		return err == nil
	}
	return true
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

// openFile opens the regular file at p for reading.
func (l *lower) openFile(p string) (*os.File, error) {
	fd, err := l.open(p, unix.O_RDONLY|unix.O_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), p), nil
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
func (l *lower) statfs(out *fuse.StatfsOut) error { return statfs(int(l.root.Fd()), out) }
