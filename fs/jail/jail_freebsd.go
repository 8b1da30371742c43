package jail

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mount makes the mount; wait is nil where nobody serves it.
func (m planned) mount(serve Server) (wait func(), err error) {
	if m.source == "" {
		return serve.Mount(m.target, m.options)
	}
	_, err = withParams(unix.SYS_NMOUNT, m.nmount(), 0)
	return nil, err
}

// settle leaves in a fresh /dev what a build is to have of it.
func (m planned) settle() error {
	if m.fstype != "devfs" {
		return nil
	}
	number, rules := strconv.Itoa(ruleset), deviceRules()
	have, err := devfs("rule", "-s", number, "show")
	if err != nil {
		return err
	}
	var steps [][]string
	if bytes.Count(have, []byte("\n")) != len(rules) { // the first view since the machine has started
		steps = append(steps, []string{"rule", "-s", number, "delset"})
		for _, rule := range rules {
			steps = append(steps, append([]string{"rule", "-s", number, "add"}, rule...))
		}
	}
	steps = append(steps, []string{"-m", m.target, "ruleset", number}, []string{"-m", m.target, "rule", "applyset"})
	for _, step := range steps {
		if _, err := devfs(step...); err != nil {
			return err
		}
	}
	return nil
}

// devfs runs devfs(8).
func devfs(args ...string) ([]byte, error) {
	out, err := exec.Command("/sbin/devfs", args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("devfs %q: %w: %s", args, err, firstLine(exit.Stderr))
	}
	return out, err
}

// withParams makes a system call that takes parameters, and can say why it fails.
func withParams(call uintptr, list []param, flags int) (int, error) {
	message := make([]byte, 256)
	var iov []unix.Iovec
	add := func(b []byte) {
		var v unix.Iovec
		if len(b) > 0 {
			v.Base = &b[0]
			v.SetLen(len(b))
		}
		iov = append(iov, v)
	}
	for _, a := range list {
		add(append([]byte(a.name), 0))
		add(a.bytes())
	}
	add([]byte("errmsg\x00"))
	add(message)
	r, _, errno := unix.Syscall(call, uintptr(unsafe.Pointer(&iov[0])), uintptr(len(iov)), uintptr(flags))
	if why := unix.ByteSliceToString(message); errno != 0 && why != "" {
		return 0, fmt.Errorf("%w: %s", errno, why)
	}
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}

// argv starts the child.
func (*Jail) argv() ([]string, error) {
	self, err := Program()
	return []string{self, childName}, err
}

// groupAttributes are how the child is started: it ends with its parent.
func groupAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// The flags of jail_set(2).
const (
	jailCreate = 0x01
	jailAttach = 0x04
)

// goIn makes the jail and locks this process in it, at its root. It returns the
// jail's number.
func (p *Plan) goIn() (id int, err error) {
	host, err := os.Hostname()
	if err != nil {
		return 0, err
	}
	id, err = withParams(unix.SYS_JAIL_SET, p.prison(p.Mountpoint, fmt.Sprintf("depview%d", os.Getpid()), host), jailCreate|jailAttach)
	if err != nil {
		return 0, failed("depview doctor tells what is missing", "jail_set: %s", err)
	}
	return id, nil
}

// remove ends all that is left in the jail id, if it is still there.
func remove(id int) {
	if id > 0 {
		_, _, _ = unix.Syscall(unix.SYS_JAIL_REMOVE, uintptr(id), 0, 0)
	}
}

// identify asks the kernel what the process pid runs.
func identify(pid int) (exe string, argv []string) {
	if data, err := unix.SysctlRaw("kern.proc.args", pid); err == nil {
		argv = splitArgs(data)
	}
	if data, err := unix.SysctlRaw("kern.proc.pathname", pid); err == nil {
		exe = unix.ByteSliceToString(data)
	}
	return exe, argv
}

// Examine tells what this machine has of what a jail needs, for this user.
func Examine() []Check { return []Check{root(), fuseDevice(), programs(), prisons(), refusals()} }

func fuseDevice() Check {
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err == nil {
		unix.Close(fd)
		return Check{What: "/dev/fuse", Result: "can be opened", OK: true}
	}
	c := Check{What: "/dev/fuse", Result: err.Error(), Hint: "run depview as root"}
	if errors.Is(err, fs.ErrNotExist) {
		c.Result, c.Hint = "fusefs is not loaded", "kldload fusefs; sysrc kld_list+=fusefs loads it at every start"
	}
	return c
}

// programs are those of the base system that a jail is made with.
func programs() Check {
	c := Check{What: "programs", Result: "mount_fusefs, devfs", OK: true}
	for _, name := range []string{"mount_fusefs", "devfs"} {
		if _, err := os.Stat(path.Join("/sbin", name)); err != nil {
			c.OK, c.Result, c.Hint = false, err.Error(), "both are part of FreeBSD's base system"
		}
	}
	return c
}

// prisons tells whether this is the host: a jail may mount nothing and have no jails.
func prisons() Check {
	jailed, err := unix.SysctlUint32("security.jail.jailed")
	switch {
	case err != nil:
		return Check{What: "jails", Result: err.Error()}
	case jailed != 0:
		return Check{What: "jails", Result: "this is a jail", Hint: "run depview on the host"}
	}
	return Check{What: "jails", Result: "can be made", OK: true}
}
