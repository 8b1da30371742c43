package tests

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// A terminal is the master of a pseudo-terminal, with all that came from it.
type terminal struct {
	*os.File
	mu   sync.Mutex
	seen []byte
	read int // how much of seen was matched
}

// openTerminal returns a new terminal and the end of it for programs.
func openTerminal() (*terminal, *os.File, error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, fmt.Errorf("unlock the terminal: %w", err)
	}
	slave, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if errno != 0 {
		return nil, nil, fmt.Errorf("TIOCGPTPEER: %w", errno)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		return nil, nil, err
	}
	t := &terminal{File: master}
	go t.listen()
	return t, os.NewFile(slave, "terminal"), nil
}

func (t *terminal) listen() {
	buf := make([]byte, 4096)
	for {
		n, err := t.Read(buf)
		if err != nil {
			return // EIO: the last program that had it open is gone
		}
		t.mu.Lock()
		t.seen = append(t.seen, buf[:n]...)
		t.mu.Unlock()
	}
}

// expect waits for output that matches, after what was matched before.
func (t *terminal) expect(pattern string) bool {
	re := regexp.MustCompile(pattern)
	return until(limit, func() bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		at := re.FindIndex(t.seen[t.read:])
		if at != nil {
			t.read += at[1]
		}
		return at != nil
	})
}

// text is all that the terminal showed.
func (t *terminal) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.seen)
}

// talk follows a dialogue: a line "< REGEXP" waits for output, "> TEXT" types TEXT
// and return, "^Z" types that one key; "#" starts a comment.
func (t *terminal) talk(dialogue string) error {
	for line := range strings.Lines(dialogue) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "< "):
			if !t.expect(line[2:]) {
				return fmt.Errorf("no %q in:\n%s", line[2:], t.text())
			}
		case strings.HasPrefix(line, "> "):
			if _, err := t.WriteString(line[2:] + "\r"); err != nil {
				return err
			}
		case len(line) == 2 && line[0] == '^':
			if _, err := t.Write([]byte{line[1] & 0x1f}); err != nil {
				return err
			}
		default:
			return fmt.Errorf("what is %q in a dialogue?", line)
		}
	}
	return nil
}

func pty(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: pty STATUS DIALOGUE CMD ARG...")
	}
	t, slave, err := openTerminal()
	ts.Check(err)
	defer t.Close()
	file := args[2]
	if !strings.Contains(file, "/") {
		file, err = exec.LookPath(file)
		ts.Check(err)
	}
	cmd := &exec.Cmd{Path: file, Args: args[2:], Dir: ts.MkAbs("."), Stdin: slave, Stdout: slave, Stderr: slave,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true}}
	for _, name := range []string{"WORK", "PATH", "HOME", "XDG_STATE_HOME", "TMPDIR", "LANG"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Env = append(cmd.Env, "TERM=dumb", "PS1=$ ")
	ts.Check(cmd.Start())
	slave.Close()
	err = t.talk(ts.ReadFile(args[1]))
	if err != nil {
		_ = cmd.Process.Kill()
	}
	_ = cmd.Wait()
	ts.Logf("[terminal]\n%s", strings.ReplaceAll(t.text(), "\r", ""))
	ts.Check(err)
	status := cmd.ProcessState.ExitCode()
	if ws := cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
		status = 128 + int(ws.Signal())
	}
	if fmt.Sprint(status) != args[0] {
		ts.Fatalf("exit status %d, want %s", status, args[0])
	}
}
