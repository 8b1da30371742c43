package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/record"
)

// An inode is a file as it is stored, after what overrides say of it.
type inode struct {
	typ      Type
	mode     uint32
	uid, gid int
	size     int64
	mtime    time.Time
	rdev     Device
	link     Link
	target   string
	xattrs   map[string]string // all of them
}

// maxTarget is the longest target of a symlink, in bytes: PATH_MAX.
const maxTarget = 4096

// readInode reads the file name in the open directory dir, which path names in
// errors. It follows nothing.
func readInode(dir *os.File, name, path string, ids IDs) (*inode, error) {
	fail := func(what string, err error) error { return fmt.Errorf("%s: %s: %w", record.Quote(path), what, err) }
	var st unix.Stat_t
	if err := unix.Fstatat(int(dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return nil, fail("lstat", err)
	}
	n := &inode{
		typ:   typeOf(uint32(st.Mode)),
		mode:  uint32(st.Mode) & 0o7777,
		uid:   ids.uid(st.Uid),
		gid:   ids.gid(st.Gid),
		mtime: time.Unix(st.Mtim.Unix()),
		link:  Link{uint64(st.Dev), uint64(st.Ino), uint64(st.Nlink)},
	}
	if n.typ == CharDevice || n.typ == BlockDevice {
		n.rdev = Device{unix.Major(uint64(st.Rdev)), unix.Minor(uint64(st.Rdev))}
	}
	var err error
	if n.xattrs, err = readXattrs(dir, name); err != nil {
		return nil, fail("extended attributes", err)
	}
	stored := n.typ
	if v, ok := n.xattrs[OverrideName]; ok {
		if err := n.override(v); err != nil {
			return nil, fail(OverrideName, err)
		}
	}
	switch {
	case stored == Symlink:
		n.target, err = readlinkat(dir, name)
	case n.typ == Symlink:
		n.target, err = readTarget(dir, name, st.Size)
	case n.typ == File:
		n.size = st.Size
	}
	if err != nil {
		return nil, fail("readlink", err)
	}
	if n.typ == Symlink {
		n.mode = 0o777 // what stat says on Linux; elsewhere the umask shows
	}
	return n, nil
}

// typeOf returns the type in a stat mode.
func typeOf(mode uint32) Type {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return File
	case unix.S_IFDIR:
		return Dir
	case unix.S_IFLNK:
		return Symlink
	case unix.S_IFIFO:
		return Fifo
	case unix.S_IFSOCK:
		return Socket
	case unix.S_IFCHR:
		return CharDevice
	case unix.S_IFBLK:
		return BlockDevice
	}
	return None
}

// override applies what a file system without the power to chown or mknod kept. A
// regular file may stand for any type but a directory, and for a symlink it holds
// the target.
func (n *inode) override(v string) error {
	o, err := ParseOverride(v)
	if err != nil {
		return err
	}
	if o.Type == None {
		o.Type, o.Rdev = n.typ, n.rdev
	}
	if o.Type != n.typ && (n.typ != File || o.Type == Dir) {
		return fmt.Errorf("value %q does not fit a %s", v, n.typ)
	}
	n.typ, n.rdev, n.mode, n.uid, n.gid = o.Type, o.Rdev, o.Mode, o.UID, o.GID
	return nil
}

func readlinkat(dir *os.File, name string) (string, error) {
	buf := make([]byte, maxTarget+1)
	k, err := unix.Readlinkat(int(dir.Fd()), name, buf)
	if err != nil {
		return "", err
	}
	return string(buf[:k]), nil
}

// readTarget reads a symlink's target from the file that stands for it.
func readTarget(dir *os.File, name string, size int64) (string, error) {
	if size == 0 || size > maxTarget {
		return "", fmt.Errorf("a target of %d bytes", size)
	}
	fd, err := unix.Openat(int(dir.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTarget))
	if err == nil && strings.ContainsRune(string(b), 0) {
		err = errors.New("a target with a zero byte")
	}
	return string(b), err
}

// entry makes the entry of path from its inode.
func (n *inode) entry(path string, ids IDs) Entry {
	return Entry{
		Path: path, Type: n.typ, Mode: n.mode, UID: n.uid, GID: n.gid, Size: n.size, ModTime: n.mtime,
		Target: n.target, Rdev: n.rdev, Link: n.link, Xattrs: packageXattrs(n.xattrs, ids),
	}
}
