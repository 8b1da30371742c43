package capture

import (
	"fmt"
	"strings"

	"github.com/depview/depview/view/record"
)

// The markers of overlay layers. The attributes are those of the kernel's
// Documentation/filesystems/overlayfs.rst, under trusted. or, mounted with
// userxattr, user.; the names are AUFS's, which OCI layers and fuse-overlayfs use.
const (
	whiteoutPrefix = ".wh."
	opaqueName     = ".wh..wh..opq"
)

// ownPrefixes begin the attributes that overlay file systems keep for themselves.
var ownPrefixes = []string{"trusted.overlay.", "user.overlay.", "user.fuseoverlayfs.", OverridePrefix}

// overlayAttr returns the value of one of overlayfs's own attributes.
func overlayAttr(xattrs map[string]string, name string) (string, bool) {
	for _, prefix := range ownPrefixes[:3] {
		if v, ok := xattrs[prefix+name]; ok {
			return v, true
		}
	}
	return "", false
}

// refuseIndirect refuses a file whose name or content is elsewhere. depview
// mounts with redirect_dir=off and metacopy=off, so somebody else's overlay made
// the layer; without its lower layers it cannot be read right.
func refuseIndirect(path string, xattrs map[string]string) error {
	for _, name := range []string{"redirect", "metacopy"} {
		if _, ok := overlayAttr(xattrs, name); ok {
			return fmt.Errorf("%s: has an overlay.%s attribute: the layer was written by an overlay mounted with other options, and is not complete by itself", record.Quote(path), name)
		}
	}
	return nil
}

// isMarker reports whether an inode can be a marker file: whoever deletes writes
// no content, and a build's own file of such a name mostly has some.
func (n *inode) isMarker() bool { return n.typ == File && n.size == 0 }

// whiteout reports whether the inode stored as name says that a path is deleted,
// and that path's name. inX: its directory is marked to hold whiteouts that are
// files with an attribute (Linux 6.7; overlayfs.rst, "Nesting overlayfs mounts").
func (n *inode) whiteout(name string, inX bool) (string, bool) {
	if n.typ == CharDevice && n.rdev == (Device{}) {
		return name, true
	}
	if _, ok := overlayAttr(n.xattrs, "whiteout"); ok && inX && n.isMarker() {
		return name, true
	}
	hidden, ok := strings.CutPrefix(name, whiteoutPrefix)
	if !ok || !n.isMarker() {
		return "", false
	}
	// .wh..wh.* is reserved for other markers, and "." or ".." can be no name.
	if hidden == "" || hidden == "." || hidden == ".." || strings.HasPrefix(hidden, whiteoutPrefix) {
		return "", false
	}
	return hidden, true
}
