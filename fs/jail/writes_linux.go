package jail

import (
	"encoding/binary"
	"path"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A read-only view is refused all writes by the kernel, with EROFS, before anything
// asks what serves the view. To tell of it, the keeper looks at what the call names
// and, before the kernel does the same, finds whether that will be the answer. Two
// things are told otherwise than the kernel answers: to remove or to rename what is
// not there is EROFS, too, but nobody wanted anything of it.

// A sight is what a first look at a name shows.
type sight int

const (
	elsewhere sight = iota // nothing that concerns the view
	missing                // no such file, in a directory of the view's
	present                // a file of the view's
	unclear                // it takes a walk to tell
)

// refusedWrite returns the path that a call is refused to write with EROFS, in the
// view and with no links in it; or "".
//
// The looks at the view that it takes are the caller's: see Asker.
func (t target) refusedWrite() string {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	t.speakFor()
	switch t.call.verb {
	case openVerb:
		return t.refusedOpen(t.arg(t.call.own))
	case creatVerb:
		return t.refusedOpen(unix.O_CREAT | unix.O_WRONLY | unix.O_TRUNC)
	case openat2Verb:
		how := make([]byte, 8) // the flags come first
		if t.read(t.arg(t.call.own), how) != nil {
			return ""
		}
		return t.refusedOpen(binary.NativeEndian.Uint64(how))
	case makeVerb, mkdirVerb:
		return t.refusedName(missing)
	case removeVerb:
		return t.refusedName(present)
	case linkVerb:
		if _, err := t.lstat(t.named()); err != nil {
			return ""
		}
		return t.second().refusedName(missing)
	case renameVerb:
		if !t.second().isInView() {
			return "" // EXDEV
		}
		return t.refusedName(present)
	}
	return t.refusedChange()
}

// second is the call by its second name.
func (t target) second() target {
	c := &call{verb: t.call.verb, dir: none, path: t.call.own, flags: none, own: none, nofollow: true}
	if t.call.dir != none {
		c.dir, c.path = t.call.own, t.call.own+1
	}
	return target{t.keeper, t.n, c}
}

// refusedOpen is refusedWrite for an open(2) with these flags.
func (t target) refusedOpen(flags uint64) string {
	const exclusive = unix.O_CREAT | unix.O_EXCL
	name, err := t.named()
	if err != nil || name == "/dev/null" || flags&unix.O_PATH != 0 || flags&(openWrites|unix.O_CREAT) == 0 {
		return "" // the first file of every shell script
	}
	follow := flags&unix.O_NOFOLLOW == 0 && flags&exclusive != exclusive
	seen := t.look(name, follow)
	if seen == present && flags&exclusive == exclusive || seen == elsewhere { // EEXIST
		return ""
	}
	how := uint64(unix.O_PATH)
	if !follow {
		how |= unix.O_NOFOLLOW
	}
	if seen != missing {
		if fd, err := t.walk(name, how, 0); err == nil {
			defer unix.Close(fd)
			return t.refusedFile(fd, flags)
		}
	}
	if flags&unix.O_CREAT == 0 || strings.HasSuffix(name, "/") { // ENOENT, EISDIR
		return ""
	}
	return t.entry(name, missing, follow)
}

// refusedFile is refusedOpen for a file that is there. To open anything but a
// regular file writes to no file system; but a directory may be meant for O_TMPFILE.
func (t target) refusedFile(fd int, flags uint64) string {
	const temporary = unix.O_TMPFILE &^ unix.O_DIRECTORY
	kind, inView := t.kind(fd)
	switch {
	case !inView:
	case kind == unix.S_IFREG && flags&openWrites != 0 && flags&unix.O_DIRECTORY == 0,
		kind == unix.S_IFDIR && flags&temporary != 0:
		return pathOf(fd)
	}
	return ""
}

// refusedName is refusedWrite for a call that makes or removes a name, where what it
// expects is to be seen.
func (t target) refusedName(want sight) string {
	name, err := t.named()
	if err != nil || name == "" {
		return ""
	}
	if seen := t.look(name, false); seen != want && seen != unclear {
		return ""
	}
	if want == missing && t.call.verb != mkdirVerb && strings.HasSuffix(name, "/") {
		return "" // ENOENT
	}
	return t.entry(name, want, false)
}

// isInView tells whether the directory of the call's name is one of the view's.
func (t target) isInView() bool {
	name, err := t.named()
	dir, base := split(name)
	if err != nil || !nameable(base) {
		return false
	}
	st, err := t.lstat(dir+"/.", nil)
	return err == nil && t.isView(st)
}

// refusedChange is refusedWrite for a call that changes a file's attributes, or cuts
// it off.
func (t target) refusedChange() string {
	nofollow := t.call.nofollow || t.arg(t.call.flags)&unix.AT_SYMLINK_NOFOLLOW != 0
	name, err := t.named()
	if err != nil || name != "" && t.look(name, !nofollow) < present {
		return ""
	}
	fd, err := t.open()
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	kind, inView := t.kind(fd)
	if !inView || t.call.verb == truncateVerb && kind != unix.S_IFREG {
		return ""
	}
	return pathOf(fd)
}

// look looks at a name with the keeper's own eyes and from the caller's root, working
// directory or descriptor: one call or two, where a walk takes ten. What it finds
// elsewhere is elsewhere to the caller; the rest is for a walk to confirm.
func (t target) look(name string, follow bool) sight {
	if strings.HasPrefix(name, "/") && strings.Contains(name, "/..") {
		return unclear // the caller's root may be below the keeper's
	}
	st, err := t.lstat(name, nil)
	switch {
	case err == unix.ENAMETOOLONG && len(name) > unix.NAME_MAX:
		return unclear // with what lstat put before it
	case err == unix.ENOENT:
		dir, _ := split(name)
		if st, err := t.lstat(dir+"/.", nil); err != nil || !t.isView(st) {
			return elsewhere
		}
		return missing
	case err != nil:
		return elsewhere
	case follow && st.Mode&unix.S_IFMT == unix.S_IFLNK:
		return unclear
	case !t.isView(st):
		return elsewhere
	}
	return present
}

// lstat tells of what the call names, or why it does not name it.
func (t target) lstat(name string, err error) (st unix.Statx_t, _ error) {
	if err != nil {
		return st, err
	}
	from, at := strconv.Itoa(int(t.n.pid)), int32(t.arg(t.call.dir))
	switch link, rest, ok := ownLink(name); {
	case ok:
		from, name = from+link+"/", rest
	case strings.HasPrefix(name, "/"):
		from += "/root"
	case t.call.dir == none || at == unix.AT_FDCWD:
		from += "/cwd/"
	default:
		from += "/fd/" + strconv.Itoa(int(at)) + "/"
	}
	return st, unix.Statx(t.proc, from+name, lookFlags, unix.STATX_TYPE, &st)
}

// lookFlags have a statx ask nobody for what the kernel knows.
const lookFlags = unix.AT_SYMLINK_NOFOLLOW | unix.AT_NO_AUTOMOUNT | unix.AT_STATX_DONT_SYNC

// isView tells whether a file is the view's.
func (k *keeper) isView(st unix.Statx_t) bool {
	return st.Dev_major == k.top.major && st.Dev_minor == k.top.minor
}

// kind tells the type of an open file, and whether it is the view's.
func (k *keeper) kind(fd int) (kind uint16, inView bool) {
	var st unix.Statx_t
	err := unix.Statx(fd, "", lookFlags|unix.AT_EMPTY_PATH, unix.STATX_TYPE, &st)
	return st.Mode & unix.S_IFMT, err == nil && k.isView(st)
}

// entry returns the path of a name in one of the view's directories, where it is
// present or missing as wanted; else "". A symbolic link that leads nowhere may be
// followed.
func (t target) entry(name string, want sight, follow bool) string {
	const tooMany = 40 // to the kernel
	for range tooMany {
		dir, base := split(name)
		if !nameable(base) {
			return ""
		}
		fd, err := t.walk(dir, unix.O_PATH|unix.O_DIRECTORY, 0)
		if err != nil {
			return ""
		}
		_, inView := t.kind(fd)
		inView = inView && seen(fd, base) == want
		at, link := pathOf(fd), ""
		if follow && !t.isProc(fd) {
			link = readLink(fd, base)
		}
		unix.Close(fd)
		switch {
		case link == "" && inView:
			return path.Join(at, base)
		case link == "":
			return ""
		case strings.HasPrefix(link, "/"):
			name = link
		default:
			name = dir + "/" + link
		}
	}
	return ""
}

// nameable tells whether there can be a file of the name, and not only a directory
// that has another.
func nameable(base string) bool { return base != "" && base != "." && base != ".." }

// seen tells whether an open directory of the view's has a name.
func seen(dir int, base string) sight {
	var st unix.Statx_t
	switch unix.Statx(dir, base, lookFlags, unix.STATX_TYPE, &st) {
	case nil:
		return present
	case unix.ENOENT:
		return missing
	}
	return unclear
}

// isProc tells whether an open file is one of /proc's, whose links are the keeper's
// when it reads them.
func (k *keeper) isProc(fd int) bool {
	var st unix.Statfs_t
	return unix.Fstatfs(fd, &st) == nil && st.Type == unix.PROC_SUPER_MAGIC
}

// split splits a path before its last name, which may have slashes behind it.
func split(name string) (dir, base string) {
	bare := strings.TrimRight(name, "/")
	dir, base = path.Split(bare)
	if dir == "" {
		dir = "."
	}
	return dir, base
}

// readLink returns where a symbolic link leads, or "" where there is none.
func readLink(dir int, name string) string {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, buf)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// pathOf returns the path of an open file.
func pathOf(fd int) string { return readLink(unix.AT_FDCWD, fdPath(fd)) }

// speaker begins the name of a thread that looks at the view for another.
const speaker = "for "

// speakFor names the calling thread, which must be locked to its goroutine, for the
// caller.
func (t target) speakFor() {
	name := append(strconv.AppendUint([]byte(speaker), uint64(t.n.pid), 10), 0)
	_ = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name[0])), 0, 0, 0)
	runtime.KeepAlive(name)
}
