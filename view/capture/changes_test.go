package capture

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// changesText renders what a capture changes in the tree lower.
func changesText(t *testing.T, c *Capture, lower string) string {
	t.Helper()
	tree := must(OpenTree(lower, Only(os.Geteuid(), os.Getegid())))(t)
	defer tree.Close()
	changes := must(Changes(context.Background(), c.Layer(Only(os.Geteuid(), os.Getegid())), tree))(t)
	var b strings.Builder
	check(t, WriteText(&b, changes))
	return b.String()
}

// plant makes files from lines "PATH" (a directory, if it ends in a slash),
// "PATH=CONTENT" or "PATH->TARGET".
func plant(t *testing.T, dir, lines string) {
	t.Helper()
	for _, line := range strings.Fields(lines) {
		if path, target, ok := strings.Cut(line, "->"); ok {
			check(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755))
			check(t, os.Symlink(target, filepath.Join(dir, path)))
		} else if path, content, _ := strings.Cut(line, "="); strings.HasSuffix(path, "/") {
			check(t, os.MkdirAll(filepath.Join(dir, path), 0o755))
		} else {
			write(t, filepath.Join(dir, path), content)
		}
	}
}

func TestChanges(t *testing.T) {
	for name, test := range map[string]struct{ lower, upper, want string }{
		"nothing":    {"a=1", "", "no changes\n"},
		"copied up":  {"d/a=1 d/l->x", "d/a=1 d/l->x", "no changes\n"},
		"added":      {"d/a", "d/b=12 d/e/ d/l->b", "A /d/b  file 0644 root:root 2 B\nA /d/e  directory 0755 root:root\nA /d/l  symlink root:root -> b\n3 added (2 B), 0 modified, 0 deleted\n"},
		"content":    {"a=1 b=1 c->1", "a=2 b=12 c->2", "M /a  file 0644 root:root 1 B\nM /b  file 0644 root:root 2 B\nM /c  symlink root:root -> 2\n0 added (0 B), 3 modified, 0 deleted\n"},
		"deleted":    {"d/a d/e/f d-e k", "d/.wh.e .wh.none", "D /d/e  directory\nD /d/e/f  file\n0 added (0 B), 0 modified, 2 deleted\n"},
		"made anew":  {"d/a=1 d/b=1 d/e/f d/e/g d/x", "d/.wh..wh..opq d/a=1 d/b=2 d/e/f d/.wh.x", "M /d/b  file 0644 root:root 1 B\nD /d/e/g  file\nD /d/x  file\n0 added (0 B), 1 modified, 2 deleted\n"},
		"dir→file":   {"d/a/b", "d=1", "M /d  file 0644 root:root 1 B\nD /d/a  directory\nD /d/a/b  file\n0 added (0 B), 1 modified, 2 deleted\n"},
		"file→dir":   {"d=1", "d/a", "M /d  directory 0755 root:root\nA /d/a  file 0644 root:root 0 B\n1 added (0 B), 1 modified, 0 deleted\n"},
		"link→dir":   {"l->r r/a=1 r/b", "l/a=1 l/.wh.b", "M /l  directory 0755 root:root\nA /l/a  file 0644 root:root 1 B\n1 added (1 B), 1 modified, 0 deleted\n"},
		"dir→link":   {"l/a", "l->/etc", "M /l  symlink root:root -> /etc\nD /l/a  file\n0 added (0 B), 1 modified, 1 deleted\n"},
		"byte order": {"", "a/b a-c", "A /a  directory 0755 root:root\nA /a-c  file 0644 root:root 0 B\nA /a/b  file 0644 root:root 0 B\n3 added (0 B), 0 modified, 0 deleted\n"},
		"hostile":    {"", "\x1b[2J->\xff", "A \"/\\x1b[2J\"  symlink root:root -> \"\\xff\"\n1 added (0 B), 0 modified, 0 deleted\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c, lower := create(t), t.TempDir()
			plant(t, lower, test.lower)
			plant(t, c.Upper(), test.upper)
			if got := changesText(t, c, lower); got != test.want {
				t.Errorf("got:\n%swant:\n%s", got, test.want)
			}
		})
	}
}

func TestChangesOfModeOwnerAndType(t *testing.T) {
	needRoot(t)
	c, lower := create(t), t.TempDir()
	for _, dir := range []string{lower, c.Upper()} {
		plant(t, dir, "d/ mode owner same=x")
		check(t, syscall.Mkfifo(dir+"/fifo", 0o644))
		check(t, syscall.Mknod(dir+"/tty", syscall.S_IFCHR|0o600, 5<<8))
	}
	check(t, os.Chmod(c.Upper()+"/d", 0o700))
	check(t, syscall.Chmod(c.Upper()+"/mode", 0o4755))
	check(t, os.Chown(c.Upper()+"/owner", 0, 42))
	check(t, os.Remove(c.Upper()+"/tty"))
	check(t, syscall.Mknod(c.Upper()+"/tty", syscall.S_IFCHR|0o600, 5<<8|1))
	want := "M /d  directory 0700 root:root\nM /mode  file 4755 root:root 0 B\nM /owner  file 0644 root:42 0 B\nM /tty  character device 0600 root:root 5:1\n0 added (0 B), 4 modified, 0 deleted\n"
	if got := changesText(t, c, lower); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestDigestIsLazy(t *testing.T) {
	c := create(t)
	plant(t, c.Upper(), "a=abc b=abc l->a")
	tree := must(OpenTree(t.TempDir(), IDs{}))(t)
	defer tree.Close()
	changes := must(Changes(context.Background(), c.Layer(IDs{}), tree))(t)
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if d, err := changes[0].Digest(); d != abc || err != nil {
		t.Error(d, err)
	}
	check(t, os.Remove(c.Upper()+"/a"))
	if d, err := changes[0].Digest(); d != abc || err != nil {
		t.Error("asked again:", d, err)
	}
	check(t, os.Remove(c.Upper()+"/b"))
	if _, err := changes[1].Digest(); !errors.Is(err, os.ErrNotExist) {
		t.Error("read too early:", err)
	}
	if d, err := changes[2].Digest(); d != "" || err != nil {
		t.Error(d, err)
	}
}

// brokenLower fails where it should not be asked, or cannot be read.
type brokenLower struct{ Lower }

func (brokenLower) Open(string) (io.ReadCloser, error) { return nil, errors.New("no medium") }

func TestChangesErrors(t *testing.T) {
	c, lower := create(t), t.TempDir()
	plant(t, lower, "a=1")
	plant(t, c.Upper(), "a=1")
	tree := must(OpenTree(lower, IDs{}))(t)
	defer tree.Close()
	if _, err := Changes(context.Background(), c.Layer(IDs{}), brokenLower{tree}); err == nil || !strings.Contains(err.Error(), "no medium") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Changes(ctx, c.Layer(IDs{}), tree); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
