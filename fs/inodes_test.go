package fs

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// fill adds n files, 20 to a directory, with names of 15 bytes.
func fill(t *inodes, n int) {
	var dir uint64 = fuse.FUSE_ROOT_ID
	for i := range n {
		if i%20 == 0 {
			dir = t.id(fuse.FUSE_ROOT_ID, fmt.Sprintf("directory%06d", i))
			continue
		}
		t.id(dir, fmt.Sprintf("libsome%06d.a", i))
	}
}

// TestInodes checks ids and paths both ways, over several sizes of the table, with
// the names that a file system may have.
func TestInodes(t *testing.T) {
	table := newInodes()
	paths := map[uint64]string{}
	add := func(parent uint64, name string) uint64 {
		id := table.id(parent, name)
		paths[id] = join(table.path(parent), name)
		return id
	}
	long := add(fuse.FUSE_ROOT_ID, strings.Repeat("x", 255))
	for _, name := range []string{"a", "b", "\x01\xff\n", " ", "..."} {
		add(add(long, name), name)
	}
	dir := uint64(long)
	for i := range 100 {
		dir = add(dir, fmt.Sprint("deep", i))
	}
	fill(table, 10_000)
	if is, want := table.path(fuse.FUSE_ROOT_ID), "/"; is != want {
		t.Errorf("the root is %q", is)
	}
	if len(paths) != 1+2*5+100 {
		t.Errorf("%d ids", len(paths))
	}
	for id, p := range paths {
		if got := table.path(id); got != p {
			t.Errorf("%d is %q, want %q", id, got, p)
		}
		again := uint64(fuse.FUSE_ROOT_ID)
		for _, name := range strings.Split(p[1:], "/") {
			again = table.id(again, name)
		}
		if again != id {
			t.Errorf("%q has the ids %d and %d", p, id, again)
		}
	}
}

// TestInodesAtOnce checks that requests which come at once get the same ids.
func TestInodesAtOnce(t *testing.T) {
	table := newInodes()
	var all [8][2000]uint64
	var wg sync.WaitGroup
	for g := range all {
		wg.Go(func() {
			for i := range all[g] {
				all[g][i] = table.id(fuse.FUSE_ROOT_ID, fmt.Sprint(i))
				if p := table.path(all[g][i]); p != fmt.Sprint("/", i) {
					t.Errorf("%d is %q", i, p)
				}
			}
		})
	}
	wg.Wait()
	for g := range all {
		if all[g] != all[0] {
			t.Fatal("ids differ")
		}
	}
	if given := int(table.next) - fuse.FUSE_ROOT_ID - 1; given != len(all[0]) {
		t.Errorf("%d ids for %d names", given, len(all[0]))
	}
}

// TestInodeSize checks what a node costs, right before the hash table grows and
// right after.
func TestInodeSize(t *testing.T) {
	for _, n := range []int{131_000, 132_000} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		table := newInodes()
		fill(table, n)
		runtime.GC()
		runtime.ReadMemStats(&after)
		each := (after.HeapAlloc - before.HeapAlloc) / uint64(n)
		t.Logf("%d nodes: %d bytes each", n, each)
		if each > 48 {
			t.Errorf("%d nodes cost %d bytes each", n, each)
		}
		runtime.KeepAlive(table)
	}
}

func BenchmarkInodes(b *testing.B) {
	for _, n := range []int{1000, 400_000} {
		table := newInodes()
		fill(table, n)
		dir := table.id(fuse.FUSE_ROOT_ID, "directory000020")
		b.Run(fmt.Sprintf("id/%d", n), func(b *testing.B) {
			for b.Loop() {
				table.id(dir, "libsome000030.a")
			}
		})
		id := table.id(dir, "libsome000030.a")
		b.Run(fmt.Sprintf("path/%d", n), func(b *testing.B) {
			for b.Loop() {
				table.path(id)
			}
		})
	}
	b.Run("fill", func(b *testing.B) {
		for b.Loop() {
			fill(newInodes(), 100_000)
		}
	})
}
