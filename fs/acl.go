package fs

import (
	"encoding/binary"
	"os"
	"syscall"
)

// POSIX ACLs in the form of their extended attributes (linux/posix_acl_xattr.h): a
// version of 4 bytes, then entries of tag (2), permissions (2) and id (4), all
// little-endian.
const (
	aclHead, aclEntry = 4, 8

	aclUserObj  = 0x01
	aclUser     = 0x02
	aclGroupObj = 0x04
	aclGroup    = 0x08
	aclMask     = 0x10
	aclOther    = 0x20
)

// eachEntry calls f with every entry of an ACL, which it may change.
func eachEntry(acl []byte, f func(tag uint16, entry []byte)) {
	for at := aclHead; at+aclEntry <= len(acl); at += aclEntry {
		f(binary.LittleEndian.Uint16(acl[at:]), acl[at:at+aclEntry])
	}
}

func permIn(entry []byte) uint16 { return binary.LittleEndian.Uint16(entry[2:]) }

func setPerm(entry []byte, perm uint16) { binary.LittleEndian.PutUint16(entry[2:], perm) }

// mapIDs returns an ACL with its ids replaced; ok tells whether f could do all.
func mapIDs(acl []byte, f func(id uint32, group bool) (uint32, bool)) (mapped []byte, ok bool) {
	mapped, ok = append([]byte(nil), acl...), true
	eachEntry(mapped, func(tag uint16, entry []byte) {
		if tag != aclUser && tag != aclGroup {
			return
		}
		id, known := f(binary.LittleEndian.Uint32(entry[4:]), tag == aclGroup)
		binary.LittleEndian.PutUint32(entry[4:], id)
		ok = ok && known
	})
	return mapped, ok
}

// aclStored returns an ACL of the build's as the disk has it, where root is the
// user; ok is false if it names anybody else.
func (l *layer) aclStored(acl []byte) (stored []byte, ok bool) {
	if !l.rootless {
		return acl, true
	}
	return mapIDs(acl, func(id uint32, group bool) (uint32, bool) {
		if group {
			return uint32(os.Getegid()), id == 0
		}
		return uint32(os.Geteuid()), id == 0
	})
}

// aclSeen is the opposite of aclStored.
func (l *layer) aclSeen(acl []byte) []byte {
	seen, _ := mapIDs(acl, func(uint32, bool) (uint32, bool) { return 0, true })
	return seen
}

// followACL gives a file whose mode is in its override the mode that its ACL says.
func (l *layer) followACL(fd int, kind uint32, acl []byte) error {
	attr, err := l.statFD(fd)
	if err != nil {
		return err
	}
	mode := attr.Mode&0o7000 | aclMode(acl)
	return l.changeOverride(fd, kind, perm{mode: &mode})
}

// aclMode is the mode that stat(2) shows of a file with an ACL: its group bits are
// the mask, if there is one.
func aclMode(acl []byte) (mode uint32) {
	masked := false
	eachEntry(acl, func(tag uint16, entry []byte) {
		perm := uint32(permIn(entry))
		switch tag {
		case aclUserObj:
			mode |= perm << 6
		case aclGroupObj:
			if !masked {
				mode |= perm << 3
			}
		case aclMask:
			mode, masked = mode&^0o070|perm<<3, true
		case aclOther:
			mode |= perm
		}
	})
	return mode
}

// hasDefaultACL tells whether what is made in the open directory dir has its ACL
// from there.
func (l *layer) hasDefaultACL(dir int) (bool, error) {
	_, err := fgetxattr(dir, attrDefaultACL, nil)
	return err == nil, unlessNoAttr(err)
}

// inheritACL gives the open file fd, that was made elsewhere with mode, the ACLs
// that it would have if it had been made in the open directory dir.
func (l *layer) inheritACL(dir, fd int, mode uint32) error {
	acl, err := readAttr(func(buf []byte) (int, error) { return fgetxattr(dir, attrDefaultACL, buf) })
	if err != nil || mode&kindMask == kindLink {
		return unlessNoAttr(err)
	}
	if mode&kindMask == kindDir {
		if err := fsetxattr(fd, attrDefaultACL, acl); err != nil {
			return err
		}
	}
	err = fsetxattr(fd, attrACL, inherited(acl, mode))
	if err == syscall.EOPNOTSUPP {
		return nil
	}
	return err
}

// inherited is the ACL of a file that is made with mode in a directory with a
// default ACL: what both allow (acl(5), "object creation and default ACLs").
func inherited(acl []byte, mode uint32) []byte {
	acl = append([]byte(nil), acl...)
	hasMask := false
	eachEntry(acl, func(tag uint16, _ []byte) { hasMask = hasMask || tag == aclMask })
	eachEntry(acl, func(tag uint16, entry []byte) {
		shift := map[uint16]int{aclUserObj: 6, aclMask: 3, aclOther: 0}
		if !hasMask {
			shift[aclGroupObj] = 3
		}
		if n, ok := shift[tag]; ok {
			setPerm(entry, permIn(entry)&uint16(mode>>n&7))
		}
	})
	return acl
}
