package fs_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// unionCases are what builds do in a view that takes writes, and what is to be seen
// then: now, when the view is mounted again, and in the capture. The lower tree:
//
//	/t/file  /t/link → file  /t/hard1 = /t/sub/hard2  /t/full/{a,b}  /t/empty/
var unionCases = []struct {
	name    string
	do      func(dir string) error
	see     string // what list says of the directory
	changes string // what capture.Changes says, "KIND PATH" each
}{
	{"nothing", func(string) error { return nil }, "empty/ file full/ full/a full/b hard1 link sub/ sub/hard2", ""},
	{"write", func(d string) error { return appendTo(d+"/file", "more") },
		"empty/ file:content of /t/filemore full/ full/a full/b hard1 link sub/ sub/hard2", "M /t/file"},
	{"write and truncate", func(d string) error { return os.WriteFile(d+"/file", []byte("new"), 0) },
		"empty/ file:new full/ full/a full/b hard1 link sub/ sub/hard2", "M /t/file"},
	{"write through a link", func(d string) error { return appendTo(d+"/link", "!") },
		"empty/ file:content of /t/file! full/ full/a full/b hard1 link sub/ sub/hard2", "M /t/file"},
	{"write to one of two names", func(d string) error { return os.WriteFile(d+"/hard1", []byte("both"), 0) },
		"empty/ file full/ full/a full/b hard1:both link sub/ sub/hard2:both", "M /t/hard1 M /t/sub/hard2"},
	{"unlink", func(d string) error { return errors.Join(os.Remove(d+"/file"), os.Remove(d+"/link")) },
		"empty/ full/ full/a full/b hard1 sub/ sub/hard2", "D /t/file D /t/link"},
	{"unlink and make", func(d string) error {
		return errors.Join(os.Remove(d+"/file"), os.Mkdir(d+"/file", 0o755), os.Remove(d+"/link"), os.Symlink("hard1", d+"/link"))
	}, "empty/ file/ full/ full/a full/b hard1 link->hard1 sub/ sub/hard2", "M /t/file M /t/link"},
	{"remove a tree and make it", func(d string) error {
		return errors.Join(os.RemoveAll(d+"/full"), os.Mkdir(d+"/full", 0o755), os.WriteFile(d+"/full/c", nil, 0o644))
	}, "empty/ file full/ full/c: hard1 link sub/ sub/hard2", "D /t/full/a D /t/full/b A /t/full/c"},
	{"remove trees", func(d string) error { return errors.Join(os.RemoveAll(d+"/full"), os.Remove(d+"/empty")) },
		"file hard1 link sub/ sub/hard2", "D /t/empty D /t/full D /t/full/a D /t/full/b"},
	{"rename", func(d string) error { return os.Rename(d+"/file", d+"/full/a") },
		"empty/ full/ full/a:content of /t/file full/b hard1 link sub/ sub/hard2", "D /t/file M /t/full/a"},
	{"rename a directory", func(d string) error {
		return errors.Join(os.Mkdir(d+"/new", 0o755), os.WriteFile(d+"/new/x", nil, 0o644), unix.Rename(d+"/new", d+"/empty"),
			wantEXDEV(unix.Rename(d+"/full", d+"/moved")))
	}, "empty/ empty/x: file full/ full/a full/b hard1 link sub/ sub/hard2", "A /t/empty/x"},
	{"rename over a directory that was emptied", func(d string) error {
		return errors.Join(os.Remove(d+"/full/a"), os.Remove(d+"/full/b"), os.Mkdir(d+"/new", 0o700), os.WriteFile(d+"/new/x", nil, 0o644),
			unix.Rename(d+"/new", d+"/full"))
	}, "empty/ file full/ full/x: hard1 link sub/ sub/hard2", "M /t/full D /t/full/a D /t/full/b A /t/full/x"},
	{"link", func(d string) error {
		return errors.Join(os.Link(d+"/file", d+"/sub/name"), os.Link(d+"/link", d+"/sub/link"), appendTo(d+"/file", "2"))
	}, "empty/ file:content of /t/file2 full/ full/a full/b hard1 link sub/ sub/hard2 sub/link->file sub/name:content of /t/file2",
		"M /t/file A /t/sub/link A /t/sub/name"},
	{"fifo", func(d string) error { return errors.Join(unix.Mkfifo(d+"/pipe", 0o600), os.Chown(d+"/pipe", 1, 2)) },
		"empty/ file full/ full/a full/b hard1 link pipe| sub/ sub/hard2", "A /t/pipe"},
	{"modes and owners", func(d string) error {
		return errors.Join(os.Chmod(d+"/file", 0o4711), os.Chown(d+"/full", 33, 34), os.Lchown(d+"/link", 33, 34))
	}, "empty/ file full/ full/a full/b hard1 link sub/ sub/hard2", "M /t/file M /t/full M /t/link"},
}

// TestUnion has each case seen in the view, in the view mounted again, and in the
// capture, with the lower tree as it was: as overlayfs's own form has it, and on a
// disk that can only have plain files.
func TestUnion(t *testing.T) {
	for _, plain := range []bool{false, true} {
		for _, c := range unionCases {
			t.Run(fmt.Sprintf("%s/plain=%t", c.name, plain), func(t *testing.T) {
				w := lowerWorld(t)
				w.Plain = plain
				before := list(t, w.Root+"/t", true)
				m := mount(t, w)
				must(t, c.do(m.path("/t")))
				is(t, list(t, m.path("/t"), false), c.see)
				full := list(t, m.path("/t"), true)
				m.end()
				m = mount(t, w)
				is(t, list(t, m.path("/t"), true), full)
				m.end()
				is(t, list(t, w.Root+"/t", true), before)
				must(t, os.Remove(w.Upper+"/work")) // it is empty
				is(t, changesOf(t, w), c.changes)
			})
		}
	}
}

// lowerWorld returns a world with a lower tree and a capture.
func lowerWorld(t *testing.T) world {
	needRoot(t)
	w := world{Root: t.TempDir(), Upper: t.TempDir(), Show: map[string][]string{"p": {"/t"}}}
	for _, f := range []string{"file", "hard1", "full/a", "full/b"} {
		must(t, os.MkdirAll(filepath.Dir(w.Root+"/t/"+f), 0o755))
		must(t, os.WriteFile(w.Root+"/t/"+f, []byte("content of /t/"+f), 0o644))
	}
	must(t, errors.Join(os.Mkdir(w.Root+"/t/empty", 0o755), os.Mkdir(w.Root+"/t/sub", 0o755), os.Symlink("file", w.Root+"/t/link"),
		os.Link(w.Root+"/t/hard1", w.Root+"/t/sub/hard2"), os.Mkdir(w.Upper+"/upper", 0o755), os.Mkdir(w.Upper+"/work", 0o700)))
	w.Base = []string{"/t"}
	return w
}

// list lists all below a directory: names with what has changed, or all there is to
// know.
func list(t *testing.T, dir string, full bool) string {
	t.Helper()
	var lines []string
	must(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			return err
		}
		name := strings.TrimPrefix(p, dir+"/")
		text := name
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFDIR:
			text += "/"
		case unix.S_IFIFO:
			text += "|"
		case unix.S_IFLNK:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			if target != "file" || name != "link" {
				text += "->" + target
			}
		case unix.S_IFREG:
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			if s := string(data); s != "content of /t/"+name && s != "content of /t/hard1" {
				text += ":" + s
			}
			text += strings.Repeat(fmt.Sprintf(" %d", st.Nlink), one(full))
		}
		text += strings.Repeat(fmt.Sprintf(" %o %d:%d %d", st.Mode, st.Uid, st.Gid, st.Mtim.Nano()), one(full))
		lines = append(lines, text)
		return nil
	}))
	slices.Sort(lines)
	return strings.Join(lines, " ")
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func changesOf(t *testing.T, w world) string {
	t.Helper()
	must(t, os.WriteFile(w.Upper+"/lock", nil, 0o600))
	c, err := capture.OpenRead(w.Upper)
	must(t, err)
	defer c.Close()
	lower, err := capture.OpenTree(w.Root, capture.IDs{})
	must(t, err)
	defer lower.Close()
	changes, err := capture.Changes(t.Context(), c.Layer(capture.IDs{}), lower)
	must(t, err)
	var list []string
	for _, c := range changes {
		list = append(list, fmt.Sprintf("%s %s", c.Kind, c.Entry.Path))
	}
	return strings.Join(list, " ")
}

func appendTo(p, s string) error {
	f, err := os.OpenFile(p, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(s)
	return errors.Join(err, f.Close())
}

// wantEXDEV is what a lower directory's rename gives.
func wantEXDEV(err error) error {
	if !errors.Is(err, syscall.EXDEV) {
		return fmt.Errorf("%w, want EXDEV", err)
	}
	return nil
}
