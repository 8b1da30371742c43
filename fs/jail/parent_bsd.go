//go:build darwin || freebsd

package jail

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Jail is what the parent has mounted, and the command in it.
type Jail struct {
	plan    *Plan
	base    string // a directory of the host that goes away with the jail
	root    string // where the view is mounted
	handle  *os.File
	mounted []planned
	waits   []func() // for the servers of what is mounted
	started bool

	mu  sync.Mutex
	pid int // the command's, and its process group's; 0 if it is not there
	id  int // what goIn returned in the child
}

// viewName is the directory of a jail's base that is its root.
const viewName = "view"

// Host sees whether the caller has the powers that a jail takes.
func (p *Plan) Host() error {
	if os.Geteuid() != 0 {
		return failed("sudo depview", "entering a view on %s needs root", runtime.GOOS)
	}
	return nil
}

// Prepare makes the jail's directory. It is in the host's /tmp, where the view has a
// mount of its own, so that the view's server never meets its own mount.
func Prepare(p *Plan) (*Jail, error) {
	base, err := os.MkdirTemp(Tmp(), "depview-")
	if err == nil {
		base, err = filepath.EvalSymlinks(base)
	}
	if err != nil {
		return nil, err
	}
	j := &Jail{plan: p, base: base, root: p.Mountpoint}
	if j.root == "" {
		j.root = filepath.Join(base, viewName)
	}
	private := filepath.Join(base, "tmp")
	for _, err := range []error{
		os.MkdirAll(j.root, 0o755), os.Mkdir(private, 0o755), os.Chmod(private, 0o777|os.ModeSticky),
	} {
		if err != nil {
			return nil, errors.Join(err, j.end())
		}
	}
	if j.handle, err = os.Open(base); err != nil {
		return nil, errors.Join(err, j.end())
	}
	return j, nil
}

// Start mounts the plan's mounts and starts its command. Proc, unless it is nil, is
// called with the jail's directory, by which Process knows the jail's root.
func (j *Jail) Start(serve Server, proc func(*os.File)) error {
	j.started = true
	err := j.mountAll(serve)
	if err == nil {
		if proc != nil {
			proc(j.handle)
		}
		err = j.launch()
	}
	if err == nil {
		return nil
	}
	j.Kill()
	if j.pid != 0 {
		j.reap()
	}
	return errors.Join(err, j.end())
}

// Abandon ends a jail that was not started.
func (j *Jail) Abandon() {
	if !j.started {
		_ = j.end() // nothing is mounted yet
	}
}

// A word is what the child says, as JSON, before it becomes the command.
type word struct {
	Entered bool
	Jail    int    `json:",omitempty"`
	Error   *Error `json:",omitempty"`
}

// launch starts the child, in a process group of its own, which gets the terminal if
// this one's has it.
func (j *Jail) launch() error {
	planR, planW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer planW.Close()
	defer planR.Close()
	wordR, wordW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer wordR.Close()
	defer wordW.Close()
	argv, err := j.argv()
	if err != nil {
		return err
	}
	sys := groupAttributes()
	if tty := foreground(); tty != nil {
		defer tty.Close()
		sys.Foreground, sys.Ctty = true, int(tty.Fd())
	}
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Env:   []string{"GOMAXPROCS=1", "GOGC=off"},
		Files: []uintptr{0, 1, 2, planR.Fd(), wordW.Fd()},
		Sys:   sys,
	})
	if err != nil {
		return failed("depview doctor tells what is missing", "start %s: %s", argv[0], err)
	}
	j.mu.Lock()
	j.pid = pid
	j.mu.Unlock()
	wordW.Close() // ours must not keep the pipe open when the child is gone
	inside := *j.plan
	inside.Mountpoint = j.root
	_ = inside.write(planW) // the child says so if it gets none
	planW.Close()
	return j.listen(wordR)
}

// listen hears the child out: its end of the pipe is closed when it becomes the
// command.
func (j *Jail) listen(r io.Reader) error {
	entered := false
	for d := json.NewDecoder(r); ; {
		var w word
		err := d.Decode(&w)
		switch {
		case errors.Is(err, io.EOF) && entered:
			return nil
		case errors.Is(err, io.EOF):
			return failed("", "the jail ended before its command began")
		case err != nil:
			return err
		case w.Error != nil:
			return w.Error
		}
		entered = w.Entered
		j.mu.Lock()
		j.id = w.Jail
		j.mu.Unlock()
	}
}

// OnDenied does nothing: the system refuses, and tells nobody here.
func (j *Jail) OnDenied(func(Denial)) {}

// Signal sends the command's process group a signal.
func (j *Jail) Signal(s syscall.Signal) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.pid == 0 {
		return os.ErrProcessDone
	}
	return unix.Kill(-j.pid, s)
}

// Kill ends the command, its process group and, where the system has jails, all that
// is in the jail.
func (j *Jail) Kill() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.pid != 0 {
		_ = unix.Kill(-j.pid, unix.SIGKILL)
		remove(j.id)
	}
}

// Wait waits until the command has ended and all is unmounted. An error means that
// something could not be unmounted.
func (j *Jail) Wait() (Status, error) {
	s := j.reap()
	return s, j.end()
}

// reap waits for the command's end, and ends what it leaves behind. It stops with a
// command that is stopped.
func (j *Jail) reap() Status {
	var ws unix.WaitStatus
	for {
		_, err := unix.Wait4(j.pid, &ws, unix.WUNTRACED, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err == nil && ws.Stopped():
			j.suspend()
			continue
		}
		break
	}
	j.Kill()
	j.mu.Lock()
	j.pid = 0
	j.mu.Unlock()
	if ws.Signaled() {
		return Status{Code: 128 + int(ws.Signal()), Signal: int(ws.Signal())}
	}
	return Status{Code: ws.ExitStatus()}
}
