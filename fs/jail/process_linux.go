package jail

import (
	"io"
	"os"
	"strconv"

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
	dir := int(proc.Fd())
	buf := make([]byte, unix.PathMax)
	number := strconv.FormatUint(uint64(pid), 10)
	if n, err := unix.Readlinkat(dir, number+"/exe", buf); err == nil {
		exe = string(buf[:n])
	}
	fd, err := unix.Openat(dir, number+"/cmdline", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return exe, nil
	}
	f := os.NewFile(uintptr(fd), "cmdline")
	defer f.Close()
	data, _ := io.ReadAll(io.LimitReader(f, maxCommandLine))
	return exe, splitArgs(data)
}

// Entering tells whether the process pid of a jail is depview itself, on its way to
// the command, so that what it looks up is not the build's wish.
func Entering(pid uint32) bool { return pid == 1 }

// Program is this program, for starting it anew.
func Program() (string, error) { return "/proc/self/exe", nil }
