package tests

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// TestScript runs testdata/script/*.txt, each as root and again as an ordinary
// user, unless its name ends in _root or _user.
//
// A script has a mount namespace of its own with an empty /opt and /usr/local,
// which it may fill: they stand for the host's. It starts in $WORK/work, with
// $HOME and $XDG_STATE_HOME beside that; where it ends, no mount, process or
// temporary file of its may be left.
//
// Beyond testscript's own there are these commands:
//
//	exits STATUS CMD ARG…         the command ends with just this status
//	await FILE                    waits until FILE exists
//	slay SIGNAL daemon|jail       signals this script's depview, or its child
//	gone                          waits until nothing of depview is left, or fails
//	pty STATUS DIALOGUE CMD ARG…  talks with the command on a terminal: see terminal
//	snapshot FILE DIR…            writes all there is to know of the trees to FILE
//
// and the program probe, for what a shell cannot try (see probes).
func TestScript(t *testing.T) {
	needFuse(t)
	for _, tool := range []string{"busybox", "cc", "make", "unshare", "zstd"} {
		needTool(t, tool)
	}
	all, err := filepath.Glob("testdata/script/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, as := range []struct{ name, not string }{{"root", "_user.txt"}, {"user", "_root.txt"}} {
		t.Run(as.name, func(t *testing.T) {
			if as.name == "root" {
				needRoot(t)
			}
			dir, err := os.MkdirTemp(runDir, as.name)
			if err == nil {
				err = os.Chmod(dir, 0o755)
			}
			if err != nil {
				t.Fatal(err)
			}
			testscript.Run(t, testscript.Params{
				Files:               slices.DeleteFunc(slices.Clone(all), func(f string) bool { return strings.HasSuffix(f, as.not) }),
				WorkdirRoot:         dir,
				Setup:               func(e *testscript.Env) error { return setUp(e, as.name == "user") },
				Condition:           condition,
				RequireExplicitExec: true,
				RequireUniqueNames:  true,
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"exits": exits, "await": await, "slay": slay, "gone": gone, "pty": pty, "snapshot": snapshot,
				},
			})
		})
	}
}

// setUp gives a script its place, on a thread of its own that no other goroutine
// gets before or after: the namespace and the user are the thread's, all that it
// starts inherits them, and both go when it ends.
func setUp(e *testscript.Env, asUser bool) error {
	runtime.LockOSThread()
	for _, dir := range []string{"work", "home", "bin"} {
		if err := os.MkdirAll(filepath.Join(e.WorkDir, dir), 0o755); err != nil {
			return err
		}
	}
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	if err := copyFile(self, filepath.Join(e.WorkDir, "work/probe")); err != nil {
		return err
	}
	e.Cd = filepath.Join(e.WorkDir, "work")
	e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
	e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
	e.Setenv("PATH", filepath.Dir(binary)+":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
	e.Setenv("LANG", "C.UTF-8")
	e.Values[scriptKey{}] = &script{work: e.WorkDir}
	late := time.AfterFunc(5*limit, func() { end(e.WorkDir) })
	e.Defer(func() {
		late.Stop()
		left := remains(e.WorkDir, time.Second)
		end(e.WorkDir) // a script that failed may have left anything
		if left != nil {
			e.T().Fatal("left behind:\n" + strings.Join(left, "\n"))
		}
	})
	if os.Geteuid() != 0 {
		return nil
	}
	return ownNamespace(e.WorkDir, asUser)
}

type (
	scriptKey struct{}
	script    struct{ work string }
)

// ownNamespace gives the thread a mount namespace and, if asUser is true, takes
// root's power from it. The calls are raw: the syscall package's are for all threads.
func ownNamespace(work string, asUser bool) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	for _, dir := range []string{"/opt", "/usr/local"} {
		if err := unix.Mount("scratch", dir, "tmpfs", 0, "mode=755"); err != nil {
			return err
		}
		if asUser {
			if err := os.Chown(dir, user, user); err != nil {
				return err
			}
		}
	}
	if !asUser {
		return nil
	}
	err := filepath.WalkDir(work, func(p string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(p, user, user))
	})
	if err != nil {
		return err
	}
	for _, call := range [][4]uintptr{
		{unix.SYS_SETGROUPS}, {unix.SYS_SETRESGID, user, user, user}, {unix.SYS_SETRESUID, user, user, user},
	} {
		if _, _, errno := syscall.RawSyscall(call[0], call[1], call[2], call[3]); errno != 0 {
			return errno
		}
	}
	return nil
}

// condition knows [root], and [host]: whether /opt and /usr/local can be filled.
func condition(c string) (bool, error) {
	switch c {
	case "root":
		return unix.Geteuid() == 0, nil
	case "host":
		return unix.Access("/opt", unix.W_OK) == nil && unix.Access("/usr/local", unix.W_OK) == nil, nil
	}
	return false, fmt.Errorf("unknown condition %q", c)
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS CMD ARG...")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = fmt.Sprint(exit.ExitCode())
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// limit is how long a script waits for what must happen before it gives up: what
// a machine with much else to do takes, many times over.
const limit = time.Minute

// until polls a condition, and tells whether it came true.
func until(limit time.Duration, holds func() bool) bool {
	for start := time.Now(); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > limit {
			return false
		}
	}
	return true
}

func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	file := ts.MkAbs(args[0])
	if !until(limit, func() bool { _, err := os.Stat(file); return err == nil }) {
		ts.Fatalf("%s never came", args[0])
	}
}

// family returns the processes that descend from a script's. Root's other threads
// do the reading: a jail's processes are not a user's to look into.
func family(work string) []process {
	answer := make(chan []process)
	go func() {
		ours := map[int]bool{}
		answer <- slices.DeleteFunc(processes(), func(p process) bool {
			if p.pid == os.Getpid() || !ours[p.parent] && !slices.Contains(p.env, "WORK="+work) {
				return true
			}
			ours[p.pid] = true
			return false
		})
	}()
	return <-answer
}

// role says what a process of depview's is, or "".
func role(p process) string {
	switch {
	case p.argv[0] == "depview: jail":
		return "jail"
	case p.exe == binary:
		return "daemon"
	}
	return ""
}

func slay(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: slay SIGNAL daemon|jail")
	}
	done := false
	for _, p := range family(ts.Value(scriptKey{}).(*script).work) {
		if role(p) == args[1] {
			ts.Check(unix.Kill(p.pid, unix.SignalNum("SIG"+args[0])))
			done = true
		}
	}
	if !done {
		ts.Fatalf("no %s of depview is running", args[1])
	}
}

func gone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: gone")
	}
	if left := remains(ts.Value(scriptKey{}).(*script).work, limit); left != nil {
		ts.Fatalf("left behind:\n%s", strings.Join(left, "\n"))
	}
}

// remains lists what is left of depview's in a script, once that does not change
// for the better within the limit.
func remains(work string, limit time.Duration) (left []string) {
	until(limit, func() bool {
		left = mounts()
		for _, p := range family(work) {
			left = append(left, p.String())
		}
		tmp, _ := filepath.Glob(work + "/.tmp/*")
		left = append(left, tmp...)
		return left == nil
	})
	return left
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}
