package fs

import (
	"runtime"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// OpenDir tells the kernel that this file system needs no OPENDIR, unless all are to
// be heard of. From then on the kernel keeps listings, as with FOPEN_CACHE_DIR, and
// sends no RELEASEDIR.
func (s *server) OpenDir(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	s.tree.count(opOpendir)
	if s.tree.open(in, out, true, func() string { return s.inodes.path(in.NodeId) }) {
		return fuse.OK
	}
	return opened(runtime.GOOS, out)
}

// ReadDir lists the directory from an offset on. Linux does not send it; macFUSE
// and FreeBSD send nothing else.
func (s *server) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	s.tree.count(opReaddir)
	entries, err := s.entries(in.NodeId, s.inodes.path(in.NodeId), in.Offset)
	for _, e := range entries {
		if !out.AddDirEntry(e) {
			break // the reply is full
		}
	}
	return status(err)
}

// ReadDirPlus lists the directory from an offset on, with what LOOKUP would say of
// each name. The kernel always asks so, and not for bare names where it guesses
// that they will do: find(1) and cp(1) read all of a directory first, and a LOOKUP
// for each name then takes many times as long as the entry here. An entry without
// a node id, such as ".", is a bare name.
func (s *server) ReadDirPlus(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	s.tree.count(opReaddirplus)
	dir := s.inodes.path(in.NodeId)
	entries, err := s.entries(in.NodeId, dir, in.Offset)
	if len(entries) == 0 {
		return status(err)
	}
	at := s.tree.lower.opendir(dir)
	defer at.close()
	for _, e := range entries {
		entry := out.AddDirLookupEntry(e)
		if entry == nil {
			break // the reply is full
		}
		if e.Name == "." || e.Name == ".." {
			continue
		}
		if attr, err := s.tree.statEntry(dir, at, e); err == nil {
			s.enter(in.NodeId, e.Name, attr, entry)
		}
	}
	return fuse.OK
}

// entries returns what the directory's listing has from offset on.
func (s *server) entries(node uint64, dir string, offset uint64) ([]fuse.DirEntry, error) {
	all := s.listings.get(node)
	if all == nil {
		var err error
		if all, err = s.tree.list(s.tree.file(dir)); err != nil {
			return nil, err
		}
		s.listings.put(node, all)
	}
	if offset >= uint64(len(all)) {
		s.listings.drop(node) // it has been read to the end
		return nil, nil
	}
	return all[offset:], nil
}

// statEntry stats an entry of the listing of dir, which is open as at. One name in
// an open directory leads nowhere else, and the listing has judged it.
func (t *Tree) statEntry(dir string, at openDir, e fuse.DirEntry) (fuse.Attr, error) {
	f := t.file(join(dir, e.Name))
	if f.standIn != nil {
		_, attr, _, err := t.resolve(f.path)
		return attr, err
	}
	attr, err := at.lstat(e.Name)
	if err != nil {
		return attr, err
	}
	if attr.Mode&syscall.S_IFMT != e.Mode&syscall.S_IFMT {
		return attr, syscall.ENOENT // it is not what was judged
	}
	t.settle(f, &attr)
	return attr, nil
}
