package tests

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// stageVar tells a process of the run which one it is.
const stageVar = "DEPVIEW_TESTS_STAGE"

// isolate gives root's run a mount and a pid namespace:
//
//	go test ──▶ tests.test ──▶ process 1, which reaps ──▶ tests.test, with the tests
//
// The first waits, and the others die with it; what is mounted or still running
// then is gone. In the last, and where the tests do not run as root, done is false.
func isolate() (code int, done bool) {
	var attr syscall.SysProcAttr
	stage := os.Getenv(stageVar)
	switch {
	case stage == "tests" || os.Geteuid() != 0:
		return 0, false
	case stage == "init":
		if err := errors.Join(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
			unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")); err != nil {
			log.Fatal(err)
		}
		stage = "tests"
	default:
		stage = "init"
		attr.Cloneflags = unix.CLONE_NEWNS | unix.CLONE_NEWPID
	}
	runtime.LockOSThread()
	attr.Pdeathsig = syscall.SIGKILL
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		log.Fatal(err)
	}
	cmd := exec.Cmd{Path: exe, Args: os.Args, Env: append(os.Environ(), stageVar+"="+stage),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, SysProcAttr: &attr}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	if err := cmd.Start(); err != nil {
		log.Fatalf("the tests want namespaces of their own: %v", err)
	}
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s)
		}
	}()
	return reap(cmd.Process.Pid), true
}

// reap waits for pid and, in process 1, for the orphans it is given.
func reap(pid int) int {
	for {
		var ws unix.WaitStatus
		got, err := unix.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR) || err == nil && got != pid:
		case err != nil:
			log.Fatal(err)
		case ws.Signaled():
			return 128 + int(ws.Signal())
		default:
			return ws.ExitStatus()
		}
	}
}

// leftovers lists what the run should not have left: mounts, processes, temporary
// directories.
func leftovers() []string {
	left := mounts()
	if os.Getenv(stageVar) != "" {
		for _, p := range processes() {
			if p.pid != 1 && p.pid != os.Getpid() {
				left = append(left, p.String())
			}
		}
	}
	tmp, _ := filepath.Glob(os.Getenv("TMPDIR") + "/*")
	return append(left, tmp...)
}

// had are the mountpoints that the run began with.
var had = map[string]bool{}

func init() {
	for _, m := range mounts() {
		had[strings.Fields(m)[5]] = true
	}
}

// mounts lists depview's mounts in the namespace of the calling thread, but for
// those of before.
func mounts() []string {
	table, err := os.ReadFile("/proc/thread-self/mountinfo")
	if err != nil {
		return []string{err.Error()}
	}
	var list []string
	for line := range strings.Lines(string(table)) {
		if strings.Contains(line, " depview ") && !had[strings.Fields(line)[4]] {
			list = append(list, "mount "+strings.TrimSpace(line))
		}
	}
	return list
}

// A process is one that has not ended.
type process struct {
	pid, parent int
	exe         string
	argv, env   []string
}

func (p process) dir() string { return fmt.Sprintf("/proc/%d", p.pid) }

func (p process) String() string {
	return fmt.Sprintf("process %d: %s", p.pid, strings.Join(p.argv, " "))
}

// processes lists all that there are, but for zombies. What may not be known of
// one is empty.
func processes() []process {
	var list []process
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		stat, err := os.ReadFile(dir + "/stat")
		if err != nil {
			continue
		}
		// pid (name) state parent …
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if s := string(fields[0]); s == "Z" || s == "X" {
			continue
		}
		var p process
		p.pid, _ = strconv.Atoi(filepath.Base(dir))
		p.parent, _ = strconv.Atoi(string(fields[1]))
		p.exe, _ = os.Readlink(dir + "/exe")
		p.argv = words(dir + "/cmdline")
		p.env = words(dir + "/environ")
		list = append(list, p)
	}
	return list
}

// words reads a file of NUL-terminated strings.
func words(file string) []string {
	data, _ := os.ReadFile(file)
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
}
