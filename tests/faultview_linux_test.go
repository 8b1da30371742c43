package tests

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// faults is a view in which operations fail. Each is on a new directory of the lower
// tree's, by number.
type faults struct {
	b            builder
	lower, place string
	daemon       *exec.Cmd
	in           io.WriteCloser
	out          *bufio.Reader
	said         bytes.Buffer // complaints
	size, next   int
	outcomes     map[int]outcome // by directory
}

// An outcome is what shall have become of a directory: the operation is done, or it
// is not; or, where that came to light too late, it may be either.
type outcome struct {
	what, op   string
	done, late bool
}

// startFaults begins a view with so many directories, whose file has so many bytes.
func (b builder) startFaults(t *testing.T, count, size int) *faults {
	t.Helper()
	lower, err := os.MkdirTemp("/opt", "fault-")
	if err := errors.Join(err, os.Chmod(lower, 0o755)); err != nil {
		t.Fatal(err)
	}
	for i := range count {
		if err := plantFault(fmt.Sprintf("%s/%d", lower, i), size); err != nil {
			t.Fatal(err)
		}
	}
	b.own(t, lower)
	keepLower(t, lower)
	f := &faults{b: b, lower: lower, place: b.place(t), size: size, outcomes: map[int]outcome{}}
	writeFile(t, f.place+"/deps.toml", fmt.Sprintf("[[rule]]\npath = %q\nshow = true\n", lower), 0o644)
	return f
}

// begin begins a view.
func (f *faults) begin(t *testing.T) {
	t.Helper()
	f.daemon = f.b.run(f.place, "--deps", f.place+"/deps.toml", "--", "./probe", "fault", f.lower, strconv.Itoa(f.size))
	f.daemon.Env = append(f.daemon.Env, "GOMAXPROCS=1") // strace counts the calls of a thread
	f.said.Reset()
	f.daemon.Stderr = &f.said
	in, err1 := f.daemon.StdinPipe()
	out, err2 := f.daemon.StdoutPipe()
	f.in, f.out = in, bufio.NewReader(out)
	if err := errors.Join(err1, err2, f.daemon.Start()); err != nil {
		t.Fatal(err)
	}
	daemon := f.daemon
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
}

// ask has the probe do something, and returns its answer.
func (f *faults) ask(t *testing.T, format string, args ...any) string {
	t.Helper()
	fmt.Fprintf(f.in, format+"\n", args...)
	answer, err := f.out.ReadString('\n')
	if err != nil {
		_ = f.daemon.Wait()
		t.Fatalf("%s: %v\n%s", fmt.Sprintf(format, args...), err, &f.said)
	}
	return strings.TrimSpace(answer)
}

// expect compares a directory with what it should be: after the operation, or before.
func (f *faults) expect(t *testing.T, op string, dir int, done bool, what string) {
	t.Helper()
	if got := f.look(t, op, dir, done); got != fine {
		t.Errorf("%s, done %v: %s", what, done, got)
	}
}

func (f *faults) look(t *testing.T, op string, dir int, done bool) string {
	t.Helper()
	return f.ask(t, "look %s %d %v", op, dir, done)
}

// traced has an operation done on a new directory while strace is at the daemon.
func (f *faults) traced(t *testing.T, op string, expressions ...string) (answer, trace string) {
	t.Helper()
	dir := f.next
	f.next++
	f.expect(t, op, dir, false, "with nothing done") // and the kernel knows it
	var said bytes.Buffer
	strace := exec.Command("strace", "-f", "-o", f.place+"/trace", "-p", strconv.Itoa(f.daemon.Process.Pid))
	for _, e := range expressions {
		strace.Args = append(strace.Args, "-e", e)
	}
	strace.Stderr = &said
	strace.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := strace.Start(); err != nil {
		t.Fatal(err)
	}
	if !until(limit, func() bool { return f.allTraced(strace.Process.Pid) }) {
		t.Fatal("strace does not attach")
	}
	answer = f.ask(t, "do %s %d", op, dir)
	_ = strace.Process.Signal(unix.SIGINT)
	_ = strace.Wait()
	text, err := os.ReadFile(f.place + "/trace")
	if err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	return answer, string(text)
}

// allTraced tells whether a process traces all threads of the daemon.
func (f *faults) allTraced(tracer int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", f.daemon.Process.Pid))
	for _, file := range threads {
		status, _ := os.ReadFile(file)
		if !bytes.Contains(status, fmt.Appendf(nil, "TracerPid:\t%d\n", tracer)) {
			return false
		}
	}
	return len(threads) > 0
}

// end ends the view. In the capture is nothing of what failed.
func (f *faults) end(t *testing.T) {
	t.Helper()
	f.in.Close()
	if err := f.daemon.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &f.said)
	}
	changes := must(t, f.b.depview(f.place, "changes", f.place+"/capture"))
	for line := range strings.Lines(changes) {
		words := strings.Fields(line)
		if !strings.Contains("AMD", words[0]) {
			continue // the sum
		}
		number, _, _ := strings.Cut(strings.TrimPrefix(words[1], f.lower+"/"), "/")
		dir, err := strconv.Atoi(number)
		if after, ok := f.outcomes[dir]; err != nil || !ok || !after.done && !after.late {
			t.Errorf("%s: changes tells of %s", after.what, line)
		}
	}
	if left, _ := filepath.Glob(f.place + "/capture/work/*"); left != nil {
		t.Errorf("the work directory has %q", left)
	}
}

// lookAgain looks at all directories in another view, where the kernel remembers
// nothing.
func (f *faults) lookAgain(t *testing.T) {
	t.Helper()
	f.begin(t)
	for dir, after := range f.outcomes {
		if after.late && f.look(t, after.op, dir, true) == fine {
			continue
		}
		f.expect(t, after.op, dir, after.done, after.what+", in the next view")
	}
	f.end(t)
	t.Logf("%d operations", len(f.outcomes))
}
