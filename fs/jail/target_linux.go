package jail

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A target is a call that waits, with who makes it.
type target struct {
	*keeper
	n    *notification
	call *call
}

// A place is a file on a mount.
type place struct {
	mount, inode uint64
	major, minor uint32
}

func placeOf(dir int, name string) (place, error) {
	var st unix.Statx_t
	err := unix.Statx(dir, name, unix.AT_NO_AUTOMOUNT, unix.STATX_INO|unix.STATX_MNT_ID, &st)
	return place{st.Mnt_id, st.Ino, st.Dev_major, st.Dev_minor}, err
}

// lookAround learns what the keeper must know of its own process.
func (k *keeper) lookAround() (err error) {
	if k.proc, err = unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return err
	}
	if k.load, err = unix.Open("/proc/loadavg", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		k.load = -1
	}
	if k.root, err = placeOf(unix.AT_FDCWD, "/"); err != nil {
		return err
	}
	if k.user, err = placeOf(k.proc, "self/ns/user"); err != nil {
		return err
	}
	if k.view != "" {
		if k.top, err = placeOf(unix.AT_FDCWD, k.view); err != nil {
			return err
		}
	}
	if k.net, err = placeOf(k.proc, "self/ns/net"); err != nil {
		return err
	}
	k.caps, err = capsOf(0)
	return err
}

// capsOf returns the capabilities of a thread; 0 is the calling one.
func capsOf(tid uint32) (caps [2]unix.CapUserData, err error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3, Pid: int32(tid)}
	err = unix.Capget(&header, &caps[0])
	return caps, err
}

// arg returns an argument of the call's, or 0 for one that it does not have.
func (t target) arg(i int) uint64 {
	if i == none {
		return 0
	}
	return t.n.args[i]
}

// named tells the path that the call names.
func (t target) named() (string, error) {
	if t.call.path == none || t.arg(t.call.path) == 0 && t.arg(t.call.flags)&unix.AT_EMPTY_PATH != 0 {
		return "", nil // a descriptor alone; with no pointer at all, since Linux 6.11
	}
	return t.text(t.arg(t.call.path))
}

// open opens what the call names: what is done is done to what is open, whatever
// the caller's other threads do to the path meanwhile.
func (t target) open() (int, error) {
	flags := t.arg(t.call.flags)
	name, err := t.named()
	if err != nil {
		return -1, err
	}
	if name == "" && (t.call.path == none || flags&unix.AT_EMPTY_PATH != 0) {
		return t.base()
	}
	how := uint64(unix.O_PATH)
	if t.call.nofollow || flags&unix.AT_SYMLINK_NOFOLLOW != 0 {
		how |= unix.O_NOFOLLOW
	}
	return t.walk(name, how, 0)
}

// base opens the directory where the call's path begins, or the file that it names
// by a descriptor.
func (t target) base() (int, error) {
	at, name := int32(t.arg(t.call.dir)), "/cwd"
	switch {
	case t.call.dir == none || at == unix.AT_FDCWD && t.call.path != none:
	case at < 0:
		return -1, errKernels
	default:
		name = "/fd/" + strconv.Itoa(int(at))
	}
	return t.own(name)
}

// own opens a file in the caller's directory in /proc.
func (t target) own(name string) (int, error) {
	fd, err := unix.Openat(t.proc, strconv.Itoa(int(t.n.pid))+name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, errKernels
	}
	if !t.waits(t.n) {
		unix.Close(fd)
		return -1, errKernels
	}
	return fd, nil
}

// walk opens a path as the caller would: from its root, its working directory or
// descriptor, and with its capabilities, which may be fewer than the keeper's. The
// caller must have access as well, as for access(2). What is looked up on the way is
// the caller's wish: see Asker.
func (t target) walk(name string, flags uint64, access uint32) (fd int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	t.speakFor()
	if number, ok := descriptor(name); ok && flags&unix.O_NOFOLLOW == 0 {
		return t.own("/fd/" + number)
	}
	start := unix.AT_FDCWD
	if link, rest, ok := ownLink(name); ok {
		if start, err = t.own(link); err != nil {
			return -1, err
		}
		defer unix.Close(start)
		name = "./" + rest
	} else if !strings.HasPrefix(name, "/") {
		if start, err = t.base(); err != nil {
			return -1, err
		}
		defer unix.Close(start)
	}
	caps, err := capsOf(t.n.pid)
	if err != nil {
		return -1, errKernels
	}
	at, err := placeOf(t.proc, strconv.Itoa(int(t.n.pid))+"/root")
	if err != nil {
		return -1, errKernels
	}
	if at == t.root && covers(caps, t.caps) {
		return follow(start, name, flags, access)
	}
	return t.walkApart(caps, start, name, flags, access)
}

// follow opens a path from the thread's root. It passes no link of /proc, whose
// "self" would be the keeper.
func follow(start int, name string, flags uint64, access uint32) (int, error) {
	for {
		fd, err := unix.Openat2(start, name, &unix.OpenHow{Flags: flags | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_MAGICLINKS})
		switch err {
		case nil:
			if access != 0 && unix.Faccessat(fd, "", access, unix.AT_EACCESS|unix.AT_EMPTY_PATH) != nil {
				unix.Close(fd)
				return -1, errKernels
			}
			return fd, nil
		case unix.EINTR, unix.EAGAIN:
		default:
			return -1, errKernels
		}
	}
}

// walkApart is follow in a thread that has taken on the caller's root and
// capabilities, and ends with it.
func (t target) walkApart(caps [2]unix.CapUserData, start int, name string, flags uint64, access uint32) (fd int, err error) {
	root, err := t.own("/root")
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		t.speakFor()
		if fd, err = -1, changeRoot(root); err == nil {
			err = t.limit(caps)
		}
		if err != nil {
			err = errKernels
			return
		}
		fd, err = follow(start, name, flags, access)
	}()
	<-done
	return fd, err
}

// changeRoot gives the calling thread alone another root.
func changeRoot(root int) error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	if err := unix.Fchdir(root); err != nil {
		return err
	}
	return unix.Chroot(".")
}

// limit takes from the calling thread the capabilities that caps lacks.
func (t target) limit(caps [2]unix.CapUserData) error {
	mine := t.caps
	for i := range mine {
		mine[i].Effective &= caps[i].Effective
	}
	return unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &mine[0])
}

// covers tells whether a has all that is in effect in b.
func covers(a, b [2]unix.CapUserData) bool {
	return b[0].Effective&^a[0].Effective == 0 && b[1].Effective&^a[1].Effective == 0
}

// descriptor tells which of its own descriptors a process means by a path.
func descriptor(name string) (number string, ok bool) {
	for _, dir := range []string{"/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"} {
		if number, ok = strings.CutPrefix(name, dir); ok {
			_, err := strconv.ParseUint(number, 10, 31)
			return number, err == nil
		}
	}
	return "", false
}

// ownLink tells which file of its own a process means by the first part of a path
// through a link in /proc: "/cwd", "/root" or "/fd/3". A rest, at least a slash,
// must follow.
func ownLink(name string) (link, rest string, ok bool) {
	for _, dir := range []string{"/proc/self/", "/proc/thread-self/"} {
		if link, ok = strings.CutPrefix(name, dir); !ok {
			continue
		}
		if link, rest, ok = strings.Cut(link, "/"); ok && link == "fd" {
			link, rest, ok = strings.Cut(rest, "/")
			if _, err := strconv.ParseUint(link, 10, 31); err != nil {
				return "", "", false
			}
			return "/fd/" + link, rest, ok
		}
		return "/" + link, rest, ok && (link == "cwd" || link == "root")
	}
	return "", "", false
}

// mapped tells whether the caller's ids mean what they mean to the keeper: it has
// the keeper's user namespace, or one of its own in which it is root again.
func (t target) mapped() bool {
	dir := strconv.Itoa(int(t.n.pid))
	if user, err := placeOf(t.proc, dir+"/ns/user"); err != nil || user == t.user {
		return err == nil
	}
	for _, file := range []string{"/uid_map", "/gid_map"} {
		ids, err := os.ReadFile("/proc/" + dir + file)
		if err != nil || strings.Join(strings.Fields(string(ids)), " ") != "0 0 1" {
			return false
		}
	}
	return true
}
