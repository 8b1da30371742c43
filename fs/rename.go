package fs

import (
	"errors"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// Rename moves a file to another name, and away what is there. A directory that has
// a part in the lower tree stays where it is: EXDEV, as from overlayfs, has mv(1)
// copy it.
func (u *union) Rename(_ <-chan struct{}, in *fuse.RenameIn, s, to string) fuse.Status {
	u.tree.count(opRename)
	from, into := name{u.nodes.get(in.NodeId), s}, name{u.nodes.get(in.Newdir), to}
	if from.dir == nil || into.dir == nil {
		return fuse.Status(syscall.ESTALE)
	}
	if u.upper.reserved(to) {
		return fuse.EPERM
	}
	if in.Flags&^(renameNoReplace|renameExchange) != 0 {
		return fuse.EINVAL
	}
	exchange := in.Flags&renameExchange != 0
	if err := u.copyUpFor(from, into, exchange); err != nil {
		return status(err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return status(u.rename(from, into, in.Flags))
}

// copyUpFor copies up what a rename touches.
func (u *union) copyUpFor(from, to name, exchange bool) error {
	for _, dir := range []*node{from.dir, to.dir} {
		if err := u.copyUp(dir); err != nil {
			return err
		}
	}
	moved := []name{from}
	if exchange {
		moved = append(moved, to)
	}
	for _, at := range moved {
		u.mu.RLock()
		f, _, err := u.find(at.dir, at.name)
		var n *node
		if err == nil {
			n = u.enterAnyway(at.dir, at.name, &f)
		}
		u.mu.RUnlock()
		if err != nil {
			return err
		}
		if n.isDir() && n.lower != "" {
			return syscall.EXDEV
		}
		if err := u.copyUp(n); err != nil {
			return err
		}
	}
	return nil
}

// rename is Rename once all is copied up. The caller holds mu for writing.
func (u *union) rename(from, to name, flags uint32) error {
	n := u.nodes.find(from.dir, from.name)
	if n == nil {
		return syscall.ENOENT
	}
	f, _, err := u.find(to.dir, to.name)
	if err != nil && errno(err) != syscall.ENOENT {
		return err
	}
	var target *node
	if err == nil {
		target = u.enterAnyway(to.dir, to.name, &f)
	}
	switch {
	case target == n:
		return nil // two names of one file: rename(2) says to do nothing
	case flags&renameExchange != 0 && target == nil:
		return syscall.ENOENT
	case flags&renameExchange != 0:
		err = u.exchange(from, to, n, target)
	case flags&renameNoReplace != 0 && target != nil:
		return syscall.EEXIST
	default:
		err = u.replace(from, to, n, target)
	}
	if err != nil {
		return err
	}
	u.renamed(from, to, n, target, flags&renameExchange != 0)
	return nil
}

// replace moves n to to, over target if there is one.
func (u *union) replace(from, to name, n, target *node) error {
	if target != nil {
		if err := u.mayReplace(n, target); err != nil {
			return err
		}
	}
	a, b, give, err := u.acquireDirs(from, to)
	if err != nil {
		return err
	}
	defer give()
	if err := u.cover(to, n); err != nil {
		return err
	}
	low, err := u.below(from.dir, from.name)
	if err != nil {
		return err
	}
	l, below := u.upper, low.Mode != 0
	switch err := l.move(a.fd, from.name, b.fd, to.name, below && !l.markers); {
	case err != nil:
		return err
	case below && l.markers:
		return errors.Join(l.mark(a.fd, markerPrefix+from.name), l.uncovered(b.fd, to.name))
	}
	return l.uncovered(b.fd, to.name)
}

// acquireDirs returns handles of the directories of two names, and how to give them
// back.
func (u *union) acquireDirs(from, to name) (a, b *handle, give func(), err error) {
	if a, err = u.acquire(from.dir); err != nil {
		return nil, nil, nil, err
	}
	if b, err = u.acquire(to.dir); err != nil {
		u.handles.give(a)
		return nil, nil, nil, err
	}
	return a, b, func() { u.handles.give(a); u.handles.give(b) }, nil
}

// mayReplace tells whether rename(2) may put n in target's place, and has target,
// if it is in the upper layer, stay open.
func (u *union) mayReplace(n, target *node) error {
	switch {
	case n.isDir() && !target.isDir():
		return syscall.ENOTDIR
	case !n.isDir() && target.isDir():
		return syscall.EISDIR
	}
	if target.isDir() {
		if err := u.checkEmpty(target); err != nil {
			return err
		}
	}
	if target.upper.Load() {
		h, err := u.acquire(target)
		if err != nil {
			return err
		}
		u.handles.give(h)
	}
	return nil
}

// cover makes n, a directory, opaque if it is to lie over a lower one.
func (u *union) cover(to name, n *node) error {
	if !n.isDir() {
		return nil
	}
	h, err := u.acquire(n)
	if err != nil {
		return err
	}
	defer u.handles.give(h)
	return u.coverBelow(to, h.fd)
}

// coverBelow is cover for the directory that is open as fd.
func (u *union) coverBelow(to name, fd int) error {
	low, err := u.below(to.dir, to.name)
	if err != nil || low.Mode&kindMask != kindDir {
		return err
	}
	return u.upper.setOpaque(fd)
}

// move renames a file on disk over what is there: nothing, a whiteout, a file, or a
// directory with nothing but markers in it. A whiteout is left behind if so wanted.
func (l *layer) move(a int, from string, b int, to string, leave bool) error {
	flags := uint(0)
	if leave {
		flags = renameWhiteout
	}
	err := renameat(a, from, b, to, flags)
	if (err == syscall.EINVAL || err == syscall.EPERM) && leave { // a file system that has no such rename
		if err = renameat(a, from, b, to, 0); err == nil {
			return l.whiteout(a, from)
		}
	}
	if err != syscall.ENOTDIR && err != syscall.ENOTEMPTY && err != syscall.EEXIST && err != syscall.EISDIR {
		return err
	}
	// A directory over a whiteout, or over one with markers.
	if l.markers {
		if err := l.remove(b, to); err != nil {
			return err
		}
		return renameat(a, from, b, to, 0)
	}
	if err := renameat(a, from, b, to, renameExchange); err != nil {
		return err
	}
	if leave {
		return l.whiteout(a, from)
	}
	return l.remove(a, from)
}

// exchange has n and target change places.
func (u *union) exchange(from, to name, n, target *node) error {
	if err := errors.Join(u.cover(to, n), u.cover(from, target)); err != nil {
		return err
	}
	a, b, give, err := u.acquireDirs(from, to)
	if err != nil {
		return err
	}
	defer give()
	return renameat(a.fd, from.name, b.fd, to.name, renameExchange)
}

// renamed notes that n is where to says, and target gone or where n was.
func (u *union) renamed(from, to name, n, target *node, exchange bool) {
	u.listings.remove(from.dir, from.name)
	if target != nil {
		u.listings.remove(to.dir, to.name)
		if !exchange {
			u.gone(to, target)
		}
	}
	u.nodes.rename(from, to, exchange)
	u.listings.add(to.dir, fuse.DirEntry{Name: to.name, Mode: n.kind, Ino: n.ino})
	if exchange {
		u.listings.add(from.dir, fuse.DirEntry{Name: from.name, Mode: target.kind, Ino: target.ino})
	}
}
