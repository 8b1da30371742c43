package fs

import (
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// SetAttr changes size, owner, mode and times. Whether the caller may, the kernel
// has asked itself.
func (u *union) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	u.tree.count(opSetattr)
	n := u.nodes.get(in.NodeId)
	if n == nil {
		return fuse.Status(syscall.ESTALE)
	}
	if in.Valid&^(fuse.FATTR_FH|fuse.FATTR_LOCKOWNER) == 0 {
		in.Valid |= fuse.FATTR_KILL_SUIDGID // chown(2) to -1 and -1 takes setuid all the same
	}
	if err := u.change(n, in); err != nil {
		return status(err)
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.attrOut(n, out)
}

// change does to n what SETATTR asks for.
func (u *union) change(n *node, in *fuse.SetAttrIn) error {
	if err := u.resize(n, in); err != nil {
		return err
	}
	h, err := u.openToWrite(n)
	if err != nil {
		return err
	}
	err = u.upper.setAttr(h.fd, n.kind, in)
	u.handles.give(h)
	if err != errNoOverride {
		return err
	}
	if err := u.standFor(n); err != nil {
		return err
	}
	if h, err = u.openToWrite(n); err != nil {
		return err
	}
	defer u.handles.give(h)
	return u.upper.setAttr(h.fd, n.kind, in)
}

// resize gives a lower file the size that SETATTR asks for, if any, on its way up, so
// that what is about to go is not copied, and takes the size out of the request.
func (u *union) resize(n *node, in *fuse.SetAttrIn) error {
	size, ok := in.GetSize()
	if !ok || n.kind != kindFile {
		return nil
	}
	done, err := u.copyUpCut(n, &cut{int64(size), in.Valid&fuse.FATTR_KILL_SUIDGID != 0})
	if done {
		in.Valid &^= fuse.FATTR_SIZE | fuse.FATTR_KILL_SUIDGID
	}
	return err
}

// openToWrite copies n up, if need be, and returns its handle, for the caller to
// give back. A nil node is one that the kernel should not know.
func (u *union) openToWrite(n *node) (*handle, error) {
	if n == nil {
		return nil, syscall.ESTALE
	}
	if err := u.copyUp(n); err != nil {
		return nil, err
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.acquire(n)
}

// setAttr does to the open file fd what SETATTR asks for.
func (l *layer) setAttr(fd int, kind uint32, in *fuse.SetAttrIn) error {
	if in.Valid&fuse.FATTR_KILL_SUIDGID != 0 && kind == kindFile {
		if err := l.killPrivileges(fd); err != nil {
			return err
		}
	}
	if size, ok := in.GetSize(); ok {
		if kind != kindFile {
			return syscall.EINVAL
		}
		if err := unix.Ftruncate(fd, int64(size)); err != nil {
			return err
		}
	}
	if p, ok := permOf(in); ok {
		if kind == kindLink && p.mode != nil {
			return syscall.EOPNOTSUPP
		}
		kind, err := diskKind(fd, kind)
		if err != nil {
			return err
		}
		if err := l.change(fd, kind, p); err != nil {
			return err
		}
	}
	if times, ok := timesIn(in); ok {
		return utimesFD(fd, times)
	}
	return nil
}

// permOf returns what SETATTR says of mode and owner.
func permOf(in *fuse.SetAttrIn) (p perm, ok bool) {
	if in.Valid&fuse.FATTR_MODE != 0 {
		mode := in.Mode & 0o7777
		p.mode = &mode
	}
	if in.Valid&fuse.FATTR_UID != 0 {
		p.uid = &in.Uid
	}
	if in.Valid&fuse.FATTR_GID != 0 {
		p.gid = &in.Gid
	}
	return p, p != perm{}
}

// timesIn returns what SETATTR says of the times.
func timesIn(in *fuse.SetAttrIn) (times [2]unix.Timespec, ok bool) {
	one := func(set, now uint32, sec uint64, nsec uint32) unix.Timespec {
		switch {
		case in.Valid&set == 0:
			return unix.Timespec{Nsec: timeOmit}
		case in.Valid&now != 0:
			return unix.Timespec{Nsec: timeNow}
		}
		return timespec(sec, nsec)
	}
	times[0] = one(fuse.FATTR_ATIME, fuse.FATTR_ATIME_NOW, in.Atime, in.Atimensec)
	times[1] = one(fuse.FATTR_MTIME, fuse.FATTR_MTIME_NOW, in.Mtime, in.Mtimensec)
	return times, in.Valid&(fuse.FATTR_ATIME|fuse.FATTR_MTIME) != 0
}

// killPrivileges takes setuid and setgid from a file that is changed by a user who
// may not leave them: the kernel says so, with HANDLE_KILLPRIV_V2, and leaves it to
// the file system.
func (l *layer) killPrivileges(fd int) error {
	attr, err := l.statFD(fd)
	if err != nil {
		return err
	}
	mode := withoutPrivileges(attr.Mode)
	attrs := []string{capture.OverridePrefix + attrCapability}
	if !l.rootless { // who could not have set it either
		attrs = append(attrs, attrCapability)
	}
	for _, attr := range attrs {
		if err := unlessNoAttr(fremovexattr(fd, attr)); err != nil {
			return err
		}
	}
	if mode == attr.Mode {
		return nil
	}
	mode &= 0o7777
	return l.change(fd, attr.Mode&kindMask, perm{mode: &mode})
}

// aboutToChange takes setuid and setgid from the open file fd before a change to it
// by a caller who may not leave them, where the kernel does not say so itself.
func (l *layer) aboutToChange(fd int, caller fuse.Owner) error {
	if l.rootless || caller.Uid != 0 {
		return l.killPrivileges(fd)
	}
	return nil
}

// diskKind is the kind that a file has on disk, where one of another kind may stand
// for it.
func diskKind(fd int, kind uint32) (uint32, error) {
	if kind == kindFile || kind == kindDir {
		return kind, nil
	}
	attr, _, err := statFD(fd)
	return attr.Mode & kindMask, err
}
