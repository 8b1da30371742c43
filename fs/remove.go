package fs

import (
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// Unlink takes a name from a file.
func (u *union) Unlink(_ <-chan struct{}, in *fuse.InHeader, s string) fuse.Status {
	u.tree.count(opUnlink)
	return u.remove(in.NodeId, s, false)
}

// Rmdir removes an empty directory.
func (u *union) Rmdir(_ <-chan struct{}, in *fuse.InHeader, s string) fuse.Status {
	u.tree.count(opRmdir)
	return u.remove(in.NodeId, s, true)
}

func (u *union) remove(parent uint64, s string, isDir bool) fuse.Status {
	dir := u.nodes.get(parent)
	if dir == nil {
		return fuse.Status(syscall.ESTALE)
	}
	if err := u.copyUp(dir); err != nil {
		return status(err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	f, _, err := u.find(dir, s)
	if err != nil {
		return status(err)
	}
	switch {
	case f.attr.Mode&kindMask == kindDir && !isDir:
		return fuse.Status(syscall.EISDIR)
	case f.attr.Mode&kindMask != kindDir && isDir:
		return fuse.ENOTDIR
	}
	n := u.enterAnyway(dir, s, &f)
	if isDir {
		if err := u.checkEmpty(n); err != nil {
			return status(err)
		}
	}
	if err := u.clear(dir, s, n); err != nil {
		return status(err)
	}
	u.listings.remove(dir, s)
	u.gone(name{dir, s}, n)
	return fuse.OK
}

// enterAnyway returns the node of what was found at a name, also where the kernel
// has not asked for it.
func (u *union) enterAnyway(dir *node, s string, f *found) *node {
	return u.nodes.reach(name{dir, s}, freshNode(f))
}

// checkEmpty says ENOTEMPTY of a directory that has something in it.
func (u *union) checkEmpty(n *node) error {
	list, err := u.list(n)
	if err == nil && len(list) > 2 { // "." and ".."
		err = syscall.ENOTEMPTY
	}
	return err
}

// clear has the name s in dir, which is n's, be nobody's. The file stays open as
// long as the kernel knows it.
func (u *union) clear(dir *node, s string, n *node) error {
	if n.upper.Load() {
		h, err := u.acquire(n) // it cannot be opened when it is gone
		if err != nil {
			return err
		}
		u.handles.give(h)
	}
	at, err := u.acquire(dir)
	if err != nil {
		return err
	}
	defer u.handles.give(at)
	switch low, err := u.below(dir, s); {
	case err != nil:
		return err
	case low.Mode != 0:
		return u.upper.whiteout(at.fd, s)
	}
	return u.upper.remove(at.fd, s)
}

// gone notes that a name is n's no more. The file stays open while the kernel knows
// it.
func (u *union) gone(at name, n *node) {
	dropped, last := u.nodes.unlink(n, at)
	switch {
	case dropped:
		u.forgotten(n, last)
	case last && n.upper.Load():
		u.handles.pin(n)
	}
}

// forgotten lets go of what a union keeps of a node that nobody knows any more.
func (u *union) forgotten(n *node, unlinked bool) {
	u.handles.drop(n)
	if unlinked && n.upper.Load() && !n.isDir() {
		u.upper.unshow(n.ino)
	}
}
