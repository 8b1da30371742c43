package fs

import (
	"fmt"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// opaqueAttrs are the attributes by which overlayfs knows an opaque directory: the
// first as root, the second when mounted with userxattr.
var opaqueAttrs = []string{"trusted.overlay.opaque", "user.overlay.opaque"}

// openReference opens a file just to refer to it.
const openReference = unix.O_PATH

// byFD is a path that leads to the open file fd, also to a symbolic link.
func byFD(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

// readReferred reads the beginning of a file that is open just to refer to it.
func readReferred(fd int, buf []byte) (int, error) {
	f, err := unix.Open(byFD(fd), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(f)
	return unix.Pread(f, buf, 0)
}

func readlinkFD(fd int, buf []byte) (int, error) { return unix.Readlinkat(fd, "", buf) }

// The calls on an open file's attributes go the way of its path where it was opened
// just to refer to it, which gives EBADF.

func fgetxattr(fd int, name string, dest []byte) (int, error) {
	n, err := unix.Fgetxattr(fd, name, dest)
	if err == unix.EBADF {
		return unix.Getxattr(byFD(fd), name, dest)
	}
	return n, err
}

func fsetxattr(fd int, name string, value []byte) error { return fsetxattrFlags(fd, name, value, 0) }

func fsetxattrFlags(fd int, name string, value []byte, flags int) error {
	err := unix.Fsetxattr(fd, name, value, flags)
	if err == unix.EBADF {
		return unix.Setxattr(byFD(fd), name, value, flags)
	}
	return err
}

func fremovexattr(fd int, name string) error {
	err := unix.Fremovexattr(fd, name)
	if err == unix.EBADF {
		return unix.Removexattr(byFD(fd), name)
	}
	return err
}

func flistxattr(fd int, dest []byte) (int, error) {
	n, err := unix.Flistxattr(fd, dest)
	if err == unix.EBADF {
		return unix.Listxattr(byFD(fd), dest)
	}
	return n, err
}

// getxattrAt reads an attribute of name in dir.
func getxattrAt(dir int, name, attr string, dest []byte) (int, error) {
	return unix.Lgetxattr(byFD(dir)+"/"+name, attr, dest)
}

func mknodat(dir int, name string, mode uint32, rdev uint32) error {
	return unix.Mknodat(dir, name, mode, int(rdev))
}

func symlinkat(target string, dir int, name string) error {
	return unix.Symlinkat(target, dir, name)
}

func chmodFD(fd int, mode uint32) error {
	err := unix.Fchmod(fd, mode)
	if err == unix.EBADF {
		return unix.Chmod(byFD(fd), mode)
	}
	return err
}

func chownFD(fd, uid, gid int) error { return unix.Fchownat(fd, "", uid, gid, unix.AT_EMPTY_PATH) }

func utimesFD(fd int, times [2]unix.Timespec) error {
	return unix.UtimesNanoAt(unix.AT_FDCWD, byFD(fd), times[:], 0)
}

// Values of a unix.Timespec's Nsec.
const (
	timeNow  = unix.UTIME_NOW
	timeOmit = unix.UTIME_OMIT
)

func linkFD(fd, dir int, name string) error {
	return unix.Linkat(unix.AT_FDCWD, byFD(fd), dir, name, unix.AT_SYMLINK_FOLLOW)
}

// unionCapabilities are what a union asks the kernel for: to be told the umask, as
// a default ACL overrides it, and to be told when setuid is to go, instead of being
// asked for security.capability before each write.
const unionCapabilities = fuse.CAP_DONT_MASK | fuse.CAP_HANDLE_KILLPRIV_V2

// Flags of renameat2(2).
const (
	renameNoReplace = unix.RENAME_NOREPLACE
	renameExchange  = unix.RENAME_EXCHANGE
	renameWhiteout  = unix.RENAME_WHITEOUT
)

func renameat(oldDir int, old string, newDir int, new string, flags uint) error {
	if flags == 0 {
		return unix.Renameat(oldDir, old, newDir, new)
	}
	return unix.Renameat2(oldDir, old, newDir, new, flags)
}

// tmpfile makes a file without a name on the file system of dir.
func tmpfile(dir int, mode uint32) (int, error) {
	return unix.Openat(dir, ".", unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, mode)
}

// timespec returns a time.
func timespec(sec uint64, nsec uint32) unix.Timespec {
	return unix.Timespec{Sec: int64(sec), Nsec: int64(nsec)}
}

func fallocate(fd int, mode uint32, off, size int64) error {
	return unix.Fallocate(fd, mode, off, size)
}

// copyFileRange copies within the kernel, and may copy less than size bytes.
func copyFileRange(from int, fromOff int64, to int, toOff int64, size int) (int, error) {
	return unix.CopyFileRange(from, &fromOff, to, &toOff, size, 0)
}

// copyRange copies the bytes from begin to end, by the kernel if it can.
func copyRange(to, from int, begin, end int64) error {
	for begin < end {
		n, err := copyFileRange(from, begin, to, begin, int(min(end-begin, 1<<30)))
		switch err {
		case nil:
			if n == 0 {
				return nil // it is shorter than it was
			}
			begin += int64(n)
		case unix.EINTR:
		case unix.EXDEV, unix.EINVAL, unix.ENOSYS, unix.EOPNOTSUPP, unix.EBADF:
			return copyByHand(to, from, begin, end)
		default:
			return err
		}
	}
	return nil
}
