package tests

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// copying are operations that have to copy all of the file up.
var copying = []string{"append", "overwrite", "chmod", "rename", "exchange", "link", "setxattr"}

// A build gets to know that the capture's file system is full, and sees what it saw
// before.
func TestFull(t *testing.T) {
	ownOpt(t)
	eachBuilder(t, func(t *testing.T, b builder) {
		f := b.startFaults(t, len(copying)+1, 4<<20)
		capture := f.place + "/capture"
		err := os.Mkdir(capture, 0o755)
		if err := errors.Join(err, unix.Mount("scratch", capture, "tmpfs", 0, "mode=755,size=2M")); err != nil {
			t.Fatal(err)
		}
		b.own(t, capture)
		f.begin(t)
		f.failCopying(t, unix.ENOSPC)
		f.expectDone(t, "chmod-dir", len(copying)) // there is room for that
		f.end(t)
		f.lookAgain(t)
		if err := unix.Unmount(capture, 0); err != nil {
			t.Error(err)
		}
	})
}

// A build gets to know that the daemon can open no more files, and sees what it saw
// before; with descriptors to spare, it can go on.
func TestNoDescriptors(t *testing.T) {
	needTool(t, "prlimit")
	ownOpt(t)
	eachBuilder(t, func(t *testing.T, b builder) {
		f := b.startFaults(t, len(copying)+1, 20_000)
		f.begin(t)
		f.expectDone(t, "chmod-dir", len(copying))
		must(t, f.limit("--nofile=0:"))
		f.failCopying(t, unix.EMFILE)
		must(t, f.limit("--nofile=1024:"))
		for i, op := range copying {
			f.expect(t, op, i, false, f.outcomes[i].what)
			f.expectDone(t, op, i)
		}
		f.end(t)
		f.lookAgain(t)
	})
}

// limit sets one of the daemon's limits, which takes away nothing that it has.
func (f *faults) limit(flag string) *exec.Cmd {
	cmd := exec.Command("prlimit", "--pid", strconv.Itoa(f.daemon.Process.Pid), flag)
	if !f.b.root {
		asUser(cmd)
	}
	return cmd
}

func (f *faults) failCopying(t *testing.T, errno unix.Errno) {
	t.Helper()
	for i, op := range copying {
		if got := f.ask(t, "do %s %d", op, i); got != fmt.Sprintf("errno %d", errno) {
			t.Errorf("%s: the build gets %s, and not errno %d", op, got, errno)
		}
		f.outcomes[i] = outcome{"after " + unix.ErrnoName(errno), op, false, false}
		if errno != unix.EMFILE { // nor can the build look
			f.expect(t, op, i, false, f.outcomes[i].what)
		}
	}
}

func (f *faults) expectDone(t *testing.T, op string, dir int) {
	t.Helper()
	if got := f.ask(t, "do %s %d", op, dir); got != "errno 0" {
		t.Errorf("%s: %s", op, got)
	}
	f.outcomes[dir] = outcome{"with nothing in the way", op, true, false}
	f.expect(t, op, dir, true, f.outcomes[dir].what)
}
