package fs

import (
	"errors"
	"math"
	"runtime"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// A server answers what the kernel asks about a tree. To what has no method here
// it says ENOSYS, which the kernel takes for the last word on locks, statx, polls
// and the like, or turns into ENOTTY for an ioctl.
//
// Requests that are interrupted are answered all the same: the answers are near,
// and the kernel keeps them for whoever asks next.
type server struct {
	fuse.RawFileSystem
	tree     *Tree
	inodes   *inodes
	listings listings
}

func newServer(t *Tree) *server {
	return &server{RawFileSystem: fuse.NewDefaultRawFileSystem(), tree: t, inodes: newInodes()}
}

// forever is how long the kernel may keep what it is told.
const forever = time.Duration(math.MaxInt64)

// status is errno for a reply.
func status(err error) fuse.Status { return fuse.Status(errno(err)) }

// Lookup answers what a name in the directory is. It is a build's one question
// about a name; the kernel remembers the answer.
func (s *server) Lookup(_ <-chan struct{}, in *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	s.tree.count(opLookup)
	dir := s.inodes.path(in.NodeId)
	attr, a, err := s.tree.lookup(dir, name)
	switch errno(err) {
	case 0:
		s.enter(in.NodeId, name, attr, out)
		return fuse.OK
	case syscall.ENOENT:
		return s.tree.miss(in.Pid, join(dir, name), a, errors.Is(err, errHidden), out)
	}
	return status(err)
}

// enter fills in the entry of name in the directory parent.
func (s *server) enter(parent uint64, name string, attr fuse.Attr, out *fuse.EntryOut) {
	out.NodeId, out.Attr = s.inodes.id(parent, name), attr
	out.SetEntryTimeout(forever)
	out.SetAttrTimeout(forever)
}

// absent says that there is no such entry, which the kernel may keep in mind too.
func absent(out *fuse.EntryOut) fuse.Status {
	out.NodeId = 0
	out.SetEntryTimeout(forever)
	return fuse.OK
}

// Forget does nothing: what inodes holds is there to stay.
func (s *server) Forget(uint64, uint64) { s.tree.count(opForget) }

// GetAttr stats the file.
func (s *server) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	s.tree.count(opGetattr)
	_, attr, _, err := s.tree.resolve(s.inodes.path(in.NodeId))
	out.Attr = attr
	out.SetTimeout(forever)
	return status(err)
}

// Readlink reads the symbolic link.
func (s *server) Readlink(_ <-chan struct{}, in *fuse.InHeader) ([]byte, fuse.Status) {
	s.tree.count(opReadlink)
	path := s.inodes.path(in.NodeId)
	s.tree.readLink(in, path)
	target, err := s.tree.readlink(s.tree.file(path))
	return []byte(target), status(err)
}

// Open tells the kernel that this file system needs no OPEN, unless all are to be
// heard of.
func (s *server) Open(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	s.tree.count(opOpen)
	if s.tree.open(in, out, false, func() string { return s.inodes.path(in.NodeId) }) {
		return fuse.OK
	}
	return opened(runtime.GOOS, out)
}

// Flush tells the kernel that this file system needs no FLUSH.
func (s *server) Flush(<-chan struct{}, *fuse.FlushIn) fuse.Status {
	s.tree.count(opFlush)
	return fuse.ENOSYS
}

// Read reads the pages that the kernel has not cached.
func (s *server) Read(_ <-chan struct{}, in *fuse.ReadIn, dest []byte) (fuse.ReadResult, fuse.Status) {
	s.tree.count(opRead)
	path := s.inodes.path(in.NodeId)
	s.tree.read(in, path)
	n, err := s.tree.pread(s.tree.file(path), dest, int64(in.Offset))
	return fuse.ReadResultData(dest[:n]), status(err)
}

// Lseek finds data and holes, so that a sparse file stays one when overlayfs
// copies it up.
func (s *server) Lseek(_ <-chan struct{}, in *fuse.LseekIn, out *fuse.LseekOut) fuse.Status {
	s.tree.count(opLseek)
	f := s.tree.file(s.inodes.path(in.NodeId))
	if f.from == "" {
		return fuse.Status(syscall.EOPNOTSUPP)
	}
	at, err := s.tree.lower.seek(f.from, int64(in.Offset), int(in.Whence))
	out.Offset = uint64(at)
	return status(err)
}

// StatFs reports on the file system that the root is on.
func (s *server) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	s.tree.count(opStatfs)
	return status(s.tree.lower.statfs(out))
}
