package tests

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// listNames lists the directory that a is in.
func (c call) listNames() (string, error) {
	list, err := listDir(filepath.Dir(c.a))
	return fmt.Sprintf("%q", slices.Sorted(maps.Keys(list))), err
}

// A listing is of the directory with many entries, read bit by bit while it changes.
type listing struct {
	fd            int
	first         map[string]uint64 // when it was opened
	found, change map[string]bool
}

// touch notes that an entry may have come or gone.
func (s *side) touch(name string) {
	if s.list != nil {
		s.list.change[name] = true
	}
}

// listOn goes on with a listing. What was there from the first to the last it has to
// list once; and rewound, it lists what there is.
func (c call) listOn() (string, error) {
	dir := c.root + "/many"
	if c.list == nil {
		first, err := listDir(dir)
		if err != nil {
			return "", err
		}
		fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return "", err
		}
		c.list = &listing{fd: fd, first: first, found: map[string]bool{}, change: map[string]bool{}}
	}
	n, err := readEntries(c.list.fd, c.list.add)
	if n > 0 || err != nil {
		return "", err
	}
	l := c.list
	c.list = nil
	return "", errors.Join(l.whole(), l.again(dir), unix.Close(l.fd))
}

func (l *listing) add(name string, _ uint64) error {
	if l.found[name] && !l.change[name] {
		return fmt.Errorf("%q is listed twice: %w", name, unix.EEXIST)
	}
	l.found[name] = true
	return nil
}

func (l *listing) whole() error {
	for name := range l.first {
		if !l.found[name] && !l.change[name] {
			return fmt.Errorf("%q is not listed: %w", name, unix.ENOENT)
		}
	}
	return nil
}

func (l *listing) again(dir string) error {
	now, err := listDir(dir)
	if err != nil {
		return err
	}
	if _, err := unix.Seek(l.fd, 0, unix.SEEK_SET); err != nil {
		return err
	}
	for {
		n, err := readEntries(l.fd, func(name string, _ uint64) error {
			if _, ok := now[name]; !ok {
				return fmt.Errorf("%q is listed after rewinding, and not there: %w", name, unix.EEXIST)
			}
			delete(now, name)
			return nil
		})
		if err != nil {
			return err
		}
		if n == 0 && len(now) > 0 {
			return fmt.Errorf("%d entries are not listed after rewinding: %w", len(now), unix.ENOENT)
		}
		if n == 0 {
			return nil
		}
	}
}
