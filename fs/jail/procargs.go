package jail

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// maxCommandLine is how much of a command line is worth keeping, in bytes.
const maxCommandLine = 4096

// splitArgs splits a command line as Linux's /proc and FreeBSD's kern.proc.args have
// it: each argument with a NUL behind it.
func splitArgs(data []byte) []string {
	line := strings.TrimRight(string(data[:min(len(data), maxCommandLine)]), "\x00")
	if line == "" {
		return nil
	}
	return strings.Split(line, "\x00")
}

// procArgs2 takes apart what macOS's sysctl kern.procargs2 gives: the number of
// arguments as a C int, the path that was executed, NULs up to a multiple of eight
// bytes, the arguments, and the environment, which is nobody's business.
func procArgs2(data []byte) (exe string, argv []string) {
	if len(data) < 4 {
		return "", nil
	}
	count := int(int32(binary.LittleEndian.Uint32(data)))
	path, rest, ok := bytes.Cut(data[4:], []byte{0})
	if !ok {
		return "", nil
	}
	rest = bytes.TrimLeft(rest, "\x00")
	for left := maxCommandLine; count > 0 && left > 0; count-- {
		var arg []byte
		if arg, rest, ok = bytes.Cut(rest, []byte{0}); !ok {
			break // the process has written over them
		}
		arg = arg[:min(len(arg), left)]
		left -= len(arg) + 1
		argv = append(argv, string(arg))
	}
	return string(path), argv
}
