//go:build darwin || freebsd

package jail

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// The command has a process group of its own, by which all of it can be ended. So
// the terminal must be handed over to it, and a shell must be told when it stops.

// foreground opens the controlling terminal if it is this process's group that it
// listens to.
func foreground() *os.File {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil
	}
	if group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP); err != nil || group != unix.Getpgrp() {
		tty.Close()
		return nil
	}
	return tty
}

// handOver gives the terminal to the process group to, if from has it.
func handOver(from, to int) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return
	}
	defer tty.Close()
	fd := int(tty.Fd())
	if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || group != from {
		return
	}
	signal.Ignore(unix.SIGTTOU) // who is in the background may not, else
	defer signal.Reset(unix.SIGTTOU)
	_ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, to)
}

// suspend stops this process's own group, as the terminal has stopped the command's,
// and goes on with the command when a shell has it go on.
func (j *Jail) suspend() {
	handOver(j.pid, unix.Getpgrp())
	_ = unix.Kill(0, unix.SIGTSTP)
	handOver(unix.Getpgrp(), j.pid)
	_ = j.Signal(unix.SIGCONT)
}
