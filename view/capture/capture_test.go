package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// create makes a capture that is closed at the end of the test.
func create(t *testing.T) *Capture {
	t.Helper()
	c := must(Create(filepath.Join(t.TempDir(), "capture")))(t)
	t.Cleanup(func() { c.Close() })
	return c
}

func write(t *testing.T, path, content string) {
	t.Helper()
	check(t, os.MkdirAll(filepath.Dir(path), 0o755))
	check(t, os.WriteFile(path, []byte(content), 0o644))
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: mknod, chown and trusted attributes")
	}
}

func TestCreateUnderAnyUmask(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	c := must(Create(filepath.Join(t.TempDir(), "new", "capture")))(t)
	defer c.Close()
	for path, want := range map[string]fs.FileMode{c.Dir(): 0o700, c.Upper(): 0o755, c.Work(): 0o700} {
		if info := must(os.Stat(path))(t); info.Mode().Perm() != want {
			t.Errorf("%s: mode %o, want %o", path, info.Mode().Perm(), want)
		}
	}
}

func TestCreateRefusesOtherDirectories(t *testing.T) {
	for name, fill := range map[string]func(dir string) error{
		"a file":  func(d string) error { return os.WriteFile(d+"/precious", nil, 0o600) },
		"no lock": func(d string) error { return os.Mkdir(d+"/upper", 0o700) },
		"upper a link": func(d string) error {
			return errors.Join(os.Symlink("/etc", d+"/upper"), os.WriteFile(d+"/lock", nil, 0o600))
		},
		"lock a link":    func(d string) error { return os.Symlink("/etc/passwd", d+"/lock") },
		"a fifo as lock": func(d string) error { return syscall.Mkfifo(d+"/lock", 0o600) },
	} {
		dir := t.TempDir()
		check(t, fill(dir))
		before := must(os.ReadDir(dir))(t)
		if _, err := Create(dir); !errors.Is(err, ErrNotCapture) {
			t.Errorf("%s: %v", name, err)
		}
		if after := must(os.ReadDir(dir))(t); len(after) != len(before) {
			t.Errorf("%s: was changed: %v", name, after)
		}
		for _, open := range []func(string) (*Capture, error){Open, OpenRead} {
			if _, err := open(dir); !errors.Is(err, ErrNotCapture) {
				t.Errorf("%s: open: %v", name, err)
			}
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestLock(t *testing.T) {
	c := create(t)
	var inUse *InUseError
	for _, open := range []func(string) (*Capture, error){Create, Open, OpenRead} {
		if _, err := open(c.Dir()); !errors.Is(err, ErrInUse) || !errors.As(err, &inUse) || inUse.PID != os.Getpid() {
			t.Errorf("while a build holds it: %v", err)
		}
	}
	check(t, c.Close())
	check(t, os.WriteFile(filepath.Join(c.Dir(), lockName), []byte("99999\n"), 0o600)) // as a crash leaves it
	a := must(OpenRead(c.Dir()))(t)
	b := must(OpenRead(c.Dir()))(t)
	if _, err := Open(c.Dir()); !errors.As(err, &inUse) || inUse.PID != 0 {
		t.Errorf("while readers hold it: %v", err)
	}
	check(t, a.Close())
	check(t, b.Close())
	check(t, must(Open(c.Dir()))(t).Close())
}

func TestOneOfManyGetsTheLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "capture")
	var got, inUse atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			switch _, err := Create(dir); {
			case err == nil:
				got.Add(1) // and keep it
			case errors.Is(err, ErrInUse):
				inUse.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got.Load() != 1 || inUse.Load() != 15 {
		t.Errorf("%d got it, %d found it in use", got.Load(), inUse.Load())
	}
}

func TestAnotherUsersCapture(t *testing.T) {
	needRoot(t)
	c := create(t)
	check(t, c.Close())
	check(t, os.Chown(filepath.Join(c.Dir(), lockName), 1000, 1001))
	if _, err := Open(c.Dir()); err == nil || !strings.Contains(err.Error(), "made by user 1000") {
		t.Error(err)
	}
	r := must(OpenRead(c.Dir()))(t)
	defer r.Close()
	if uid, gid, err := r.Owner(); uid != 1000 || gid != 1001 || err != nil {
		t.Error(uid, gid, err)
	}
}

// Work is emptied by Close, and by Open after a crash, without following links.
func TestWorkIsEmptied(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "precious")
	write(t, outside, "x")
	c := create(t)
	leave := func() {
		write(t, c.Work()+"/work/#1/file", "")
		check(t, os.Symlink(filepath.Dir(outside), c.Work()+"/work/link"))
		check(t, os.Chmod(c.Work()+"/work/#1", 0))
		check(t, os.Chmod(c.Work()+"/work", 0))
	}
	leave()
	check(t, c.Close())
	if left := must(os.ReadDir(c.Work()))(t); len(left) != 0 {
		t.Errorf("after Close: %v", left)
	}
	leave()
	c = must(Open(c.Dir()))(t)
	if left := must(os.ReadDir(c.Work()))(t); len(left) != 0 {
		t.Errorf("after Open: %v", left)
	}
	check(t, c.Close())
	must(os.Stat(outside))(t)
}

func TestView(t *testing.T) {
	c := create(t)
	if _, err := c.ReadView(); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, text := range []string{"long first\n", "short\n", ""} {
		check(t, c.WriteView([]byte(text)))
		if got := must(c.ReadView())(t); string(got) != text {
			t.Errorf("%q, want %q", got, text)
		}
	}
	f := must(c.RecordFile())(t)
	must(f.WriteString("{}\n"))(t)
	check(t, f.Close())
	r := must(OpenRecord(c.Dir()))(t) // while in use
	r.Close()
	check(t, c.Close())
	check(t, must(Open(c.Dir()))(t).Close())
}

func TestState(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	if _, err := Latest(state); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "depview run") {
		t.Error(err)
	}
	now := time.Date(2026, 2, 3, 4, 5, 6, 999_999_999, time.FixedZone("", 3600))
	var dirs []string
	for range 3 { // the same nanosecond, at the end of a second
		c := must(New(state, now))(t)
		dirs = append(dirs, c.Dir())
		check(t, c.Close())
	}
	check(t, os.Mkdir(filepath.Join(state, "zzz"), 0o700))
	if !slices.IsSorted(dirs) || filepath.Base(dirs[0]) != "20260203T030506.999999999Z" || filepath.Base(dirs[2]) != "20260203T030507.000000001Z" {
		t.Error(dirs)
	}
	if got := must(Latest(state))(t); got != dirs[2] {
		t.Error(got)
	}
}

func ExampleInUseError() {
	fmt.Println(&InUseError{Dir: "/var/tmp/jq", PID: 812})
	// Output: capture /var/tmp/jq is in use by process 812
}
