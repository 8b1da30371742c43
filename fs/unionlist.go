package fs

import (
	"runtime"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// OpenDir tells the kernel that this file system needs no OPENDIR.
func (u *union) OpenDir(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	u.tree.count(opOpendir)
	if u.tree.open(in, out, true, func() string { return u.lowerOf(in.NodeId) }) {
		return fuse.OK
	}
	return opened(runtime.GOOS, out)
}

// ReadDir lists the directory from an offset on.
func (u *union) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	u.tree.count(opReaddir)
	return u.eachEntry(in, func(_ *node, e fuse.DirEntry, _ *found) bool { return out.AddDirEntry(e) })
}

// ReadDirPlus lists the directory from an offset on, with what LOOKUP would say of
// each name; "." and ".." are bare names.
func (u *union) ReadDirPlus(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	u.tree.count(opReaddirplus)
	return u.eachEntry(in, func(dir *node, e fuse.DirEntry, f *found) bool {
		entry := out.AddDirLookupEntry(e)
		if entry != nil && f != nil {
			u.enter(dir, e.Name, f, entry)
		}
		return entry != nil
	})
}

// eachEntry calls add with each entry of a listing, and what stands there, until the
// reply is full. That is nil for "." and "..", and for what cannot be described: the
// name is there all the same, and who looks it up is told why.
func (u *union) eachEntry(in *fuse.ReadIn, add func(dir *node, e fuse.DirEntry, f *found) bool) fuse.Status {
	u.mu.RLock()
	defer u.mu.RUnlock()
	dir, entries, err := u.entries(in)
	if len(entries) == 0 {
		return status(err)
	}
	plain := !dir.upper.Load() // then all that is in it is the lower tree's
	var at openDir
	if plain {
		at = u.tree.lower.opendir(dir.lower)
		defer at.close()
	}
	for _, e := range entries {
		var f *found
		if e.Name != "." && e.Name != ".." {
			stands, err := u.findEntry(dir, plain, at, e)
			if errno(err) == syscall.ENOENT {
				continue // gone meanwhile
			}
			if err == nil {
				f = &stands
				e.Mode, e.Ino = f.attr.Mode&kindMask, f.attr.Ino
			}
		}
		if !add(dir, e, f) {
			break
		}
	}
	return fuse.OK
}

func (u *union) entries(in *fuse.ReadIn) (*node, []fuse.DirEntry, error) {
	dir := u.nodes.get(in.NodeId)
	if dir == nil {
		return nil, nil, syscall.ESTALE
	}
	list, err := u.listings.get(dir, in.Offset, func() ([]fuse.DirEntry, error) { return u.list(dir) })
	return dir, list, err
}

// findEntry is find for an entry of a listing. Plain says that the directory is in
// the lower tree alone, where it is open as at.
func (u *union) findEntry(dir *node, plain bool, at openDir, e fuse.DirEntry) (f found, err error) {
	if !plain {
		f, _, err = u.find(dir, e.Name)
		return f, err
	}
	f.lower = join(dir.lower, e.Name)
	f.attr, err = u.tree.statEntry(dir.lower, at, e)
	u.discount(&f.attr)
	return f, err
}

// list lists a directory: ".", "..", what the upper layer has, and what the lower
// tree has besides.
func (u *union) list(dir *node) ([]fuse.DirEntry, error) {
	up := dir.ino
	if at, ok := u.nodes.where(dir); ok {
		up = at.dir.ino
	} else if dir.id != rootID {
		return nil, nil // it was removed
	}
	entries := []fuse.DirEntry{{Name: ".", Mode: kindDir, Ino: dir.ino}, {Name: "..", Mode: kindDir, Ino: up}}
	covered := map[string]bool{}
	if dir.upper.Load() {
		own, err := u.listUpper(dir, covered)
		if err != nil {
			return nil, err
		}
		entries = append(entries, own...)
	}
	if dir.lower == "" {
		return entries, nil
	}
	below, err := u.tree.list(u.tree.file(dir.lower))
	if err != nil {
		return nil, err
	}
	for _, e := range below[2:] { // "." and ".." come first
		if !covered[e.Name] {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// listUpper lists what the upper layer has in a directory, with kinds and numbers as
// the disk has them, and adds to covered the names that the lower tree has no say in.
func (u *union) listUpper(dir *node, covered map[string]bool) ([]fuse.DirEntry, error) {
	h, err := u.acquire(dir)
	if err != nil {
		return nil, err
	}
	defer u.handles.give(h)
	all, err := u.upper.names(h.fd)
	if err != nil {
		return nil, err
	}
	var entries []fuse.DirEntry
	for _, e := range all {
		name, isMarker := u.upper.marks(h.fd, &e)
		if covered[name] = true; !isMarker {
			entries = append(entries, e)
		}
	}
	return entries, nil
}
