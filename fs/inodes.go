package fs

import (
	"hash/maphash"
	"sync"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// inodes gives every path that the kernel is told of a node id, for ever: the path
// always has that id and no other path ever gets it. The kernel may forget a file
// and find it again; a second READDIRPLUS that named the file by another id would
// cost it the inode and the pages that it has of it.
//
// Ids are not reclaimed. There can be no more than there are visible files, since
// the root does not change under a view, and a node costs some 35 bytes: 8 for its
// parent and where its name ends, 15 or so for the name, and 8 to 16 for its slots
// in the hash table. None of them is a pointer that the garbage collector follows.
//
// Two names of one file, hard links, are two nodes with one inode number: two files
// to the kernel, that it caches apart, of the same content and as read-only.
type inodes struct {
	seed maphash.Seed

	mu     sync.RWMutex
	chunks []chunk
	next   uint32   // the id to give next
	slots  []uint32 // ids, by a hash of parent and name, with linear probing; 0 is free
}

// A chunk holds the nodes of chunkLen successive ids, and their names end to end.
type chunk struct {
	nodes *[chunkLen]inode
	names []byte
}

type inode struct {
	parent uint32
	end    uint32 // of the name in its chunk's names; it begins where the last ends
}

const (
	chunkLen   = 1 << 10
	firstSlots = 1 << 10
)

// newInodes returns a table that has the root, by the id that FUSE gives it.
func newInodes() *inodes {
	return &inodes{
		seed:   maphash.MakeSeed(),
		chunks: []chunk{{nodes: new([chunkLen]inode)}},
		next:   fuse.FUSE_ROOT_ID + 1,
		slots:  make([]uint32, firstSlots),
	}
}

// id returns the id of name in the directory parent.
func (t *inodes) id(parent uint64, name string) uint64 {
	t.mu.RLock()
	id, slot := t.findLocked(uint32(parent), name)
	seen := t.next
	t.mu.RUnlock()
	if id != 0 {
		return uint64(id)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next != seen { // another request has added something, perhaps this
		if id, slot = t.findLocked(uint32(parent), name); id != 0 {
			return uint64(id)
		}
	}
	id = t.addLocked(uint32(parent), name)
	t.slots[slot] = id
	if 2*int(t.next) > len(t.slots) {
		t.growLocked()
	}
	return uint64(id)
}

// path returns the path of a node in the view.
func (t *inodes) path(id uint64) string {
	if id == fuse.FUSE_ROOT_ID {
		return "/"
	}
	var buf [256]byte // on the stack, for the usual path
	t.mu.RLock()
	defer t.mu.RUnlock()
	return string(t.appendPathLocked(buf[:0], uint32(id)))
}

func (t *inodes) appendPathLocked(buf []byte, id uint32) []byte {
	if id == fuse.FUSE_ROOT_ID {
		return buf
	}
	parent, name := t.nodeLocked(id)
	buf = append(t.appendPathLocked(buf, parent), '/')
	return append(buf, name...)
}

// nodeLocked returns a node's parent and name. The name is the table's own.
func (t *inodes) nodeLocked(id uint32) (parent uint32, name []byte) {
	c, i := t.chunks[id/chunkLen], id%chunkLen
	start := uint32(0)
	if i > 0 {
		start = c.nodes[i-1].end
	}
	return c.nodes[i].parent, c.names[start:c.nodes[i].end]
}

// findLocked returns the id of name in parent and its slot, or 0 and the slot
// where it belongs.
func (t *inodes) findLocked(parent uint32, name string) (id, slot uint32) {
	mask := uint32(len(t.slots) - 1)
	// An odd factor sends the same name in different directories to different slots.
	slot = (uint32(maphash.String(t.seed, name)) ^ parent*0x9e3779b1) & mask
	for ; t.slots[slot] != 0; slot = (slot + 1) & mask {
		id := t.slots[slot]
		if p, n := t.nodeLocked(id); p == parent && string(n) == name {
			return id, slot
		}
	}
	return 0, slot
}

// addLocked makes a node. Its slot is the caller's business.
func (t *inodes) addLocked(parent uint32, name string) uint32 {
	id := t.next
	t.next++
	if id%chunkLen == 0 {
		t.chunks = append(t.chunks, chunk{nodes: new([chunkLen]inode)})
	}
	c := &t.chunks[id/chunkLen]
	c.names = append(c.names, name...)
	c.nodes[id%chunkLen] = inode{parent, uint32(len(c.names))}
	return id
}

// growLocked doubles the hash table.
func (t *inodes) growLocked() {
	t.slots = make([]uint32, 2*len(t.slots))
	for id := uint32(fuse.FUSE_ROOT_ID + 1); id < t.next; id++ {
		parent, name := t.nodeLocked(id)
		_, slot := t.findLocked(parent, string(name))
		t.slots[slot] = id
	}
}
