package fs

import (
	"path"
	"runtime"
	"sync"

	"github.com/hanwen/go-fuse/v2/fuse"

	"github.com/depview/depview/view"
)

// A Watch hears what a build does with the tree. It is called while the process
// waits for its answer, so that what is to be known of the process can be read; pid
// is a thread's number in the pid namespace that mounted the tree. The kernel
// remembers answers and data, and asks for none twice: only the first who asks is
// heard of, but with Opens. Any of the functions may be nil.
type Watch struct {
	// Hidden is told that path, which exists on the root, does not exist in the view.
	// If it returns true, the kernel is to ask again the next time; under overlayfs,
	// which remembers names by itself, that has no effect.
	Hidden func(pid uint32, path string, a view.Answer) (again bool)
	// Absent is told that path does not exist, neither in the view nor on the root.
	Absent func(pid uint32, path string)
	// Used is told of a file of the lower tree when its content or its link is read
	// first, and again when it is first read to be executed.
	Used func(pid uint32, path string, run bool)
	// Opens has the kernel ask at each open(2), which takes longer: Used is then told
	// of all, and Listed of each directory.
	Opens  bool
	Listed func(pid uint32, dir string)
}

// marks is a set of small numbers.
type marks struct {
	mu   sync.Mutex
	bits []uint64
}

// add adds n, and tells whether it was not there.
func (m *marks) add(n uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for uint64(len(m.bits)) <= n/64 {
		m.bits = append(m.bits, make([]uint64, len(m.bits)+16)...)
	}
	old := m.bits[n/64]
	m.bits[n/64] |= 1 << (n % 64)
	return m.bits[n/64] != old
}

// fmodeExec is what a file's flags have, to Linux itself, if it was opened to be
// executed: FMODE_EXEC.
const fmodeExec = 0x20

// read tells the watch that the node is read.
func (t *Tree) read(in *fuse.ReadIn, path string) {
	w := &t.options.Watch
	if w.Used == nil || w.Opens {
		return
	}
	number, run := in.NodeId*2, in.Flags&fmodeExec != 0
	if run {
		number++
	}
	if t.used.add(number) {
		w.Used(in.Pid, path, run)
	}
}

// readLink tells the watch that the node, a symbolic link, is read.
func (t *Tree) readLink(in *fuse.InHeader, path string) {
	if used := t.options.Watch.Used; used != nil {
		used(in.Pid, path, false)
	}
}

// open tells the watch of an open, if it is to hear of all. Then the kernel is to
// ask again.
func (t *Tree) open(in *fuse.OpenIn, out *fuse.OpenOut, dir bool, path func() string) (heard bool) {
	w := &t.options.Watch
	if !w.Opens {
		return false
	}
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE | fuse.FOPEN_CACHE_DIR
	p := path()
	switch {
	case p == "": // nothing of the lower tree's
	case dir && w.Listed != nil:
		w.Listed(in.Pid, p)
	case !dir && w.Used != nil:
		w.Used(in.Pid, p, in.Flags&fmodeExec != 0)
	}
	return true
}

// miss answers that there is no such entry, and tells the watch.
func (t *Tree) miss(pid uint32, p string, a view.Answer, hidden bool, out *fuse.EntryOut) fuse.Status {
	w, again := &t.options.Watch, false
	switch {
	case unasked(runtime.GOOS, path.Base(p)):
	case hidden && w.Hidden != nil:
		again = w.Hidden(pid, p, a)
	case !hidden && w.Absent != nil:
		w.Absent(pid, p)
	}
	absent(out)
	if again {
		out.SetEntryTimeout(0)
	}
	return fuse.OK
}
