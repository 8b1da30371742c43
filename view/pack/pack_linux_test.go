package pack

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fixture makes a capture with every type of file that can be packed.
func fixture(t *testing.T) *capture.Capture {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: mknod and chown")
	}
	c, err := capture.Create(filepath.Join(t.TempDir(), "capture"))
	check(t, err)
	t.Cleanup(func() { c.Close() })
	at := func(name string) string { return filepath.Join(c.Upper(), name) }
	check(t, os.MkdirAll(at("usr/bin"), 0o755))
	check(t, os.MkdirAll(at("usr/"+strings.Repeat("long/", 60)), 0o755))
	check(t, os.WriteFile(at("usr/bin/tool"), bytes.Repeat([]byte("tool"), 100_000), 0o644))
	check(t, syscall.Chmod(at("usr/bin/tool"), 0o4755))
	check(t, os.Link(at("usr/bin/tool"), at("usr/bin/alias")))
	check(t, os.WriteFile(at("usr/bin-x"), nil, 0o600))
	check(t, os.Chown(at("usr/bin-x"), 3_000_000, 12))
	check(t, os.WriteFile(at("usr/\xff\n\x1b"), []byte("hostile"), 0o644))
	check(t, os.WriteFile(at("usr/é"), nil, 0o644))
	check(t, os.Symlink("/etc", at("usr/link")))
	check(t, syscall.Mkfifo(at("usr/fifo"), 0o640))
	check(t, syscall.Mknod(at("usr/null"), syscall.S_IFCHR|0o666, 1<<8|3))
	check(t, unix.Lsetxattr(at("usr/bin-x"), "user.note", []byte("a\x00b"), 0))
	check(t, unix.Lsetxattr(at("usr/bin-x"), "user.a", []byte("="), 0))
	check(t, syscall.Mknod(at("usr/gone"), syscall.S_IFCHR, 0))
	check(t, os.Mkdir(at("usr/anew"), 0o755))
	check(t, unix.Lsetxattr(at("usr/anew"), "trusted.overlay.opaque", []byte("y"), 0))
	return c
}

func pack(t *testing.T, c *capture.Capture, format string, o Options) ([]byte, Stats) {
	t.Helper()
	f, err := Lookup(format)
	check(t, err)
	var b bytes.Buffer
	stats, err := f.Write(context.Background(), &b, c.Layer(capture.IDs{}), o)
	check(t, err)
	return b.Bytes(), stats
}

func headers(t *testing.T, archive []byte) (list []*tar.Header) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return list
		}
		check(t, err)
		list = append(list, h)
	}
}

func TestSameBytes(t *testing.T) {
	c := fixture(t)
	for _, format := range []string{"tar", "tar.zst"} {
		first, _ := pack(t, c, format, Options{})
		old := syscall.Umask(0o077)
		local := time.Local
		procs := runtime.GOMAXPROCS(1)
		time.Local = time.FixedZone("far", -11*3600)
		check(t, filepath.WalkDir(c.Upper(), func(path string, d os.DirEntry, err error) error {
			times := []unix.Timespec{{Sec: 1}, {Nsec: unix.UTIME_OMIT}}
			return errors.Join(err, unix.UtimesNanoAt(unix.AT_FDCWD, path, times, unix.AT_SYMLINK_NOFOLLOW))
		}))
		second, _ := pack(t, c, format, Options{})
		syscall.Umask(old)
		runtime.GOMAXPROCS(procs)
		time.Local = local
		if !bytes.Equal(first, second) {
			t.Errorf("%s: two packs differ", format)
		}
	}
}

func TestTarHeaders(t *testing.T) {
	c := fixture(t)
	epoch := time.Unix(1_000_000_000, 999)
	archive, stats := pack(t, c, "tar", Options{ModTime: epoch})
	var names []string
	for _, h := range headers(t, archive) {
		names = append(names, h.Name)
		switch {
		case h.ModTime.Unix() > epoch.Unix() || h.ModTime.Nanosecond() != 0, h.Uname != "", h.Gname != "",
			strings.HasPrefix(h.Name, "/"), strings.HasPrefix(h.Name, "./"), !h.AccessTime.IsZero(), !h.ChangeTime.IsZero():
			t.Errorf("%+v", h)
		}
		pax := map[string]bool{"usr/bin-x": true, "usr/\xff\n\x1b": true, "usr/é": true}[h.Name] || len(h.Name) > 256
		if pax != (h.Format == tar.FormatPAX) {
			t.Errorf("%q: format %v", h.Name, h.Format)
		}
		if h.Name == "usr/bin-x" && (h.PAXRecords["SCHILY.xattr.user.note"] != "a\x00b" || h.PAXRecords["SCHILY.xattr.user.a"] != "=" || h.Uid != 3_000_000) {
			t.Errorf("%+v", h)
		}
		if h.Name == "usr/bin/tool" && (h.Typeflag != tar.TypeLink || h.Linkname != "usr/bin/alias") {
			t.Errorf("not a hard link: %+v", h)
		}
	}
	if !slices.IsSorted(names) || !slices.Contains(names, "usr/.wh.gone") || !slices.Contains(names, "usr/anew/.wh..wh..opq") {
		t.Errorf("%q", names)
	}
	if want := (Stats{Entries: len(names) - 2, Bytes: 400_007, Whiteouts: 2}); stats != want {
		t.Errorf("%+v, want %+v", stats, want)
	}
	archive, again := pack(t, c, "tar", Options{OmitDeletions: true})
	if n := len(headers(t, archive)); n != stats.Entries || again.Whiteouts != 2 {
		t.Errorf("without deletions: %d headers, %+v", n, again)
	}
}

// What tar(1) unpacks is what the layer holds.
func TestTarUnpacks(t *testing.T) {
	c := fixture(t)
	archive, _ := pack(t, c, "tar.zst", Options{OmitDeletions: true})
	z, err := zstd.NewReader(bytes.NewReader(archive))
	check(t, err)
	defer z.Close()
	out := t.TempDir()
	cmd := exec.Command("tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-xpf", "-", "-C", out)
	cmd.Stdin = z
	if msg, err := cmd.CombinedOutput(); errors.Is(err, exec.ErrNotFound) {
		t.Skip("needs tar")
	} else if err != nil {
		t.Fatalf("%v: %s", err, msg)
	}
	tree, err := capture.OpenTree(out, capture.IDs{})
	check(t, err)
	defer tree.Close()
	layer := c.Layer(capture.IDs{})
	links := map[uint64]uint64{}
	for e, err := range layer.Walk() {
		check(t, err)
		if e.Whiteout {
			continue
		}
		got, err := tree.Lstat(e.Path)
		check(t, err)
		if got.ModTime.Unix() != e.ModTime.Unix() {
			t.Errorf("%q: %v, want %v", e.Path, got.ModTime, e.ModTime)
		}
		if e.Link.N > 1 && e.Type == capture.File {
			if ino, ok := links[e.Link.Ino]; ok && ino != got.Link.Ino {
				t.Errorf("%q: is not a hard link any more", e.Path)
			}
			links[e.Link.Ino] = got.Link.Ino
		}
	}
	changes, err := capture.Changes(context.Background(), layer, tree)
	check(t, err)
	var b strings.Builder
	check(t, capture.WriteText(&b, changes))
	if b.String() != "no changes\n" {
		t.Error(b.String())
	}
}

func TestRefused(t *testing.T) {
	for what, plant := range map[string]func(path string) error{
		"socket": func(p string) error { return syscall.Mknod(p, syscall.S_IFSOCK|0o600, 0) },
		"file": func(p string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(p), ".wh.\x1b"), []byte("x"), 0o600)
		},
	} {
		c := fixture(t)
		check(t, plant(filepath.Join(c.Upper(), "usr/\x1b")))
		out := filepath.Join(t.TempDir(), "out.tar")
		f, _ := FormatOf(out)
		_, err := ToFile(context.Background(), out, f, c.Layer(capture.IDs{}), Options{})
		if err == nil || !strings.Contains(err.Error(), `\x1b"`) {
			t.Errorf("%s: %v", what, err)
		}
		if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 0 {
			t.Errorf("%s: left %v", what, left)
		}
	}
}

// ended cancels a context once content is read, or gives content of another size.
type ended struct {
	Source
	open func() io.ReadCloser
}

func (e ended) Open(capture.Entry) (io.ReadCloser, error) { return e.open(), nil }

type cancelling struct{ cancel func() }

func (c cancelling) Read(b []byte) (int, error) { c.cancel(); return len(b), nil }

func TestToFile(t *testing.T) {
	c := fixture(t)
	layer, dir := c.Layer(capture.IDs{}), t.TempDir()
	out := filepath.Join(dir, "out.tar.zst")
	f, err := FormatOf(out)
	check(t, err)
	check(t, os.WriteFile(out, []byte("old"), 0o644))
	ctx, cancel := context.WithCancel(context.Background())
	for name, src := range map[string]Source{
		"cancelled": ended{layer, func() io.ReadCloser { return io.NopCloser(cancelling{cancel}) }},
		"longer":    ended{layer, func() io.ReadCloser { return io.NopCloser(bytes.NewReader(make([]byte, 400_001))) }},
		"shorter":   ended{layer, func() io.ReadCloser { return io.NopCloser(strings.NewReader("x")) }},
	} {
		use := context.Background()
		if name == "cancelled" {
			use = ctx
		}
		_, err := ToFile(use, out, f, src, Options{})
		if err == nil || errors.Is(err, context.Canceled) != (name == "cancelled") {
			t.Errorf("%s: %v", name, err)
		}
		if b, _ := os.ReadFile(out); string(b) != "old" {
			t.Errorf("%s: the old file is gone", name)
		}
	}
	link := filepath.Join(dir, "link")
	check(t, os.Symlink(out, link))
	_, err = ToFile(context.Background(), link, f, layer, Options{})
	check(t, err)
	want, _ := pack(t, c, "tar.zst", Options{})
	if b, _ := os.ReadFile(out); !bytes.Equal(b, want) {
		t.Error("not replaced through the symlink")
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("left %v", left)
	}
	_, err = ToFile(context.Background(), "/dev/null", f, layer, Options{})
	check(t, err)
	if info, _ := os.Lstat("/dev/null"); info.Mode()&os.ModeCharDevice == 0 {
		t.Fatal("replaced /dev/null")
	}
	if _, err = ToFile(context.Background(), dir, f, layer, Options{}); err == nil {
		t.Error("wrote to a directory")
	}
}

// brokenWalk fails in the middle.
type brokenWalk struct{ Source }

func (brokenWalk) Walk() iter.Seq2[capture.Entry, error] {
	return func(yield func(capture.Entry, error) bool) {
		_ = yield(capture.Entry{Path: "/a", Type: capture.Dir}, nil) && yield(capture.Entry{}, io.ErrUnexpectedEOF)
	}
}

func TestFormats(t *testing.T) {
	for name, want := range map[string]string{"a.tar": "tar", "a.tar.zst": "tar.zst", "b/x.tzst": "tar.zst", "tar": "", "a.zip": ""} {
		f, err := FormatOf(name)
		if f.Name != want || (err != nil) != (want == "") || err != nil && !errors.Is(err, ErrUnknownFormat) {
			t.Errorf("%s: %q, %v", name, f.Name, err)
		}
	}
	if _, err := Lookup("zip"); err == nil || !strings.Contains(err.Error(), "known: tar, tar.zst") {
		t.Error(err)
	}
	for _, f := range Formats() {
		if _, err := f.Write(context.Background(), io.Discard, brokenWalk{}, Options{}); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Error(f.Name, err)
		}
	}
}
