package jail

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

// Examine tells what this machine has of what a jail needs, for this user.
func Examine() []Check {
	return []Check{kernel(), fuseDevice(), overlayfs(), namespaces()}
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
	list, err := os.ReadFile("/proc/filesystems")
	if err == nil && !strings.Contains(string(list), "\toverlay\n") {
		c.OK, c.Result, c.Hint = false, "not loaded", "modprobe overlay"
		c.Optional = true // mounting may load it
	}
	return c
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
