package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/record"
)

// A Layer reads the upper layer of a capture. It is usable until the capture is
// closed.
type Layer struct {
	root *os.Root
	dir  string // of upper/
	ids  IDs
}

// Layer returns the capture's upper layer, in which files have the owners that a
// build in a namespace of ids saw.
func (c *Capture) Layer(ids IDs) *Layer {
	return &Layer{root: c.root, dir: c.Upper(), ids: ids}
}

// Walk gives every entry of the layer but its root, in the byte order of their
// paths. The forms a deletion can be stored in all read the same: an entry with
// Whiteout set, a directory with Opaque set.
//
// An error ends the walk and names the path; what is not understood is an error,
// never an entry that is wrong. A name that begins with ".wh." and is no marker
// is an entry like any other.
func (l *Layer) Walk() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := l.walk(yield); err != nil {
			yield(Entry{}, fmt.Errorf("capture %s: %w", record.Quote(l.dir), err))
		}
	}
}

// errStop ends a walk whose consumer has enough.
var errStop = errors.New("stop")

func (l *Layer) walk(yield func(Entry, error) bool) error {
	top, err := openDirAt(unix.AT_FDCWD, l.dir, l.dir)
	if err != nil {
		return err
	}
	defer top.Close()
	in, err := readInode(top, ".", "/", l.ids)
	if err != nil {
		return err
	}
	if err := refuseIndirect("/", in.xattrs); err != nil {
		return err
	}
	opaque, inX, err := l.opacity(top, ".", "/", in)
	if err != nil {
		return err
	}
	if opaque {
		return errors.New("/: is opaque, which would delete the whole base system")
	}
	err = l.walkDir(top, "", inX, yield)
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// A step is one thing to do in a directory: give an entry, or go down into the
// directory stored as name.
type step struct {
	key   string // sorts the steps; see walkDir
	entry Entry
	name  string
	inX   bool
}

// walkDir gives what is in the open directory dir, whose path is path ("" for /).
//
// In byte order "/a-b" comes between "/a" and "/a/b". So a directory is two
// steps, one with the key "a" for itself and one with "a/" for what is in it.
func (l *Layer) walkDir(dir *os.File, path string, inX bool, yield func(Entry, error) bool) error {
	steps, err := l.steps(dir, path, inX)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s.name == "" {
			if !yield(s.entry, nil) {
				return errStop
			}
			continue
		}
		sub, err := openDirAt(int(dir.Fd()), s.name, filepath.Join(dir.Name(), s.name))
		if err != nil {
			return err
		}
		err = l.walkDir(sub, s.entry.Path, s.inX, yield)
		sub.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// steps reads one directory.
func (l *Layer) steps(dir *os.File, path string, inX bool) ([]step, error) {
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var steps []step
	gone := map[string]bool{} // names that have a whiteout
	for _, name := range names {
		p := path + "/" + name
		in, err := readInode(dir, name, p, l.ids)
		if err != nil {
			return nil, err
		}
		if name == opaqueName && in.isMarker() {
			continue // the directory's own entry has it
		}
		if hidden, ok := in.whiteout(name, inX); ok {
			gone[hidden] = true
			continue
		}
		if err := refuseIndirect(p, in.xattrs); err != nil {
			return nil, err
		}
		e, subX := in.entry(p, l.ids), false
		if e.Type == Dir {
			if e.Opaque, subX, err = l.opacity(dir, name, p, in); err != nil {
				return nil, err
			}
			steps = append(steps, step{key: name + "/", entry: e, name: name, inX: subX})
		}
		steps = append(steps, step{key: name, entry: e})
	}
	// A whiteout is about the lower layer. Beside a file of the same name, which
	// a crash between two steps of an engine can leave, it says that the file
	// replaces the lower one: a directory does so by being opaque.
	for i := range steps {
		if name := strings.TrimSuffix(steps[i].key, "/"); gone[name] {
			steps[i].entry.Opaque = steps[i].entry.Type == Dir
			if steps[i].name == "" {
				delete(gone, name)
			}
		}
	}
	for name := range gone {
		steps = append(steps, step{key: name, entry: Entry{Path: path + "/" + name, Whiteout: true}})
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.key, b.key) })
	return steps, nil
}

// opacity reports whether the directory stored as name in dir is opaque, and
// whether it holds whiteouts in the form of files with an attribute ("x").
func (l *Layer) opacity(dir *os.File, name, path string, in *inode) (opaque, holdsX bool, err error) {
	if v, ok := overlayAttr(in.xattrs, "opaque"); ok {
		opaque, holdsX = v == "y", v == "x"
	}
	sub, err := openDirAt(int(dir.Fd()), name, filepath.Join(dir.Name(), name))
	if err != nil {
		return false, false, fmt.Errorf("%s: %w", record.Quote(path), err)
	}
	defer sub.Close()
	var st unix.Stat_t
	err = unix.Fstatat(int(sub.Fd()), opaqueName, &st, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case err == nil:
		opaque = opaque || typeOf(uint32(st.Mode)) == File && st.Size == 0
	case !errors.Is(err, fs.ErrNotExist):
		return false, false, fmt.Errorf("%s: %w", record.Quote(path), err)
	}
	return opaque, holdsX, nil
}

// Open opens the content of a regular file of the layer. It fails if the file is
// not the one of the entry any more.
func (l *Layer) Open(e Entry) (io.ReadCloser, error) {
	if e.Type != File || e.Whiteout {
		return nil, fmt.Errorf("%s: is not a regular file", record.Quote(e.Path))
	}
	f, err := openRegular(l.root, filepath.Join(upperName, e.Path), e.Path)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil || uint64(st.Dev) != e.Link.Dev || uint64(st.Ino) != e.Link.Ino {
		f.Close()
		return nil, errors.Join(fmt.Errorf("%s: was replaced by another file", record.Quote(e.Path)), err)
	}
	return f, nil
}

// openRegular opens a regular file below root, and nothing else: opening a
// device has effects, and opening a fifo waits. path is for errors.
func openRegular(root *os.Root, name, path string) (*os.File, error) {
	info, err := root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is not a regular file", record.Quote(path))
	}
	var f *os.File
	if err == nil {
		// O_NONBLOCK, and the second look, are for a file that changes meanwhile.
		f, err = root.OpenFile(name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", record.Quote(path), err)
	}
	if now, err := f.Stat(); err != nil || !now.Mode().IsRegular() || !os.SameFile(info, now) {
		f.Close()
		return nil, errors.Join(fmt.Errorf("%s: was replaced by another file", record.Quote(path)), err)
	}
	return f, nil
}

// openDirAt opens a directory and no symlink to one. full is its whole path.
func openDirAt(dirfd int, name, full string) (*os.File, error) {
	fd, err := unix.Openat(dirfd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", record.Quote(full), err)
	}
	return os.NewFile(uintptr(fd), full), nil
}
