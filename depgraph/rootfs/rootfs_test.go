package rootfs

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
)

func link(target string) *fstest.MapFile {
	return &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte(target)}
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestRelative(t *testing.T) {
	for name, want := range map[string]string{
		"/": ".", "": ".", ".": ".", "/a/b": "a/b", "a//b/": "a/b", "/../a": "a", "a/../..": ".", "//a": "a",
	} {
		if got := Relative(name); got != want || !fs.ValidPath(got) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestUnder(t *testing.T) {
	for _, c := range []struct {
		dir, name, want string
		ok              bool
	}{
		{"/a", "/a", ".", true},
		{"/a", "/a/b/c", "b/c", true},
		{"/a", "/ab", "", false},
		{"/a/b", "/a", "", false},
		{"/", "/", ".", true},
		{"/", "/a/b", "a/b", true},
	} {
		if got, ok := Under(c.dir, c.name); ok != c.ok || ok && got != c.want {
			t.Errorf("%+v: %q, %t", c, got, ok)
		}
	}
}

func TestReal(t *testing.T) {
	root := fstest.MapFS{
		"usr/home/u/x":     file(""),
		"home":             link("/usr/home"),
		"bin":              link("usr/bin"),
		"usr/bin/sh":       link("../../etc/sh"),
		"etc":              link("./conf/.././conf"),
		"conf/sh":          file(""),
		"up":               link("../../.."),
		"deep":             link("home/u"),
		"over":             link("deep/../v"), // /usr/home/v, not /v
		"loop":             link("loop"),
		"ping":             link("/pong/x"),
		"pong":             link("ping"),
		"wide":             link(strings.Repeat("wide/", 500)),
		"none":             link("/nowhere"),
		"usr/home/u/empty": link(""),
	}
	for name, want := range map[string]string{
		"/":             "/",
		"":              "/",
		"/home":         "/usr/home",
		"home/u/x/":     "/usr/home/u/x",
		"/bin/sh":       "/conf/sh",
		"/etc/../bin":   "/usr/bin",
		"/up/home":      "/usr/home",
		"/deep/x":       "/usr/home/u/x",
		"/over":         "/usr/home/v",
		"/loop":         "/loop",
		"/loop/x":       "/loop/x",
		"/ping":         "/ping",
		"/pong/y":       "/pong/y",
		"/wide/a":       "/wide/a",
		"/none/x":       "/nowhere/x",
		"/not/there":    "/not/there",
		"/home/u/x/y/z": "/usr/home/u/x/y/z",
	} {
		if got := Real(root, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	l := NewLinks(root)
	for range 2 { // the second time from memory
		if got := l.RealDir("/home/../deep"); got != "/deep" {
			t.Error(got)
		}
		if got := l.RealDir("home/u"); got != "/usr/home/u" {
			t.Error(got)
		}
		if !l.Same("/deep/x", "/home/u/x") || l.Same("/deep", "/home/u") || !l.Same("/loop", "/loop") {
			t.Error("same")
		}
	}
}

// A path may lead through as many links as Linux follows, and no more.
func TestMaxLinks(t *testing.T) {
	root := fstest.MapFS{}
	name := func(i int) string { return strings.Repeat("l", i) }
	for i := 1; i <= maxLinks+1; i++ {
		root[name(i)] = link(path.Join("/", name(i-1)))
	}
	if got := Real(root, name(maxLinks)); got != "/" {
		t.Error(got)
	}
	if got := Real(root, name(maxLinks+1)); got != "/"+name(maxLinks+1) {
		t.Error(got)
	}
}

func TestRead(t *testing.T) {
	long := strings.Repeat("0123456789", 10_000)
	root := fstest.MapFS{"d/long": file(long), "empty": file(""), "big": file(strings.Repeat(".", 1<<20+1))}
	for _, c := range []struct {
		name string
		most int64
		want string
		err  string
	}{
		{"/d/long", 100_000, long, ""},
		{"d/long", 99_999, "", "read /d/long: larger than 99999 bytes"},
		{"/big", 1 << 20, "", "read /big: larger than 1 MiB"},
		{"/empty", 0, "", ""},
		{"/none", 10, "", "open none: file does not exist"},
		{"/d", 10, "", "read d: invalid argument"},
	} {
		got, err := Read(root, c.name, c.most)
		if err == nil {
			err = errors.New("")
		}
		if got != c.want || err.Error() != c.err {
			t.Errorf("%s: %d bytes (%v), want %d (%s)", c.name, len(got), err, len(c.want), c.err)
		}
	}
	broken := io.MultiReader(strings.NewReader("some"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := ReadFrom(broken, "a/b", 10); err == nil || err.Error() != "read /a/b: unexpected EOF" {
		t.Error(err)
	}
	if text, err := ReadAny(root, "/none/x", 10); text != "" || err != nil {
		t.Error(text, err)
	}
	if _, err := ReadAny(root, "/d/long", 10); err == nil {
		t.Error("no error")
	}
	if text, err := ReadAny(root, "/d/long", 1<<20); text != long || err != nil {
		t.Error(len(text), err)
	}
}

func TestPattern(t *testing.T) {
	for _, name := range []string{`a/b`, `a*[x]?`, `\`, `\\*`, `\[`, `a]b`} {
		if ok, err := path.Match(Pattern(name), name); !ok || err != nil {
			t.Errorf("%s does not match %s (%v)", Pattern(name), name, err)
		}
		if got := Path(Pattern(name)); got != name {
			t.Errorf("%s, want %s", got, name)
		}
	}
}

func TestRelease(t *testing.T) {
	const text = "# a comment\nID='x'\n  VERSION_ID=\"1.2\"\nrubbish\n"
	want := map[string]string{"ID": "x", "VERSION_ID": "1.2"}
	for _, root := range []fstest.MapFS{
		{"etc/os-release": file(text), "usr/lib/os-release": file("ID=other")},
		{"usr/lib/os-release": file(text)},
		{"etc/os-release": link("../usr/lib/os-release"), "usr/lib/os-release": file(text)},
	} {
		if got := Release(root); !reflect.DeepEqual(got, want) {
			t.Errorf("%v", got)
		}
	}
	if got := Release(fstest.MapFS{}); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
