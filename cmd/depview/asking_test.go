package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// TestAsking checks that a lower tree which is asked for is the same as one at hand.
func TestAsking(t *testing.T) {
	dir := t.TempDir()
	big := bytes.Repeat([]byte("0123456789abcdef"), piece/8+1)
	name := "f \xff" // of bytes, not of characters
	if err := errors.Join(os.WriteFile(filepath.Join(dir, name), big, 0o640), os.WriteFile(dir+"/empty", nil, 0o600), os.Symlink("f", dir+"/link")); err != nil {
		t.Fatal(err)
	}
	tree, err := capture.OpenTree(dir, capture.IDs{})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	ours, its, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		answer(ours, tree)
		ours.Close()
		close(ended)
	}()
	lower := ask(its)
	names, err := lower.ReadDir("/")
	if err != nil || len(names) != 3 {
		t.Errorf("names %q, %v", names, err)
	}
	for _, n := range names {
		got, err1 := lower.Lstat("/" + n)
		want, err2 := tree.Lstat("/" + n)
		if err := errors.Join(err1, err2); err != nil || got.Path != want.Path || got.Type != want.Type || got.Mode != want.Mode || got.UID != want.UID || got.Target != want.Target {
			t.Errorf("%q: %+v, %v; want %+v", n, got, err, want)
		}
	}
	for n, want := range map[string][]byte{name: big, "empty": nil} {
		f, err := lower.Open("/" + n)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: %d bytes, %v", n, len(got), err)
		}
	}
	if _, err := lower.Lstat("/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := lower.Lstat("/empty/none"); !errors.Is(err, unix.ENOTDIR) {
		t.Error(err)
	}
	its.Close()
	<-ended
	if _, err := lower.Lstat("/"); err == nil {
		t.Error("an answer from nobody")
	}
}
