package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/depgraph"
)

// TestPlainRoot opens what would have no end, and what is only looked at.
func TestPlainRoot(t *testing.T) {
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	must(os.Symlink("/dev/zero", filepath.Join(dir, "zero")))
	must(os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600))
	must(os.WriteFile(filepath.Join(dir, "huge"), nil, 0o600))
	must(os.Truncate(filepath.Join(dir, "huge"), maxFile+1))
	root := openRoot(dir)
	for name, want := range map[string]string{
		"fifo": "not a regular file", "zero": "not a regular file", "huge": "more than a package database has",
		"missing": "no such file", "file": "", ".": "",
	} {
		f, err := root.Open(name)
		if err == nil {
			f.Close()
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("open %s: %v", name, err)
		}
		if _, err := fs.ReadFile(root, name); want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("read %s: %v", name, err)
		}
	}
	if target, err := fs.ReadLink(root, "zero"); err != nil || target != "/dev/zero" {
		t.Error(target, err)
	}
	must(os.MkdirAll(filepath.Join(dir, "var/lib/dpkg"), 0o755))
	must(os.Symlink("/dev/zero", filepath.Join(dir, "var/lib/dpkg/status")))
	if _, err := openStack([]depgraph.SourceConfig{{Kind: "dpkg", Root: dir}}, func(error) {}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}
