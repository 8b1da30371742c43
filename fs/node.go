package fs

import (
	"context"
	"errors"
	"path"
	"syscall"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// What a node can do. Whatever is missing here go-fuse answers itself, with
// EROFS or ENOTSUP, which is right for a tree that nothing writes to.
var (
	_ = (fusefs.NodeLookuper)((*node)(nil))
	_ = (fusefs.NodeGetattrer)((*node)(nil))
	_ = (fusefs.NodeReadlinker)((*node)(nil))
	_ = (fusefs.NodeOpendirHandler)((*node)(nil))
	_ = (fusefs.NodeOpener)((*node)(nil))
	_ = (fusefs.NodeReader)((*node)(nil))
	_ = (fusefs.NodeFlusher)((*node)(nil))
	_ = (fusefs.NodeLseeker)((*node)(nil))
	_ = (fusefs.NodeStatfser)((*node)(nil))
)

// A node is one file of the tree.
type node struct {
	fusefs.Inode
	tree *Tree
	path string // in the view
	from string // on the root; empty where the root has no part in it
	// A stand-in's content.
	standIn bool
	link    []byte
	data    []byte
}

// Lookup answers what a name in the directory is. It is a build's one question
// about a name; the kernel remembers the answer.
func (n *node) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fusefs.Inode, syscall.Errno) {
	p := path.Join(n.path, name)
	if n.from == "" && n.tree.view.StandIn(p) == nil {
		return nil, syscall.ENOENT // an empty directory, whatever the root has there
	}
	child, attr, a, err := n.tree.resolve(p)
	if errors.Is(err, errHidden) {
		if caller, ok := fuse.FromContext(ctx); ok {
			n.tree.options.Hidden(caller.Pid, p, a)
		}
		return nil, syscall.ENOENT
	}
	if err != nil {
		return nil, errno(err)
	}
	out.Attr = attr
	return n.NewInode(ctx, child, fusefs.StableAttr{Mode: attr.Mode & syscall.S_IFMT, Ino: attr.Ino}), 0
}

// Getattr stats the file.
func (n *node) Getattr(_ context.Context, _ fusefs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	_, attr, _, err := n.tree.resolve(n.path)
	if err != nil {
		return errno(err)
	}
	out.Attr = attr
	return 0
}

// Readlink reads the symbolic link.
func (n *node) Readlink(context.Context) ([]byte, syscall.Errno) {
	if n.from == "" {
		return n.link, 0
	}
	target, err := n.tree.lower.readlink(n.from)
	return []byte(target), errno(err)
}

// OpendirHandle lists the directory and lets the kernel keep the listing.
func (n *node) OpendirHandle(context.Context, uint32) (fusefs.FileHandle, uint32, syscall.Errno) {
	entries, err := n.tree.list(n)
	if err != nil {
		return nil, 0, errno(err)
	}
	return fusefs.NewListDirStream(entries), fuse.FOPEN_CACHE_DIR | fuse.FOPEN_KEEP_CACHE, 0
}

// Open tells the kernel that this file system needs no OPEN.
func (n *node) Open(context.Context, uint32) (fusefs.FileHandle, uint32, syscall.Errno) {
	return nil, 0, syscall.ENOSYS
}

// Flush tells the kernel that this file system needs no FLUSH.
func (n *node) Flush(context.Context, fusefs.FileHandle) syscall.Errno { return syscall.ENOSYS }

// Read reads the pages that the kernel has not cached.
func (n *node) Read(_ context.Context, _ fusefs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	if n.from == "" {
		data := n.data[min(off, int64(len(n.data))):]
		return fuse.ReadResultData(data[:min(len(dest), len(data))]), 0
	}
	got, err := n.tree.lower.pread(n.from, dest, off)
	return fuse.ReadResultData(dest[:got]), errno(err)
}

// Lseek finds data and holes, so that a sparse file stays one when overlayfs
// copies it up.
func (n *node) Lseek(_ context.Context, _ fusefs.FileHandle, off uint64, whence uint32) (uint64, syscall.Errno) {
	if n.from == "" {
		return 0, syscall.EOPNOTSUPP
	}
	at, err := n.tree.lower.seek(n.from, int64(off), int(whence))
	return uint64(at), errno(err)
}

// Statfs reports on the file system that the root is on.
func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	return errno(n.tree.lower.statfs(out))
}
