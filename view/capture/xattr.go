package capture

import (
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// POSIX ACLs and file capabilities, as Linux names them.
const (
	aclPrefix      = "system.posix_acl_"
	capabilityName = "security.capability"
)

// packageXattrs picks the attributes that a package can carry, in the ids that
// the build saw. The rest is about this machine: labels, checksums, quarantine.
func packageXattrs(all map[string]string, ids IDs) map[string]string {
	var kept map[string]string
	keep := func(name, value string) {
		if kept == nil {
			kept = map[string]string{}
		}
		kept[name] = value
	}
	for name, value := range all {
		switch {
		case !carried(name):
		case name == capabilityName:
			keep(name, ids.capability(value))
		case strings.HasPrefix(name, aclPrefix):
			keep(name, ids.acl(value))
		default:
			keep(name, value)
		}
	}
	for name, value := range all { // what stands for another wins, and has the build's ids
		if real, ok := strings.CutPrefix(name, OverridePrefix); ok && carried(real) {
			keep(real, value)
		}
	}
	return kept
}

func carried(name string) bool {
	for _, prefix := range ownPrefixes {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return name == capabilityName || strings.HasPrefix(name, aclPrefix) || carriedHere(name)
}

// capability turns file capabilities that were set in the build's user
// namespace, which name its root (revision 3), into those that the same build
// run by root sets (revision 2): see capabilities(7), "File capability extended
// attribute versioning".
func (i IDs) capability(v string) string {
	const (
		revisionMask = 0xff000000
		revision2    = 0x02000000
		revision3    = 0x03000000
		size2, size3 = 20, 24 // bytes; revision 3 ends with the root's id
	)
	if len(v) != size3 {
		return v
	}
	b := []byte(v)
	magic := binary.LittleEndian.Uint32(b)
	if magic&revisionMask != revision3 || i.uid(binary.LittleEndian.Uint32(b[size2:])) != 0 {
		return v
	}
	binary.LittleEndian.PutUint32(b, magic&^uint32(revisionMask)|revision2)
	return string(b[:size2])
}

// acl puts the ids that the build saw into a POSIX ACL: a version of 4 bytes,
// then entries of tag (2), permissions (2) and id (4), all little-endian
// (linux/posix_acl_xattr.h).
func (i IDs) acl(v string) string {
	const user, group = 0x02, 0x08 // ACL_USER, ACL_GROUP: the tags that have an id
	b := []byte(v)
	for at := 4; at+8 <= len(b); at += 8 {
		id := binary.LittleEndian.Uint32(b[at+4:])
		switch binary.LittleEndian.Uint16(b[at:]) {
		case user:
			id = uint32(i.uid(id))
		case group:
			id = uint32(i.gid(id))
		}
		binary.LittleEndian.PutUint32(b[at+4:], id)
	}
	return string(b)
}

// attrBytes calls a system call that fills a buffer, with buffers that grow until
// the answer fits.
func attrBytes(call func([]byte) (int, error)) ([]byte, error) {
	for size := 256; ; {
		buf := make([]byte, size)
		n, err := call(buf)
		if err == nil && n < size {
			return buf[:n], nil
		}
		if err != nil && !errors.Is(err, unix.ERANGE) {
			return nil, err
		}
		size *= 4
		if size > 16<<20 { // Linux allows 64 KiB; macOS's resource forks are larger
			return nil, unix.E2BIG
		}
	}
}
