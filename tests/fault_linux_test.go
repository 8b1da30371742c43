package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// faultCalls are the system calls that the daemon may make of the lower tree and of
// the upper layer, and what they fail with, in turn. Those it talks to the kernel with
// are not among them.
var faultCalls = []struct {
	errnos []unix.Errno
	calls  string
}{
	{[]unix.Errno{unix.EMFILE, unix.ENOSPC, unix.EDQUOT, unix.EIO}, "open openat openat2"},
	{[]unix.Errno{unix.EIO}, `fgetxattr getxattr lgetxattr flistxattr llistxattr pread64 preadv lseek
		newfstatat fstat statx readlinkat getdents64 name_to_handle_at`},
	{[]unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO}, `mkdirat mknodat symlinkat linkat renameat renameat2 unlinkat
		fchmod fchmodat fchmodat2 fchown fchownat utimensat
		fsetxattr setxattr lsetxattr fremovexattr removexattr lremovexattr
		copy_file_range sendfile pwrite64 pwritev ftruncate fallocate fsync fdatasync`},
}

// overcome are the calls whose failure the daemon, or the kernel, may get over: an
// operation may succeed all the same.
var overcome = map[string]string{
	"lseek":   "where the holes are need not be known",
	"pread64": "the kernel reads ahead, and reads again what it could not",
}

// late are the calls by which the daemon learns what to tell of what it has done: if
// they fail, an operation may fail that was carried out, whole.
var late = map[string]bool{"fstat": true, "newfstatat": true, "statx": true, "fgetxattr": true, "lgetxattr": true}

// errnosOf returns what a call fails with, or nil if it is to succeed.
func errnosOf(call string) []unix.Errno {
	for _, f := range faultCalls {
		if slices.Contains(strings.Fields(f.calls), call) {
			return f.errnos
		}
	}
	return nil
}

// TestFault has each system call of the daemon's fail that takes part in a build's
// operation, one at a time: the build gets to know that error, sees what it saw
// before, and can do it again. Nothing half done is in the capture.
func TestFault(t *testing.T) {
	needTool(t, "strace")
	ownOpt(t)
	eachBuilder(t, func(t *testing.T, b builder) {
		if b.engine != "fuse" {
			return // it is the kernel that copies up
		}
		f := b.startFaults(t, 1500, 20_000)
		f.begin(t)
		for _, op := range faultOps {
			f.failEach(t, op.name)
		}
		f.end(t)
		f.lookAgain(t)
	})
}

// failEach tries an operation with the first, the second, … of each of its system
// calls failing.
func (f *faults) failEach(t *testing.T, op string) {
	for _, call := range f.calls(t, op) {
		errnos := errnosOf(call)
		for n := 1; f.fail(t, op, call, n, errnos[n%len(errnos)]); n++ {
		}
	}
}

// calls finds out which system calls an operation takes.
func (f *faults) calls(t *testing.T, op string) (calls []string) {
	t.Helper()
	answer, trace := f.traced(t, op, "trace=%file,%desc")
	if answer != "errno 0" {
		t.Fatalf("%s with nothing failing: %s", op, answer)
	}
	f.expect(t, op, f.next-1, true, "with nothing failing")
	f.outcomes[f.next-1] = outcome{"nothing failing", op, true, false}
	for line := range strings.Lines(trace) { // "PID CALL(ARGUMENTS) = RESULT"
		_, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		call, _, _ := strings.Cut(strings.TrimSpace(rest), "(")
		if errnosOf(call) != nil && !slices.Contains(calls, call) {
			calls = append(calls, call)
		}
	}
	return calls
}

// fail tries an operation with the n-th call failing, and tells whether one did.
func (f *faults) fail(t *testing.T, op, call string, n int, errno unix.Errno) bool {
	t.Helper()
	answer, trace := f.traced(t, op, "trace="+call, fmt.Sprintf("inject=%s:error=%s:when=%d", call, unix.ErrnoName(errno), n))
	dir, what := f.next-1, fmt.Sprintf("%s, %s no. %d is %s", op, call, n, unix.ErrnoName(errno))
	injected := strings.Contains(trace, "(INJECTED)")
	done := answer == "errno 0"
	if done && injected && overcome[call] == "" || !done && answer != fmt.Sprintf("errno %d", errno) || !done && !injected {
		t.Errorf("%s: the build gets %s; injected: %v\n%s", what, answer, injected, trace)
	}
	after := outcome{what, op, done, !done && late[call]}
	if after.late {
		f.outcomes[dir] = after
		return injected
	}
	f.expect(t, op, dir, done, what)
	if !done && n%2 == 1 {
		if again := f.ask(t, "do %s %d", op, dir); again != "errno 0" {
			t.Errorf("%s: once more it is %s", what, again)
		}
		after.done = true
		f.expect(t, op, dir, true, what+", and once more")
	}
	f.outcomes[dir] = after
	return injected
}
