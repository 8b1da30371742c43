package fs

import (
	"errors"
	iofs "io/fs"
	"syscall"
)

// errno turns an error into what the build sees. It is the one place that does:
// go-fuse's own table turns what it does not know into ENOTSUP. ENOSYS never
// comes out of it, for the kernel would stop sending that request for good.
func errno(err error) syscall.Errno {
	var e syscall.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e) && e != syscall.ENOSYS:
		return e
	case errors.Is(err, errHidden), errors.Is(err, iofs.ErrNotExist):
		return syscall.ENOENT
	case errors.Is(err, iofs.ErrPermission):
		return syscall.EACCES
	}
	return syscall.EIO
}

// fileMode turns the type bits of a stat mode into those of io/fs.
func fileMode(mode uint32) iofs.FileMode {
	switch mode & syscall.S_IFMT {
	case syscall.S_IFREG:
		return 0
	case syscall.S_IFDIR:
		return iofs.ModeDir
	case syscall.S_IFLNK:
		return iofs.ModeSymlink
	case syscall.S_IFIFO:
		return iofs.ModeNamedPipe
	case syscall.S_IFSOCK:
		return iofs.ModeSocket
	case syscall.S_IFCHR:
		return iofs.ModeDevice | iofs.ModeCharDevice
	}
	return iofs.ModeDevice
}
