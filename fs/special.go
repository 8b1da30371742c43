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
