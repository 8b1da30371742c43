//go:build !linux

package fs

import (
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// A lower is the root whose files the tree shows, through os.Root: links on the
// way to a file are followed, and never out of the root.
type lower struct {
	root *os.Root
	path string
	devices
}

func openLower(root string) (*lower, error) {
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	return &lower{root: r, path: root}, nil
}

func (l *lower) close() error { return l.root.Close() }

func relative(p string) string {
	if p == "/" {
		return "."
	}
	return p[1:]
}

// lstat stats the file at p.
func (l *lower) lstat(p string) (attr fuse.Attr, err error) {
	info, err := l.root.Lstat(relative(p))
	if err != nil {
		return attr, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return attr, errors.ErrUnsupported
	}
	attr.FromStat(st)
	attr.Ino = l.ino(uint64(st.Dev), uint64(st.Ino))
	return attr, nil
}

// An openDir is a directory of the root.
type openDir struct {
	lower *lower
	path  string
}

// opendir names the directory at p: it is not open.
func (l *lower) opendir(p string) openDir { return openDir{l, p} }

func (openDir) close() {}

// lstat stats the file called name.
func (d openDir) lstat(name string) (fuse.Attr, error) { return d.lower.lstat(join(d.path, name)) }

// readlink reads the symbolic link at p.
func (l *lower) readlink(p string) (string, error) { return l.root.Readlink(relative(p)) }

// readdir lists the directory at p without "." and "..", in its own order.
func (l *lower) readdir(p string) ([]fuse.DirEntry, error) {
	f, err := l.root.Open(relative(p))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	var list []fuse.DirEntry
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return nil, errors.ErrUnsupported
		}
		list = append(list, fuse.DirEntry{Name: e.Name(), Mode: uint32(st.Mode) & syscall.S_IFMT, Ino: l.ino(uint64(st.Dev), uint64(st.Ino))})
	}
	return list, nil
}

// pread reads from the regular file at p, as many bytes as there are.
func (l *lower) pread(p string, dest []byte, off int64) (int, error) {
	f, err := l.root.OpenFile(relative(p), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n, err := f.ReadAt(dest, off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// openFile opens the regular file at p for reading.
func (l *lower) openFile(p string) (*os.File, error) {
	return l.root.OpenFile(relative(p), os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// seek is lseek(2) in the regular file at p.
func (l *lower) seek(p string, off int64, whence int) (int64, error) {
	f, err := l.root.OpenFile(relative(p), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.Seek(off, whence)
}

// statfs reports on the root's file system.
func (l *lower) statfs(out *fuse.StatfsOut) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(l.path, &st); err != nil {
		return err
	}
	out.FromStatfsT(&st)
	return nil
}
