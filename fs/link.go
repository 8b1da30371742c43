package fs

import (
	"errors"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// Link gives a file one more name.
func (u *union) Link(_ <-chan struct{}, in *fuse.LinkIn, s string, out *fuse.EntryOut) fuse.Status {
	u.tree.count(opLink)
	n, dir := u.nodes.get(in.Oldnodeid), u.nodes.get(in.NodeId)
	if n == nil || dir == nil {
		return fuse.Status(syscall.ESTALE)
	}
	if u.upper.reserved(s) {
		return fuse.EPERM
	}
	if err := errors.Join(u.copyUp(n), u.copyUp(dir)); err != nil {
		return status(err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	attr, err := u.attr(n) // while nothing has been done
	if err != nil {
		return status(err)
	}
	if err := u.link(n, dir, s); err != nil {
		return status(err)
	}
	attr.Nlink++
	attr.Ctime, attr.Ctimensec = now()
	f := found{attr: attr, upper: true}
	u.nodes.link(n, name{dir, s})
	u.handles.unpin(n)
	u.enter(dir, s, &f, out)
	u.listings.add(dir, fuse.DirEntry{Name: s, Mode: n.kind, Ino: n.ino})
	return fuse.OK
}

// now is the time, in the form of a file's.
func now() (sec uint64, nsec uint32) {
	t := time.Now()
	return uint64(t.Unix()), uint32(t.Nanosecond())
}

func (u *union) link(n, dir *node, s string) error {
	to, err := u.acquire(dir)
	if err != nil {
		return err
	}
	defer u.handles.give(to)
	l := u.upper
	if err = u.linkAt(n, to.fd, s); err == nil {
		return l.uncovered(to.fd, s)
	}
	if old, _, statErr := statAt(to.fd, s); err != syscall.EEXIST || statErr != nil || !isWhiteout(&old) {
		return err
	}
	temp := l.temp()
	if err := u.linkAt(n, l.workFD(), temp); err != nil {
		return err
	}
	if err := l.uncover(temp, to.fd, s, false); err != nil {
		return errors.Join(err, l.remove(l.workFD(), temp))
	}
	return nil
}

// linkAt gives n the name s in the open directory dir, on disk.
func (u *union) linkAt(n *node, dir int, s string) error {
	at, named := u.nodes.where(n)
	if !named { // of O_TMPFILE, or unlinked, when it fails
		h, err := u.acquire(n)
		if err != nil {
			return err
		}
		defer u.handles.give(h)
		return linkFD(h.fd, dir, s)
	}
	from, err := u.acquire(at.dir)
	if err != nil {
		return err
	}
	defer u.handles.give(from)
	return unix.Linkat(from.fd, at.name, dir, s, 0)
}
