package fs

import (
	"errors"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// A cut is what truncate(2) makes of a file.
type cut struct {
	size int64
	kill bool // take setuid and setgid
}

// copyUp gives n a part in the upper layer, if it has none. The directories above
// come first, and so do the file's other names, which are to stay names of one file.
//
// The copy is made in the work directory and appears whole, in one step; on an
// error the lower file stays what is seen, and nothing is left.
//
// The caller must not hold union.mu.
func (u *union) copyUp(n *node) error {
	_, err := u.copyUpCut(n, nil)
	return err
}

// copyUpCut is copyUp for a regular file that is cut at once, if c is not nil, and
// tells whether it was: not if it was copied up before.
func (u *union) copyUpCut(n *node, c *cut) (done bool, err error) {
	if n.upper.Load() {
		return false, nil
	}
	n.copying.Lock()
	defer n.copying.Unlock()
	if n.upper.Load() {
		return false, nil
	}
	if err := u.copyUpLocked(n, c); err != nil {
		return false, err
	}
	return true, nil
}

// copyUpLocked is copyUpCut for a node that is being copied by nobody else.
func (u *union) copyUpLocked(n *node, c *cut) error {
	_, attr, _, err := u.tree.resolve(n.lower)
	if err != nil {
		return err
	}
	if attr.Nlink > 1 && !n.isDir() {
		if err := u.findNames(n, attr.Nlink); err != nil {
			return err
		}
	}
	for _, at := range u.nodes.allNames(n) {
		if err := u.copyUp(at.dir); err != nil {
			return err
		}
	}
	temp, fd, err := u.copy(n, &attr, c)
	if err != nil {
		return err
	}
	if err := u.install(n, temp, fd); err != nil {
		_ = unix.Close(fd)
		return errors.Join(err, u.upper.remove(u.upper.workFD(), temp))
	}
	return nil
}

// copy makes a copy of n in the work directory, and returns its name there and the
// open file.
func (u *union) copy(n *node, attr *fuse.Attr, c *cut) (temp string, fd int, err error) {
	l := u.upper
	temp = l.temp()
	if fd, err = u.copyBare(temp, n, attr); err != nil {
		return "", -1, err
	}
	if n.kind == kindFile {
		err = u.copyContent(fd, n, int64(attr.Size), c)
	}
	if err == nil {
		mode := attr.Mode & 0o7777
		if c != nil && c.kill {
			mode = withoutPrivileges(attr.Mode) & 0o7777
		}
		p := perm{mode: &mode, uid: &attr.Uid, gid: &attr.Gid}
		if n.kind == kindLink {
			p.mode = nil
		}
		err = l.change(fd, n.kind, p)
		if err == errNoOverride {
			fd, err = l.standFor(temp, fd, attr)
		}
	}
	if err == nil {
		times := timesOf(attr)
		if c != nil {
			times[1].Nsec = timeNow // it is modified
		}
		err = utimesFD(fd, times)
	}
	if err != nil {
		_ = unix.Close(fd)
		return "", -1, errors.Join(err, l.remove(l.workFD(), temp))
	}
	return temp, fd, nil
}

// copyBare makes a file like n, but for its content, owner and mode.
func (u *union) copyBare(temp string, n *node, attr *fuse.Attr) (fd int, err error) {
	work := u.upper.workFD()
	switch n.kind {
	case kindFile:
		return unix.Openat(work, temp, unix.O_CREAT|unix.O_EXCL|unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	case kindDir:
		err = unix.Mkdirat(work, temp, 0o700)
	case kindLink:
		var target string
		if target, err = u.tree.readlink(u.tree.file(n.lower)); err != nil {
			return -1, err
		}
		if err = symlinkat(target, work, temp); err == syscall.EPERM {
			return u.upper.standIn(temp, attr, []byte(target))
		}
	default:
		return u.upper.special(temp, attr)
	}
	if err != nil {
		return -1, err
	}
	fd, err = openat(work, temp, accessOf(n.kind))
	if err != nil {
		err = errors.Join(err, u.upper.remove(work, temp))
	}
	return fd, err
}

// install puts the copy of n, open as fd and called temp in the work directory,
// where n has its names. The times of the directories stay: nothing has changed in
// them that could be seen.
func (u *union) install(n *node, temp string, fd int) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	attr, err := u.upper.statFD(fd)
	if err != nil {
		return err
	}
	names := u.nodes.allNames(n)
	for i, at := range names {
		if err := u.placeCopy(at, temp, i == len(names)-1); err != nil {
			for _, done := range names[:i] {
				err = errors.Join(err, u.unplaceCopy(done))
			}
			return err
		}
	}
	if len(names) == 0 { // unlinked, and still open
		if err := u.upper.remove(u.upper.workFD(), temp); err != nil {
			return err
		}
	}
	u.handles.give(u.handles.put(n, fd))
	if len(names) == 0 {
		u.handles.pin(n)
	}
	if !n.isDir() {
		u.upper.show(attr.Ino, n.ino)
		n.lower = ""
	}
	n.upper.Store(true)
	return nil
}

// placeCopy gives the file temp of the work directory a name; move says that it
// needs no other.
func (u *union) placeCopy(at name, temp string, move bool) error {
	dir, err := u.acquire(at.dir)
	if err != nil {
		return err
	}
	defer u.handles.give(dir)
	return keepTimes(dir.fd, func() error {
		if move {
			return renameat(u.upper.workFD(), temp, dir.fd, at.name, 0)
		}
		return unix.Linkat(u.upper.workFD(), temp, dir.fd, at.name, 0)
	}, func() error { return u.upper.remove(dir.fd, at.name) })
}

func (u *union) unplaceCopy(at name) error {
	dir, err := u.acquire(at.dir)
	if err != nil {
		return err
	}
	defer u.handles.give(dir)
	remove := func() error { return u.upper.remove(dir.fd, at.name) }
	return keepTimes(dir.fd, remove, remove)
}

// keepTimes calls change, which changes what is in the open directory dir, and
// gives the directory the times that it had before. If that fails, undo is called.
func keepTimes(dir int, change, undo func() error) error {
	attr, _, err := statFD(dir)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	if err := utimesFD(dir, timesOf(&attr)); err != nil {
		err = errors.Join(err, undo())
		_ = utimesFD(dir, timesOf(&attr)) // what failed once need not fail again
		return err
	}
	return nil
}

// timesOf returns the times of access and modification.
func timesOf(attr *fuse.Attr) [2]unix.Timespec {
	return [2]unix.Timespec{timespec(attr.Atime, attr.Atimensec), timespec(attr.Mtime, attr.Mtimensec)}
}
