package jail

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// An ownerStore keeps the owners and types that the kernel cannot show. Files that
// it keeps nothing for give EOPNOTSUPP.
type ownerStore interface {
	// get returns "UID:GID:MODE" of an open file, ids decimal and the permission
	// bits octal, for a device with ":char-MAJOR-MINOR" or ":block-MAJOR-MINOR";
	// or ENODATA where the kernel is right.
	get(fd int) (string, error)
	// set changes the owner as chown(2) does, to "UID:GID:", of which either may
	// be empty.
	set(fd int, owner string) error
	// mknod makes a device in an open directory: "MODE:char-MAJOR-MINOR:NAME".
	mknod(dir int, device string) error
}

// viewOwners is the view's own store: what serves it answers these attributes.
// The kernel passes all of system.* on, for files of any type.
type viewOwners struct{}

const (
	statAttribute  = "system.depview.stat"
	mknodAttribute = "system.depview.mknod"
)

func (viewOwners) get(fd int) (string, error) {
	var value [128]byte
	n, err := unix.Getxattr(fdPath(fd), statAttribute, value[:])
	if err != nil {
		return "", err
	}
	return string(value[:n]), nil
}

func (viewOwners) set(fd int, owner string) error {
	if err := unix.Setxattr(fdPath(fd), statAttribute, []byte(owner), 0); err != nil {
		return err
	}
	// The kernel does not know that setuid may be gone: this has it ask.
	return unix.Fchownat(fd, "", -1, -1, unix.AT_EMPTY_PATH)
}

func (viewOwners) mknod(dir int, device string) error {
	return unix.Setxattr(fdPath(dir), mknodAttribute, []byte(device), 0)
}

// kept has a file that the store does not know left to the kernel.
func (k *keeper) kept(err error) error {
	switch {
	case err == nil:
		k.foreign.Store(true)
		return nil
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENODATA):
		return errKernels
	}
	return err
}

// has tells whether the caller has a capability in effect.
func (t target) has(capability uint) bool {
	caps, err := capsOf(t.n.pid)
	return err == nil && capsBit(caps[0].Effective, caps[1].Effective, capability)
}

func (k *keeper) chown(t target) error {
	if t.arg(t.call.flags)&^(unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW) != 0 || !t.mapped() {
		return errKernels
	}
	fd, err := t.open()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if !t.has(unix.CAP_CHOWN) {
		return unix.EPERM // as where the kernel knows the id
	}
	if _, err := k.store.get(fd); err != nil && !foreignIDs(t.n, t.call) {
		return errKernels // it has no owner that root's id would replace
	}
	return k.kept(k.store.set(fd, id(t.arg(t.call.own))+":"+id(t.arg(t.call.own+1))+":"))
}

// id is an argument of chown's as an ownerStore takes it: -1 changes nothing.
func id(arg uint64) string {
	if uint32(arg) == ^uint32(0) {
		return ""
	}
	return strconv.FormatUint(uint64(uint32(arg)), 10)
}

// mknod makes a device. The kernel refuses what is wrong with the name, and a
// caller without CAP_MKNOD.
func (k *keeper) mknod(t target) error {
	name, err := t.named()
	if err != nil {
		return err
	}
	dir, base := path.Split(name)
	mode, dev := uint32(t.arg(t.call.own)), uint64(uint32(t.arg(t.call.own+1)))
	whiteout := mode&unix.S_IFMT == unix.S_IFCHR && dev == 0 // which needs no power
	if base == "" || base == "." || base == ".." || len(base) > unix.NAME_MAX || whiteout || !t.has(unix.CAP_MKNOD) || !t.mapped() {
		return errKernels
	}
	if dir == "" {
		dir = "."
	}
	fd, err := t.walk(dir, unix.O_PATH|unix.O_DIRECTORY, unix.W_OK|unix.X_OK)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	umask, err := t.umask()
	if err != nil {
		return err
	}
	kind := "char"
	if mode&unix.S_IFMT == unix.S_IFBLK {
		kind = "block"
	}
	device := fmt.Sprintf("%o:%s-%d-%d:%s", mode&0o7777&^umask, kind, unix.Major(dev), unix.Minor(dev), base)
	if err := k.kept(k.store.mknod(fd, device)); err != nil {
		return err
	}
	discover(fd, base)
	return nil
}

// umask reads the caller's umask.
func (t target) umask() (uint32, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.n.pid))
	if err != nil || !t.waits(t.n) {
		return 0, errKernels
	}
	_, rest, _ := strings.Cut(string(status), "\nUmask:\t")
	value, _, _ := strings.Cut(rest, "\n")
	umask, err := strconv.ParseUint(value, 8, 32)
	if err != nil {
		return 0, errKernels
	}
	return uint32(umask), nil
}

// discover has the kernel forget that a name was not there, which it may remember
// of a file system that it did not see make it: a call that would make it, and
// cannot, does.
func discover(dir int, name string) {
	if unix.Mknodat(dir, name, unix.S_IFREG, 0) == nil {
		_ = unix.Unlinkat(dir, name, 0) // the device was removed in between
	}
}
