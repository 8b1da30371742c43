//go:build darwin || freebsd

package jail

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// The child's descriptors, beside 0 to 2.
const (
	planFD = 3
	wordFD = 4
)

// isChild tells whether this process is the child. sandbox-exec(1) sets argv[0].
func isChild() bool { return len(os.Args) == 2 && os.Args[1] == childName }

// Enter is the child's life, and does nothing in any other process. Call it first
// in main.
func Enter() {
	if !isChild() {
		return
	}
	out := json.NewEncoder(os.NewFile(wordFD, "parent"))
	e := asError(live(out))
	if out.Encode(word{Error: e}) != nil {
		fmt.Fprintln(os.Stderr, "depview:", e) // the parent is gone
	}
	os.Exit(e.Code)
}

// live goes into the jail and becomes the command. It returns only if it cannot.
func live(out *json.Encoder) error {
	var p Plan
	in := os.NewFile(planFD, "plan")
	if err := p.read(in); err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	in.Close()
	if err := closeOnExec(3); err != nil {
		return fmt.Errorf("close descriptors: %w", err)
	}
	id, err := p.goIn()
	if err != nil {
		return err
	}
	if err := p.chdir(); err != nil {
		return err
	}
	file, err := p.find()
	if err != nil {
		return err
	}
	if err := out.Encode(word{Entered: true, Jail: id}); err != nil {
		return err
	}
	return p.cannotRun(syscall.Exec(file, p.Argv, p.Env))
}

// maxDescriptors is where closeOnExec stops: a process may be allowed any number.
const maxDescriptors = 1 << 14

// closeOnExec has every descriptor from first on closed when a program is executed,
// so that nothing goes on to the build that the caller left open.
func closeOnExec(first int) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	for fd := first; fd < maxDescriptors && uint64(fd) < uint64(limit.Cur); fd++ {
		unix.CloseOnExec(fd)
	}
	return nil
}
