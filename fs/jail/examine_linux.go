package jail

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// Examine tells what this machine has of what a jail needs, for this user.
func Examine() []Check {
	return []Check{kernel(), fuseDevice(), overlayfs(), namespaces(), subordinateIDs(), owners(), refusals()}
}

func kernel() Check {
	c := Check{What: "kernel", Hint: "depview needs Linux 5.10 or newer"}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		c.Result = err.Error()
		return c
	}
	c.Result = unix.ByteSliceToString(u.Release[:])
	// STATX_MNT_ID, of Linux 5.8, is the youngest that is needed; what is younger,
	// mount_setattr and CLOSE_RANGE_CLOEXEC, depview can do without.
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, "/", 0, unix.STATX_MNT_ID, &st)
	c.OK = err == nil && st.Mask&unix.STATX_MNT_ID != 0
	return c
}

// sinceLinux tells whether the kernel says that it is of a version or a later one.
func sinceLinux(major, minor int) bool {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return true
	}
	var have [2]int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &have[0], &have[1]); err != nil {
		return true
	}
	return have[0] > major || have[0] == major && have[1] >= minor
}

func fuseDevice() Check {
	c := Check{What: "/dev/fuse", Result: "can be opened", OK: true}
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		e := asError(fuseError(err))
		return Check{What: c.What, Result: e.Message, Hint: e.Hint}
	}
	unix.Close(fd)
	return c
}

func overlayfs() Check {
	c := Check{What: "overlayfs", Result: "known to the kernel", OK: true}
	if !HasOverlay() {
		c.OK, c.Result, c.Hint = false, "there is none, so the fuse engine takes the writes", "modprobe overlay"
		c.Optional = true
	}
	return c
}

// HasOverlay tells whether there is an overlayfs for this user, as far as can be
// told without mounting one: the kernel has it, or loads it for whoever may mount.
func HasOverlay() bool {
	if os.Geteuid() != 0 && !sinceLinux(5, 11) { // which brought userxattr
		return false
	}
	list, err := os.ReadFile("/proc/filesystems")
	if err != nil || strings.Contains(string(list), "\toverlay\n") {
		return true
	}
	fd, err := unix.Fsopen("overlay", unix.FSOPEN_CLOEXEC)
	if err == nil {
		unix.Close(fd)
	}
	return err == nil
}

// namespaces makes the namespaces of a jail around nothing.
func namespaces() Check {
	c := Check{What: "namespaces", Result: "as root", OK: true}
	p := &Plan{}
	if err := p.Host(); err != nil {
		return Check{What: c.What, Result: err.Error()}
	}
	if p.Unprivileged {
		c.Result = fmt.Sprintf("a user namespace, in which user %d is root", os.Geteuid())
	}
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{childName, "nothing"}, SysProcAttr: p.attributes()}
	if err := cmd.Run(); err != nil {
		e := asError(startError(p, err))
		return Check{What: c.What, Result: e.Message, Hint: e.Hint}
	}
	return c
}

// owners tells whether a build that is root in a namespace of one id can give
// files other owners.
func owners() Check {
	c := Check{What: "other owners", Result: "a build without privileges can have them", OK: true, Optional: true}
	err := canAnswer()
	if errors.Is(err, unix.EBUSY) {
		c.Result = "what runs this process is asked, maybe another depview"
	} else if err != nil {
		c.OK, c.Result = false, err.Error()
		c.Hint = hintOf(err, "run depview as root where a build gives files to other users")
	}
	return c
}

// refusals tells whether what a jail refuses comes to be in the record.
func refusals() Check {
	c := Check{What: "denials", Result: "writes and connections that are refused are recorded", OK: true, Optional: true}
	err := canAnswer()
	if errors.Is(err, unix.EBUSY) {
		err = errors.New("what runs this process, maybe another depview, is notified by seccomp in its stead")
	}
	if err != nil {
		c.OK, c.Result = false, err.Error()
		c.Hint = hintOf(err, "the record will not have the writes and connections that a build is refused")
	}
	return c
}

// canAnswer tells why process 1 of a jail could not answer for the kernel.
func canAnswer() error {
	listener, err := canListen()
	if errors.Is(err, unix.EBUSY) {
		return err
	}
	if err != nil {
		return fmt.Errorf("seccomp cannot notify: %w", err)
	}
	unix.Close(listener)
	scope, _ := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if strings.TrimSpace(string(scope)) >= "2" {
		return failed("sysctl kernel.yama.ptrace_scope=1", "no process may look into another's memory")
	}
	return nil
}

// hintOf is the hint that comes with an error, or another one.
func hintOf(err error, other string) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return other
}

// canListen listens for nothing, in a thread that ends.
func canListen() (listener int, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		if err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err == nil {
			listener, err = listen([]unix.SockFilter{ret(unix.SECCOMP_RET_ALLOW)})
		}
	}()
	<-done
	return listener, err
}

// subordinateIDs has a jail get its ids, and ends it.
func subordinateIDs() Check {
	c := Check{What: "subordinate ids", Result: "root needs none", OK: true, Optional: true}
	p := &Plan{}
	if err := p.Host(); err != nil || !p.Unprivileged {
		return c
	}
	ids, err := p.tryIDs()
	if err != nil {
		e := asError(err)
		return Check{What: c.What, Result: e.Message, Hint: e.Hint, Optional: true}
	}
	c.Result = fmt.Sprintf("%d users and %d groups", capture.Count(ids.Users[1:]), capture.Count(ids.Groups[1:]))
	return c
}

// tryIDs returns the ids that a jail gets, or what it lacks.
func (p *Plan) tryIDs() (ids capture.IDs, err error) {
	if p.Lack != nil {
		return ids, p.Lack
	}
	j, err := Prepare(p)
	if err != nil {
		return ids, err
	}
	defer j.Abandon()
	ids, lack, err := j.IDs()
	return ids, errors.Join(err, lack)
}
