package fs

import "golang.org/x/sys/unix"

// Flags of renameat, as FUSE has them: those of renamex_np(2).
const (
	renameNoReplace = unix.RENAME_EXCL
	renameExchange  = unix.RENAME_SWAP
	renameWhiteout  = 0
)

func renameat(oldDir int, old string, newDir int, new string, flags uint) error {
	return unix.RenameatxNp(oldDir, old, newDir, new, uint32(flags))
}
