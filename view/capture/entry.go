package capture

import (
	"fmt"
	"time"
)

// A Type is what kind of file an entry is.
type Type uint8

// The types of files. A whiteout has none.
const (
	None Type = iota
	File
	Dir
	Symlink
	Fifo
	Socket
	CharDevice
	BlockDevice
)

var typeNames = [...]string{"nothing", "file", "directory", "symlink", "fifo", "socket", "character device", "block device"}

func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// An Entry is one path of a layer or of a tree, as the build saw it.
type Entry struct {
	Path    string // absolute in the view: "/usr/local/bin/x"
	Type    Type
	Mode    uint32 // permissions with setuid 04000, setgid 02000, sticky 01000
	UID     int
	GID     int
	Size    int64 // bytes; 0 unless a regular file
	ModTime time.Time
	Target  string // of a symlink
	Rdev    Device // of a device
	Link    Link
	// Xattrs are the extended attributes that a package can carry, by name with
	// the namespace: user.*, security.capability and POSIX ACLs, in Linux's raw
	// form. Those of overlayfs and of container tools are not among them.
	Xattrs map[string]string

	// Whiteout says that the path is deleted; only Path is set besides.
	Whiteout bool
	// Opaque, of a directory, says that nothing of the lower one is below it.
	Opaque bool
}

// A Device is a device node's number.
type Device struct{ Major, Minor uint32 }

// A Link tells which entries are one file: those of equal Dev and Ino, if N is
// above 1. N counts links outside the layer too.
type Link struct{ Dev, Ino, N uint64 }
