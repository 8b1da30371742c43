package fs

import "sync/atomic"

// An opcode is a kind of request that the kernel sends.
type opcode int

const (
	opLookup opcode = iota
	opForget
	opGetattr
	opReadlink
	opOpen
	opRead
	opLseek
	opFlush
	opOpendir
	opReaddir
	opReaddirplus
	opStatfs
	opSetattr
	opMknod
	opMkdir
	opSymlink
	opLink
	opUnlink
	opRmdir
	opRename
	opCreate
	opTmpfile
	opRelease
	opWrite
	opFallocate
	opCopyFileRange
	opFsync
	opGetxattr
	opSetxattr
	opListxattr
	opRemovexattr
)

var opcodeNames = [...]string{
	"LOOKUP", "FORGET", "GETATTR", "READLINK", "OPEN", "READ", "LSEEK", "FLUSH", "OPENDIR", "READDIR", "READDIRPLUS", "STATFS",
	"SETATTR", "MKNOD", "MKDIR", "SYMLINK", "LINK", "UNLINK", "RMDIR", "RENAME", "CREATE", "TMPFILE", "RELEASE",
	"WRITE", "FALLOCATE", "COPY_FILE_RANGE", "FSYNC", "GETXATTR", "SETXATTR", "LISTXATTR", "REMOVEXATTR",
}

// requests counts the kernel's requests by opcode.
type requests [len(opcodeNames)]atomic.Uint64

func (t *Tree) count(op opcode) { t.requests[op].Add(1) }

// Requests returns how many requests the tree has been sent, by the names that
// fuse(4) has for them; those it was never sent are left out. A warm view is one
// in which the numbers stand still.
func (t *Tree) Requests() map[string]uint64 {
	m := map[string]uint64{}
	for op, name := range opcodeNames {
		if n := t.requests[op].Load(); n > 0 {
			m[name] = n
		}
	}
	return m
}
