package fs

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Flags of renameat, as Linux has them. There are none here, nor does FUSE send any.
const (
	renameNoReplace = 1 << iota
	renameExchange
	renameWhiteout
)

func renameat(oldDir int, old string, newDir int, new string, flags uint) error {
	if flags != 0 {
		return syscall.EINVAL
	}
	return unix.Renameat(oldDir, old, newDir, new)
}
