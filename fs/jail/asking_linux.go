package jail

import (
	"bytes"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/record"
)

// Asking tells which system call the thread pid of the jail waits in, and the path
// that it names, as the caller spells it, by the jail's /proc directory. It is for
// use while a request holds the thread. What cannot be known is zero.
func Asking(proc *os.File, pid uint32) (record.Call, string) {
	if proc == nil {
		return "", ""
	}
	a := timely(func() asked {
		call, path := asking(proc, pid)
		return asked{call, path}
	})
	return a.call, a.path
}

type asked struct {
	call record.Call
	path string
}

func asking(proc *os.File, pid uint32) (record.Call, string) {
	number := strconv.FormatUint(uint64(pid), 10)
	words := callOf(proc, number)
	if len(words) < 9 { // -1 outside of a call
		return "", ""
	}
	nr, err := strconv.ParseUint(words[0], 10, 32)
	if err != nil {
		return "", ""
	}
	var args [6]uint64
	for i := range args {
		args[i], _ = strconv.ParseUint(words[1+i], 0, 64)
	}
	goarch := runtime.GOARCH
	if stack, _ := strconv.ParseUint(words[7], 0, 64); goarch == "amd64" && stack < 1<<32 {
		goarch = "386" // a 32-bit program, whose calls have other numbers
	}
	a, ok := askingCalls[goarch][uint32(nr)]
	if !ok {
		return record.Other, ""
	}
	call := a.call
	if call == record.Open && a.flags != none && args[a.flags]&(unix.O_PATH|unix.O_DIRECTORY) != 0 {
		call = record.Stat // there is nothing to read
	}
	return call, spelled(proc, number, args[a.path])
}

// callOf reads which call a thread waits in: its number, six arguments, the stack and
// the instruction. One that has sent its request may be about to wait only.
func callOf(proc *os.File, number string) (words []string) {
	for wait := 20 * time.Microsecond; wait < lookTime/4; wait *= 2 {
		words = strings.Fields(string(readAt(int(proc.Fd()), number+"/syscall", 512)))
		if len(words) != 1 || words[0] != "running" {
			break
		}
		time.Sleep(wait)
	}
	return words
}

// readAt reads so many bytes of a file below an open /proc, or none.
func readAt(proc int, name string, most int64) []byte {
	fd, err := unix.Openat(proc, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	data, _ := io.ReadAll(io.LimitReader(f, most))
	return data
}

// spelled reads a path from a process's memory, page by page, since it may end where
// the memory does.
func spelled(proc *os.File, number string, address uint64) string {
	fd, err := unix.Openat(int(proc.Fd()), number+"/mem", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	const page = 4096
	var text []byte
	for len(text) < unix.PathMax {
		buf := make([]byte, page-address%page)
		n, err := unix.Pread(fd, buf, int64(address))
		if err != nil || n <= 0 {
			return ""
		}
		if end := bytes.IndexByte(buf[:n], 0); end >= 0 {
			return string(append(text, buf[:end]...))
		}
		text, address = append(text, buf[:n]...), address+uint64(n)
	}
	return ""
}

// An askingCall says where a call that names a path has it, and its flags.
type askingCall struct {
	call        record.Call
	path, flags int
}

// askingCalls are the calls that say what a path is wanted for, by architecture and
// number; name_to_handle_at comes before an open by handle. Others that name one
// change something.
var askingCalls = map[string]map[uint32]askingCall{
	"amd64": {
		2: {record.Open, 0, 1}, 257: {record.Open, 1, 2}, 437: {record.Open, 1, none}, 303: {record.Open, 1, none},
		59: {record.Exec, 0, none}, 322: {record.Exec, 1, none},
		4: {record.Stat, 0, none}, 6: {record.Stat, 0, none}, 262: {record.Stat, 1, none}, 332: {record.Stat, 1, none},
		21: {record.Stat, 0, none}, 269: {record.Stat, 1, none}, 439: {record.Stat, 1, none},
		89: {record.Stat, 0, none}, 267: {record.Stat, 1, none},
		137: {record.Stat, 0, none}, 191: {record.Stat, 0, none}, 192: {record.Stat, 0, none},
	},
	"386": {
		5: {record.Open, 0, 1}, 295: {record.Open, 1, 2}, 437: {record.Open, 1, none}, 341: {record.Open, 1, none},
		11: {record.Exec, 0, none}, 358: {record.Exec, 1, none},
		106: {record.Stat, 0, none}, 107: {record.Stat, 0, none}, 195: {record.Stat, 0, none}, 196: {record.Stat, 0, none},
		300: {record.Stat, 1, none}, 383: {record.Stat, 1, none},
		33: {record.Stat, 0, none}, 307: {record.Stat, 1, none}, 439: {record.Stat, 1, none},
		85: {record.Stat, 0, none}, 305: {record.Stat, 1, none}, 99: {record.Stat, 0, none}, 268: {record.Stat, 0, none},
	},
	"arm64": {
		56: {record.Open, 1, 2}, 437: {record.Open, 1, none}, 264: {record.Open, 1, none},
		221: {record.Exec, 0, none}, 281: {record.Exec, 1, none},
		79: {record.Stat, 1, none}, 291: {record.Stat, 1, none}, 48: {record.Stat, 1, none}, 439: {record.Stat, 1, none},
		78: {record.Stat, 1, none}, 43: {record.Stat, 0, none}, 8: {record.Stat, 0, none}, 9: {record.Stat, 0, none},
	},
}
