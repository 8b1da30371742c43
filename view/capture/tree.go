package capture

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/record"
)

// A Lower is the lower tree as the build saw it: what the view shows, and not
// all that is there. Paths are absolute in the view and clean, and every
// directory of a path that is asked for is one by Lstat, not a symlink.
type Lower interface {
	// Lstat describes a path, its Xattrs chosen as [Entry] says; ModTime and
	// Link are not looked at. Its error wraps fs.ErrNotExist where the build saw
	// nothing.
	Lstat(path string) (Entry, error)
	// Open opens a regular file's content.
	Open(path string) (io.ReadCloser, error)
	// ReadDir lists the names in a directory, in any order.
	ReadDir(path string) ([]string, error)
}

// A Tree is a directory as a lower tree, with everything in it. It knows no
// markers of overlays. A [Lower] of a view wraps it and hides paths.
type Tree struct {
	root *os.Root
	ids  IDs
}

// OpenTree opens dir, in which files have the owners that ids say.
func OpenTree(dir string, ids IDs) (*Tree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Tree{root, ids}, nil
}

// Close closes the tree.
func (t *Tree) Close() error { return t.root.Close() }

// Lstat is [Lower]'s.
func (t *Tree) Lstat(path string) (Entry, error) {
	dir, err := t.openDir(filepath.Dir(path))
	if err != nil {
		return Entry{}, err
	}
	defer dir.Close()
	name := filepath.Base(path)
	if path == "/" {
		name = "."
	}
	in, err := readInode(dir, name, path, t.ids)
	if err != nil {
		return Entry{}, err
	}
	return in.entry(path, t.ids), nil
}

// Open is [Lower]'s.
func (t *Tree) Open(path string) (io.ReadCloser, error) {
	return openRegular(t.root, relative(path), path)
}

// ReadDir is [Lower]'s; its names are sorted.
func (t *Tree) ReadDir(path string) ([]string, error) {
	dir, err := t.openDir(path)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	slices.Sort(names)
	return names, err
}

func (t *Tree) openDir(path string) (*os.File, error) {
	f, err := t.root.OpenFile(relative(path), os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", record.Quote(path), err)
	}
	return f, nil
}

// relative turns a path of the view into one of an os.Root.
func relative(path string) string { return filepath.Join(".", path) }
