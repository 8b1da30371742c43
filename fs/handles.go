package fs

import (
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A handle is an open file of the upper layer: for reading and writing if it is a
// regular file, for reading if it is a directory, and just as a reference to it
// (O_PATH) otherwise. It stays right whatever happens to the file's name.
type handle struct {
	fd   int
	uses int // guarded by handles.mu; one of them is the node's
}

// handles keeps the files of the upper layer open that were used last. A file
// without a name, which could not be opened again, is kept for as long as the
// kernel knows it.
type handles struct {
	mu     sync.Mutex
	count  int
	most   int
	oldest *node
	newest *node
}

// mostHandles is how many files a union keeps open, where the process may have
// four times as many.
const mostHandles = 4096

func newHandles() *handles {
	h := &handles{most: mostHandles}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil && limit.Cur/4 < mostHandles {
		h.most = max(int(limit.Cur)/4, 16)
	}
	return h
}

// take returns the node's handle, for its caller to give back, or nil.
func (t *handles) take(n *node) *handle {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n.handle == nil {
		return nil
	}
	n.handle.uses++
	if n.newer != nil { // it is in the list, and not the newest
		t.removeLocked(n)
		t.addLocked(n)
	}
	return n.handle
}

// put gives the node a handle of fd, if it has none, and takes it.
func (t *handles) put(n *node, fd int) *handle {
	t.mu.Lock()
	if h := n.handle; h != nil {
		h.uses++
		t.mu.Unlock()
		_ = unix.Close(fd)
		return h
	}
	h := &handle{fd: fd, uses: 2}
	n.handle = h
	t.addLocked(n)
	var spare *handle
	if t.count > t.most {
		spare = t.takeOutLocked(t.oldest)
	}
	t.mu.Unlock()
	if spare != nil {
		t.give(spare)
	}
	return h
}

// give gives a handle back.
func (t *handles) give(h *handle) {
	t.mu.Lock()
	h.uses--
	last := h.uses == 0
	t.mu.Unlock()
	if last {
		_ = unix.Close(h.fd)
	}
}

// pin keeps the node's handle until drop.
func (t *handles) pin(n *node) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n.handle != nil && t.listedLocked(n) {
		t.removeLocked(n)
	}
}

// unpin has the node's handle closed when its turn comes, as any other.
func (t *handles) unpin(n *node) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n.handle != nil && !t.listedLocked(n) {
		t.addLocked(n)
	}
}

// drop lets go of the node's handle.
func (t *handles) drop(n *node) {
	t.mu.Lock()
	h := t.takeOutLocked(n)
	t.mu.Unlock()
	if h != nil {
		t.give(h)
	}
}

// spare closes the handle that was used longest ago, and tells whether there was
// one.
func (t *handles) spare() bool {
	t.mu.Lock()
	var h *handle
	if t.oldest != nil {
		h = t.takeOutLocked(t.oldest)
	}
	t.mu.Unlock()
	if h != nil {
		t.give(h)
	}
	return h != nil
}

// takeOutLocked takes a node's handle from it, if it has one, for the caller to
// give back: that may close it, which takes a while if the file is gone.
func (t *handles) takeOutLocked(n *node) *handle {
	h := n.handle
	if h != nil && t.listedLocked(n) {
		t.removeLocked(n)
	}
	n.handle = nil
	return h
}

func (t *handles) listedLocked(n *node) bool {
	return n.newer != nil || n.older != nil || t.newest == n
}

func (t *handles) addLocked(n *node) {
	n.older, n.newer = t.newest, nil
	if t.newest != nil {
		t.newest.newer = n
	} else {
		t.oldest = n
	}
	t.newest = n
	t.count++
}

func (t *handles) removeLocked(n *node) {
	if n.newer != nil {
		n.newer.older = n.older
	} else {
		t.newest = n.older
	}
	if n.older != nil {
		n.older.newer = n.newer
	} else {
		t.oldest = n.newer
	}
	n.newer, n.older = nil, nil
	t.count--
}

// acquire returns a handle of the node's file in the upper layer. Its caller gives
// it back.
func (u *union) acquire(n *node) (*handle, error) {
	if h := u.handles.take(n); h != nil {
		return h, nil
	}
	at, ok := u.nodes.where(n)
	if !ok {
		return nil, syscall.ENOENT
	}
	dir, err := u.acquire(at.dir)
	if err != nil {
		return nil, err
	}
	defer u.handles.give(dir)
	fd, err := u.upper.open(dir.fd, at.name, n.kind)
	if err == syscall.EMFILE && u.handles.spare() {
		fd, err = u.upper.open(dir.fd, at.name, n.kind)
	}
	if err != nil {
		return nil, err
	}
	return u.handles.put(n, fd), nil
}
