package fs

import (
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// GetAttr stats the file.
func (u *union) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	u.tree.count(opGetattr)
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.attrOut(u.nodes.get(in.NodeId), out)
}

// attrOut fills in the attributes of n.
func (u *union) attrOut(n *node, out *fuse.AttrOut) fuse.Status {
	if n == nil {
		return fuse.Status(syscall.ESTALE)
	}
	attr, err := u.attr(n)
	out.Attr = u.shown(attr)
	out.SetTimeout(forever)
	return status(err)
}

// shown is what the kernel is told of attributes: a file of an id that the build's
// namespace has not is its root's, for the kernel lets nobody write to it otherwise.
// See system.depview.stat for the rest.
func (u *union) shown(attr fuse.Attr) fuse.Attr {
	u.tree.own(&attr)
	return attr
}

// attr describes n as the build sees it.
func (u *union) attr(n *node) (attr fuse.Attr, err error) {
	if !n.upper.Load() {
		_, attr, _, err = u.tree.resolve(n.lower)
		u.discount(&attr)
	} else {
		attr, err = u.attrUpper(n)
	}
	attr.Ino = n.ino
	if _, named := u.nodes.where(n); !named && n.isDir() && n.id != rootID {
		attr.Nlink = 0 // it was removed
	}
	return attr, err
}

// discount takes from the link count of a lower file the names that it has lost.
func (u *union) discount(attr *fuse.Attr) {
	if attr.Mode&kindMask != kindDir {
		attr.Nlink -= min(attr.Nlink, u.nodes.lost(attr.Ino))
	}
}

// attrUpper describes n as the upper layer has it, without opening it.
func (u *union) attrUpper(n *node) (fuse.Attr, error) {
	if h := u.handles.take(n); h != nil {
		defer u.handles.give(h)
		return u.upper.statFD(h.fd)
	}
	at, ok := u.nodes.where(n)
	if !ok {
		return fuse.Attr{}, syscall.ENOENT
	}
	dir, err := u.acquire(at.dir)
	if err != nil {
		return fuse.Attr{}, err
	}
	defer u.handles.give(dir)
	return u.upper.stat(dir.fd, at.name)
}

// Readlink reads the symbolic link.
func (u *union) Readlink(_ <-chan struct{}, in *fuse.InHeader) ([]byte, fuse.Status) {
	u.tree.count(opReadlink)
	u.mu.RLock()
	defer u.mu.RUnlock()
	n := u.nodes.get(in.NodeId)
	if n == nil {
		return nil, fuse.Status(syscall.ESTALE)
	}
	if !n.upper.Load() {
		u.tree.readLink(in, n.lower)
	}
	target, err := u.readlink(n)
	return []byte(target), status(err)
}

func (u *union) readlink(n *node) (string, error) {
	if !n.upper.Load() {
		return u.tree.readlink(u.tree.file(n.lower))
	}
	h, err := u.acquire(n)
	if err != nil {
		return "", err
	}
	defer u.handles.give(h)
	return u.upper.readlink(h.fd)
}

// StatFs reports on the file system that the capture is on.
func (u *union) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	u.tree.count(opStatfs)
	return status(statfs(u.upper.rootFD(), out))
}
