package fs

import (
	"sync/atomic"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// A counter counts the requests that the kernel sends, by opcode, on their way to
// the tree. A warm view is one in which the numbers stand still.
type counter struct {
	fuse.RawFileSystem
	lookup, forget, getattr, statx, readlink, open, read, lseek, flush atomic.Uint64
	opendir, readdir, readdirplus, releasedir, statfs                  atomic.Uint64
}

// Requests returns how many requests the tree has been sent, by the names that
// fuse(4) has for them; those it was never sent are left out.
func (t *Tree) Requests() map[string]uint64 {
	c := t.counter.Load()
	if c == nil {
		return nil
	}
	m := map[string]uint64{}
	for name, n := range map[string]*atomic.Uint64{
		"LOOKUP": &c.lookup, "FORGET": &c.forget, "GETATTR": &c.getattr, "STATX": &c.statx, "READLINK": &c.readlink,
		"OPEN": &c.open, "READ": &c.read, "LSEEK": &c.lseek, "FLUSH": &c.flush, "OPENDIR": &c.opendir,
		"READDIR": &c.readdir, "READDIRPLUS": &c.readdirplus, "RELEASEDIR": &c.releasedir, "STATFS": &c.statfs,
	} {
		if v := n.Load(); v > 0 {
			m[name] = v
		}
	}
	return m
}

func (c *counter) Lookup(cancel <-chan struct{}, h *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	c.lookup.Add(1)
	return c.RawFileSystem.Lookup(cancel, h, name, out)
}

func (c *counter) Forget(node, n uint64) {
	c.forget.Add(1)
	c.RawFileSystem.Forget(node, n)
}

func (c *counter) GetAttr(cancel <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	c.getattr.Add(1)
	return c.RawFileSystem.GetAttr(cancel, in, out)
}

func (c *counter) Statx(cancel <-chan struct{}, in *fuse.StatxIn, out *fuse.StatxOut) fuse.Status {
	c.statx.Add(1)
	return c.RawFileSystem.Statx(cancel, in, out)
}

func (c *counter) Readlink(cancel <-chan struct{}, h *fuse.InHeader) ([]byte, fuse.Status) {
	c.readlink.Add(1)
	return c.RawFileSystem.Readlink(cancel, h)
}

func (c *counter) Open(cancel <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	c.open.Add(1)
	return c.RawFileSystem.Open(cancel, in, out)
}

func (c *counter) Read(cancel <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	c.read.Add(1)
	return c.RawFileSystem.Read(cancel, in, buf)
}

func (c *counter) Lseek(cancel <-chan struct{}, in *fuse.LseekIn, out *fuse.LseekOut) fuse.Status {
	c.lseek.Add(1)
	return c.RawFileSystem.Lseek(cancel, in, out)
}

func (c *counter) Flush(cancel <-chan struct{}, in *fuse.FlushIn) fuse.Status {
	c.flush.Add(1)
	return c.RawFileSystem.Flush(cancel, in)
}

func (c *counter) OpenDir(cancel <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	c.opendir.Add(1)
	return c.RawFileSystem.OpenDir(cancel, in, out)
}

func (c *counter) ReadDir(cancel <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	c.readdir.Add(1)
	return c.RawFileSystem.ReadDir(cancel, in, out)
}

func (c *counter) ReadDirPlus(cancel <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	c.readdirplus.Add(1)
	return c.RawFileSystem.ReadDirPlus(cancel, in, out)
}

func (c *counter) ReleaseDir(in *fuse.ReleaseIn) {
	c.releasedir.Add(1)
	c.RawFileSystem.ReleaseDir(in)
}

func (c *counter) StatFs(cancel <-chan struct{}, in *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	c.statfs.Add(1)
	return c.RawFileSystem.StatFs(cancel, in, out)
}
