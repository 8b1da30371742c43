package capture

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/record"
)

// A ChangeKind is what happened to a path, as the letter that reports show.
type ChangeKind byte

// The kinds of changes.
const (
	Added    ChangeKind = 'A'
	Modified ChangeKind = 'M'
	Deleted  ChangeKind = 'D'
)

func (k ChangeKind) String() string { return string(rune(k)) }

// A Change is one difference between the lower tree and what the build left.
type Change struct {
	Kind ChangeKind
	// Entry is the path as it is now; of a deleted one, as it was.
	Entry  Entry
	digest func() (string, error)
}

// Digest is the SHA-256 of a regular file's new content in hexadecimal, and ""
// for everything else. It reads the file the first time that it is asked.
func (c Change) Digest() (string, error) {
	if c.digest == nil {
		return "", nil
	}
	return c.digest()
}

// Changes compares the layer with the lower tree and gives the differences in
// the byte order of their paths.
//
// A path that was copied up is no change while type, mode, owner, extended
// attributes and content, target or device number are those of the lower one;
// its times do not count. What was below a directory that was deleted or
// replaced is deleted, each path by itself, unless the build made it anew: then
// it is compared like any other.
func Changes(ctx context.Context, l *Layer, lower Lower) ([]Change, error) {
	c := &comparison{ctx: ctx, layer: l, lower: lower, upper: map[string]bool{"/": false}, below: map[string]bool{"/": true}}
	var entries []Entry
	for e, err := range l.Walk() {
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
		if !e.Whiteout {
			// Below an opaque directory every directory is opaque.
			c.upper[e.Path] = e.Opaque || c.upper[filepath.Dir(e.Path)]
		}
	}
	for _, e := range entries {
		if err := c.entry(e); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(c.changes, func(a, b Change) int { return strings.Compare(a.Entry.Path, b.Entry.Path) })
	return c.changes, nil
}

// A comparison is the state of one call of [Changes].
type comparison struct {
	ctx     context.Context
	layer   *Layer
	lower   Lower
	upper   map[string]bool // the paths in the layer; true if the lower tree does not show through
	below   map[string]bool // the layer's directories that are directories in the lower tree too
	changes []Change
}

// entry compares one entry of the layer. Its directory has been compared before.
func (c *comparison) entry(e Entry) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	parent := filepath.Dir(e.Path)
	var old Entry
	var err error = fs.ErrNotExist
	if c.below[parent] {
		old, err = c.lower.Lstat(e.Path)
	}
	exists := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR) {
		return fmt.Errorf("lower tree: %w", err)
	}
	if e.Whiteout {
		if !exists || c.upper[parent] {
			return nil // an opaque directory's deletions are found from the directory
		}
		return c.deleted(old)
	}
	c.below[e.Path] = exists && e.Type == Dir && old.Type == Dir
	switch {
	case !exists:
		c.add(Added, e)
		return nil
	case old.Type == Dir && (e.Type != Dir || c.upper[e.Path]):
		if err := c.deletedBelow(e.Path); err != nil {
			return err
		}
	}
	same, err := c.same(e, old)
	if err == nil && !same {
		c.add(Modified, e)
	}
	return err
}

// deletedBelow records what is in a lower directory and not in the layer.
// Directories of the same name in the layer come by themselves.
func (c *comparison) deletedBelow(dir string) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	names, err := c.lower.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("lower tree: %w", err)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if _, ok := c.upper[path]; ok {
			continue
		}
		old, err := c.lower.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("lower tree: %w", err)
		}
		if err := c.deleted(old); err != nil {
			return err
		}
	}
	return nil
}

// deleted records that a path of the lower tree is gone with all below it.
func (c *comparison) deleted(old Entry) error {
	c.changes = append(c.changes, Change{Kind: Deleted, Entry: old})
	if old.Type == Dir {
		return c.deletedBelow(old.Path)
	}
	return nil
}

func (c *comparison) add(kind ChangeKind, e Entry) {
	change := Change{Kind: kind, Entry: e}
	if e.Type == File {
		layer := c.layer
		change.digest = sync.OnceValues(func() (string, error) { return digest(layer, e) })
	}
	c.changes = append(c.changes, change)
}

// same reports whether an entry of the layer is what the lower tree has.
func (c *comparison) same(e, old Entry) (bool, error) {
	if e.Type != old.Type || e.UID != old.UID || e.GID != old.GID || !maps.Equal(e.Xattrs, old.Xattrs) {
		return false, nil
	}
	switch e.Type {
	case Symlink:
		return e.Target == old.Target, nil // a symlink's mode means nothing
	case File:
		if e.Mode != old.Mode || e.Size != old.Size {
			return false, nil
		}
		return c.sameContent(e)
	}
	return e.Mode == old.Mode && e.Rdev == old.Rdev, nil
}

// sameContent compares a file with the lower one of the same size.
func (c *comparison) sameContent(e Entry) (same bool, err error) {
	if e.Size == 0 {
		return true, nil
	}
	a, err := c.layer.Open(e)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := c.lower.Open(e.Path)
	if err != nil {
		return false, fmt.Errorf("lower tree: %w", err)
	}
	defer b.Close()
	bufA, bufB := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		if err := c.ctx.Err(); err != nil {
			return false, err
		}
		n, errA := io.ReadFull(a, bufA)
		m, errB := io.ReadFull(b, bufB)
		if !bytes.Equal(bufA[:n], bufB[:m]) {
			return false, nil
		}
		switch {
		case ended(errA) && ended(errB):
			return true, nil
		case errA != nil && !ended(errA):
			return false, fmt.Errorf("%s: %w", record.Quote(e.Path), errA)
		case errB != nil && !ended(errB):
			return false, fmt.Errorf("lower tree: %s: %w", record.Quote(e.Path), errB)
		case errA != nil || errB != nil:
			return false, nil
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func digest(l *Layer, e Entry) (string, error) {
	f, err := l.Open(e)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", record.Quote(e.Path), err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
