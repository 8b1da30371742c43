package fs

import (
	"bytes"
	"strings"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"

	"github.com/depview/depview/view/capture"
)

// The view shows no extended attributes of the lower tree's files. Those that a
// build sets are in the upper layer, as they are where this process may set them,
// and else in an attribute that stands for it, as container tools do.
const (
	attrCapability = "security.capability"
	attrACL        = "system.posix_acl_access"
	attrDefaultACL = "system.posix_acl_default"
)

// ownAttrs begin the names that a build neither sees nor sets: they mean something
// to overlay file systems.
var ownAttrs = []string{"trusted.overlay.", "user.overlay.", "user.fuseoverlayfs.", capture.OverridePrefix}

func isOwnAttr(name string) bool {
	for _, prefix := range ownAttrs {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// errNoAttr is what the kernel says of an attribute that is not there.
const errNoAttr = syscall.Errno(fuse.ENOATTR)

// GetXAttr reads an extended attribute.
func (u *union) GetXAttr(_ <-chan struct{}, in *fuse.InHeader, attr string, dest []byte) (uint32, fuse.Status) {
	u.tree.count(opGetxattr)
	if attr == attrStat {
		return u.getStat(in.NodeId, dest)
	}
	h, _, err := u.open(in.NodeId)
	if err != nil {
		return 0, status(err)
	}
	if h == nil {
		return 0, fuse.ENOATTR
	}
	defer u.handles.give(h)
	value, err := u.upper.getAttr(h.fd, attr)
	return answer(dest, value, err)
}

// getStat reads system.depview.stat.
func (u *union) getStat(id uint64, dest []byte) (uint32, fuse.Status) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	n := u.nodes.get(id)
	if n == nil {
		return 0, fuse.Status(syscall.ESTALE)
	}
	if !u.upper.rootless || !n.upper.Load() {
		return 0, fuse.ENOATTR
	}
	attr, err := u.attr(n)
	if err != nil {
		return 0, status(err)
	}
	value, err := trueStat(&attr)
	return answer(dest, value, err)
}

// answer answers with data, or with its size where there is no room for it.
func answer(dest, data []byte, err error) (uint32, fuse.Status) {
	if err == nil && len(data) > len(dest) {
		err = syscall.ERANGE
	}
	copy(dest, data)
	return uint32(len(data)), status(err)
}

// getAttr reads an attribute of the open file fd as the build has set it.
func (l *layer) getAttr(fd int, attr string) ([]byte, error) {
	if isOwnAttr(attr) {
		return nil, errNoAttr
	}
	value, err := readAttr(func(buf []byte) (int, error) { return fgetxattr(fd, capture.OverridePrefix+attr, buf) })
	if err == nil || unlessNoAttr(err) != nil {
		return value, err
	}
	value, err = readAttr(func(buf []byte) (int, error) { return fgetxattr(fd, attr, buf) })
	if err == nil && l.rootless && strings.HasPrefix(attr, "system.posix_acl_") {
		value = l.aclSeen(value)
	}
	return value, err
}

// readAttr calls a system call that fills a buffer.
func readAttr(call func([]byte) (int, error)) ([]byte, error) {
	for size := 256; ; size *= 4 {
		buf := make([]byte, size)
		n, err := call(buf)
		if err == nil {
			return buf[:n], nil
		}
		if err != syscall.ERANGE || size > 1<<20 {
			return nil, err
		}
	}
}

// ListXAttr lists the names of the extended attributes.
func (u *union) ListXAttr(_ <-chan struct{}, in *fuse.InHeader, dest []byte) (uint32, fuse.Status) {
	u.tree.count(opListxattr)
	h, _, err := u.open(in.NodeId)
	if err != nil || h == nil {
		return 0, status(err)
	}
	defer u.handles.give(h)
	list, err := readAttr(func(buf []byte) (int, error) { return flistxattr(h.fd, buf) })
	var shown bytes.Buffer
	for attr := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		if real, ok := strings.CutPrefix(attr, capture.OverridePrefix); ok && attr != capture.OverrideName {
			attr = real
		}
		if attr != "" && !isOwnAttr(attr) {
			shown.WriteString(attr + "\x00")
		}
	}
	if err == syscall.EOPNOTSUPP {
		err = nil
	}
	return answer(dest, shown.Bytes(), err)
}

// SetXAttr sets an extended attribute.
func (u *union) SetXAttr(_ <-chan struct{}, in *fuse.SetXAttrIn, attr string, value []byte) fuse.Status {
	u.tree.count(opSetxattr)
	if isOwnAttr(attr) {
		return fuse.EPERM
	}
	n := u.nodes.get(in.NodeId)
	if n == nil {
		return fuse.Status(syscall.ESTALE)
	}
	if u.upper.rootless && attr == attrStat {
		return status(u.chownBy(n, string(value)))
	}
	if u.upper.rootless && attr == attrMknod {
		return u.mknodBy(n, string(value))
	}
	h, err := u.openToWrite(n)
	if err != nil {
		return status(err)
	}
	defer u.handles.give(h)
	return status(u.upper.setAttribute(h.fd, n.kind, attr, value, int(in.Flags)))
}

// setAttribute sets an attribute, or the one that stands for it.
func (l *layer) setAttribute(fd int, kind uint32, attr string, value []byte, flags int) error {
	stored := value
	if attr == attrACL || attr == attrDefaultACL {
		var ok bool
		if stored, ok = l.aclStored(value); !ok {
			return syscall.EOPNOTSUPP // it names a user that is not here
		}
	}
	err := fsetxattrFlags(fd, attr, stored, flags)
	if (err == syscall.EPERM || err == syscall.EOPNOTSUPP) && strings.HasPrefix(attr, "security.") && (kind == kindFile || kind == kindDir) {
		return fsetxattrFlags(fd, capture.OverridePrefix+attr, value, flags)
	}
	if err != nil || attr != attrACL {
		return err
	}
	override, err := l.override(fd)
	if err != nil || override == "" {
		return err
	}
	return l.followACL(fd, kind, value)
}

// RemoveXAttr removes an extended attribute.
func (u *union) RemoveXAttr(_ <-chan struct{}, in *fuse.InHeader, attr string) fuse.Status {
	u.tree.count(opRemovexattr)
	if isOwnAttr(attr) {
		return fuse.ENOATTR
	}
	h, _, err := u.open(in.NodeId)
	if err != nil {
		return status(err)
	}
	if h == nil {
		return fuse.ENOATTR
	}
	defer u.handles.give(h)
	err = fremovexattr(h.fd, capture.OverridePrefix+attr)
	if err == nil || unlessNoAttr(err) != nil {
		return status(err)
	}
	return status(fremovexattr(h.fd, attr))
}
