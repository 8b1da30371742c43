// Package fs serves a view as a FUSE file system: a read-only tree that holds
// what the view shows of the root, and that the kernel may cache for ever.
//
//	view.View ──verdict──▶ Tree ──▶ go-fuse ──▶ /dev/fuse ──▶ overlayfs ──▶ the build
//	lower (openat2) ─file──▶
//
// It is the only package that imports go-fuse. A node is a path in the view and
// the path on the root where its file is, seldom another one. Each request
// resolves the node's file anew, without following symbolic links, makes one
// system call on it and fills in attributes. No file is kept open: OPEN is
// answered with ENOSYS, so that the kernel stops asking, and a READ opens the
// file, which happens once for each page that the kernel's cache lacks.
//
// Since entries, attributes, data, symbolic links, listings and absent names are
// all cached without limit, a warm view sends no request at all. The price is
// that a root that changes under a view is not seen to change.
//
// Locks: the tree has none of its own; view and the Hidden callback lock
// themselves, and never call back.
package fs

import (
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"path"
	"sync/atomic"
	"syscall"
	"time"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"github.com/depview/depview/view"
)

// Options say how a tree is served.
type Options struct {
	// Squash reports every file as owned by 0:0. An ordinary user's namespace has
	// but one id, and overlayfs refuses to copy up a file whose owner has none.
	Squash bool
	// Hidden is called while a build waits for the answer that path, which exists
	// on the root, does not exist in the view. The pid is the asker's in the pid
	// namespace that mounted the tree. It may be nil.
	Hidden func(pid uint32, path string, a view.Answer)
	// Log takes what goes wrong inside the tree. It may be nil.
	Log *log.Logger
}

// A Tree is a view's files.
type Tree struct {
	view    *view.View
	lower   *lower
	options Options
	counter atomic.Pointer[counter] // once it is served
}

// New returns the tree of v over the directory root, the one that v was compiled
// on.
func New(v *view.View, root string, o Options) (*Tree, error) {
	if o.Hidden == nil {
		o.Hidden = func(uint32, string, view.Answer) {}
	}
	if o.Log == nil {
		o.Log = log.New(io.Discard, "", 0)
	}
	l, err := openLower(root)
	if err != nil {
		return nil, err
	}
	return &Tree{view: v, lower: l, options: o}, nil
}

// Close lets go of the root.
func (t *Tree) Close() error { return t.lower.close() }

// Serve answers the requests of the FUSE file system that was mounted with the
// /dev/fuse descriptor fd, which it takes over, until it is unmounted. It returns
// once the kernel and the tree have agreed on what each can do; the function
// returned waits for the end.
func (t *Tree) Serve(fd int) (wait func(), err error) {
	forever := time.Duration(math.MaxInt64)
	root := &node{tree: t, path: "/", from: "/"}
	raw := fusefs.NewNodeFS(root, &fusefs.Options{
		EntryTimeout:    &forever,
		AttrTimeout:     &forever,
		NegativeTimeout: &forever,
		NullPermissions: true,
		Logger:          t.options.Log,
		RootStableAttr:  &fusefs.StableAttr{Ino: dirIno("/")},
	})
	counted := &counter{RawFileSystem: raw}
	t.counter.Store(counted)
	server, err := fuse.NewServer(counted, fmt.Sprintf("/dev/fd/%d", fd), &fuse.MountOptions{
		Name:                     "depview",
		FsName:                   "depview",
		DisableXAttrs:            true,
		EnableSymlinkCaching:     true,
		ExplicitDataCacheControl: true,
		ExtraCapabilities:        fuse.CAP_READDIRPLUS_AUTO,
		Logger:                   t.options.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("serve the view: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve()
	}()
	return func() { <-done }, nil
}

// errHidden is what resolving a path gives that exists and is not visible.
var errHidden = errors.New("hidden")

// resolve finds what stands at the path p of the view. With errHidden comes the
// verdict that hides it.
func (t *Tree) resolve(p string) (n *node, attr fuse.Attr, a view.Answer, err error) {
	n = &node{tree: t, path: p, from: p}
	if s := t.view.StandIn(p); s != nil {
		return t.resolveStandIn(n, s)
	}
	if attr, err = t.lower.lstat(p); err != nil {
		return nil, attr, a, err
	}
	if a, err = t.view.VerdictOf(p, fileMode(attr.Mode)); err != nil {
		return nil, attr, a, err
	}
	if !a.Verdict.Visible() {
		return nil, attr, a, errHidden
	}
	t.settle(n, &attr)
	return n, attr, a, nil
}

func (t *Tree) resolveStandIn(n *node, s *view.StandIn) (_ *node, attr fuse.Attr, a view.Answer, err error) {
	switch {
	case s.Gone:
		if _, err = t.lower.lstat(n.path); err == nil {
			err = errHidden
		}
		return nil, attr, view.Answer{Verdict: view.Undeclared}, err
	case s.Dir:
		n.from = ""
		attr.Mode = syscall.S_IFDIR | 0o755
	case s.Link != "":
		n.from, n.link = "", []byte(s.Link)
		attr.Mode, attr.Size = syscall.S_IFLNK|0o777, uint64(len(s.Link))
	case s.From != "":
		n.from = s.From
		attr, err = t.lower.lstat(s.From)
	default:
		n.from = ""
		n.data, err = s.Data()
		if attr, _ = t.lower.lstat(n.path); attr.Mode&syscall.S_IFMT != syscall.S_IFREG {
			attr = fuse.Attr{Mode: syscall.S_IFREG | 0o644} // nothing, or a link elsewhere
		}
		attr.Size = uint64(len(n.data))
		attr.Blocks = (attr.Size + 511) / 512
	}
	if err != nil {
		return nil, attr, a, err
	}
	n.standIn = true
	t.settle(n, &attr)
	return n, attr, a, nil
}

// settle gives attr the inode number and owner that the view shows.
func (t *Tree) settle(n *node, attr *fuse.Attr) {
	if attr.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		// Hidden subdirectories must not be counted; 1 is "unknown" to find(1).
		attr.Nlink = 1
	}
	if n.standIn || attr.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		attr.Ino = dirIno(n.path)
		attr.Nlink = max(attr.Nlink, 1)
	}
	if t.options.Squash {
		attr.Owner = fuse.Owner{}
	}
}

// list returns the visible entries of n, a directory, in the root's order and
// then the stand-ins'.
func (t *Tree) list(n *node) ([]fuse.DirEntry, error) {
	entries := []fuse.DirEntry{
		{Name: ".", Mode: syscall.S_IFDIR, Ino: dirIno(n.path)},
		{Name: "..", Mode: syscall.S_IFDIR, Ino: dirIno(path.Dir(n.path))},
	}
	if n.from != "" {
		all, err := t.lower.readdir(n.from)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			p := path.Join(n.path, e.Name)
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
	for _, name := range t.view.Extra(n.path) {
		p := path.Join(n.path, name)
		if _, attr, _, err := t.resolve(p); err == nil {
			entries = append(entries, fuse.DirEntry{Name: name, Mode: attr.Mode & syscall.S_IFMT, Ino: attr.Ino})
		}
	}
	return entries, nil
}
