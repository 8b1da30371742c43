package jail

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// A Jail is a child, that waits for its plan or carries it out.
type Jail struct {
	plan    *Plan
	mu      sync.Mutex
	pid     int // 0 once the child is gone, and the number anybody's
	control control
	planW   *os.File // where the child waits for its plan; nil once it has one
	wait    func()   // for the view's server
	proc    *os.File
	mount   uint64 // the number of the mount, for StartMount
	denied  func(Denial)

	assignment *assignment // of ids
}

// Host fills in what the plan must know of the caller's powers.
func (p *Plan) Host() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	p.Unprivileged = data[0].Effective&(1<<unix.CAP_SYS_ADMIN) == 0
	ids, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return err
	}
	p.Confined = strings.Join(strings.Fields(string(ids)), " ") != "0 0 4294967295"
	switch {
	case p.Unprivileged:
		p.IDs, p.Lack = ownIDs()
	case p.Confined:
		p.IDs = capture.Only(0, 0)
	}
	return nil
}

// Prepare makes the namespaces of a jail and starts the child in them, which takes
// milliseconds and can go on beside other work. Of the plan it looks at what Host
// fills in, Network and Mountpoint; the rest may be filled in until Start.
//
// The goroutine must stay on its thread until Wait or Abandon returns: the kernel
// kills the child when the thread that started it ends.
func Prepare(p *Plan) (*Jail, error) { return prepare(p, nil) }

// prepare is Prepare for a guard, too, who is to mount in the namespace caller.
func prepare(p *Plan, caller *os.File) (*Jail, error) {
	runtime.LockOSThread()
	// What the caller left open for us is not for the child, nor for the build.
	if err := closeOnExec(3); err != nil {
		return nil, fmt.Errorf("close descriptors: %w", err)
	}
	parent, child, err := controlPair()
	if err != nil {
		return nil, err
	}
	planR, planW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, parent.Close(), child.Close())
	}
	pid, err := startChild(p, child.File, planR, caller)
	child.Close() // ours must not keep the socket open when the child is gone
	planR.Close()
	if err != nil {
		planW.Close()
		parent.Close()
		return nil, startError(p, err)
	}
	return &Jail{plan: p, pid: pid, control: parent, planW: planW, wait: func() {}, assignment: p.assign(pid)}, nil
}

// startChild starts this program anew as a jail's child. It does without os/exec,
// which starts one more process, to see what the kernel can do with a pidfd.
func startChild(p *Plan, control, plan, caller *os.File) (pid int, err error) {
	files := []*os.File{os.Stdin, os.Stdout, os.Stderr, control, plan}
	if p.Mountpoint != "" { // a guard must not hold what its caller waits to see closed
		null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
		if err != nil {
			return 0, err
		}
		defer null.Close()
		files = []*os.File{null, null, null, control, plan, caller}
	}
	fds := make([]uintptr, len(files))
	for i, f := range files {
		fds[i] = f.Fd()
	}
	pid, err = syscall.ForkExec("/proc/self/exe", []string{childName}, &syscall.ProcAttr{
		// The child lives a moment and does one thing at a time: threads and
		// collections would be waste.
		Env:   []string{"GOMAXPROCS=1", "GOGC=off"},
		Files: fds,
		Sys:   p.attributes(),
	})
	runtime.KeepAlive(files)
	return pid, err
}

// OnDenied has Wait call f with each denial. It is for before Start.
func (j *Jail) OnDenied(f func(Denial)) { j.denied, j.plan.Tell = f, true }

// Start has the child start the plan's command, or mount the tree at the
// mountpoint. Serve gets the view's descriptor; proc, unless it is nil, is called
// with the jail's /proc directory, which it may read while the jail lives; not where
// the jail has to do with one in which its processes have other numbers.
func (j *Jail) Start(serve Server, proc func(*os.File)) error {
	if _, _, err := j.IDs(); err != nil { // the child may do nothing before it has them
		j.Abandon()
		return err
	}
	_ = j.plan.write(j.planW) // the child says so if it gets none
	j.planW.Close()
	j.planW = nil
	err := j.settle(serve, proc)
	if err != nil {
		j.Kill()
		_, _ = j.end()
	}
	return err
}

// Abandon ends a jail that was not started.
func (j *Jail) Abandon() {
	if j.planW != nil {
		j.planW.Close()
		j.Kill()
		_, _ = j.end()
	}
}

func (p *Plan) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if p.Mountpoint != "" {
		// The guard outlives us, and what ends us must not end it.
		return &syscall.SysProcAttr{Setsid: true}
	}
	a.Cloneflags = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	if !p.Network {
		a.Cloneflags |= unix.CLONE_NEWNET
	}
	if p.Unprivileged {
		inNamespace(a, p.IDs)
	}
	return a
}

// startError explains why no child could be made.
func startError(p *Plan, err error) error {
	if !p.Unprivileged {
		return fmt.Errorf("start the jail: %w", err)
	}
	hint := "let users make namespaces: sysctl user.max_user_namespaces=15000, or run depview as root"
	for name, advice := range map[string]string{
		"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "AppArmor restricts user namespaces here: sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile for depview with the rule userns",
		"/proc/sys/kernel/unprivileged_userns_clone":             "",
	} {
		value, _ := os.ReadFile(name)
		switch strings.TrimSpace(string(value)) {
		case "1":
			if advice != "" {
				hint = advice
			}
		case "0":
			if advice == "" {
				hint = "let users make namespaces: sysctl kernel.unprivileged_userns_clone=1, or run depview as root"
			}
		}
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		err = errno
	}
	return failed(hint, "no user namespace to be had: %s", err)
}

// settle plays the parent's part until the command runs or the tree is mounted.
func (j *Jail) settle(serve Server, proc func(*os.File)) error {
	for {
		m, fd, err := j.control.receive()
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return fmt.Errorf("jail: %w", err)
		case err != nil:
			return failed("", "the jail ended before its command began")
		case m.Error != nil:
			return m.Error
		case m.Fuse:
			if j.wait, err = serve.Serve(fd); err != nil {
				j.wait = func() {}
				return err
			}
		case m.Proc:
			j.proc = os.NewFile(uintptr(fd), "/proc")
			if proc != nil && !m.Outer {
				proc(j.proc)
			}
			_ = j.control.send(message{Proc: true}, -1) // a child that is gone has said why
			return nil
		case m.Ready:
			j.mount = m.Mount
			return nil
		}
	}
}

// Signal sends the command a signal.
func (j *Jail) Signal(s syscall.Signal) error { return j.control.send(message{Signal: int(s)}, -1) }

// Kill ends the jail and all that is in it.
func (j *Jail) Kill() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.pid != 0 {
		_ = unix.Kill(j.pid, unix.SIGKILL)
	}
}

// reapChild waits for the child's end.
func (j *Jail) reapChild() (state unix.WaitStatus) {
	for errors.Is(unix.Waitid(unix.P_PID, j.pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
	}
	<-j.assignment.done // until then the number must not become another's
	j.mu.Lock()
	defer j.mu.Unlock()
	_, _ = unix.Wait4(j.pid, &state, 0, nil)
	j.pid = 0
	return state
}

// Wait waits until the command has ended and all is unmounted. An error means
// that the jail failed, or that the command could not be run; its code tells.
func (j *Jail) Wait() (Status, error) {
	var status *Status
	var failure error
	for {
		m, fd, err := j.control.receive()
		if err != nil {
			break
		}
		if fd >= 0 {
			unix.Close(fd)
		}
		if m.Error != nil {
			failure = m.Error
		}
		if m.Status != nil {
			status = m.Status
		}
		if m.Denied != nil && j.denied != nil {
			j.denied(m.Denied.denial())
		}
	}
	state, held := j.end()
	if failure != nil {
		return Status{}, failure
	}
	if status != nil {
		status.Held = held
		return *status, nil
	}
	if state.Signaled() {
		return Status{Code: 128 + int(state.Signal()), Signal: int(state.Signal()), Held: held}, nil
	}
	return Status{}, failed("", "the jail ended without a word: exit status %d", state.ExitStatus())
}

// patience is how long the view's server may outlive the child.
const patience = 2 * time.Second

// end waits for the child, and for the view's server, whose end means that
// overlayfs has let go of the capture. A process outside that got hold of a file
// in the view keeps both: it is not waited for, and end tells.
func (j *Jail) end() (state unix.WaitStatus, held bool) {
	state = j.reapChild()
	j.control.Close()
	served := make(chan struct{})
	go func() {
		j.wait()
		close(served)
	}()
	select {
	case <-served:
		if j.proc != nil {
			j.proc.Close() // nobody asks for processes any more
		}
		return state, false
	case <-time.After(patience):
		return state, true
	}
}
