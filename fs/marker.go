package fs

import (
	"errors"
	"strings"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// A deletion is a character device 0:0 called as what it hides, and a directory
// that hides the lower one below it has an attribute: the kernel's own form
// (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories").
// Where the capture's file system cannot have them, both are empty files instead,
// as in AUFS and OCI layers.
const (
	markerPrefix = ".wh."
	markerOpaque = ".wh..wh..opq"
)

// hasMarker tells whether a marker file says that name is deleted.
func (l *layer) hasMarker(dir int, name string) (bool, error) {
	if !l.markers {
		return false, nil
	}
	return exists(statAt(dir, markerPrefix+name))
}

// reserved tells whether a build may not use a name, since it means something here.
func (l *layer) reserved(name string) bool {
	return l.markers && strings.HasPrefix(name, markerPrefix)
}

// marks returns the name that an entry of the open directory dir is about, and
// whether all it says is that the name is deleted, or the directory opaque.
func (l *layer) marks(dir int, e *fuse.DirEntry) (name string, isMarker bool) {
	if l.markers {
		name, isMarker = strings.CutPrefix(e.Name, markerPrefix)
		return name, isMarker
	}
	if e.Mode != kindChar {
		return e.Name, false
	}
	attr, _, err := statAt(dir, e.Name)
	return e.Name, err == nil && isWhiteout(&attr)
}

// isOpaque tells whether the directory name in dir hides the lower one.
func (l *layer) isOpaque(dir int, name string) (bool, error) {
	if !l.markers {
		v, err := textAttr(func(buf []byte) (int, error) { return getxattrAt(dir, name, l.opaque, buf) })
		return v == "y", err
	}
	sub, err := openat(dir, name, accessOf(kindDir))
	if err != nil {
		return false, err
	}
	defer unix.Close(sub)
	return exists(statAt(sub, markerOpaque))
}

// exists tells by the outcome of a stat whether there is a file.
func exists(_ fuse.Attr, _ uint64, err error) (bool, error) {
	if err == syscall.ENOENT {
		return false, nil
	}
	return err == nil, err
}

// setOpaque has the directory that is open as fd hide the lower one.
func (l *layer) setOpaque(fd int) error {
	if !l.markers {
		return fsetxattr(fd, l.opaque, []byte("y"))
	}
	return l.mark(fd, markerOpaque)
}

func (l *layer) mark(dir int, name string) error {
	fd, err := unix.Openat(dir, name, unix.O_CREAT|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// whiteout has name in dir be deleted. What stands there in the layer, which is not
// a directory with anything in it but markers, goes at the same moment.
func (l *layer) whiteout(dir int, name string) error {
	if l.markers {
		if err := l.mark(dir, markerPrefix+name); err != nil {
			return err
		}
		return l.remove(dir, name)
	}
	err := mknodat(dir, name, kindChar, 0)
	if err != syscall.EEXIST {
		return err
	}
	temp := l.temp()
	if err := mknodat(l.workFD(), temp, kindChar, 0); err != nil {
		return err
	}
	err = renameat(l.workFD(), temp, dir, name, 0)
	if err == syscall.EISDIR { // of the two only an exchange is one step
		if err = renameat(l.workFD(), temp, dir, name, renameExchange); err == nil {
			return l.remove(l.workFD(), temp)
		}
	}
	if err != nil {
		return errors.Join(err, unix.Unlinkat(l.workFD(), temp, 0))
	}
	return nil
}

// remove removes name from dir: a file, or a directory that has nothing but markers
// in it. It is no error if there is none.
func (l *layer) remove(dir int, name string) error {
	err := unix.Unlinkat(dir, name, 0)
	if err == syscall.EISDIR || err == syscall.EPERM { // the latter is POSIX's, for directories
		if err := l.empty(dir, name); err != nil {
			return err
		}
		err = unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
	}
	if err == syscall.ENOENT {
		return nil
	}
	return err
}

// empty removes the markers from the directory name in dir.
func (l *layer) empty(dir int, name string) error {
	fd, err := l.open(dir, name, kindDir)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	list, err := l.names(fd)
	if err != nil {
		return err
	}
	for _, e := range list {
		if attr, _, err := statAt(fd, e.Name); err != nil || !isWhiteout(&attr) && !l.reserved(e.Name) {
			return errors.Join(syscall.ENOTEMPTY, err)
		}
		if err := unix.Unlinkat(fd, e.Name, 0); err != nil {
			return err
		}
	}
	return nil
}

// uncover places name of the work directory, which is ready, at name to in dir,
// where there is nothing or a whiteout.
func (l *layer) uncover(temp string, dir int, to string, isDir bool) error {
	if l.markers {
		if err := renameat(l.workFD(), temp, dir, to, 0); err != nil {
			return err
		}
		return l.uncovered(dir, to)
	}
	if !isDir {
		return renameat(l.workFD(), temp, dir, to, 0)
	}
	err := renameat(l.workFD(), temp, dir, to, renameNoReplace)
	if err != syscall.EEXIST {
		return err
	}
	if err := renameat(l.workFD(), temp, dir, to, renameExchange); err != nil {
		return err
	}
	return unix.Unlinkat(l.workFD(), temp, 0)
}

// uncovered takes away the marker file that says that name is deleted, if there is
// one: it is there again.
func (l *layer) uncovered(dir int, name string) error {
	if !l.markers {
		return nil
	}
	if err := unix.Unlinkat(dir, markerPrefix+name, 0); err != syscall.ENOENT {
		return err
	}
	return nil
}
