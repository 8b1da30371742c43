package fs

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// names returns the names of a listing from an offset on, and the offset to go on
// from.
func (c *changing) names(t *testing.T, dir *node, offset uint64, most int, list func() ([]fuse.DirEntry, error)) (names []string, next uint64) {
	t.Helper()
	entries, err := c.get(dir, offset, list)
	if err != nil {
		t.Fatal(err)
	}
	next = offset
	for _, e := range entries[:min(most, len(entries))] {
		names, next = append(names, e.Name), e.Off
	}
	return names, next
}

// TestChanging reads a directory in pieces that others change meanwhile: what was
// there all the time comes once.
func TestChanging(t *testing.T) {
	var c changing
	dir := &node{}
	list := func() ([]fuse.DirEntry, error) {
		var all []fuse.DirEntry
		for i := range 1000 {
			all = append(all, fuse.DirEntry{Name: fmt.Sprint(i)})
		}
		return all, nil
	}
	var seen []string
	next := uint64(0)
	for i := 0; ; i++ {
		var names []string
		if names, next = c.names(t, dir, next, 10, list); len(names) == 0 {
			break
		}
		seen = append(seen, names...)
		for k := range 4 {
			c.remove(dir, fmt.Sprint(10*i+k))     // read already
			c.remove(dir, fmt.Sprint(995-10*i-k)) // not yet, half of the time
		}
		name := fmt.Sprintf("new%d", min(i, 50)) // or it would go on for ever
		c.add(dir, fuse.DirEntry{Name: name})
		c.add(dir, fuse.DirEntry{Name: name})
	}
	for _, stays := range []string{"4", "14", "501", "986", "999"} {
		if n := len(slices.DeleteFunc(slices.Clone(seen), func(s string) bool { return s != stays })); n != 1 {
			t.Errorf("%s was read %d times", stays, n)
		}
	}
	slices.Sort(seen)
	if len(slices.Compact(seen)) != len(seen) {
		t.Error("something was read twice")
	}
	// Whoever begins anew gets a listing that is as the directory.
	made := false
	c.names(t, dir, 0, 10, func() ([]fuse.DirEntry, error) { made = true; return list() })
	if !made {
		t.Error("a listing of gaps was kept")
	}
}

// TestManyLists reads more directories at once than listings are kept of.
func TestManyLists(t *testing.T) {
	var c changing
	list := func() ([]fuse.DirEntry, error) { return []fuse.DirEntry{{Name: "a"}, {Name: "b"}}, nil }
	dirs := make([]node, 3*mostLists)
	for round := range 3 {
		for i := range dirs {
			names, _ := c.names(t, &dirs[i], uint64(round), 1, list)
			if want := [][]string{{"a"}, {"b"}, nil}[round]; !slices.Equal(names, want) {
				t.Fatalf("directory %d, offset %d: %q, want %q", i, round, names, want)
			}
		}
	}
	if len(c.kept) > mostLists {
		t.Errorf("%d listings are kept", len(c.kept))
	}
}
