package fs

import (
	"slices"
	"strings"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// What depends on the kernel that asks. These are functions of its name, so that
// each can be tested anywhere.

// finderNames are what the Finder, Spotlight and Time Machine look for on each
// volume and in each directory of macOS.
var finderNames = []string{
	".DS_Store", ".DocumentRevisions-V100", ".Spotlight-V100", ".TemporaryItems", ".Trashes", ".VolumeIcon.icns", ".apdisk",
	".com.apple.timemachine.donotpresent", ".fseventsd", ".hidden", ".localized", ".metadata_direct_scope_only",
	".metadata_never_index", ".metadata_never_index_unless_rootfs",
}

// unasked tells whether the system goos looks for name by itself, so that a lookup
// says nothing of what the build wants. A name that starts with "._" holds what a
// file system without extended attributes cannot, and macOS looks for it beside
// every file; a bare "._" is none (macFUSE, fuse_skip_apple_double_mp).
func unasked(goos, name string) bool {
	if goos != "darwin" {
		return false
	}
	return strings.HasPrefix(name, "._") && len(name) > 2 || slices.Contains(finderNames, name)
}

// opened answers OPEN and OPENDIR in a tree whose reads go by node. Linux takes
// ENOSYS for a word on all files to come. macFUSE fails the open(2) with it
// (fuse_filehandle_get in its kernel extension), and so does FreeBSD an opendir(3)
// unless FUSE_NO_OPENDIR_SUPPORT was agreed on, which go-fuse does not offer.
// Those get a handle that means nothing, and leave to keep what they have read.
func opened(goos string, out *fuse.OpenOut) fuse.Status {
	if goos == "linux" {
		return fuse.ENOSYS
	}
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE | fuse.FOPEN_CACHE_DIR
	return fuse.OK
}
