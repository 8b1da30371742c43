package fs

import (
	"errors"
	"os"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// A user without privileges can give no file away, and cannot open one again for
// writing whose mode forbids it. What the build wanted is then kept in the
// attribute user.containers.override_stat, and the file itself stays the user's,
// with a mode that lets it be opened. The attribute wins wherever it is.
//
// Linux allows user.* attributes on regular files and directories alone. A
// symbolic link, fifo, socket or device that needs one is kept as a regular file
// that says what it stands for: see union.standFor and layer.standFor.

// errNoOverride says that a file of this kind cannot carry the attribute.
var errNoOverride = errors.New("a file that cannot have an override")

// A perm is what chmod(2) and chown(2) change; nil leaves as is.
type perm struct {
	mode     *uint32 // permissions with setuid, setgid and sticky
	uid, gid *uint32
}

// override returns the attribute of the open file fd, or "".
func (l *layer) override(fd int) (string, error) {
	if !l.marked.Load() {
		return "", nil
	}
	return readOverride(fd)
}

func readOverride(fd int) (string, error) {
	return textAttr(func(buf []byte) (int, error) { return fgetxattr(fd, capture.OverrideName, buf) })
}

// textAttr returns a short attribute, or "" where there is none, or can be none.
func textAttr(get func([]byte) (int, error)) (string, error) {
	var buf [128]byte
	n, err := get(buf[:])
	if err != nil {
		return "", unlessNoAttr(err)
	}
	return string(buf[:n]), nil
}

// unlessNoAttr is err but for those that say that there is no such attribute. EACCES
// does: a file with an override has a mode that lets it be read.
func unlessNoAttr(err error) error {
	switch err {
	case errNoAttr, syscall.EOPNOTSUPP, syscall.ERANGE, syscall.EACCES:
		return nil
	}
	return err
}

// change gives the open file fd, of a kind as the disk has it, a mode and an owner.
func (l *layer) change(fd int, kind uint32, p perm) error {
	plain, override := kind == kindFile || kind == kindDir, ""
	if plain {
		var err error
		if override, err = l.override(fd); err != nil {
			return err
		}
	}
	if override == "" {
		err := l.changeNatively(fd, kind, p)
		if err != syscall.EPERM && err != syscall.EINVAL {
			return err
		}
	}
	if !plain {
		return errNoOverride
	}
	return l.changeOverride(fd, kind, p)
}

// changeNatively is change where the disk can have it. Else the error is EPERM or
// EINVAL, and nothing has changed.
func (l *layer) changeNatively(fd int, kind uint32, p perm) error {
	uid, gid := -1, -1
	if p.uid != nil {
		uid = int(*p.uid)
	}
	if p.gid != nil {
		gid = int(*p.gid)
	}
	if l.rootless {
		if uid > 0 || gid > 0 || p.mode != nil && kind != kindLink && *p.mode&needs(kind) != needs(kind) {
			return syscall.EPERM
		}
		if uid == 0 {
			uid = os.Geteuid()
		}
		if gid == 0 {
			gid = os.Getegid()
		}
	}
	if uid >= 0 || gid >= 0 {
		if err := chownFD(fd, uid, gid); err != nil {
			return err
		}
	}
	if p.mode != nil {
		return chmodFD(fd, *p.mode)
	}
	return nil
}

// needs is the mode that a file of a kind must have for its owner to open it.
func needs(kind uint32) uint32 {
	switch kind {
	case kindDir:
		return 0o700
	case kindFile:
		return 0o600
	}
	return 0
}

// changeOverride is change by the attribute.
func (l *layer) changeOverride(fd int, kind uint32, p perm) error {
	attr, err := l.statFD(fd)
	if err != nil {
		return err
	}
	mode := attr.Mode & 0o7777
	if p.uid != nil || p.gid != nil {
		mode = withoutPrivileges(attr.Mode) & 0o7777
	}
	if p.mode != nil {
		mode = *p.mode
	}
	o := capture.Override{UID: int(value(p.uid, attr.Uid)), GID: int(value(p.gid, attr.Gid)), Mode: mode}
	if k := attr.Mode & kindMask; k != kind { // a regular file that stands for another kind
		o.Type, o.Rdev = captureType(attr.Mode), deviceOf(attr.Rdev)
	}
	if err := chmodFD(fd, mode&0o777|needs(kind)); err != nil {
		return err
	}
	if err := l.markOverrides(); err != nil {
		return err
	}
	return fsetxattr(fd, capture.OverrideName, []byte(o.String()))
}

// markOverrides gives the layer's top an override that changes nothing, by which
// whoever goes on with the capture knows that there are some: overlayfs, which
// knows nothing of them, must not.
func (l *layer) markOverrides() error {
	if l.marked.Load() {
		return nil
	}
	attr, err := l.statFD(l.rootFD())
	if err != nil {
		return err
	}
	o := capture.Override{UID: int(attr.Uid), GID: int(attr.Gid), Mode: attr.Mode & 0o7777}
	if err := fsetxattr(l.rootFD(), capture.OverrideName, []byte(o.String())); err != nil {
		return err
	}
	l.marked.Store(true)
	return nil
}

func value(p *uint32, otherwise uint32) uint32 {
	if p != nil {
		return *p
	}
	return otherwise
}

// withoutPrivileges is a mode as chown(2) and a write by an ordinary user leave it:
// no setuid, and no setgid where the group may execute. A directory keeps both.
func withoutPrivileges(mode uint32) uint32 {
	if mode&kindMask == kindDir {
		return mode
	}
	mode &^= syscall.S_ISUID
	if mode&0o010 != 0 {
		mode &^= syscall.S_ISGID
	}
	return mode
}

// unlock has a file, that the other engine left with a mode that locks its owner
// out, keep that mode in the attribute.
func (l *layer) unlock(dir int, name string) error {
	fd, err := openat(dir, name, openReference)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	attr, err := l.statFD(fd)
	if err != nil {
		return err
	}
	mode := attr.Mode & 0o7777
	return l.changeOverride(fd, attr.Mode&kindMask, perm{mode: &mode})
}

// create settles the owner and mode of the file that is open as fd, and that this
// process has just made in the directory open as dir, for caller, with mode and
// umask. Where the directory has a default ACL, the umask counts for nothing and
// the disk has done what is to be done.
func (l *layer) create(fd, dir int, caller fuse.Owner, mode, umask uint32) (fuse.Attr, error) {
	attr, err := l.statFD(fd)
	if err != nil {
		return attr, err
	}
	parent, err := l.statFD(dir)
	if err != nil {
		return attr, err
	}
	kind, want := attr.Mode&kindMask, mode&0o7777&^umask
	if parent.Mode&syscall.S_ISGID != 0 {
		caller.Gid = parent.Gid
		if kind == kindDir {
			want |= syscall.S_ISGID
		}
	}
	var p perm
	if attr.Owner != caller {
		p.uid, p.gid = &caller.Uid, &caller.Gid
	}
	if kind != kindLink && (attr.Mode&0o7777 != want || p.uid != nil && want&0o6000 != 0) {
		inherits, err := l.hasDefaultACL(dir)
		if err != nil {
			return attr, err
		}
		if !inherits {
			p.mode = &want
		}
	}
	if l.rootless && want&needs(kind) != needs(kind) {
		p.mode = &want
	}
	if p == (perm{}) {
		return attr, nil
	}
	if err := l.change(fd, kind, p); err != nil {
		return attr, err
	}
	return l.statFD(fd)
}
