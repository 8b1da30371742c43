package capture

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// list shows a layer's entries, one a line, without what differs between forms.
func list(t *testing.T, l *Layer) string {
	t.Helper()
	var b strings.Builder
	for e, err := range l.Walk() {
		check(t, err)
		if e.Whiteout {
			if !reflect.DeepEqual(e, Entry{Path: e.Path, Whiteout: true}) {
				t.Errorf("a whiteout with details: %+v", e)
			}
			fmt.Fprintf(&b, "%q whiteout\n", e.Path)
			continue
		}
		fmt.Fprintf(&b, "%q %s %04o %d:%d %d", e.Path, e.Type, e.Mode, e.UID, e.GID, e.Size)
		switch {
		case e.Opaque:
			b.WriteString(" opaque")
		case e.Type == Symlink:
			fmt.Fprintf(&b, " %q", e.Target)
		case e.Type == CharDevice || e.Type == BlockDevice:
			fmt.Fprintf(&b, " %d:%d", e.Rdev.Major, e.Rdev.Minor)
		}
		if len(e.Xattrs) > 0 {
			fmt.Fprintf(&b, " %q", e.Xattrs)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func setxattr(t *testing.T, path, name, value string) {
	t.Helper()
	if err := unix.Lsetxattr(path, name, []byte(value), 0); err != nil {
		t.Fatalf("setxattr %s %s: %v", path, name, err)
	}
}

// A form is one way to store deletions and owners.
type form struct {
	whiteout func(t *testing.T, dir, name string)
	opaque   func(t *testing.T, dir string)
	own      func(t *testing.T, path string, uid, gid int, mode uint32)
	ids      IDs
}

func chown(t *testing.T, path string, uid, gid int, mode uint32) {
	check(t, os.Lchown(path, uid, gid))
	check(t, syscall.Chmod(path, mode))
}

// rootless stores a user's own id for root's and leaves the others to an override.
func rootless(t *testing.T, path string, uid, gid int, mode uint32) {
	check(t, os.Lchown(path, 1000, 1001))
	check(t, syscall.Chmod(path, mode))
	if uid != 0 || gid != 0 {
		check(t, syscall.Chmod(path, 0o600|mode&0o100))
		kind := "file"
		if info := must(os.Lstat(path))(t); info.IsDir() {
			kind = "dir"
		}
		setxattr(t, path, OverrideName, fmt.Sprintf("%d:%d:%04o:%s", uid, gid, mode, kind))
	}
}

// root returns the stored ids of what reads as root's.
func root(ids IDs) (uid, gid int) {
	if ids.Users == nil {
		return 0, 0
	}
	return ids.Users[0].Outside, ids.Groups[0].Outside
}

func device(t *testing.T, dir, name string) {
	check(t, syscall.Mknod(filepath.Join(dir, name), syscall.S_IFCHR, 0))
}

func opaqueAttr(prefix string) func(*testing.T, string) {
	return func(t *testing.T, dir string) { setxattr(t, dir, prefix+"overlay.opaque", "y") }
}

func attrFile(prefix string) func(t *testing.T, dir, name string) {
	return func(t *testing.T, dir, name string) {
		write(t, filepath.Join(dir, name), "")
		setxattr(t, filepath.Join(dir, name), prefix+"overlay.whiteout", "y")
		setxattr(t, dir, prefix+"overlay.opaque", "x")
	}
}

var forms = map[string]form{
	"kernel":    {device, opaqueAttr("trusted."), chown, IDs{}},
	"userxattr": {device, opaqueAttr("user."), rootless, Only(1000, 1001)},
	"nested":    {attrFile("trusted."), opaqueAttr("trusted."), chown, IDs{}},
	"nested, userxattr": {attrFile("user."), func(t *testing.T, dir string) {
		write(t, filepath.Join(dir, opaqueName), "")
	}, rootless, Only(1000, 1001)},
	"files": {func(t *testing.T, dir, name string) {
		write(t, filepath.Join(dir, ".wh."+name), "")
	}, func(t *testing.T, dir string) {
		write(t, filepath.Join(dir, opaqueName), "")
	}, rootless, Only(1000, 1001)},
}

// fill makes the same layer in any form.
func (f form) fill(t *testing.T, upper string) {
	f.own(t, upper, 0, 0, 0o755)
	for _, dir := range []string{"usr", "usr/bin", "usr/bin-x", "opaque", "opaque/in", "gone-in"} {
		check(t, os.MkdirAll(filepath.Join(upper, dir), 0o755))
		f.own(t, filepath.Join(upper, dir), 0, 0, 0o755)
	}
	write(t, upper+"/usr/bin/tool", "tool")
	f.own(t, upper+"/usr/bin/tool", 0, 0, 0o4755)
	setxattr(t, upper+"/usr/bin/tool", "user.note", "x\x00y")
	write(t, upper+"/usr/bin/game", "game!")
	f.own(t, upper+"/usr/bin/game", 0, 60, 0o2755)
	write(t, upper+"/opaque/in/\xff\n\x1b[2J", "")
	f.own(t, upper+"/opaque/in/\xff\n\x1b[2J", 7, 8, 0o600)
	check(t, os.Symlink("/etc", upper+"/usr/link"))
	uid, gid := root(f.ids)
	check(t, os.Lchown(upper+"/usr/link", uid, gid))
	f.opaque(t, upper+"/opaque")
	f.whiteout(t, upper+"/gone-in", "gone")
	f.whiteout(t, upper+"/gone-in", "\xfe")
}

const filled = `"/gone-in" directory 0755 0:0 0
"/gone-in/gone" whiteout
"/gone-in/\xfe" whiteout
"/opaque" directory 0755 0:0 0 opaque
"/opaque/in" directory 0755 0:0 0
"/opaque/in/\xff\n\x1b[2J" file 0600 7:8 0
"/usr" directory 0755 0:0 0
"/usr/bin" directory 0755 0:0 0
"/usr/bin-x" directory 0755 0:0 0
"/usr/bin/game" file 2755 0:60 5
"/usr/bin/tool" file 4755 0:0 4 map["user.note":"x\x00y"]
"/usr/link" symlink 0777 0:0 0 "/etc"
`

func TestEveryFormReadsTheSame(t *testing.T) {
	needRoot(t)
	for name, f := range forms {
		t.Run(name, func(t *testing.T) {
			c := create(t)
			f.fill(t, c.Upper())
			if got := list(t, c.Layer(f.ids)); got != filled {
				t.Errorf("got:\n%swant:\n%s", got, filled)
			}
		})
	}
}

func TestOverrides(t *testing.T) {
	needRoot(t)
	for value, want := range map[string]string{
		"1:2:0644":           `file 0644 1:2 6`,
		"1:2:0644:file":      `file 0644 1:2 6`,
		"0:0:0100755":        `file 0755 0:0 6`,
		"0:0:0660:block-8-1": `block device 0660 0:0 0 8:1`,
		"0:5:0020620":        `whiteout`, // a device without a number is 0:0
		"3:4:0777:symlink":   `symlink 0777 3:4 0 "target"`,
		"0:0:0600:pipe":      `fifo 0600 0:0 0`,
		"0:0:0600:char-0-0":  `whiteout`,
		"":                   "error",
		"1:2":                "error",
		"-1:2:0644":          "error",
		"1:2:9":              "error",
		"1:2:0644:dir":       "error",
		"1:2:0644:char":      "error",
		"1:2:0644:char-x-1":  "error",
		"1:2:0644:file-1-2":  "error",
		"1:2:0644:what":      "error",
	} {
		c := create(t)
		write(t, c.Upper()+"/f", "target")
		setxattr(t, c.Upper()+"/f", OverrideName, value)
		for e, err := range c.Layer(IDs{}).Walk() {
			if (err != nil) != (want == "error") {
				t.Errorf("%q: %+v, %v", value, e, err)
			}
			if err != nil && !strings.Contains(err.Error(), "/f: ") {
				t.Errorf("%q: %v does not name the path", value, err)
			}
		}
		if want != "error" {
			if got := list(t, c.Layer(IDs{})); got != `"/f" `+want+"\n" {
				t.Errorf("%q: got %s, want %s", value, got, want)
			}
		}
	}
}

func TestNotUnderstoodIsAnError(t *testing.T) {
	needRoot(t)
	for _, attr := range []string{"trusted.overlay.redirect", "user.overlay.metacopy"} {
		c := create(t)
		write(t, c.Upper()+"/a\n/b", "")
		setxattr(t, c.Upper()+"/a\n/b", attr, "/elsewhere")
		var last error
		for _, err := range c.Layer(IDs{}).Walk() {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), `"/a\n/b"`) {
			t.Errorf("%s: %v", attr, last)
		}
	}
	c := create(t)
	write(t, filepath.Join(c.Upper(), opaqueName), "")
	for _, err := range c.Layer(IDs{}).Walk() {
		if err == nil || !strings.Contains(err.Error(), "opaque") {
			t.Error("an opaque root:", err)
		}
	}
}

func TestMarkersThatAreNone(t *testing.T) {
	c := create(t)
	write(t, c.Upper()+"/.wh.content", "x")
	write(t, c.Upper()+"/.wh.dir/f", "")
	write(t, c.Upper()+"/.wh.", "")
	write(t, c.Upper()+"/.wh...", "")
	write(t, c.Upper()+"/.wh..wh.plnk", "")
	write(t, c.Upper()+"/.wh.both", "")
	write(t, c.Upper()+"/both/f", "") // replaced a lower one, then a crash
	write(t, c.Upper()+"/.wh.twice", "")
	write(t, c.Upper()+"/twice", "")
	var got strings.Builder
	for e, err := range c.Layer(IDs{}).Walk() {
		check(t, err)
		fmt.Fprintf(&got, "%s whiteout=%v opaque=%v\n", e.Path, e.Whiteout, e.Opaque)
	}
	const want = `/.wh. whiteout=false opaque=false
/.wh... whiteout=false opaque=false
/.wh..wh.plnk whiteout=false opaque=false
/.wh.content whiteout=false opaque=false
/.wh.dir whiteout=false opaque=false
/.wh.dir/f whiteout=false opaque=false
/both whiteout=false opaque=true
/both/f whiteout=false opaque=false
/twice whiteout=false opaque=false
`
	if got.String() != want {
		t.Errorf("got:\n%swant:\n%s", &got, want)
	}
}

// Nothing below upper is followed, waited for, or opened unless it is a file.
func TestHostileLayer(t *testing.T) {
	c := create(t)
	check(t, os.Symlink("/etc", c.Upper()+"/etc"))
	check(t, os.Symlink(".", c.Upper()+"/loop"))
	check(t, syscall.Mkfifo(c.Upper()+"/fifo", 0o600))
	write(t, c.Upper()+"/a/file", "mine")
	write(t, c.Upper()+"/b/file", "other")
	l := c.Layer(IDs{})
	var file Entry
	for e, err := range l.Walk() {
		check(t, err)
		if e.Path == "/a/file" {
			file = e
		}
		if strings.HasPrefix(e.Path, "/etc/") || strings.HasPrefix(e.Path, "/loop/") {
			t.Errorf("%s came from following a symlink", e.Path)
		}
		if f, err := l.Open(e); (err == nil) != (e.Type == File) {
			t.Errorf("open %s: %v", e.Path, err)
		} else if err == nil {
			f.Close()
		}
	}
	f := must(l.Open(file))(t)
	if b := must(io.ReadAll(f))(t); string(b) != "mine" {
		t.Errorf("%q", b)
	}
	f.Close()
	path := c.Upper() + "/a/file"
	for what, replace := range map[string]func() error{
		"fifo":      func() error { return syscall.Mkfifo(path, 0o600) },
		"symlink":   func() error { return os.Symlink("/etc/passwd", path) },
		"inner":     func() error { return os.Symlink("../b/file", path) },
		"directory": func() error { return os.Mkdir(path, 0o700) },
		"file":      func() error { return os.Link(c.Upper()+"/b/file", path) },
	} {
		check(t, os.Remove(path))
		check(t, replace())
		if f, err := l.Open(file); err == nil {
			f.Close()
			t.Errorf("opened a %s in place of the file", what)
		}
	}
	check(t, os.RemoveAll(c.Upper()+"/a"))
	check(t, os.Symlink("b", c.Upper()+"/a"))
	if f, err := l.Open(file); err == nil {
		f.Close()
		t.Error("followed a directory's symlink")
	}
}

// A path may be longer than PATH_MAX: a build can make it step by step.
func TestDeepLayer(t *testing.T) {
	c := create(t)
	upper := must(os.OpenRoot(c.Upper()))(t)
	defer upper.Close()
	deep := strings.Repeat("a-name-of-20-letters/", 250)
	check(t, upper.MkdirAll(deep, 0o755))
	check(t, upper.WriteFile(deep+"f", []byte("deep"), 0o644))
	l, n := c.Layer(IDs{}), 0
	for e, err := range l.Walk() {
		check(t, err)
		if n++; e.Type == File {
			must(l.Open(e))(t).Close()
		}
	}
	if n != 251 {
		t.Errorf("%d entries", n)
	}
}

func TestCapabilitiesAndACLsOfANamespace(t *testing.T) {
	ids := Only(1000, 1001)
	v3 := "\x01\x00\x00\x03" + strings.Repeat("\x02", 16) + "\xe8\x03\x00\x00"
	if got, want := ids.capability(v3), "\x01\x00\x00\x02"+strings.Repeat("\x02", 16); got != want {
		t.Errorf("%q", got)
	}
	if got := Only(5, 5).capability(v3); got != v3 {
		t.Errorf("another namespace's: %q", got)
	}
	acl := func(user, group string) string {
		return "\x02\x00\x00\x00" + "\x01\x00\x06\x00\xff\xff\xff\xff" + "\x02\x00\x06\x00" + user + "\x08\x00\x04\x00" + group
	}
	if got := ids.acl(acl("\xe8\x03\x00\x00", "\xe9\x03\x00\x00")); got != acl("\x00\x00\x00\x00", "\x00\x00\x00\x00") {
		t.Errorf("%q", got)
	}
}
