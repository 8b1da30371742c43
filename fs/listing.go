package fs

import (
	"path"
	"slices"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// list returns the visible entries of f, a directory, in the root's order and
// then the stand-ins'. "." and ".." come first.
func (t *Tree) list(f file) ([]fuse.DirEntry, error) {
	entries := []fuse.DirEntry{
		{Name: ".", Mode: syscall.S_IFDIR, Ino: dirIno(f.path)},
		{Name: "..", Mode: syscall.S_IFDIR, Ino: dirIno(path.Dir(f.path))},
	}
	if f.from != "" {
		all, err := t.lower.readdir(f.from)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			p := join(f.path, e.Name)
			if t.view.StandIn(p) != nil {
				continue
			}
			a, err := t.view.VerdictOf(p, fileMode(e.Mode))
			if err != nil {
				return nil, err
			}
			if !a.Verdict.Visible() {
				continue
			}
			if e.Mode&syscall.S_IFMT == syscall.S_IFDIR {
				e.Ino = dirIno(p)
			}
			entries = append(entries, e)
		}
	}
	for _, name := range t.view.Extra(f.path) {
		p := join(f.path, name)
		if _, attr, _, err := t.resolve(p); err == nil {
			entries = append(entries, fuse.DirEntry{Name: name, Mode: attr.Mode & syscall.S_IFMT, Ino: attr.Ino})
		}
	}
	return entries, nil
}

// listings keeps the directories that are being read, the latest used last. Their
// readers have no handle, since OPENDIR is answered with ENOSYS: each request
// comes with an offset alone, which is the number of entries before it. A listing
// that is not here any more is made again, in the same order.
type listings struct {
	mu   sync.Mutex
	kept []listing
}

type listing struct {
	node    uint64
	entries []fuse.DirEntry
}

// maxListings is how many listings are kept of directories that nobody has read
// to the end.
const maxListings = 64

// get returns the kept listing of a node, or nil.
func (l *listings) get(node uint64) []fuse.DirEntry {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.takeLocked(node)
	if found.entries != nil {
		l.kept = append(l.kept, found)
	}
	return found.entries
}

// put keeps a listing.
func (l *listings) put(node uint64, entries []fuse.DirEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.takeLocked(node)
	if len(l.kept) == maxListings {
		l.kept = slices.Delete(l.kept, 0, 1)
	}
	l.kept = append(l.kept, listing{node, entries})
}

// drop forgets a listing.
func (l *listings) drop(node uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.takeLocked(node)
}

// takeLocked takes a listing out, if it is there.
func (l *listings) takeLocked(node uint64) (found listing) {
	i := slices.IndexFunc(l.kept, func(k listing) bool { return k.node == node })
	if i >= 0 {
		found = l.kept[i]
		l.kept = slices.Delete(l.kept, i, i+1)
	}
	return found
}
