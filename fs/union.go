package fs

import (
	"errors"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"

	"github.com/depview/depview/view"
)

// A union answers what the kernel asks about a tree with an upper layer over it,
// in which everything lands that is written: overlayfs(5) in the tree itself.
//
//	LOOKUP ─▶ upper: a file, or a whiteout that says there is none
//	       └▶ lower: the tree, where the upper layer has no say and the directory is not opaque
//	WRITE, SETATTR … ─▶ copy-up, the first time ─▶ upper
//
// As in the tree, OPEN is answered with ENOSYS, so that opening a file costs
// nothing and pages stay cached: the kernel's cache is right without end, for
// nobody else writes to either layer. A file is therefore copied up by the first
// write and not when it is opened for one, and one that is unlinked is kept open
// until the kernel forgets it.
//
// Locks, in this order:
//
//	node.copying         while a file is copied up; its directory's after it
//	  union.mu           for writing: what name has which file on disk; for reading: all that goes by names
//	    nodes.mu         the table of nodes, and their names
//	    handles.mu       open files
//	    layer.mu, listings.mu
type union struct {
	fuse.RawFileSystem
	tree     *Tree
	upper    *layer
	mu       sync.RWMutex
	nodes    *nodes
	handles  *handles
	listings changing
	links    links
}

// newUnion returns the union of t and the layer.
func newUnion(t *Tree, l *layer) (*union, error) {
	root := &node{kind: kindDir, ino: dirIno("/"), lower: "/"}
	root.upper.Store(true)
	u := &union{RawFileSystem: fuse.NewDefaultRawFileSystem(), tree: t, upper: l, nodes: newNodes(root), handles: newHandles()}
	fd, err := openat(l.rootFD(), ".", accessOf(kindDir))
	if err != nil {
		return nil, err
	}
	u.handles.give(u.handles.put(root, fd))
	u.handles.pin(root)
	return u, nil
}

// close lets go of every open file.
func (u *union) close() {
	for _, n := range u.nodes.all() {
		u.handles.drop(n)
	}
}

// A found is what stands at a name.
type found struct {
	attr  fuse.Attr
	upper bool   // it has a part in the upper layer
	lower string // the path of its part in the lower tree, or empty; of a file, one part is all
}

// find looks for what is called name in the directory dir. The error says ENOENT if
// there is nothing; with errHidden comes the verdict that hides what there is.
func (u *union) find(dir *node, name string) (f found, a view.Answer, err error) {
	if dir.upper.Load() {
		if f, err = u.findUpper(dir, name); err != syscall.ENOENT || f.upper {
			return f, a, err
		}
	}
	if dir.lower == "" {
		return f, a, syscall.ENOENT
	}
	f.lower = join(dir.lower, name)
	f.attr, a, err = u.tree.lookup(dir.lower, name)
	u.discount(&f.attr)
	return f, a, err
}

// findUpper is find in the upper layer. With ENOENT, upper says whether that is the
// last word.
func (u *union) findUpper(dir *node, name string) (f found, err error) {
	h, err := u.acquire(dir)
	if err != nil {
		return f, err
	}
	defer u.handles.give(h)
	if u.upper.reserved(name) {
		return f, syscall.ENOENT
	}
	if f.attr, err = u.upper.stat(h.fd, name); err != nil {
		if err == syscall.ENOENT {
			if f.upper, err = u.upper.hasMarker(h.fd, name); err == nil {
				err = syscall.ENOENT
			}
		}
		return f, err
	}
	f.upper = true
	if isWhiteout(&f.attr) {
		return f, syscall.ENOENT
	}
	if f.attr.Mode&kindMask != kindDir || dir.lower == "" {
		return f, nil
	}
	if opaque, err := u.upper.isOpaque(h.fd, name); err != nil || opaque {
		return f, err
	}
	low, err := u.below(dir, name)
	if err == nil && low.Mode&kindMask == kindDir {
		f.lower, f.attr.Ino = join(dir.lower, name), low.Ino
	}
	return f, err
}

// below describes what the lower tree would show at a name, were nothing of the
// upper layer there; the mode is 0 if there is nothing.
func (u *union) below(dir *node, name string) (attr fuse.Attr, err error) {
	if dir.lower == "" {
		return attr, nil
	}
	attr, _, err = u.tree.lookup(dir.lower, name)
	if e := errno(err); e == syscall.ENOENT || e == syscall.ENOTDIR {
		return fuse.Attr{}, nil
	}
	return attr, err
}

// enter gives what was found at a name its node, and fills in the entry.
func (u *union) enter(dir *node, s string, f *found, out *fuse.EntryOut) *node {
	n := u.nodes.enter(name{dir, s}, freshNode(f))
	out.NodeId, out.Attr = n.id, u.shown(f.attr)
	out.Ino = n.ino
	out.SetEntryTimeout(forever)
	out.SetAttrTimeout(forever)
	return n
}

// freshNode returns a node for what was found.
func freshNode(f *found) *node {
	n := &node{kind: f.attr.Mode & kindMask, ino: f.attr.Ino, lower: f.lower}
	n.upper.Store(f.upper)
	return n
}

// Lookup answers what a name in the directory is.
func (u *union) Lookup(_ <-chan struct{}, in *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	u.tree.count(opLookup)
	if len(name) > nameMax {
		return fuse.Status(syscall.ENAMETOOLONG)
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	dir := u.nodes.get(in.NodeId)
	if dir == nil {
		return fuse.Status(syscall.ESTALE)
	}
	f, a, err := u.find(dir, name)
	switch errno(err) {
	case 0:
		u.enter(dir, name, &f, out)
		return fuse.OK
	case syscall.ENOENT:
		if f.lower == "" { // the build itself has removed it
			return absent(out)
		}
		return u.tree.miss(in.Pid, f.lower, a, errors.Is(err, errHidden), out)
	}
	return status(err)
}

// rootID is the root's node id.
const rootID = fuse.FUSE_ROOT_ID

// nameMax is the longest name, in bytes, that file systems have: NAME_MAX.
const nameMax = 255

// Forget lets go of files that the kernel does not know any more.
func (u *union) Forget(id, lookups uint64) {
	u.tree.count(opForget)
	if n, unlinked := u.nodes.forget(id, lookups); n != nil {
		u.forgotten(n, unlinked)
	}
}
