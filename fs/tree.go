// Package fs serves a view as a FUSE file system: a read-only tree that holds
// what the view shows of the root, and that the kernel may cache for ever; or the
// union of that tree with a capture's upper layer, which takes writes.
//
//	view.View ──verdict──▶ Tree ──▶ server ──▶ go-fuse ──▶ /dev/fuse ──▶ overlayfs ──▶ the build
//	lower (openat2) ─file──▶ │      inodes, listings
//	                         └───▶ union ───▶ go-fuse ──▶ /dev/fuse ─────────────────▶ the build
//	layer (openat) ─file───────────▶ nodes, handles
//
// It is the only package that imports go-fuse, and uses its raw API; Through alone,
// for systems without bind mounts, uses its loopback file system. A request comes
// with a node id, which inodes turns into a path in the view. Tree says what
// stands there: a file of the root, seldom at another path, or a stand-in. Each
// request resolves its path anew, without following symbolic links, makes one
// system call on the file and fills in attributes. No file is kept open: OPEN and
// OPENDIR are answered with ENOSYS, so that the kernel stops asking, and a READ
// opens the file, which happens once for each page that the kernel's cache lacks.
//
// Since entries, attributes, data, symbolic links, listings and absent names are
// all cached without limit, a warm view sends no request at all. The price is
// that a root that changes under a view is not seen to change.
//
// Locks of the tree: the table of inodes, the listings that are being read and the
// numbers of devices have one each. None is held while another is taken, nor over a
// system call or a call into view or the Watch; those lock themselves, and
// never call back. Those of a union come before them, and are with its type.
package fs

import (
	"errors"
	"io"
	"log"

	"github.com/depview/depview/view"
	"github.com/depview/depview/view/capture"
)

// Options say how a tree is served.
type Options struct {
	// IDs are those of the build's namespace. A file whose owner has none there is
	// reported as root's, since overlayfs refuses to copy such a one up, and the
	// kernel to write to it. The numbers are the same inside as on the root.
	IDs capture.IDs
	// Upper and Work are a capture's directories, on one file system; work is empty.
	// The tree then takes writes, and keeps them there. Without, it is read-only.
	Upper, Work string
	Watch       Watch
	// Log takes what goes wrong inside the tree. It may be nil.
	Log *log.Logger
}

// A Tree is a view's files.
type Tree struct {
	view     *view.View
	lower    *lower
	upper    *layer // nil where nothing is written
	options  Options
	requests requests
	used     marks // nodes that were read, each twice: read at all, and to be executed
}

// New returns the tree of v over the directory root, the one that v was compiled
// on.
func New(v *view.View, root string, o Options) (*Tree, error) {
	if o.Log == nil {
		o.Log = log.New(io.Discard, "", 0)
	}
	l, err := openLower(root)
	if err != nil {
		return nil, err
	}
	t := &Tree{view: v, lower: l, options: o}
	if o.Upper != "" {
		if t.upper, err = openLayer(o.Upper, o.Work, &l.devices); err != nil {
			return nil, errors.Join(err, l.close())
		}
	}
	return t, nil
}

// Close lets go of the root and the capture.
func (t *Tree) Close() error {
	err := t.lower.close()
	if t.upper != nil {
		err = errors.Join(err, t.upper.close())
	}
	return err
}
