package gentoo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/depview/depview/depgraph"
)

// largeDatabase makes one of 5,000 packages with 40 files and 10 dependencies each; a
// tenth have two slots.
func largeDatabase(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	for i := range 5000 {
		var contents, depends strings.Builder
		for j := range 20 {
			fmt.Fprintf(&contents, "dir /usr/share/p%d/d%d\nobj /usr/share/p%d/d%d/f 9a8ad92c50cae39aa2c5604fd0ab6d8c 1795309649\n", i, j, i, j)
		}
		for j := range 10 {
			fmt.Fprintf(&depends, ">=cat-%d/p%d-1.0:0/1= ", (i+j+1)%5000/30, (i+j+1)%5000)
		}
		name, slot := fmt.Sprintf("p%d-1.%d-r1", i, i), "0/1\n"
		if i%10 == 1 {
			name, slot = fmt.Sprintf("p%d-2.%d", i-1, i), "2\n"
		}
		pkg := filepath.Join(dir, vdb, fmt.Sprintf("cat-%d", i/30), name)
		if err := os.MkdirAll(pkg, 0o755); err != nil {
			b.Fatal(err)
		}
		for file, text := range map[string]string{
			"SLOT": slot, "USE": "amd64 ssl\n", "IUSE": "+ssl doc\n", "CONTENTS": contents.String(), "RDEPEND": depends.String(),
		} {
			if err := os.WriteFile(filepath.Join(pkg, file), []byte(text), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	return dir
}

// BenchmarkOpen opens the database, as every start of depview does.
func BenchmarkOpen(b *testing.B) { benchmark(b, func(*Database) error { return nil }) }

// BenchmarkNeeds reads what all its packages need.
func BenchmarkNeeds(b *testing.B) {
	benchmark(b, func(db *Database) error {
		for _, p := range db.Packages() {
			if _, err := p.RunNeeds(); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkFiles reads all lists, as the index of a view does when it is made anew.
func BenchmarkFiles(b *testing.B) {
	benchmark(b, func(db *Database) error {
		for _, p := range db.Packages() {
			if _, err := db.Files(p); err != nil {
				return err
			}
		}
		return nil
	})
}

func benchmark(b *testing.B, do func(*Database) error) {
	root := os.DirFS(largeDatabase(b))
	b.ReportAllocs()
	start := time.Now()
	n := 0
	for b.Loop() {
		db, err := Open(root, depgraph.Setting{})
		if err == nil {
			err = do(db.(*Database))
		}
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(time.Since(start).Milliseconds())/float64(n), "ms/op")
}
