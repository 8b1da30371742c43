package fs

import (
	"errors"
	"strings"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"

	"github.com/depview/depview/view"
)

// A file is what stands at a path of the view.
type file struct {
	path    string        // in the view
	from    string        // on the root; empty where the root has no part in it
	standIn *view.StandIn // nil where the root's own file stands
}

// errHidden is what resolving a path gives that exists and is not visible.
var errHidden = errors.New("hidden")

// file returns what stands at the path p if it is visible.
func (t *Tree) file(p string) file {
	f := file{path: p, from: p, standIn: t.view.StandIn(p)}
	if f.standIn != nil {
		f.from = f.standIn.From
	}
	return f
}

// resolve finds what stands at the path p. With errHidden comes the verdict that
// hides it.
func (t *Tree) resolve(p string) (f file, attr fuse.Attr, a view.Answer, err error) {
	if f = t.file(p); f.standIn != nil {
		attr, a, err = t.statStandIn(f)
		return f, attr, a, err
	}
	if attr, err = t.lower.lstat(p); err != nil {
		return f, attr, a, err
	}
	if a, err = t.view.VerdictOf(p, fileMode(attr.Mode)); err != nil {
		return f, attr, a, err
	}
	if !a.Verdict.Visible() {
		return f, attr, a, errHidden
	}
	t.settle(f, &attr)
	return f, attr, a, nil
}

// lookup is resolve for a name in the directory at dir.
func (t *Tree) lookup(dir, name string) (fuse.Attr, view.Answer, error) {
	p := join(dir, name)
	if t.file(dir).from == "" && t.view.StandIn(p) == nil {
		// An empty directory, whatever the root has there.
		return fuse.Attr{}, view.Answer{}, syscall.ENOENT
	}
	_, attr, a, err := t.resolve(p)
	return attr, a, err
}

func (t *Tree) statStandIn(f file) (attr fuse.Attr, a view.Answer, err error) {
	s := f.standIn
	switch {
	case s.Gone:
		if _, err = t.lower.lstat(f.path); err == nil {
			err = errHidden
		}
		return attr, view.Answer{Verdict: view.Stray}, err // whose it was, no list says
	case s.Dir:
		attr.Mode = syscall.S_IFDIR | 0o755
	case s.Link != "":
		attr.Mode, attr.Size = syscall.S_IFLNK|0o777, uint64(len(s.Link))
	case s.From != "":
		attr, err = t.lower.lstat(s.From)
	default:
		var data []byte
		data, err = s.Data()
		if attr, _ = t.lower.lstat(f.path); attr.Mode&syscall.S_IFMT != syscall.S_IFREG {
			attr = fuse.Attr{Mode: syscall.S_IFREG | 0o644} // nothing, or a link elsewhere
		}
		attr.Size = uint64(len(data))
		attr.Blocks = (attr.Size + 511) / 512
	}
	if err != nil {
		return attr, a, err
	}
	t.settle(f, &attr)
	return attr, a, nil
}

// settle gives attr the inode number and owner that the view shows.
func (t *Tree) settle(f file, attr *fuse.Attr) {
	if attr.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		// Hidden subdirectories must not be counted; 1 is "unknown" to find(1).
		attr.Nlink = 1
	}
	if f.standIn != nil || attr.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		attr.Ino = dirIno(f.path)
		attr.Nlink = max(attr.Nlink, 1)
	}
	if attr.Blksize == 0 { // no file of the root's
		attr.Blksize = 4096
		attr.Blocks = (attr.Size + 4095) / 4096 * 8
	}
	t.own(attr)
}

// own gives attr an owner that the build's namespace knows.
func (t *Tree) own(attr *fuse.Attr) {
	attr.Uid, attr.Gid = t.options.IDs.Shown(attr.Uid, attr.Gid)
}

// readlink reads the symbolic link f.
func (t *Tree) readlink(f file) (string, error) {
	if f.from == "" {
		return f.standIn.Link, nil
	}
	return t.lower.readlink(f.from)
}

// pread reads from the regular file f, as many bytes as there are.
func (t *Tree) pread(f file, dest []byte, off int64) (int, error) {
	if f.from != "" {
		return t.lower.pread(f.from, dest, off)
	}
	data, err := f.standIn.Data()
	return copy(dest, data[min(off, int64(len(data))):]), err
}

// join returns the path of name in the directory dir.
func join(dir, name string) string { return strings.TrimSuffix(dir, "/") + "/" + name }
