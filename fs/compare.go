package fs

import (
	"io"
	iofs "io/fs"
	"os"
	"syscall"

	"github.com/depview/depview/view/capture"
)

var _ capture.Lower = (*Tree)(nil)

// Lstat describes what the build saw at path, for comparing a capture with it. No
// extended attributes are among it: the tree serves none.
func (t *Tree) Lstat(path string) (capture.Entry, error) {
	f, attr, _, err := t.resolve(path)
	if err != nil {
		return capture.Entry{}, notExist("lstat", path, err)
	}
	e := capture.Entry{
		Path: path, Type: captureType(attr.Mode), Mode: attr.Mode & 0o7777,
		UID: int(attr.Uid), GID: int(attr.Gid), ModTime: attr.ModTime(),
	}
	switch e.Type {
	case capture.File:
		e.Size = int64(attr.Size)
	case capture.Symlink:
		e.Target, err = t.readlink(f)
	case capture.CharDevice, capture.BlockDevice:
		e.Rdev = deviceOf(attr.Rdev)
	}
	return e, err
}

// Open opens the content of the regular file at path.
func (t *Tree) Open(path string) (io.ReadCloser, error) {
	f, attr, _, err := t.resolve(path)
	if err != nil {
		return nil, notExist("open", path, err)
	}
	if attr.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return nil, &os.PathError{Op: "open", Path: path, Err: iofs.ErrInvalid}
	}
	return section{io.NewSectionReader(reader{t, f}, 0, int64(attr.Size))}, nil
}

// A section is a reader's bytes, from any place on.
type section struct{ *io.SectionReader }

func (section) Close() error { return nil }

// A reader reads a file a piece at a time, as READ does.
type reader struct {
	tree *Tree
	file file
}

func (r reader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.tree.pread(r.file, p, off)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// ReadDir lists the visible names in the directory at path.
func (t *Tree) ReadDir(path string) ([]string, error) {
	f, _, _, err := t.resolve(path)
	if err != nil {
		return nil, notExist("readdir", path, err)
	}
	entries, err := t.list(f)
	if err != nil {
		return nil, notExist("readdir", path, err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries[2:] { // "." and ".." come first
		names = append(names, e.Name)
	}
	return names, nil
}

// notExist turns what the build sees as ENOENT into fs.ErrNotExist.
func notExist(op, path string, err error) error {
	return &os.PathError{Op: op, Path: path, Err: errno(err)}
}

func captureType(mode uint32) capture.Type {
	switch mode & syscall.S_IFMT {
	case syscall.S_IFDIR:
		return capture.Dir
	case syscall.S_IFLNK:
		return capture.Symlink
	case syscall.S_IFIFO:
		return capture.Fifo
	case syscall.S_IFSOCK:
		return capture.Socket
	case syscall.S_IFCHR:
		return capture.CharDevice
	case syscall.S_IFBLK:
		return capture.BlockDevice
	}
	return capture.File
}
