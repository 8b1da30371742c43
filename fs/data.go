package fs

import (
	"runtime"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// Open tells the kernel that this file system needs no OPEN.
func (u *union) Open(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	u.tree.count(opOpen)
	if u.tree.open(in, out, false, func() string { return u.lowerOf(in.NodeId) }) {
		return fuse.OK
	}
	return opened(runtime.GOOS, out)
}

// Flush tells the kernel that this file system needs no FLUSH.
func (u *union) Flush(<-chan struct{}, *fuse.FlushIn) fuse.Status {
	u.tree.count(opFlush)
	return fuse.ENOSYS
}

// lowerOf returns the path in the lower tree of a directory, or of a file that is
// there alone; "" for others.
func (u *union) lowerOf(id uint64) string {
	u.mu.RLock()
	defer u.mu.RUnlock()
	n := u.nodes.get(id)
	if n == nil || !n.isDir() && n.upper.Load() {
		return ""
	}
	return n.lower
}

// open returns a handle of the file that the kernel calls id, for its caller to give
// back, or nil and the file's path if it is in the lower tree alone.
func (u *union) open(id uint64) (h *handle, lower string, err error) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	n := u.nodes.get(id)
	switch {
	case n == nil:
		return nil, "", syscall.ESTALE
	case !n.upper.Load():
		return nil, n.lower, nil
	}
	h, err = u.acquire(n)
	return h, "", err
}

// Read reads the pages that the kernel has not cached.
func (u *union) Read(_ <-chan struct{}, in *fuse.ReadIn, dest []byte) (fuse.ReadResult, fuse.Status) {
	u.tree.count(opRead)
	h, lower, err := u.open(in.NodeId)
	if err != nil {
		return nil, status(err)
	}
	var size int
	if h != nil {
		defer u.handles.give(h)
		size, err = preadAll(h.fd, dest, int64(in.Offset))
	} else {
		u.tree.read(in, lower)
		size, err = u.tree.pread(u.tree.file(lower), dest, int64(in.Offset))
	}
	return fuse.ReadResultData(dest[:size]), status(err)
}

// Writev writes, and copies up first.
func (u *union) Writev(_ <-chan struct{}, in *fuse.WriteIn, data [][]byte) (written uint32, _ fuse.Status) {
	u.tree.count(opWrite)
	h, err := u.openToWrite(u.nodes.get(in.NodeId))
	if err != nil {
		return 0, status(err)
	}
	defer u.handles.give(h)
	if in.WriteFlags&fuse.WRITE_KILL_SUIDGID != 0 {
		if err := u.upper.killPrivileges(h.fd); err != nil {
			return 0, status(err)
		}
	}
	for _, part := range data {
		if err := pwriteAll(h.fd, part, int64(in.Offset)+int64(written)); err != nil {
			return 0, status(err)
		}
		written += uint32(len(part))
	}
	return written, fuse.OK
}

// Fallocate gives a file space, or takes it away.
func (u *union) Fallocate(_ <-chan struct{}, in *fuse.FallocateIn) fuse.Status {
	u.tree.count(opFallocate)
	h, err := u.openToWrite(u.nodes.get(in.NodeId))
	if err != nil {
		return status(err)
	}
	defer u.handles.give(h)
	if err := u.upper.aboutToChange(h.fd, in.Owner); err != nil {
		return status(err)
	}
	return status(fallocate(h.fd, in.Mode, int64(in.Offset), int64(in.Length)))
}

// Lseek finds data and holes.
func (u *union) Lseek(_ <-chan struct{}, in *fuse.LseekIn, out *fuse.LseekOut) fuse.Status {
	u.tree.count(opLseek)
	h, lower, err := u.open(in.NodeId)
	if err != nil {
		return status(err)
	}
	var at int64
	if h != nil {
		defer u.handles.give(h)
		at, err = unix.Seek(h.fd, int64(in.Offset), int(in.Whence))
	} else if f := u.tree.file(lower); f.from != "" {
		at, err = u.tree.lower.seek(f.from, int64(in.Offset), int(in.Whence))
	} else {
		err = syscall.EOPNOTSUPP
	}
	out.Offset = uint64(at)
	return status(err)
}

// CopyFileRange copies between files of the upper layer; for others the kernel
// reads and writes.
func (u *union) CopyFileRange(_ <-chan struct{}, in *fuse.CopyFileRangeIn) (uint32, fuse.Status) {
	u.tree.count(opCopyFileRange)
	source, _, err := u.open(in.NodeId)
	if err != nil {
		return 0, status(err)
	}
	if source == nil {
		return 0, fuse.Status(syscall.EOPNOTSUPP)
	}
	defer u.handles.give(source)
	h, err := u.openToWrite(u.nodes.get(in.NodeIdOut))
	if err != nil {
		return 0, status(err)
	}
	defer u.handles.give(h)
	if err := u.upper.aboutToChange(h.fd, in.Owner); err != nil {
		return 0, status(err)
	}
	written, err := copyFileRange(source.fd, int64(in.OffIn), h.fd, int64(in.OffOut), int(min(in.Len, 1<<30)))
	return uint32(written), status(err)
}

// Fsync has what was written be on disk. The lower tree has nothing to write.
func (u *union) Fsync(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	u.tree.count(opFsync)
	h, _, err := u.open(in.NodeId)
	if err != nil || h == nil {
		return status(err)
	}
	defer u.handles.give(h)
	return status(unix.Fsync(h.fd))
}

// FsyncDir is Fsync for a directory.
func (u *union) FsyncDir(cancel <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return u.Fsync(cancel, in)
}

// preadAll reads as many bytes as there are.
func preadAll(fd int, dest []byte, off int64) (total int, err error) {
	for total < len(dest) {
		n, err := unix.Pread(fd, dest[total:], off+int64(total))
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return total, err
		case n == 0:
			return total, nil
		}
		total += n
	}
	return total, nil
}
