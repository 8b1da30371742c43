package jail

import (
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// stranger tells whether the caller has become another user than the keeper, who,
// without CAP_SYS_PTRACE, may then not look into its memory; and which.
func (t target) stranger() (uid, gid uint32, is bool) {
	var st unix.Statx_t
	err := unix.Statx(t.proc, strconv.Itoa(int(t.n.pid)), lookFlags, unix.STATX_UID|unix.STATX_GID, &st)
	return st.Uid, st.Gid, err == nil && st.Uid != 0
}

// asStranger calls do in a thread that has become the caller's user, and ends with
// it. A process that hides its memory from its own user stays unseen.
func (t target) asStranger(uid, gid uint32, do func(target)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		// The calls are raw: the syscall package's are for all threads.
		for _, call := range [][4]uintptr{
			{unix.SYS_SETGROUPS},
			{unix.SYS_SETRESGID, uintptr(gid), uintptr(gid), uintptr(gid)},
			{unix.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)},
		} {
			if _, _, errno := syscall.RawSyscall(call[0], call[1], call[2], call[3]); errno != 0 {
				return
			}
		}
		// It has no power left, as have most that become another user.
		k := &keeper{duty: t.duty, listener: t.listener, proc: t.proc, root: t.root, user: t.user, net: t.net, top: t.top}
		do(target{k, t.n, t.call})
	}()
	<-done
}
