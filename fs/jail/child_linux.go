package jail

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// The child's descriptors, beside 0 to 2.
const (
	controlFD = 3
	planFD    = 4
	callerFD  = 5 // a guard's: the caller's mount namespace
)

// isChild tells whether this process is the child.
func isChild() bool { return len(os.Args) > 0 && os.Args[0] == childName }

// Enter is the child's life, and does nothing in any other process. Call it
// first in main.
func Enter() {
	if !isChild() {
		return
	}
	if len(os.Args) > 1 {
		os.Exit(0) // Examine asked only whether there could be a child
	}
	runtime.LockOSThread() // namespaces and capabilities are a thread's
	unix.CloseOnExec(controlFD)
	c := control{os.NewFile(controlFD, "control")}
	code, err := live(c)
	if err != nil {
		e := asError(err)
		code = e.Code
		if c.send(message{Error: e}, -1) != nil {
			fmt.Fprintln(os.Stderr, "depview:", e) // the parent is gone
		}
	}
	os.Exit(code)
}

func live(c control) (int, error) {
	var p Plan
	in := os.NewFile(planFD, "plan")
	if err := p.read(in); errors.Is(err, io.EOF) {
		return ExitFailed, nil // the jail was abandoned
	} else if err != nil {
		return 0, fmt.Errorf("read the plan: %w", err)
	}
	in.Close()
	umask := unix.Umask(0) // what is made for the build has the modes that are meant
	if p.Mountpoint != "" {
		return 0, p.guard(c)
	}
	if err := privately(); err != nil {
		return 0, err
	}
	spot, err := anyDirectory()
	if err != nil {
		return 0, err
	}
	r, err := p.assemble(c, spot)
	if err != nil {
		return 0, err
	}
	if err := pivot(r); err != nil {
		return 0, err
	}
	if !p.Network {
		if err := loopbackUp(); err != nil {
			return 0, err
		}
	}
	proc, err := unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	if err := c.send(message{Proc: true, Outer: r.outer}, proc); err != nil {
		return 0, err
	}
	unix.Close(proc)
	if _, _, err := c.receive(); err != nil { // from now on, the parent knows who looks things up
		return 0, err
	}
	unix.Umask(umask)
	if r.outer { // who asks is found by the number that he has here
		p.Owners, p.Tell = false, false
	}
	return p.command(c)
}

// anyDirectory returns a directory of the host to build the jail on; in the
// child's namespace it does not matter which.
func anyDirectory() (string, error) {
	for _, dir := range []string{"/tmp", "/run", "/var", "/mnt", "/usr"} {
		var st unix.Stat_t
		if unix.Lstat(dir, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR {
			return dir, nil
		}
	}
	return "", errors.New("no directory to build the jail on: neither /tmp nor /run nor /var is one")
}

// pivot makes r the root and lets go of the host's.
func pivot(r root) error {
	if err := unix.Fchdir(r.fd); err != nil {
		return fmt.Errorf("enter the view: %w", err)
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	// The host's root now lies over the new one: see pivot_root(2), "pivot_root(".", ".")".
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the host's root: %w", err)
	}
	unix.Close(r.fd)
	return unix.Chdir("/")
}

// loopbackUp brings up lo, which a new network namespace has down.
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	defer unix.Close(s)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, ifr); err != nil {
		return fmt.Errorf("bring the loopback interface up: %w", err)
	}
	return nil
}

// command starts the plan's command and stays with it, as process 1, to the end.
func (p *Plan) command(c control) (int, error) {
	if err := p.chdir(); err != nil {
		return 0, err
	}
	file, err := p.find()
	if err != nil {
		return 0, err
	}
	// Nothing but 0 to 2 goes on to the build.
	if err := closeOnExec(3); err != nil {
		return 0, fmt.Errorf("close descriptors: %w", err)
	}
	if err := surrender(); err != nil {
		return 0, err
	}
	beDeaf()
	t := newTeller(c)
	if err := keep(p.duty(t)); err != nil {
		return 0, err
	}
	pid, err := syscall.ForkExec(file, p.Argv, &syscall.ProcAttr{Env: p.Env, Files: []uintptr{0, 1, 2}})
	if err != nil {
		return 0, p.cannotRun(err)
	}
	go forward(c, pid)
	s := reap(pid)
	t.finish()
	if err := c.send(message{Status: &s}, -1); err != nil {
		return 0, err
	}
	return s.Code, nil
}

// duty is what this process does for the plan's command, beside reaping.
func (p *Plan) duty(t *teller) duty {
	var d duty
	if p.Owners {
		store := allOwners{}
		for _, b := range p.Binds {
			if !b.ReadOnly {
				store.tops = append(store.tops, b.Target)
			}
		}
		d.store, d.foreign = store, p.Foreign
	}
	if p.Tell {
		d.tell, d.network = t.tell, !p.Network
		if p.Upper == "" && !p.Writable {
			d.view = "/"
		}
	}
	return d
}

// beDeaf has no signal end this process but SIGKILL. The terminal sends its own to
// the command as well, and what a build sends to process 1 is none of its
// business. An ignored SIGHUP or SIGINT stays ignored, for nohup(1).
func beDeaf() {
	deaf := make(chan os.Signal, 1)
	for s := syscall.Signal(1); s < 32; s++ {
		switch s {
		case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPROF:
		default:
			if !signal.Ignored(s) {
				signal.Notify(deaf, s)
			}
		}
	}
}

// forward sends the command what the parent asks for, and ends the jail when the
// parent is gone.
func forward(c control, pid int) {
	for {
		m, _, err := c.receive()
		if err != nil {
			os.Exit(ExitFailed)
		}
		if m.Signal != 0 {
			_ = unix.Kill(pid, unix.Signal(m.Signal))
		}
	}
}

// reap waits for every process of the jail until the command, pid, has ended.
func reap(pid int) Status {
	for {
		var ws unix.WaitStatus
		got, err := unix.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR) || got != pid && err == nil:
			continue
		case err != nil:
			return Status{Code: ExitFailed}
		case ws.Signaled():
			return Status{Code: 128 + int(ws.Signal()), Signal: int(ws.Signal())}
		}
		return Status{Code: ws.ExitStatus()}
	}
}
