package fs

import (
	"strconv"
	"strings"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"

	"github.com/depview/depview/view/capture"
)

// In a user namespace with one id the kernel itself refuses chown(2) to another,
// before it asks any file system, and could not show it. The jail then does what
// was asked for by attributes of its own making, on files of every kind:
//
//	system.depview.stat    of a file: "UID:GID:MODE", and ":char-MAJOR-MINOR" or
//	                       ":block-…" of a device, if that is not what stat(2) says.
//	                       Set to "UID:GID:", either id empty, it is chown(2).
//	system.depview.mknod   of a directory, to be set: "MODE:char-MAJOR-MINOR:NAME"
//	                       makes a device.
//
// A build that sets them does nothing that root of its namespace may not.
const (
	attrStat  = "system.depview.stat"
	attrMknod = "system.depview.mknod"
)

// trueStat returns what system.depview.stat says of a file.
func trueStat(attr *fuse.Attr) ([]byte, error) {
	if attr.Owner == (fuse.Owner{}) {
		return nil, errNoAttr
	}
	o := capture.Override{UID: int(attr.Uid), GID: int(attr.Gid), Mode: attr.Mode & 0o7777}
	if t := captureType(attr.Mode); t == capture.CharDevice || t == capture.BlockDevice {
		o.Type, o.Rdev = t, deviceOf(attr.Rdev)
	}
	return []byte(o.String()), nil
}

// chownBy is chown(2) by the value of system.depview.stat.
func (u *union) chownBy(n *node, value string) error {
	uid, gid, ok := strings.Cut(strings.TrimSuffix(value, ":"), ":")
	in := &fuse.SetAttrIn{}
	for _, id := range []struct {
		text string
		flag uint32
		to   *uint32
	}{{uid, fuse.FATTR_UID, &in.Uid}, {gid, fuse.FATTR_GID, &in.Gid}} {
		if id.text == "" {
			continue
		}
		v, err := strconv.ParseUint(id.text, 10, 32)
		ok = ok && err == nil
		*id.to = uint32(v)
		in.Valid |= id.flag
	}
	if !ok {
		return syscall.EINVAL
	}
	return u.change(n, in)
}

// mknodBy is mknod(2) of a device by the value of system.depview.mknod.
func (u *union) mknodBy(dir *node, value string) fuse.Status {
	mode, rest, _ := strings.Cut(value, ":")
	device, s, ok := strings.Cut(rest, ":")
	o, err := capture.ParseOverride("0:0:" + mode + ":" + device)
	if err != nil || !ok || s == "" || strings.Contains(s, "/") || o.Rdev == (capture.Device{}) {
		return fuse.EINVAL
	}
	if len(s) > nameMax {
		return fuse.Status(syscall.ENAMETOOLONG)
	}
	u.mu.RLock()
	_, _, err = u.find(dir, s)
	u.mu.RUnlock()
	if err == nil {
		return fuse.Status(syscall.EEXIST) // the kernel looks itself, for a mknod(2) of its own
	}
	if errno(err) != syscall.ENOENT {
		return status(err)
	}
	out := &fuse.EntryOut{}
	code := u.make(dir.id, s, &birth{mode: kindOf(o.Type) | o.Mode, rdev: rdevOf(o.Rdev)}, out)
	if code.Ok() {
		u.Forget(out.NodeId, 1) // the kernel has not heard of it
	}
	return code
}
