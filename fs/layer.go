package fs

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// Kinds of files, as the type bits of a stat mode.
const (
	kindDir  = uint32(syscall.S_IFDIR)
	kindFile = uint32(syscall.S_IFREG)
	kindLink = uint32(syscall.S_IFLNK)
	kindChar = uint32(syscall.S_IFCHR)
	kindMask = uint32(syscall.S_IFMT)
)

// A layer is a capture's upper layer on disk, in the form that overlayfs gives it,
// and the work directory beside it, in which files are made before they appear.
//
// What a build writes is hostile. No path is ever walked: each file is opened by
// one name in a directory that is open already, and links are not followed.
type layer struct {
	root, work *os.File
	rootless   bool   // this process cannot give files away, nor read all of them
	markers    bool   // deletions are files called .wh.NAME: no device 0:0 can be made
	opaque     string // the attribute that makes a directory opaque; empty with markers
	temps      atomic.Uint64
	marked     atomic.Bool // the top says that there are overrides; else none need be looked for
	numbers    *devices

	mu    sync.Mutex
	shown map[uint64]uint64 // inode numbers of files that were copied up: own → the lower file's
	owns  map[uint64]uint64 // and the other way round
}

// openLayer opens the layer in the directory upper, with work beside it on the
// same file system, and finds out what can be done there.
func openLayer(upper, work string, numbers *devices) (_ *layer, err error) {
	l := &layer{rootless: os.Geteuid() != 0, numbers: numbers, shown: map[uint64]uint64{}, owns: map[uint64]uint64{}}
	if l.root, err = os.Open(upper); err != nil {
		return nil, err
	}
	if l.work, err = os.Open(work); err != nil {
		return nil, errors.Join(err, l.root.Close())
	}
	if err := l.probe(); err != nil {
		return nil, errors.Join(fmt.Errorf("capture: %w", err), l.close())
	}
	return l, nil
}

func (l *layer) close() error { return errors.Join(l.root.Close(), l.work.Close()) }

// probe finds the form of markers, which is overlayfs's own wherever it can be, so
// that a capture can go on under the other engine.
func (l *layer) probe() error {
	for _, attr := range opaqueAttrs {
		if fsetxattr(l.workFD(), attr, []byte("n")) == nil {
			_ = fremovexattr(l.workFD(), attr)
			l.opaque = attr
			break
		}
	}
	top, err := readOverride(l.rootFD())
	if err != nil {
		return err
	}
	l.marked.Store(top != "")
	name := l.temp()
	err = mknodat(l.workFD(), name, kindChar, 0)
	l.markers = err != nil || l.opaque == ""
	if err == nil {
		return unix.Unlinkat(l.workFD(), name, 0)
	}
	return nil
}

func (l *layer) rootFD() int { return int(l.root.Fd()) }
func (l *layer) workFD() int { return int(l.work.Fd()) }

// temp returns a name that is free in the work directory, which is empty at first.
func (l *layer) temp() string { return fmt.Sprintf("#%x", l.temps.Add(1)) }

// open opens what is called name in the directory dir.
func (l *layer) open(dir int, name string, kind uint32) (int, error) {
	fd, err := openat(dir, name, accessOf(kind))
	locked := err == syscall.EACCES && (kind == kindFile || kind == kindDir)
	if err == nil && kind == kindDir && l.rootless {
		var attr fuse.Attr
		if attr, _, err = statFD(fd); err != nil {
			_ = unix.Close(fd)
			return -1, err
		}
		locked = attr.Mode&needs(kind) != needs(kind)
	}
	if !locked {
		return fd, err
	}
	if err == nil {
		_ = unix.Close(fd)
	}
	if err := l.unlock(dir, name); err != nil {
		return -1, err
	}
	return openat(dir, name, accessOf(kind))
}

// accessOf is how a file of a kind is opened. O_NONBLOCK is for what should be a
// regular file and is not.
func accessOf(kind uint32) int {
	switch kind {
	case kindFile:
		return unix.O_RDWR | unix.O_NONBLOCK
	case kindDir:
		return unix.O_RDONLY | unix.O_DIRECTORY
	}
	return openReference
}

// stat describes what is called name in the directory dir, as the build sees it.
func (l *layer) stat(dir int, name string) (fuse.Attr, error) {
	attr, dev, err := statAt(dir, name)
	if err != nil {
		return attr, err
	}
	var override string
	if k := attr.Mode & kindMask; l.marked.Load() && (k == kindFile || k == kindDir) {
		override, err = textAttr(func(buf []byte) (int, error) { return getxattrAt(dir, name, capture.OverrideName, buf) })
	}
	l.settle(&attr, dev, override)
	return attr, err
}

// statFD describes an open file.
func (l *layer) statFD(fd int) (fuse.Attr, error) {
	attr, dev, err := statFD(fd)
	if err != nil {
		return attr, err
	}
	var override string
	if k := attr.Mode & kindMask; k == kindFile || k == kindDir {
		override, err = l.override(fd)
	}
	l.settle(&attr, dev, override)
	return attr, err
}

// settle turns what the disk has of a file into what the build sees.
func (l *layer) settle(attr *fuse.Attr, dev uint64, override string) {
	own := l.numbers.ino(dev, attr.Ino)
	attr.Ino = l.shownAs(own)
	if attr.Mode&kindMask == kindDir {
		attr.Nlink = 1 // as in the tree below: unknown
	}
	if l.rootless {
		attr.Owner = fuse.Owner{} // nobody else's file can be here
	}
	if o, err := capture.ParseOverride(override); err == nil {
		attr.Owner = fuse.Owner{Uid: uint32(o.UID), Gid: uint32(o.GID)}
		attr.Mode = attr.Mode&kindMask | o.Mode
		if o.Type != capture.None && attr.Mode&kindMask == kindFile {
			attr.Mode = kindOf(o.Type) | o.Mode
			attr.Rdev = rdevOf(o.Rdev)
		}
	}
}

// shownAs returns the number that the build sees of the file of number own. Where
// that is what another file is seen as, whose own number was another, it is a new one.
func (l *layer) shownAs(own uint64) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if shown, ok := l.shown[own]; ok {
		return shown
	}
	if _, taken := l.owns[own]; taken {
		fresh := l.numbers.fresh()
		l.shown[own], l.owns[fresh] = fresh, own
		return fresh
	}
	return own
}

// show has the file of inode number own, of this layer's, be seen as number shown.
func (l *layer) show(own, shown uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown[own], l.owns[shown] = shown, own
}

// unshow forgets a number whose file is gone.
func (l *layer) unshow(shown uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.shown, l.owns[shown])
	delete(l.owns, shown)
}

// isWhiteout tells whether a file says that a name is deleted.
func isWhiteout(attr *fuse.Attr) bool { return attr.Mode&kindMask == kindChar && attr.Rdev == 0 }

// readlink reads the symbolic link that is open as fd, or the file that stands for
// one, since it has an owner that a link cannot record.
func (l *layer) readlink(fd int) (string, error) {
	buf := make([]byte, maxTarget)
	n, err := readlinkFD(fd, buf)
	if err == syscall.EINVAL || err == syscall.ENOENT {
		n, err = readReferred(fd, buf)
	}
	return string(buf[:max(n, 0)]), err
}

// maxTarget is the longest target of a link, in bytes: PATH_MAX.
const maxTarget = 4096

// names lists the directory that is open as fd: names and kinds as the disk has
// them, markers included, in the disk's order.
func (l *layer) names(fd int) ([]fuse.DirEntry, error) {
	own, err := openat(fd, ".", unix.O_RDONLY|unix.O_DIRECTORY) // with a place of its own in it
	if err != nil {
		return nil, err
	}
	return readDirectory(own)
}
