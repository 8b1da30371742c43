// Package sourcetest checks what holds of every source's database, for the tests of
// sources.
package sourcetest

import (
	"io/fs"
	"path"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
)

// pools tells whether pools keep what is put into them, without which what is allocated
// says nothing: see race.go.
var pools = true

// maxAllocated is how much memory a parser may use for an input of a fuzzer's.
const maxAllocated = 64 << 20

// Limit fails the test at its end if what was allocated from now on, garbage and the
// test's own included, is more than 64 MiB.
func Limit(t testing.TB) {
	before := allocated()
	t.Cleanup(func() {
		check(t, before)
	})
}

func check(t testing.TB, before uint64) {
	t.Helper()
	if n := allocated() - before; n > maxAllocated && pools {
		t.Errorf("%d MiB were allocated", n>>20)
	}
}

// Bounded runs f, and fails the test if all that was allocated meanwhile, garbage
// included, is more than 64 MiB.
func Bounded(t testing.TB, f func()) {
	t.Helper()
	before := allocated()
	f()
	check(t, before)
}

func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// Sane checks a database that could be opened, of whatever content: its packages can
// make a graph, and what it says of each is well-formed or an error that names one of
// the files, by a part of its name.
func Sane(t testing.TB, kind string, db depgraph.Database, files ...string) {
	t.Helper()
	if _, err := depgraph.New(nil, db.Packages()); err != nil {
		t.Error(err)
	}
	for _, p := range db.Packages() {
		if p.OwnName() == "" || p.Source != kind {
			t.Errorf("package %q of source %q", p.OwnName(), p.Source)
		}
		if _, err := p.RunNeeds(); err != nil {
			Names(t, err, files...)
		}
		list, err := db.Files(p)
		if err != nil {
			Names(t, err, files...)
		}
		for _, f := range list {
			if !strings.HasPrefix(f, "/") || path.Clean(f) != f || strings.Contains(f, "\x00") {
				t.Errorf("%s owns %q", p.OwnName(), f)
			}
		}
	}
}

// Names checks that an error is one line that names one of the files.
func Names(t testing.TB, err error, files ...string) {
	t.Helper()
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has several lines: %q", err)
	}
	for _, f := range files {
		if strings.Contains(err.Error(), f) {
			return
		}
	}
	t.Errorf("the error names none of %q: %v", files, err)
}

// Root makes a root of "path: content" files. "path -> target" is a symbolic link, and a
// path that ends in a slash a directory.
func Root(files map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, content := range files {
		name, target, link := strings.Cut(name, " -> ")
		switch dir, isDir := strings.CutSuffix(name, "/"); {
		case link:
			root[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
		case isDir:
			root[dir] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		default:
			root[name] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
		}
	}
	return root
}

// Generated checks what a database says of paths: whose they are, as in "package glib" or
// "path /etc/x", "base", or empty for nobody's.
func Generated(t testing.TB, db depgraph.Database, want map[string]string) {
	t.Helper()
	for name, want := range want {
		got := ""
		switch o, ok := db.Generated(name); {
		case ok && o.Package != "":
			got = "package " + o.Package
		case ok && o.Path != "":
			got = "path " + o.Path
		case ok:
			got = "base"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
