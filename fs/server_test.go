package fs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"

	"github.com/depview/depview/view"
)

// serverOf returns a server of a view that shows /base of a root with the given
// files, without a mount.
func serverOf(t *testing.T, files ...string) *server {
	t.Helper()
	root := t.TempDir()
	for _, f := range files {
		p := filepath.Join(root, f)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(f), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	v, err := view.New(view.Config{Root: os.DirFS(root), BasePaths: []string{"/base"}})
	if err != nil {
		t.Fatal(err)
	}
	tree, err := New(v, root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return newServer(tree)
}

// lookup asks for a path name by name.
func (s *server) lookup(t *testing.T, p string) (out fuse.EntryOut) {
	t.Helper()
	out.NodeId = fuse.FUSE_ROOT_ID
	for _, name := range strings.Split(p[1:], "/") {
		in := &fuse.InHeader{NodeId: out.NodeId}
		out = fuse.EntryOut{}
		if st := s.Lookup(nil, in, name, &out); !st.Ok() {
			t.Errorf("%s: LOOKUP %s: %v", p, name, st)
		}
	}
	return out
}

// read asks for the entries of a node from offset on, as many as fit in size.
func (s *server) read(t *testing.T, node, offset uint64, size int, plus bool) (names []string, ids []uint64) {
	t.Helper()
	in := &fuse.ReadIn{InHeader: fuse.InHeader{NodeId: node}, Offset: offset}
	list := fuse.NewDirEntryList(make([]byte, size), offset)
	var entries []fuse.DirEntry
	var outs []fuse.EntryOut
	var st fuse.Status
	var err error
	if plus {
		st = s.ReadDirPlus(nil, in, list)
		entries, outs, err = fuse.ParseDirLookupEntries(list.Bytes())
	} else {
		st = s.ReadDir(nil, in, list)
		entries, err = fuse.ParseDirEntries(list.Bytes())
	}
	if err != nil || !st.Ok() {
		t.Error(st, err)
	}
	for i, e := range entries {
		if e.Off != offset+uint64(i)+1 {
			t.Errorf("entry %d behind %d has the offset %d", i, offset, e.Off)
		}
		names = append(names, e.Name)
		if plus {
			ids = append(ids, outs[i].NodeId)
		}
	}
	return names, ids
}

// readAll reads a directory from the beginning to the end.
func (s *server) readAll(t *testing.T, node uint64, size int, plus bool) (names []string, ids []uint64) {
	t.Helper()
	for {
		more, moreIDs := s.read(t, node, uint64(len(names)), size, plus)
		if more == nil {
			return names, ids
		}
		names, ids = append(names, more...), append(ids, moreIDs...)
	}
}

func TestReadDirRequests(t *testing.T) {
	var files []string
	for i := range 300 {
		files = append(files, fmt.Sprintf("/base/%03d", i))
	}
	s := serverOf(t, append(files, "/other/hidden")...)
	base := s.lookup(t, "/base").NodeId
	bare, _ := s.readAll(t, base, 512, false)
	plus, ids := s.readAll(t, base, 4096, true)
	if !slices.Equal(bare, plus) || len(plus) != 302 {
		t.Errorf("READDIR lists %q, READDIRPLUS %q", bare, plus)
	}
	for i, name := range plus {
		want := uint64(0)
		if i > 1 {
			want = s.lookup(t, "/base/"+name).NodeId
		}
		if ids[i] != want {
			t.Errorf("READDIRPLUS gives %q the node id %d, LOOKUP %d", name, ids[i], want)
		}
	}
	root, _ := s.readAll(t, fuse.FUSE_ROOT_ID, 4096, true)
	if !slices.Equal(root, []string{".", "..", "base"}) {
		t.Errorf("the root has %q", root)
	}
	if n := len(s.listings.kept); n != 0 {
		t.Errorf("%d listings are kept that were read to the end", n)
	}
	if none, _ := s.read(t, base, 1<<40, 4096, false); none != nil {
		t.Errorf("behind the end there is %q", none)
	}
}

// TestListingsKept leaves more directories unread than listings are kept, and goes
// on in each.
func TestListingsKept(t *testing.T) {
	var files []string
	for i := range 2 * maxListings {
		for _, name := range []string{"x", "y", "z"} {
			files = append(files, fmt.Sprintf("/base/%d/%s", i, name))
		}
	}
	s := serverOf(t, files...)
	first := map[uint64][]string{}
	for i := range 2 * maxListings {
		node := s.lookup(t, fmt.Sprintf("/base/%d", i)).NodeId
		first[node], _ = s.read(t, node, 0, 600, true)
		if n := len(first[node]); n < 3 || n > 4 {
			t.Fatalf("%d entries in 600 bytes", n)
		}
	}
	if n := len(s.listings.kept); n != maxListings {
		t.Errorf("%d listings are kept", n)
	}
	for node, names := range first {
		rest, _ := s.read(t, node, uint64(len(names)), 4096, true)
		if names = append(names, rest...); len(names) != 5 {
			t.Errorf("%s has %q", s.inodes.path(node), names)
		}
		slices.Sort(names)
		if !slices.Equal(names, []string{".", "..", "x", "y", "z"}) {
			t.Errorf("%s has %q", s.inodes.path(node), names)
		}
	}
}

// TestAbsent checks that the kernel may remember what is not there.
func TestAbsent(t *testing.T) {
	s := serverOf(t, "/base/file", "/other/hidden")
	for _, p := range []string{"/base/none", "/other", "/none"} {
		if out := s.lookup(t, p); out.NodeId != 0 || out.EntryTimeout() != forever {
			t.Errorf("%s: node id %d for %v", p, out.NodeId, out.EntryTimeout())
		}
	}
	out := s.lookup(t, "/base/file")
	if out.NodeId == 0 || out.EntryTimeout() != forever || out.AttrTimeout() != forever {
		t.Errorf("/base/file: node id %d for %v, %v", out.NodeId, out.EntryTimeout(), out.AttrTimeout())
	}
}

// TestManyRequests has requests of all kinds come at once.
func TestManyRequests(t *testing.T) {
	var files []string
	for i := range 200 {
		files = append(files, fmt.Sprintf("/base/%d/%d", i%10, i))
	}
	s := serverOf(t, files...)
	var wg sync.WaitGroup
	var ids [4]map[string]uint64
	for g := range ids {
		ids[g] = map[string]uint64{}
		wg.Go(func() {
			for i := range 10 {
				dir := fmt.Sprint("/base/", (i+g)%10)
				node := s.lookup(t, dir).NodeId
				names, nodes := s.readAll(t, node, 1000, g%2 == 0)
				for j, name := range names[2:] {
					p := join(dir, name)
					if ids[g][p] = s.lookup(t, p).NodeId; nodes != nil && nodes[j+2] != ids[g][p] {
						t.Errorf("%s has the node ids %d and %d", p, nodes[j+2], ids[g][p])
					}
				}
			}
		})
	}
	wg.Wait()
	for _, p := range files {
		if id := ids[0][p]; id == 0 || id != ids[1][p] || id != ids[2][p] || id != ids[3][p] {
			t.Errorf("%s has the node ids %d, %d, %d, %d", p, id, ids[1][p], ids[2][p], ids[3][p])
		}
	}
}
