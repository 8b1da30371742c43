package fs

import (
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"
)

func TestUnasked(t *testing.T) {
	for name, want := range map[string]bool{
		"._libonig.a": true, "._.": true, ".DS_Store": true, ".Spotlight-V100": true, ".hidden": true,
		".metadata_never_index": true, ".metadata_never_index_unless_rootfs": true, ".localized": true,
		"._": false, "libonig.a": false, "_libonig.a": false, ".libonig": false, ".DS_Store.bak": false, ".ds_store": false, "": false,
	} {
		if got := unasked("darwin", name); got != want {
			t.Errorf("darwin, %q: %v", name, got)
		}
		if unasked("linux", name) || unasked("freebsd", name) {
			t.Errorf("%q is taken for the system's own lookup on linux or freebsd", name)
		}
	}
}

func TestOpened(t *testing.T) {
	const kept = fuse.FOPEN_KEEP_CACHE | fuse.FOPEN_CACHE_DIR
	for goos, want := range map[string]struct {
		status fuse.Status
		flags  uint32
	}{
		"linux":   {fuse.ENOSYS, 0},
		"darwin":  {fuse.OK, kept},
		"freebsd": {fuse.OK, kept},
	} {
		var out fuse.OpenOut
		if got := opened(goos, &out); got != want.status || out.OpenFlags != want.flags || out.Fh != 0 {
			t.Errorf("%s: %v, %+v", goos, got, out)
		}
	}
}
