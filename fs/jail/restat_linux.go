package jail

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An owner is what an ownerStore says of a file.
type owner struct {
	uid, gid, mode uint32
	kind           uint32 // S_IFCHR or S_IFBLK, or 0: the kernel is right
	major, minor   uint32
}

// parseOwner reads what an ownerStore gets.
func parseOwner(s string) (o owner, err error) {
	ids, device, isDevice := cutAfter(s, ":", 3)
	if _, err := fmt.Sscanf(ids, "%d:%d:%o", &o.uid, &o.gid, &o.mode); err != nil {
		return o, fmt.Errorf("malformed owner %q: %w", s, err)
	}
	if !isDevice {
		return o, nil
	}
	word, number, _ := strings.Cut(device, "-")
	switch word {
	case "char":
		o.kind = unix.S_IFCHR
	case "block":
		o.kind = unix.S_IFBLK
	default:
		return o, fmt.Errorf("malformed owner %q: no such type", s)
	}
	if _, err := fmt.Sscanf(number, "%d-%d", &o.major, &o.minor); err != nil {
		return o, fmt.Errorf("malformed owner %q: %w", s, err)
	}
	return o, nil
}

// cutAfter cuts s at the nth sep.
func cutAfter(s, sep string, n int) (before, after string, found bool) {
	f := strings.SplitN(s, sep, n+1)
	if len(f) <= n {
		return s, "", false
	}
	return strings.Join(f[:n], sep), f[n], true
}

// apply corrects the mode that the kernel tells.
func (o owner) apply(mode uint32) uint32 {
	kind := mode & unix.S_IFMT
	if o.kind != 0 {
		kind = o.kind
	}
	return kind | o.mode&0o7777
}

// restat answers a stat of a file whose owner or type the kernel cannot show.
func (k *keeper) restat(t target) error {
	known := uint64(unix.AT_EMPTY_PATH | unix.AT_SYMLINK_NOFOLLOW | unix.AT_NO_AUTOMOUNT)
	if t.call.verb == statxVerb {
		known |= unix.AT_STATX_FORCE_SYNC | unix.AT_STATX_DONT_SYNC
	}
	if t.arg(t.call.flags)&^known != 0 {
		return errKernels
	}
	fd, err := t.open()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	value, err := k.store.get(fd)
	if err != nil || !t.mapped() {
		return errKernels
	}
	o, err := parseOwner(value)
	if err != nil {
		return errKernels
	}
	if t.call.verb == statxVerb {
		return t.statx(fd, o)
	}
	return t.stat(fd, o)
}

// stat gives the caller a struct stat.
func (t target) stat(fd int, o owner) error {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return errKernels
	}
	st.Mode, st.Uid, st.Gid = o.apply(st.Mode), o.uid, o.gid
	if o.kind != 0 {
		st.Rdev = unix.Mkdev(o.major, o.minor)
	}
	for _, c := range conventions[runtime.GOARCH] {
		if c.audit == t.n.audit {
			return t.write(t.arg(t.call.own), c.stat(&st))
		}
	}
	return errKernels
}

// statx gives the caller a struct statx.
func (t target) statx(fd int, o owner) error {
	flags := int(t.arg(t.call.flags)) | unix.AT_EMPTY_PATH
	var st unix.Statx_t
	if unix.Statx(fd, "", flags, int(uint32(t.arg(t.call.own))), &st) != nil {
		return errKernels
	}
	st.Mode, st.Uid, st.Gid = uint16(o.apply(uint32(st.Mode))), o.uid, o.gid
	if o.kind != 0 {
		st.Rdev_major, st.Rdev_minor = o.major, o.minor
	}
	data := unsafe.Slice((*byte)(unsafe.Pointer(&st)), unsafe.Sizeof(st))
	return t.write(t.arg(t.call.own+1), data)
}

// nativeStat is struct stat as this program has it; x32 programs have the same.
func nativeStat(st *unix.Stat_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(st)), unsafe.Sizeof(*st))
}

// i386Stat is struct stat64 of 32-bit programs on amd64; see arch/x86/include/uapi/asm/stat.h.
func i386Stat(st *unix.Stat_t) []byte {
	le := binary.LittleEndian
	word := func(b []byte, v int64) []byte { return le.AppendUint32(b, uint32(v)) }
	b := le.AppendUint64(make([]byte, 0, 96), st.Dev)
	b = word(word(b, 0), int64(st.Ino))
	for _, v := range []uint32{st.Mode, uint32(st.Nlink), st.Uid, st.Gid} {
		b = le.AppendUint32(b, v)
	}
	b = word(le.AppendUint64(b, st.Rdev), 0)
	b = word(le.AppendUint64(b, uint64(st.Size)), int64(st.Blksize))
	b = le.AppendUint64(b, uint64(st.Blocks))
	for _, t := range []unix.Timespec{st.Atim, st.Mtim, st.Ctim} {
		b = word(word(b, t.Sec), t.Nsec)
	}
	return le.AppendUint64(b, st.Ino)
}
