package fs

import (
	"errors"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// special makes a fifo, socket or device as attr says in the work directory, or the
// regular file that stands for it where this process may not, and opens it.
func (l *layer) special(temp string, attr *fuse.Attr) (int, error) {
	err := mknodat(l.workFD(), temp, attr.Mode&kindMask|0o600, attr.Rdev)
	if err == syscall.EPERM || err == syscall.EOPNOTSUPP || err == syscall.EINVAL {
		return l.standIn(temp, attr, nil)
	}
	if err != nil {
		return -1, err
	}
	return openat(l.workFD(), temp, openReference)
}

// standFor puts a regular file in the place of temp in the work directory, which is
// open as fd: a link, fifo, socket or device that is to have an owner which the
// disk cannot record. The new file is returned, open; fd is closed.
func (l *layer) standFor(temp string, fd int, attr *fuse.Attr) (int, error) {
	var target string
	if attr.Mode&kindMask == kindLink {
		var err error
		if target, err = l.readlink(fd); err != nil {
			return fd, err
		}
	}
	if err := unix.Unlinkat(l.workFD(), temp, 0); err != nil {
		return fd, err
	}
	_ = unix.Close(fd)
	return l.standIn(temp, attr, []byte(target))
}

// standIn makes a regular file in the work directory that stands for one of
// another kind, with content: the target of a symbolic link.
func (l *layer) standIn(temp string, attr *fuse.Attr, content []byte) (int, error) {
	if err := l.markOverrides(); err != nil {
		return -1, err
	}
	fd, err := unix.Openat(l.workFD(), temp, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return -1, err
	}
	o := capture.Override{
		UID: int(attr.Uid), GID: int(attr.Gid), Mode: attr.Mode & 0o7777,
		Type: captureType(attr.Mode), Rdev: deviceOf(attr.Rdev),
	}
	err = pwriteAll(fd, content, 0)
	if err == nil {
		err = fsetxattr(fd, capture.OverrideName, []byte(o.String()))
	}
	_ = unix.Close(fd)
	if err == nil {
		fd, err = openat(l.workFD(), temp, openReference)
	}
	if err != nil {
		return -1, errors.Join(err, unix.Unlinkat(l.workFD(), temp, 0))
	}
	return fd, nil
}

// standFor has a link, fifo, socket or device be a regular file on disk that stands
// for it and, unlike it, can have an override.
func (u *union) standFor(n *node) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	names := u.nodes.allNames(n)
	if len(names) == 0 {
		return syscall.EPERM // nothing can take the place of what has none
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
	temp := u.upper.temp()
	fd, err := u.upper.standIn(temp, &attr, []byte(target))
	if err != nil {
		return err
	}
	own, err := u.upper.statFD(fd)
	if err == nil {
		err = utimesFD(fd, timesOf(&attr))
	}
	for _, at := range names {
		if err == nil {
			err = u.replaceBy(at, temp)
		}
	}
	err = errors.Join(err, u.upper.remove(u.upper.workFD(), temp))
	if err != nil {
		_ = unix.Close(fd)
		return err
	}
	u.upper.show(own.Ino, n.ino)
	u.handles.drop(n)
	u.handles.give(u.handles.put(n, fd))
	return nil
}

// replaceBy puts one more link to the file temp of the work directory at a name.
func (u *union) replaceBy(at name, temp string) error {
	dir, err := u.acquire(at.dir)
	if err != nil {
		return err
	}
	defer u.handles.give(dir)
	work, link := u.upper.workFD(), u.upper.temp()
	if err := unix.Linkat(work, temp, work, link, 0); err != nil {
		return err
	}
	if err := renameat(work, link, dir.fd, at.name, 0); err != nil {
		return errors.Join(err, u.upper.remove(work, link))
	}
	return nil
}

// kindOf is the opposite of captureType.
func kindOf(t capture.Type) uint32 {
	switch t {
	case capture.Dir:
		return kindDir
	case capture.Symlink:
		return kindLink
	case capture.Fifo:
		return syscall.S_IFIFO
	case capture.Socket:
		return syscall.S_IFSOCK
	case capture.CharDevice:
		return kindChar
	case capture.BlockDevice:
		return syscall.S_IFBLK
	}
	return kindFile
}

func deviceOf(rdev uint32) capture.Device {
	return capture.Device{Major: unix.Major(uint64(rdev)), Minor: unix.Minor(uint64(rdev))}
}

func rdevOf(d capture.Device) uint32 { return uint32(unix.Mkdev(d.Major, d.Minor)) }
