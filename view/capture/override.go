package capture

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// OverrideName is the extended attribute in which a file system that has not the
// power to chown or mknod keeps what it would have done.
const OverrideName = "user.containers.override_stat"

// OverridePrefix begins the names of attributes that stand for others, which the
// file system may not set: "user.containers.override_security.capability".
const OverridePrefix = "user.containers.override_"

// An Override is what [OverrideName] says of a file.
type Override struct {
	UID, GID int
	Mode     uint32 // permissions with setuid, setgid and sticky
	Type     Type   // None where it is the file's own
	Rdev     Device // of a device
}

// overrideTypes are the words of containers/storage for a file's type.
var overrideTypes = map[string]Type{"file": File, "dir": Dir, "symlink": Symlink, "pipe": Fifo, "socket": Socket, "char": CharDevice, "block": BlockDevice}

// ParseOverride reads the attribute's value: "uid:gid:mode", ids decimal and mode
// octal, then maybe ":" and a type, where devices read "char-MAJOR-MINOR". It is
// the format of containers/storage and fuse-overlayfs; libkrun puts the type into
// the mode instead.
func ParseOverride(v string) (o Override, err error) {
	f := strings.SplitN(v, ":", 4)
	if len(f) < 3 {
		return o, malformed(v)
	}
	uid, err1 := strconv.ParseUint(f[0], 10, 32)
	gid, err2 := strconv.ParseUint(f[1], 10, 32)
	mode, err3 := strconv.ParseUint(f[2], 8, 32)
	if errors.Join(err1, err2, err3) != nil {
		return o, malformed(v)
	}
	o = Override{UID: int(uid), GID: int(gid), Mode: uint32(mode) & 0o7777}
	if mode&unix.S_IFMT != 0 {
		o.Type = typeOf(uint32(mode))
	}
	if len(f) < 4 {
		return o, nil
	}
	word, number, isDevice := strings.Cut(f[3], "-")
	o.Type = overrideTypes[word]
	if isDevice {
		major, minor, _ := strings.Cut(number, "-")
		ma, err1 := strconv.ParseUint(major, 10, 32)
		mi, err2 := strconv.ParseUint(minor, 10, 32)
		if errors.Join(err1, err2) != nil {
			return o, malformed(v)
		}
		o.Rdev = Device{uint32(ma), uint32(mi)}
	}
	if o.Type == None || isDevice != o.isDevice() {
		return o, malformed(v)
	}
	return o, nil
}

func malformed(v string) error { return fmt.Errorf("malformed value %q", v) }

func (o Override) isDevice() bool { return o.Type == CharDevice || o.Type == BlockDevice }

// String is the attribute's value.
func (o Override) String() string {
	s := fmt.Sprintf("%d:%d:%o", o.UID, o.GID, o.Mode)
	for word, t := range overrideTypes {
		if t == o.Type {
			s += ":" + word
		}
	}
	if o.isDevice() {
		s += fmt.Sprintf("-%d-%d", o.Rdev.Major, o.Rdev.Minor)
	}
	return s
}

// HasOverrides tells whether dir, a capture's upper layer or any directory that a
// build could give files owners in, is marked to have such files: by an override of
// its own.
func HasOverrides(dir string) bool {
	_, err := unix.Lgetxattr(dir, OverrideName, nil)
	return err == nil
}
