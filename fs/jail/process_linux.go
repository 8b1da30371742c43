package jail

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// maxCommandLine is how much of a command line is worth keeping, in bytes.
const maxCommandLine = 4096

// Process tells what the process pid of the jail runs, by the jail's /proc
// directory: the file, as the jail names it, and the command line. It is for use
// while a request holds the process. What cannot be known is empty.
func Process(proc *os.File, pid uint32) (exe string, argv []string) {
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
	if line := strings.TrimRight(string(data), "\x00"); line != "" {
		argv = strings.Split(line, "\x00")
	}
	return exe, argv
}
