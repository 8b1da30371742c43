// Package capture keeps what a build wrote: a directory with one build's upper
// layer and its record, read back as a list of changes.
//
//	CAPTURE/
//	  upper/         the layer, in overlayfs form
//	  work/          overlayfs's own work directory; empty unless in use
//	  record.jsonl   the record: package record
//	  view.toml      what the build ran with; bytes to this package
//	  lock           flocked while in use; holds the pid of a build
//
// A build holds a capture alone ([Create], [Open]); any number of readers may
// share one that no build holds ([OpenRead]), so a layer is never read while it
// changes. The record alone can be read at any time ([OpenRecord]): it only grows.
//
// A [Layer] reads upper/ in every form that overlayfs, fuse-overlayfs, container
// tools and depview leave, and [Changes] compares it with the lower tree.
// Everything below upper/ may come from a hostile build: nothing in it is ever
// followed, and nothing but a regular file is opened.
package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/record"
)

// The names in a capture.
const (
	upperName  = "upper"
	workName   = "work"
	recordName = "record.jsonl"
	viewName   = "view.toml"
	viewTemp   = "view.toml.new"
	lockName   = "lock"
)

// ErrNotCapture is wrapped by errors about a directory that is no capture.
var ErrNotCapture = errors.New("not a capture")

// A Capture is an open capture directory.
type Capture struct {
	dir     string // absolute
	root    *os.Root
	lock    *os.File
	reading bool

	syncing sync.WaitGroup // what WriteView does late
	syncErr error
}

// Create makes the directory into a capture, or opens the capture that it is.
// It may not exist yet, and then gets its parents too, or be empty. A directory
// that holds anything else is left alone: the error wraps [ErrNotCapture].
func Create(dir string) (*Capture, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("capture: %w", err)
	}
	return open(dir, true)
}

// Open opens a capture for a build to go on from. It removes what a crash left
// in work/. The error wraps [ErrInUse] where anybody has it open, and
// [ErrNotCapture] where there is none.
func Open(dir string) (*Capture, error) { return open(dir, false) }

// OpenRead opens a capture for reading, together with other readers. The error
// wraps [ErrInUse] while a build holds it, and [ErrNotCapture] where there is none.
func OpenRead(dir string) (*Capture, error) {
	c, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	c.reading = true
	if err := c.check(false); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if err := c.acquire(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func open(dir string, create bool) (*Capture, error) {
	c, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	if err := c.prepare(create); err != nil {
		return nil, errors.Join(err, c.release())
	}
	return c, nil
}

func openDir(dir string) (*Capture, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("capture: %w", err)
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fmt.Errorf("capture: %w", err)
	}
	return &Capture{dir: abs, root: root}, nil
}

// prepare takes the lock and makes what is missing. The lock comes first of
// all, so that two that create the same capture do not meet.
func (c *Capture) prepare(create bool) error {
	if err := c.check(create); err != nil {
		return err
	}
	if err := c.acquire(); err != nil {
		return err
	}
	if err := c.root.Chmod(".", 0o700); err != nil {
		return fmt.Errorf("capture %s: %w", record.Quote(c.dir), err)
	}
	// The upper layer's own mode is the mode of / in the view.
	for name, mode := range map[string]fs.FileMode{upperName: 0o755, workName: 0o700} {
		err := c.root.Mkdir(name, mode)
		if err == nil {
			err = c.root.Chmod(name, mode) // whatever the umask is
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("capture %s: %w", record.Quote(c.dir), err)
		}
	}
	return c.cleanWork()
}

// check refuses a directory that is not a capture: one with a name that no
// capture has, or with a known name of the wrong type, or without a lock unless it
// is empty and about to be created, or, for readers, without an upper layer.
func (c *Capture) check(create bool) error {
	no := func(why string) error {
		return fmt.Errorf("%s: %w: %s", record.Quote(c.dir), ErrNotCapture, why)
	}
	d, err := c.root.Open(".")
	if err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	entries, err := d.ReadDir(-1)
	d.Close()
	if err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	found := map[string]bool{}
	for _, e := range entries {
		found[e.Name()] = true
		switch e.Name() {
		case upperName, workName:
			if !e.IsDir() {
				return no(e.Name() + " is not a directory")
			}
		case recordName, viewName, viewTemp, lockName:
			if !e.Type().IsRegular() {
				return no(e.Name() + " is not a regular file")
			}
		default:
			return no("it holds " + record.Quote(e.Name()))
		}
	}
	switch {
	case create && len(entries) == 0:
	case !found[lockName]:
		return no("it is not empty and has no lock")
	case !create && !found[upperName]:
		return no("it has no upper layer")
	}
	return nil
}

// Dir is the capture's directory, absolute.
func (c *Capture) Dir() string { return c.dir }

// Upper is the directory of the layer, and Work overlayfs's work directory on
// the same file system.
func (c *Capture) Upper() string { return filepath.Join(c.dir, upperName) }

// Work is described with [Capture.Upper].
func (c *Capture) Work() string { return filepath.Join(c.dir, workName) }

// Close lets others have the capture. After a build it empties work/, so the
// overlay must not be mounted any more.
func (c *Capture) Close() error {
	c.syncing.Wait()
	err := c.syncErr
	if !c.reading && c.lock != nil {
		err = errors.Join(err, c.cleanWork())
	}
	return errors.Join(err, c.release())
}

// cleanWork empties work/. The kernel leaves directories of mode 000 there,
// which a user without privileges owns but cannot list; after a crash, perhaps one
// of a subordinate id with whiteouts in it, which only overlayfs itself can take
// away, and does when it is mounted there again.
func (c *Capture) cleanWork() error {
	work, err := c.root.OpenRoot(workName)
	if err != nil {
		return fmt.Errorf("capture %s: %w", record.Quote(c.dir), err)
	}
	defer work.Close()
	if err := empty(work, "."); err != nil {
		return fmt.Errorf("capture %s: emptying work: %w", record.Quote(c.dir), err)
	}
	return nil
}

// empty removes everything below the directory dir of root.
func empty(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	entries, err := d.ReadDir(-1)
	d.Close()
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if e.IsDir() {
			err := root.Chmod(name, 0o700)
			if err == nil {
				err = empty(root, name)
			}
			if err != nil && !errors.Is(err, fs.ErrPermission) {
				return err
			}
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, unix.ENOTEMPTY) {
			return err
		}
	}
	return nil
}
