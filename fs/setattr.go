package fs

import (
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// SetAttr changes size, owner, mode and times. Whether the caller may, the kernel
// has asked itself.
func (u *union) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	u.tree.count(opSetattr)
	n := u.nodes.get(in.NodeId)
	if n == nil {
		return fuse.Status(syscall.ESTALE)
	}
	keep := all
	if size, ok := in.GetSize(); ok {
		keep = int64(size) // what is about to go need not be copied
	}
	h, err := u.openToWrite(n, keep)
	if err != nil {
		return status(err)
	}
	defer u.handles.give(h)
	if err := u.upper.setAttr(h.fd, n.kind, in); err == errNoOverride {
		err = u.replaceFor(n, in)
		if err != nil {
			return status(err)
		}
	} else if err != nil {
		return status(err)
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.attrOut(n, out)
}

// openToWrite copies n up, if need be, and returns its handle, for the caller to
// give back.
func (u *union) openToWrite(n *node, keep int64) (*handle, error) {
	if err := u.copyUp(n, keep); err != nil {
		return nil, err
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.acquire(n)
}

// setAttr does to the open file fd what SETATTR asks for.
func (l *layer) setAttr(fd int, kind uint32, in *fuse.SetAttrIn) error {
	if size, ok := in.GetSize(); ok {
		if kind != kindFile {
			return syscall.EINVAL
		}
		if err := unix.Ftruncate(fd, int64(size)); err != nil {
			return err
		}
	}
	if in.Valid&fuse.FATTR_KILL_SUIDGID != 0 {
		if err := l.killPrivileges(fd); err != nil {
			return err
		}
	}
	if p, ok := permOf(in); ok {
		if kind == kindLink && p.mode != nil {
			return syscall.EOPNOTSUPP
		}
		if err := l.change(fd, diskKind(fd, kind), p); err != nil {
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
	_ = fremovexattr(fd, attrCapability)
	if mode == attr.Mode {
		return nil
	}
	mode &= 0o7777
	return l.change(fd, attr.Mode&kindMask, perm{mode: &mode})
}

// diskKind is the kind that a file has on disk, where one of another kind may stand
// for it.
func diskKind(fd int, kind uint32) uint32 {
	if kind != kindFile && kind != kindDir {
		if attr, _, err := statFD(fd); err == nil {
			return attr.Mode & kindMask
		}
	}
	return kind
}

// replaceFor does what SETATTR asks for to a link, fifo, socket or device that
// cannot have it on disk: a regular file that can takes its place.
func (u *union) replaceFor(n *node, in *fuse.SetAttrIn) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	at, ok := u.nodes.where(n)
	if !ok {
		return syscall.EPERM // without a name, nothing can take its place
	}
	attr, err := u.attr(n)
	if err != nil {
		return err
	}
	target := ""
	if n.kind == kindLink {
		if target, err = u.readlink(n); err != nil {
			return err
		}
	}
	p, _ := permOf(in)
	attr.Uid, attr.Gid = value(p.uid, attr.Uid), value(p.gid, attr.Gid)
	attr.Mode = attr.Mode&kindMask | value(p.mode, attr.Mode&0o7777)
	return u.standAt(n, at, &attr, target)
}

// standAt puts a regular file that stands for n, as attr says, where n is.
func (u *union) standAt(n *node, at name, attr *fuse.Attr, target string) error {
	dir, err := u.acquire(at.dir)
	if err != nil {
		return err
	}
	defer u.handles.give(dir)
	l := u.upper
	temp := l.temp()
	fd, err := l.standIn(temp, attr, []byte(target))
	if err != nil {
		return err
	}
	if err := utimesFD(fd, timesOf(attr)); err != nil {
		_ = unix.Close(fd)
		return err
	}
	if err := renameat(l.workFD(), temp, dir.fd, at.name, 0); err != nil {
		_ = unix.Close(fd)
		return err
	}
	own, _, err := statFD(fd)
	if err != nil {
		_ = unix.Close(fd)
		return err
	}
	_ = own
	u.handles.drop(n)
	u.handles.give(u.handles.put(n, fd))
	return nil
}
