package fs

import (
	"errors"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// A birth is what a new file is to be.
type birth struct {
	mode   uint32 // with its kind
	umask  uint32
	rdev   uint32
	target string // of a symbolic link
	caller fuse.Owner
}

// Create is not for us: the kernel then makes the file with MKNOD and, since OPEN
// is not for us either, that is all.
func (u *union) Create(<-chan struct{}, *fuse.CreateIn, string, *fuse.CreateOut) fuse.Status {
	u.tree.count(opCreate)
	return fuse.ENOSYS
}

// Mknod makes a file of any kind but a directory or a link.
func (u *union) Mknod(_ <-chan struct{}, in *fuse.MknodIn, name string, out *fuse.EntryOut) fuse.Status {
	u.tree.count(opMknod)
	if in.Mode&kindMask == kindChar && in.Rdev == 0 {
		return fuse.EPERM // it would be a whiteout
	}
	return u.make(in.NodeId, name, &birth{mode: in.Mode, umask: in.Umask, rdev: in.Rdev, caller: in.Owner}, out)
}

// Mkdir makes a directory.
func (u *union) Mkdir(_ <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	u.tree.count(opMkdir)
	return u.make(in.NodeId, name, &birth{mode: in.Mode&^kindMask | kindDir, umask: in.Umask, caller: in.Owner}, out)
}

// Symlink makes a symbolic link.
func (u *union) Symlink(_ <-chan struct{}, in *fuse.InHeader, target, name string, out *fuse.EntryOut) fuse.Status {
	u.tree.count(opSymlink)
	return u.make(in.NodeId, name, &birth{mode: kindLink | 0o777, target: target, caller: in.Owner}, out)
}

// make makes a file called s in a directory, and answers with its entry.
func (u *union) make(parent uint64, s string, b *birth, out *fuse.EntryOut) fuse.Status {
	dir := u.nodes.get(parent)
	if dir == nil {
		return fuse.Status(syscall.ESTALE)
	}
	if u.upper.reserved(s) {
		return fuse.EPERM
	}
	if err := u.copyUp(dir); err != nil {
		return status(err)
	}
	u.mu.RLock()
	defer u.mu.RUnlock()
	h, err := u.acquire(dir)
	if err != nil {
		return status(err)
	}
	defer u.handles.give(h)
	fd, attr, err := u.makeIn(dir, h.fd, s, b)
	if err != nil {
		return status(err)
	}
	f := found{attr: attr, upper: true}
	n := u.enter(dir, s, &f, out)
	u.handles.give(u.handles.put(n, fd))
	u.listings.add(dir, fuse.DirEntry{Name: s, Mode: attr.Mode & kindMask, Ino: n.ino})
	return fuse.OK
}

// makeIn makes a file in dir, whose part in the upper layer is open as at. It comes
// into being at its place, unless there is something about it that takes more than
// one step, such as a whiteout to replace.
func (u *union) makeIn(dir *node, at int, s string, b *birth) (fd int, attr fuse.Attr, err error) {
	l := u.upper
	kind := b.mode & kindMask
	simple := kind == kindFile || kind == kindDir || kind == kindLink
	marked, err := l.hasMarker(at, s)
	if err != nil {
		return -1, attr, err
	}
	if !simple || marked {
		return u.makeAside(dir, at, s, b)
	}
	if fd, err = l.bare(at, s, b); err == nil {
		if attr, err = l.create(fd, at, b.caller, b.mode, b.umask); err != nil {
			_ = unix.Close(fd)
			err = errors.Join(err, l.remove(at, s))
		}
		return fd, attr, err
	}
	if old, _, statErr := statAt(at, s); err == syscall.EEXIST && statErr == nil && isWhiteout(&old) || kind == kindLink && err == syscall.EPERM {
		return u.makeAside(dir, at, s, b)
	}
	return -1, attr, err
}

// makeAside makes a file in the work directory and then puts it in its place, where
// there is nothing or a whiteout.
func (u *union) makeAside(dir *node, at int, s string, b *birth) (fd int, attr fuse.Attr, err error) {
	l := u.upper
	temp := l.temp()
	if fd, err = l.bare(l.workFD(), temp, b); err == syscall.EPERM && b.mode&kindMask == kindLink {
		fd, err = l.standIn(temp, &fuse.Attr{Mode: b.mode, Owner: b.caller}, []byte(b.target))
	}
	if err != nil {
		return -1, attr, err
	}
	attr, err = l.create(fd, at, b.caller, b.mode, b.umask)
	if err == errNoOverride {
		attr.Owner = b.caller
		if fd, err = l.standFor(temp, fd, &attr); err == nil {
			attr, err = l.statFD(fd)
		}
	}
	isDir := b.mode&kindMask == kindDir
	if err == nil && isDir {
		err = u.coverBelow(name{dir, s}, fd)
	}
	if err == nil {
		err = l.inheritACL(at, fd, b.mode)
	}
	if err == nil {
		err = l.uncover(temp, at, s, isDir)
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, attr, errors.Join(err, l.remove(l.workFD(), temp))
	}
	attr, err = l.statFD(fd)
	return fd, attr, err
}

// bare makes the file called name in the open directory dir, and opens it. Its
// owner and mode are still to be settled.
func (l *layer) bare(dir int, name string, b *birth) (fd int, err error) {
	kind := b.mode & kindMask
	switch kind {
	case kindFile:
		return unix.Openat(dir, name, unix.O_CREAT|unix.O_EXCL|unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC, b.mode&0o7777)
	case kindDir:
		err = unix.Mkdirat(dir, name, b.mode&0o7777)
	case kindLink:
		err = symlinkat(b.target, dir, name)
	default:
		return l.special(name, &fuse.Attr{Mode: b.mode, Rdev: b.rdev, Owner: b.caller})
	}
	if err != nil {
		return -1, err
	}
	fd, err = l.open(dir, name, kind)
	if err != nil {
		err = errors.Join(err, l.remove(dir, name))
	}
	return fd, err
}

// Tmpfile makes a file without a name.
func (u *union) Tmpfile(_ <-chan struct{}, in *fuse.CreateIn, out *fuse.CreateOut) fuse.Status {
	u.tree.count(opTmpfile)
	h, err := u.openToWrite(u.nodes.get(in.NodeId))
	if err != nil {
		return status(err)
	}
	defer u.handles.give(h)
	fd, err := tmpfile(h.fd, in.Mode&0o7777)
	if err != nil {
		return status(err)
	}
	attr, err := u.upper.create(fd, h.fd, in.Owner, in.Mode, in.Umask)
	if err != nil {
		_ = unix.Close(fd)
		return status(err)
	}
	n := freshNode(&found{attr: attr, upper: true})
	u.nodes.enterUnnamed(n)
	u.handles.give(u.handles.put(n, fd))
	u.handles.pin(n)
	out.NodeId, out.Attr = n.id, u.shown(attr)
	out.SetEntryTimeout(forever)
	out.SetAttrTimeout(forever)
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE
	return fuse.OK
}

// Release has nothing to let go of: a file stays open as long as it is known.
func (u *union) Release(<-chan struct{}, *fuse.ReleaseIn) { u.tree.count(opRelease) }
