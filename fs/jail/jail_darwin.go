package jail

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// sandboxExec puts a program under a profile; see sandbox-exec(1).
const sandboxExec = "/usr/bin/sandbox-exec"

// mountPrograms are macFUSE's, of which go-fuse runs the first that is there.
var mountPrograms = []string{
	"/Library/Filesystems/macfuse.fs/Contents/Resources/mount_macfuse",
	"/Library/Filesystems/osxfuse.fs/Contents/Resources/mount_osxfuse",
}

// mount makes the mount; wait is nil where nobody serves it.
func (m planned) mount(serve Server) (wait func(), err error) {
	switch {
	case m.fstype == "devfs":
		// devfs_mount looks at no data (xnu, bsd/miscfs/devfs/devfs_vfsops.c).
		return nil, unix.Mount(m.fstype, m.target, unix.MNT_NOSUID|unix.MNT_DONTBROWSE, nil)
	case m.source == "":
		return serve.Mount(m.target, m.options)
	}
	return serve.Through(m.source, m.target, m.options)
}

// settle has nothing to do: the profile says which devices may be used.
func (planned) settle() error { return nil }

// argv starts the child under the jail's profile, since it is the host's path of
// this program that sandbox-exec must find.
func (j *Jail) argv() ([]string, error) {
	self, err := Program()
	if err != nil {
		return nil, err
	}
	return []string{sandboxExec, "-p", j.plan.profile(j.root), self, childName}, nil
}

// groupAttributes are how the child is started.
func groupAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// goIn makes the jail's root this process's.
func (p *Plan) goIn() (id int, err error) {
	if err := unix.Chroot(p.Mountpoint); err != nil {
		return 0, fmt.Errorf("chroot: %w", err)
	}
	return 0, os.Chdir("/")
}

// remove has nothing to do: a process group is all there is to end.
func remove(int) {}

// identify asks the kernel what the process pid runs.
func identify(pid int) (exe string, argv []string) {
	data, err := unix.SysctlRaw("kern.procargs2", pid)
	if err != nil {
		return "", nil
	}
	return procArgs2(data)
}

// Examine tells what this machine has of what a jail needs, for this user.
func Examine() []Check { return []Check{root(), macFUSE(), sandbox(), refusals()} }

func macFUSE() Check {
	c := Check{What: "macFUSE", Hint: "install it from https://macfuse.github.io, and allow its system extension in System Settings"}
	for _, program := range mountPrograms {
		if _, err := os.Stat(program); err == nil {
			c.Result, c.OK = program, true
			return c
		}
	}
	c.Result = "not installed"
	return c
}

// sandbox tries a jail's profile on nothing.
func sandbox() Check {
	c := Check{What: "sandbox-exec", Result: "takes depview's profiles", OK: true}
	profile := (&Plan{Writable: true}).profile(tmp("darwin"))
	if out, err := exec.Command(sandboxExec, "-p", profile, "/usr/bin/true").CombinedOutput(); err != nil {
		c.OK, c.Result = false, fmt.Sprintf("%s: %s", err, firstLine(out))
		c.Hint = "no sandbox can be started from within another; see sandbox-exec(1)"
	}
	return c
}
