package fs

import (
	"strings"
	"sync"
	"syscall"
)

// links knows which files of the lower tree have several visible names: paths by
// inode number. It takes a walk over all that is visible to find out, so it is made
// when the first file is copied up whose names are not all in one directory.
type links struct {
	once  sync.Once
	paths map[uint64][]string
	err   error
}

// findNames has the table of nodes know every visible name of n, a lower file of so
// many links: when n is copied up, they all are.
func (u *union) findNames(n *node, count uint32) error {
	missing := func() bool { return uint32(len(u.nodes.allNames(n)))+u.nodes.lost(n.ino) < count }
	at, ok := u.nodes.where(n)
	if !ok || !missing() {
		return nil
	}
	entries, err := u.tree.list(u.tree.file(at.dir.lower))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Ino == n.ino {
			u.addName(n, join(at.dir.lower, e.Name))
		}
	}
	if !missing() {
		return nil
	}
	u.links.once.Do(func() {
		u.links.paths = map[uint64][]string{}
		u.links.err = u.tree.linked("/", u.links.paths)
	})
	for _, p := range u.links.paths[n.ino] {
		u.addName(n, p)
	}
	return u.links.err
}

// addName gives n the name of the path p, if n is what the build sees there.
func (u *union) addName(n *node, p string) {
	u.mu.RLock()
	defer u.mu.RUnlock()
	dir := u.nodes.get(rootID)
	names := strings.Split(strings.TrimPrefix(p, "/"), "/")
	for i, s := range names {
		f, _, err := u.find(dir, s)
		last := i == len(names)-1
		if err != nil || last && (f.upper || f.attr.Ino != n.ino) || !last && f.attr.Mode&kindMask != kindDir {
			return
		}
		if last {
			u.nodes.link(n, name{dir, s})
			return
		}
		dir = u.nodes.reach(name{dir, s}, freshNode(&f))
	}
}

// linked adds the files below dir that have several links to paths.
func (t *Tree) linked(dir string, paths map[uint64][]string) error {
	entries, err := t.list(t.file(dir))
	if err != nil {
		return err
	}
	at := t.lower.opendir(dir)
	defer at.close()
	for _, e := range entries[2:] { // "." and ".." come first
		if e.Mode&kindMask == kindDir {
			err := t.linked(join(dir, e.Name), paths)
			if err != nil && errno(err) != syscall.EACCES && errno(err) != syscall.ENOENT {
				return err
			}
			continue
		}
		attr, err := t.statEntry(dir, at, e)
		if err != nil && errno(err) != syscall.ENOENT {
			return err
		}
		if err == nil && attr.Nlink > 1 {
			paths[attr.Ino] = append(paths[attr.Ino], join(dir, e.Name))
		}
	}
	return nil
}
