package fs

import (
	"slices"
	"sync"

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
