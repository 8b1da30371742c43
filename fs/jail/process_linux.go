package jail

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Process tells what the process pid of the jail runs, by the jail's /proc
// directory: the file, as the jail names it, and the command line. It is for use
// while a request holds the process. What cannot be known is empty, as is all
// without a proc.
func Process(proc *os.File, pid uint32) (exe string, argv []string) {
	if proc == nil {
		return "", nil
	}
	return exeOf(int(proc.Fd()), pid), argvOf(int(proc.Fd()), pid)
}

// exeOf is the file that a process runs, by an open /proc.
func exeOf(proc int, pid uint32) string {
	return readLink(proc, strconv.FormatUint(uint64(pid), 10)+"/exe")
}

// argvOf is the command line of a process, by an open /proc.
func argvOf(proc int, pid uint32) []string {
	return timely(func() []string {
		return splitArgs(readAt(proc, strconv.FormatUint(uint64(pid), 10)+"/cmdline", maxCommandLine))
	})
}

// Asker returns the process for which pid, of a jail, looks something up: process 1
// looks at what a call names before the kernel does, and its thread has the caller's
// number in its name.
func Asker(proc *os.File, pid uint32) uint32 {
	if proc == nil {
		return pid
	}
	dir, number := int(proc.Fd()), strconv.FormatUint(uint64(pid), 10)
	if unix.Faccessat(dir, "1/task/"+number, unix.F_OK, 0) != nil {
		return pid // none of process 1's threads
	}
	name := readAt(dir, number+"/comm", 64)
	other, ok := strings.CutPrefix(strings.TrimSpace(string(name)), speaker)
	caller, err := strconv.ParseUint(other, 10, 32)
	if !ok || err != nil {
		return pid
	}
	return uint32(caller)
}

// Entering tells whether the process pid of a jail is depview itself, on its way to
// the command, so that what it looks up is not the build's wish.
func Entering(pid uint32) bool { return pid == 1 }

// Program is this program, for starting it anew.
func Program() (string, error) { return "/proc/self/exe", nil }
