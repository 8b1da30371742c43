package main

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// adopt makes this process the parent of those that peers leave behind: bubblewrap,
// for one, ends before its process 1 does, which has the time of the whole build.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// reap waits a little for the processes that the last run left behind, and returns
// the CPU time that they took, in seconds. No other child may be running.
func reap() (cpu float64) {
	for deadline := time.Now().Add(2 * time.Second); ; {
		var usage syscall.Rusage
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, &usage)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil || time.Now().After(deadline):
			return cpu
		case pid == 0:
			time.Sleep(time.Millisecond)
		default:
			cpu += time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
		}
	}
}
