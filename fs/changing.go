package fs

import (
	"runtime"
	"slices"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// changing keeps the listings of directories that are being read while they change.
// Readers have no handle, since OPENDIR is answered with ENOSYS: a request comes
// with an offset alone. So an entry keeps its place in a listing: one that goes
// leaves a gap, and one that comes is added at the end. Whoever reads on misses
// none that was there all the time, and gets none twice.
type changing struct {
	mu   sync.Mutex
	kept []*dirList // the latest used last
}

type dirList struct {
	dir     *node
	entries []fuse.DirEntry // a gap has no name
	gaps    int
	places  map[string]int // made when first needed
}

// mostLists is how many listings are kept.
const mostLists = 256

// get returns the entries of a directory from an offset on, made by list if need
// be. They are in the order of their offsets, and have them. The kernel lets nobody
// change a directory while it is being listed.
func (c *changing) get(dir *node, offset uint64, list func() ([]fuse.DirEntry, error)) ([]fuse.DirEntry, error) {
	c.mu.Lock()
	l := c.findLocked(dir)
	if l != nil && offset == 0 && l.gaps > 64 && l.gaps > len(l.entries)/2 {
		c.kept = c.kept[:len(c.kept)-1] // to be made anew, without the gaps
		l = nil
	}
	c.mu.Unlock()
	if l == nil {
		entries, err := list()
		if err != nil {
			return nil, err
		}
		l = c.put(dir, entries)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var from []fuse.DirEntry
	for _, e := range l.entries[min(offset, uint64(len(l.entries))):] {
		if e.Name != "" {
			from = append(from, e)
		}
		if len(from) == mostEntries {
			break
		}
	}
	return from, nil
}

// mostEntries is more than one reply can hold.
const mostEntries = 1024

// put keeps a listing.
func (c *changing) put(dir *node, entries []fuse.DirEntry) *dirList {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.findLocked(dir); l != nil {
		return l
	}
	l := &dirList{dir: dir, entries: entries}
	for i := range entries {
		entries[i].Off = uint64(i) + 1
	}
	if len(c.kept) == mostLists {
		c.kept = slices.Delete(c.kept, 0, 1)
	}
	c.kept = append(c.kept, l)
	return l
}

// findLocked returns the kept listing of a directory, which is the last of them
// then, or nil.
func (c *changing) findLocked(dir *node) *dirList {
	for i, l := range c.kept {
		if l.dir == dir {
			c.kept = append(slices.Delete(c.kept, i, i+1), l)
			return l
		}
	}
	return nil
}

// add notes a new entry.
func (c *changing) add(dir *node, e fuse.DirEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.findLocked(dir)
	if l == nil {
		return
	}
	l.index()
	if _, ok := l.places[e.Name]; ok {
		return
	}
	e.Off = uint64(len(l.entries)) + 1
	l.places[e.Name] = len(l.entries)
	l.entries = append(l.entries, e)
}

// remove notes that an entry is gone.
func (c *changing) remove(dir *node, s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.findLocked(dir)
	if l == nil {
		return
	}
	l.index()
	if i, ok := l.places[s]; ok {
		l.entries[i] = fuse.DirEntry{}
		l.gaps++
		delete(l.places, s)
	}
}

func (l *dirList) index() {
	if l.places != nil {
		return
	}
	l.places = map[string]int{}
	for i, e := range l.entries {
		if e.Name != "" {
			l.places[e.Name] = i
		}
	}
}

// OpenDir tells the kernel that this file system needs no OPENDIR.
func (u *union) OpenDir(_ <-chan struct{}, _ *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	u.tree.count(opOpendir)
	return opened(runtime.GOOS, out)
}

// ReadDir lists the directory from an offset on.
func (u *union) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	u.tree.count(opReaddir)
	u.mu.RLock()
	defer u.mu.RUnlock()
	dir, entries, err := u.entries(in)
	if len(entries) == 0 {
		return status(err)
	}
	plain := !dir.upper.Load() // then what stands at a name is settled but for copies
	var at openDir
	if plain {
		at = u.tree.lower.opendir(dir.lower)
		defer at.close()
	}
	for _, e := range entries {
		if e.Name != "." && e.Name != ".." {
			f, err := u.findEntry(dir, plain, at, e)
			if err != nil {
				continue // gone meanwhile
			}
			e.Mode, e.Ino = f.attr.Mode&kindMask, f.attr.Ino
		}
		if !out.AddDirEntry(e) {
			break // the reply is full
		}
	}
	return fuse.OK
}

// ReadDirPlus lists the directory from an offset on, with what LOOKUP would say of
// each name.
func (u *union) ReadDirPlus(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	u.tree.count(opReaddirplus)
	u.mu.RLock()
	defer u.mu.RUnlock()
	dir, entries, err := u.entries(in)
	if len(entries) == 0 {
		return status(err)
	}
	plain := !dir.upper.Load() // then what stands at a name is settled but for copies
	var at openDir
	if plain {
		at = u.tree.lower.opendir(dir.lower)
		defer at.close()
	}
	for _, e := range entries {
		if e.Name == "." || e.Name == ".." {
			if out.AddDirLookupEntry(e) == nil {
				break
			}
			continue
		}
		f, err := u.findEntry(dir, plain, at, e)
		if err != nil {
			continue // gone meanwhile
		}
		e.Mode, e.Ino = f.attr.Mode&kindMask, f.attr.Ino
		entry := out.AddDirLookupEntry(e)
		if entry == nil {
			break // the reply is full
		}
		u.enter(dir, e.Name, &f, entry)
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
