package jail

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// In a user namespace of one id, the kernel refuses chown(2) to any other before
// it asks a file system, makes no devices, and could not tell of either in
// stat(2). There process 1 answers these calls in the kernel's stead, by seccomp's
// user notification: it resolves what the caller names, as the caller would, and
// keeps or fetches the true owner through the view; see ownerStore.
//
// Whatever it cannot tell, it leaves to the kernel: a path that leads nowhere, a
// file that is not the view's, a caller whose memory is closed to it. So errors
// are the kernel's own, and nothing is worse than it was without.

// A notification is struct seccomp_notif: a call that waits.
type notification struct {
	id         uint64
	pid, flags uint32 // pid is the thread's
	number     uint32
	audit      uint32
	_          uint64 // the instruction's address
	args       [6]uint64
}

// An answer is struct seccomp_notif_resp.
type answer struct {
	id    uint64
	value int64
	errno int32 // negative
	flags uint32
}

// errKernels says that the kernel is to answer.
var errKernels = errors.New("left to the kernel")

// A keeper answers for the owners of files, and tells what the kernel refuses.
type keeper struct {
	duty
	listener   int
	proc       int   // the jail's /proc
	root, user place // of this process: its root, its user namespace,
	net        place // and its network
	top        place // of the view
	caps       [2]unix.CapUserData
	known      map[signature]*call
	load       int // /proc/loadavg, or -1
	// foreign says that something in the view has an owner or a type that the
	// kernel cannot show. Until then a stat is the kernel's.
	foreign atomic.Bool
}

// A signature is how the kernel tells which call a program makes.
type signature struct{ audit, number uint32 }

// keep has the kernel ask this process on behalf of what the calling thread, which
// must be locked to its goroutine, starts from now on. Where an outer jail's process 1
// is asked already, it stays so: it can keep owners as well, but of what is refused
// nobody is told.
func keep(d duty) error {
	if d.nothing() {
		return nil
	}
	k := &keeper{duty: d, known: map[signature]*call{}}
	k.foreign.Store(d.foreign)
	if err := k.lookAround(); err != nil {
		return fmt.Errorf("answer for the kernel: %w", err)
	}
	for _, c := range conventions[runtime.GOARCH] {
		for _, n := range d.calls(c) {
			if s := (signature{c.audit, n.number}); k.known[s] == nil {
				k.known[s] = n.call
			}
		}
	}
	var err error
	if k.listener, err = listen(d.filter(runtime.GOARCH)); err != nil {
		return nil // doctor tells
	}
	// The child does with one processor and no collections; this is for as long as
	// the build, and a call must not wait for another.
	debug.SetGCPercent(100)
	runtime.GOMAXPROCS(2)
	go k.serve()
	return nil
}

// listen installs a seccomp(2) program for the calling thread and what it starts,
// and returns where to hear of calls.
func listen(program []unix.SockFilter) (int, error) {
	if program == nil {
		return -1, errors.ErrUnsupported
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	// Once a call is being answered, no signal interrupts it: else a mknod could
	// happen twice. Linux before 5.19 lacks that.
	for _, flags := range []uintptr{unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0} {
		fd, _, errno := syscall.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags|unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&filter)))
		runtime.KeepAlive(program)
		if errno == 0 {
			return int(fd), nil
		}
		if errno != unix.EINVAL {
			return -1, errno
		}
	}
	return -1, unix.EINVAL
}

// serve answers calls, one at a time: it takes microseconds. A view may be slow,
// though, and may even be served by a process of the build, whose own calls must
// be answered meanwhile; so where an answer takes long, another serve goes on.
func (k *keeper) serve() {
	const long = 10 * time.Millisecond
	pace := pace{load: k.load}
	for {
		var n notification
		switch errno := k.ioctl(unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)); errno {
		case 0:
		case unix.EINTR, unix.ENOENT: // ENOENT: the caller is gone
			continue
		default:
			return
		}
		if turns, changed := pace.takeTurns(); changed {
			k.takeTurns(turns)
		}
		c := k.known[signature{n.audit, n.number &^ x32}]
		if c == nil || !k.concerns(&n, c) {
			k.send(&n, errKernels)
			continue
		}
		successor := time.AfterFunc(long, k.serve)
		k.send(&n, k.answer(target{k, &n, c}))
		if !successor.Stop() {
			return
		}
	}
}

// concerns tells whether a call may have another answer than the kernel's, or one to
// tell of.
func (k *keeper) concerns(n *notification, c *call) bool {
	switch {
	case c.verb > statxVerb || k.foreign.Load() || c.verb == mknodVerb:
		return true
	case c.verb == chownVerb:
		return foreignIDs(n, c)
	}
	return false
}

// foreignIDs tells whether a chown is to an id that the namespace lacks.
func foreignIDs(n *notification, c *call) bool {
	for _, id := range n.args[c.own : c.own+2] {
		if uint32(id) != 0 && uint32(id) != ^uint32(0) {
			return true
		}
	}
	return false
}

// answer carries a call out.
func (k *keeper) answer(t target) error {
	switch t.call.verb {
	case chownVerb:
		return k.chown(t)
	case mknodVerb:
		return k.mknod(t)
	case statVerb, statxVerb:
		return k.restat(t)
	}
	if uid, gid, is := t.stranger(); is {
		t.asStranger(uid, gid, target.watch)
	} else {
		t.watch()
	}
	return errKernels
}

// watch tells of a call that the kernel is about to refuse.
func (t target) watch() {
	d := Denial{PID: t.n.pid, Syscall: t.call.name()}
	if t.call.verb.watchesWrite() {
		if d.Path = t.refusedWrite(); d.Path == "" {
			return
		}
		d.Errno = unix.ErrnoName(unix.EROFS)
	} else {
		u, ok := t.refusedAddress()
		if !ok {
			return
		}
		d.Address, d.Syscall, d.Errno = u.address, u.syscall, u.errno
	}
	d.Exe = exeOf(t.proc, d.PID)
	if t.waits(t.n) {
		t.tell(d, func() []string { return argvOf(t.proc, d.PID) })
	}
}

// send ends a call with an error, with success or as the kernel decides. It does
// not matter whether the caller is still there.
func (k *keeper) send(n *notification, err error) {
	a := answer{id: n.id}
	var errno syscall.Errno
	switch {
	case err == nil:
	case errors.As(err, &errno):
		a.value, a.errno = -1, -int32(errno)
	default:
		a.flags = unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE
	}
	k.ioctl(unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&a))
}

// waits tells whether the caller still waits for its answer; then what was found
// by its number is its own, and not that of a process which got the number anew.
func (k *keeper) waits(n *notification) bool {
	return k.ioctl(unix.SECCOMP_IOCTL_NOTIF_ID_VALID, unsafe.Pointer(&n.id)) == 0
}

// takeTurns has caller and keeper run on one processor, or not. Linux before 6.6
// cannot.
func (k *keeper) takeTurns(turns bool) {
	var flags uintptr
	if turns {
		flags = unix.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
	}
	_, _, _ = syscall.Syscall(unix.SYS_IOCTL, uintptr(k.listener), unix.SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags)
}

func (k *keeper) ioctl(request uintptr, arg unsafe.Pointer) syscall.Errno {
	_, _, errno := syscall.Syscall(unix.SYS_IOCTL, uintptr(k.listener), request, uintptr(arg))
	return errno
}
