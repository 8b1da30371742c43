package fs

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// A node is a file of a union, as long as the kernel knows it. It stays the same
// when the file is copied up, renamed or unlinked, and all names of a file are one.
type node struct {
	id   uint64
	kind uint32 // S_IFMT of its mode
	ino  uint64
	// lower is the path of its part in the lower tree; empty if it has none, or is
	// no directory and copied up.
	lower string
	upper atomic.Bool // it has a part in the upper layer

	copying sync.Mutex // held while it is copied up

	// Guarded by nodes.mu.
	names    []name // where it stands, as far as the kernel has asked
	lookups  uint64 // the kernel's references
	children int    // names that have it for a directory

	// Guarded by handles.mu.
	handle *handle
	newer  *node // in the order of use
	older  *node
}

// A name is an entry of a directory.
type name struct {
	dir  *node
	name string
}

func (n *node) isDir() bool { return n.kind == kindDir }

// nodes are the files that the kernel knows, by id, by name and by inode number.
type nodes struct {
	mu     sync.RWMutex
	next   uint64
	byID   map[uint64]*node
	byName map[name]*node
	byIno  map[uint64]*node // but directories
	// unlinked counts, by inode number, the names that a file has lost while it was
	// in the lower tree alone: its link count there stays what it was.
	unlinked map[uint64]uint32
}

// newNodes returns a table that has root, by the id that FUSE gives it.
func newNodes(root *node) *nodes {
	root.id, root.lookups = fuse.FUSE_ROOT_ID, 1
	return &nodes{
		next:   fuse.FUSE_ROOT_ID + 1,
		byID:   map[uint64]*node{root.id: root},
		byName: map[name]*node{},
		byIno:  map[uint64]*node{},

		unlinked: map[uint64]uint32{},
	}
}

// get returns the node that the kernel calls id.
func (t *nodes) get(id uint64) *node {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byID[id]
}

// all returns every node.
func (t *nodes) all() []*node {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Collect(maps.Values(t.byID))
}

// find returns the node at a name, or nil if the kernel knows none there.
func (t *nodes) find(dir *node, s string) *node {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.byName[name{dir, s}]
}

// enter returns the node at a name that the kernel is about to hear of: the one
// that it knows, under this or another name, or else fresh.
func (t *nodes) enter(at name, fresh *node) *node {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.enterLocked(at, fresh)
	n.lookups++
	return n
}

// reach is enter for what the kernel has not asked for. A directory is known for as
// long as anything is known to be in it.
func (t *nodes) reach(at name, fresh *node) *node {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.enterLocked(at, fresh)
}

func (t *nodes) enterLocked(at name, fresh *node) *node {
	n := t.byName[at]
	if n != nil {
		return n
	}
	n = fresh
	if known := t.byIno[fresh.ino]; known != nil && !fresh.isDir() {
		n = known
	}
	t.nameLocked(n, at)
	if n.id == 0 {
		n.id = t.next
		t.next++
		t.byID[n.id] = n
		if !n.isDir() {
			t.byIno[n.ino] = n
		}
	}
	return n
}

// enterUnnamed makes the node of a file that has no name.
func (t *nodes) enterUnnamed(n *node) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n.id = t.next
	t.next++
	n.lookups = 1
	t.byID[n.id], t.byIno[n.ino] = n, n
}

func (t *nodes) nameLocked(n *node, at name) {
	n.names = append(n.names, at)
	t.byName[at] = n
	at.dir.children++
}

// link gives n one more name.
func (t *nodes) link(n *node, at name) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byName[at] == nil {
		t.nameLocked(n, at)
	}
}

// unlink takes a name away from n, and tells whether n is known no more, and whether
// it was the last of the names that are known.
func (t *nodes) unlink(n *node, at name) (dropped, last bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unlinkLocked(at)
	last = len(n.names) == 0
	if !n.upper.Load() {
		t.unlinked[n.ino]++
	}
	return t.dropLocked(n), last
}

func (t *nodes) unlinkLocked(at name) *node {
	n := t.byName[at]
	if n == nil {
		return nil
	}
	delete(t.byName, at)
	n.names = slices.DeleteFunc(n.names, func(s name) bool { return s == at })
	at.dir.children--
	t.dropLocked(at.dir)
	return n
}

// rename moves what is at from to to; exchange moves what is at to to from.
func (t *nodes) rename(from, to name, exchange bool) (replaced *node) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, b := t.byName[from], t.byName[to]
	from.dir.children++ // neither directory is to be dropped meanwhile
	to.dir.children++
	t.unlinkLocked(from)
	t.unlinkLocked(to)
	if a != nil {
		t.nameLocked(a, to)
	}
	if exchange && b != nil {
		t.nameLocked(b, from)
	}
	from.dir.children--
	to.dir.children--
	t.dropLocked(from.dir)
	t.dropLocked(to.dir)
	return b
}

// where returns a name of n.
func (t *nodes) where(n *node) (name, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if len(n.names) == 0 {
		return name{}, false
	}
	return n.names[0], true
}

// allNames returns every known name of n.
func (t *nodes) allNames(n *node) []name {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(n.names)
}

// lost returns how many names the file of an inode number has lost while it was in
// the lower tree alone.
func (t *nodes) lost(ino uint64) uint32 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.unlinked[ino]
}

// forget takes away references of the kernel's. It returns the node if nobody knows
// it any more, and whether it had no name then.
func (t *nodes) forget(id, lookups uint64) (n *node, unlinked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n = t.byID[id]; n == nil {
		return nil, false
	}
	n.lookups -= min(lookups, n.lookups)
	unlinked = len(n.names) == 0
	if t.dropLocked(n) {
		return n, unlinked
	}
	return nil, false
}

// dropLocked drops n if nobody refers to it: neither the kernel nor, of a
// directory, what is known to be in it.
func (t *nodes) dropLocked(n *node) bool {
	if n.lookups > 0 || n.children > 0 || t.byID[n.id] != n {
		return false
	}
	delete(t.byID, n.id)
	if t.byIno[n.ino] == n {
		delete(t.byIno, n.ino)
	}
	for len(n.names) > 0 {
		t.unlinkLocked(n.names[0])
	}
	return true
}
