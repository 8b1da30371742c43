package fs

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"

	fusefs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// mountOptions are what go-fuse is to know of a file system that this package
// serves, and the -o options of the mount, where go-fuse mounts it.
func (t *Tree) mountOptions(options []string) *fuse.MountOptions {
	return &fuse.MountOptions{
		Name:                     "depview",
		FsName:                   "depview",
		Options:                  options,
		DisableXAttrs:            true,
		DisableSplice:            true, // go-fuse would set up a pipe for each READ and then copy anyway
		EnableSymlinkCaching:     true,
		ExplicitDataCacheControl: true,
		Logger:                   log.New(unwanted{t.options.Log.Writer()}, t.options.Log.Prefix(), t.options.Log.Flags()),
	}
}

// Serve answers the requests of the FUSE file system that was mounted with the
// /dev/fuse descriptor fd, which it takes over, until it is unmounted. It returns
// once the kernel and the tree have agreed on what each can do; the function
// returned waits for the end. It is for Linux alone.
func (t *Tree) Serve(fd int) (wait func(), err error) {
	return t.serve(fmt.Sprintf("/dev/fd/%d", fd), t.mountOptions(nil))
}

// Mount mounts the tree at the directory dir, with these -o options of the
// system's own mount program for FUSE, and serves it until it is unmounted. It
// returns when the tree can be used; the function returned waits for the end.
func (t *Tree) Mount(dir string, options []string) (wait func(), err error) {
	o := t.mountOptions(options)
	o.DirectMountStrict = true // on Linux: only root gets here, and needs no fusermount
	return t.serve(dir, o)
}

// serve serves the tree, or its union with a capture.
func (t *Tree) serve(dir string, o *fuse.MountOptions) (wait func(), err error) {
	if t.upper == nil {
		return serve(newServer(t), dir, o)
	}
	u, err := newUnion(t, t.upper)
	if err != nil {
		return nil, fmt.Errorf("serve the view: %w", err)
	}
	o.DisableXAttrs, o.EnableAcl = false, true
	o.ExtraCapabilities = unionCapabilities
	served, err := serve(u, dir, o)
	return func() { served(); u.close() }, err
}

// Through mounts the host's directory source at dir as it is, for reading and for
// writing, where the system has no mount that could do so. It serves it as Mount
// serves the tree.
func (t *Tree) Through(source, dir string, options []string) (wait func(), err error) {
	node, err := fusefs.NewLoopbackRoot(source)
	if err != nil {
		return nil, fmt.Errorf("pass %s through: %w", source, err)
	}
	o := t.mountOptions(options)
	o.DirectMountStrict = true
	// The host changes these files too: nothing of them is kept for long.
	o.DisableXAttrs, o.EnableSymlinkCaching, o.ExplicitDataCacheControl = false, false, false
	return serve(fusefs.NewNodeFS(node, nil), dir, o)
}

// serve has go-fuse mount a file system and answer for it.
func serve(f fuse.RawFileSystem, dir string, o *fuse.MountOptions) (wait func(), err error) {
	server, err := fuse.NewServer(f, dir, o)
	if err != nil {
		return nil, fmt.Errorf("serve the view: %w", err)
	}
	spareProcs()
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve()
	}()
	wait = func() { <-done }
	// mount_macfuse ends when it has had its first answers, hence not before.
	if err := server.WaitMount(); err != nil {
		_ = server.Unmount()
		return nil, fmt.Errorf("mount at %s: %w", dir, err)
	}
	return wait, nil
}

// unwanted drops what go-fuse has to say of answers that nobody waits for any more:
// the kernel was reading ahead, say, when the build was killed or the view unmounted.
type unwanted struct{ io.Writer }

func (w unwanted) Write(line []byte) (int, error) {
	for _, gone := range []fuse.Status{fuse.ENOENT, fuse.ENODEV} {
		if bytes.Contains(line, []byte("Writev failed, err: "+gone.String())) {
			return len(line), nil
		}
	}
	return w.Writer.Write(line)
}

// spareProcs has Go run more threads than go-fuse has readers, by now. Go takes the
// right to run from a thread that waits in a system call, such as a reader, as soon
// as no other right is idle; each request would then wake two threads. With some to
// spare that is one in four, and a request takes a third less time.
func spareProcs() {
	if os.Getenv("GOMAXPROCS") == "" { // whoever sets it has reasons
		runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), runtime.NumCPU()+4))
	}
}
