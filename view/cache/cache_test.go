package cache

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/depview/depview/depgraph"
)

// A world is a root with a database, which is a file of lines "PACKAGE PATH…".
type world struct {
	t         *testing.T
	root, dir string
	visible   string // the package that the view has

	mu    sync.Mutex
	warns []error
	read  int // lists
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, root: t.TempDir(), dir: filepath.Join(t.TempDir(), "cache")}
	for _, d := range []string{"db", "opt/a/d", "opt/b", "srv"} {
		w.must(os.MkdirAll(filepath.Join(w.root, d), 0o755))
	}
	w.must(os.Symlink("opt", filepath.Join(w.root, "o")))
	w.database("p /opt/a/f /o/g /opt/a/d/e\nq /opt/b/f")
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) database(text string) {
	w.t.Helper()
	w.must(os.WriteFile(filepath.Join(w.root, "db/new"), []byte(text), 0o644))
	w.must(os.Rename(filepath.Join(w.root, "db/new"), filepath.Join(w.root, "db/lists")))
}

// owners looks a path up as a run of its own would.
func (w *world) owners(path string) string {
	w.t.Helper()
	c, err := Open(w.dir, "test", w.root, []string{"db/lists", "db/missing*"}, func(err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.warns = append(w.warns, err)
	})
	w.must(err)
	text, err := os.ReadFile(filepath.Join(w.root, "db/lists"))
	w.must(err)
	var packages []*depgraph.Package
	lists := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		packages = append(packages, &depgraph.Package{Name: f[0]})
		lists[f[0]] = f[1:]
	}
	w.read = 0
	var read sync.Mutex
	visible := func(p *depgraph.Package) bool { return p.Name == w.visible }
	x, err := c.Index(packages, visible, func(p *depgraph.Package) ([]string, error) {
		read.Lock()
		defer read.Unlock()
		w.read++
		return lists[p.Name], nil
	})
	w.must(err)
	c.Wait() // a view asks for more long after it is made
	if w.visible == "" {
		x, err = c.Confirm(x, visible)
		w.must(err)
	}
	var names []string
	for _, p := range x.Owners(path) {
		names = append(names, p.Name)
	}
	c.Wait()
	return strings.Join(names, ",")
}

// settle waits until what was changed is old enough to be believed.
func (w *world) settle() { time.Sleep(2 * tick) }

// want checks an answer, and whether it came from the file.
func (w *world) want(path, owners string, cached bool) {
	w.t.Helper()
	if got := w.owners(path); got != owners {
		w.t.Errorf("%s is owned by %q, want %q", path, got, owners)
	}
	if got := w.read == 0; got != cached {
		w.t.Errorf("%s: %d lists were read, want the cache used: %v", path, w.read, cached)
	}
}

func (w *world) warned(want string) {
	w.t.Helper()
	if want == "" && len(w.warns) == 0 {
		return
	}
	if err := errors.Join(w.warns...); want == "" || err == nil || !strings.Contains(err.Error(), want) {
		w.t.Errorf("warnings %v, want %q", err, want)
	}
	w.warns = nil
}

// file is the only index there is.
func (w *world) file() string {
	w.t.Helper()
	found, err := filepath.Glob(filepath.Join(w.dir, "*"))
	if err != nil || len(found) != 1 {
		w.t.Fatalf("files in the cache: %v (%v), want one", found, err)
	}
	return found[0]
}

func TestUnchanged(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.want("/opt/g", "p", false)
	w.want("/opt/g", "p", true)
	w.want("/opt/b/f", "q", true)
	w.warned("")
	if info, err := os.Stat(w.file()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the index: %v (%v), want it private", info.Mode(), err)
	}
}

// TestChanges changes what an index rests on between two runs.
func TestChanges(t *testing.T) {
	for name, c := range map[string]struct {
		change       func(root string) error
		path, owners string
		cached       bool
	}{
		"nothing": {func(string) error { return nil }, "/opt/a/f", "p", true},
		"a file beside a directory": {func(root string) error {
			return os.WriteFile(root+"/opt/new", nil, 0o644)
		}, "/opt/a/f", "p", true},
		"a directory became a link": {func(root string) error {
			return errors.Join(os.Rename(root+"/opt/a", root+"/srv/a"), os.Symlink("../srv/a", root+"/opt/a"))
		}, "/srv/a/f", "p", false},
		"a link leads elsewhere": {func(root string) error {
			return errors.Join(os.Remove(root+"/o"), os.Symlink("srv", root+"/o"))
		}, "/srv/g", "p", false},
		"a link became a directory": {func(root string) error {
			return errors.Join(os.Remove(root+"/o"), os.Mkdir(root+"/o", 0o755))
		}, "/o/g", "p", false},
		"a file of the database appeared": {func(root string) error {
			return os.WriteFile(root+"/db/missing1", nil, 0o644)
		}, "/opt/a/f", "p", false},
		"only times changed": {func(root string) error {
			return os.Chtimes(root+"/db/lists", time.Time{}, time.Unix(1, 0))
		}, "/opt/a/f", "p", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.settle()
			w.owners("/opt/a/f")
			w.want("/opt/a/f", "p", true)
			w.must(c.change(w.root))
			w.want(c.path, c.owners, c.cached)
			w.settle()
			w.owners("/")
			w.want(c.path, c.owners, true)
			w.warned("")
		})
	}
}

// TestDatabaseChanges rewrites the database, once in the very moment in which the
// index is made, when times cannot tell.
func TestDatabaseChanges(t *testing.T) {
	w := newWorld(t)
	w.settle()
	w.owners("/opt/a/f")
	for _, text := range []string{"p /opt/x", "p /opt/y", "r /opt/z\np /opt/y", "p /opt/x"} {
		w.database(text)
		f := strings.Fields(text)
		w.want(f[1], f[0], false)
		w.want(f[1], f[0], false) // it might change once more
	}
	w.settle()
	w.want("/opt/x", "p", false)
	w.want("/opt/x", "p", true)
	// Its size and times set back, nothing but the time of change tells.
	info, err := os.Stat(w.root + "/db/lists")
	w.must(err)
	w.must(os.WriteFile(w.root+"/db/lists", []byte("q /opt/x"), 0o644))
	w.must(os.Chtimes(w.root+"/db/lists", info.ModTime(), info.ModTime()))
	w.settle()
	w.want("/opt/x", "q", false)
	w.warned("")
}

// TestDamage puts other files in the place of an index.
func TestDamage(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(file string, data []byte) error
		warn   string
	}{
		"truncated":     {func(file string, data []byte) error { return os.Truncate(file, int64(len(data))-1) }, "truncated"},
		"only a header": {func(file string, _ []byte) error { return os.Truncate(file, headerSize) }, "truncated"},
		"half a header": {func(file string, _ []byte) error { return os.Truncate(file, 20) }, "truncated"},
		"empty":         {func(file string, _ []byte) error { return os.Truncate(file, 0) }, "truncated"},
		"longer":        {func(file string, data []byte) error { return os.WriteFile(file, append(data, 0), 0o600) }, "truncated"},
		"foreign": {func(file string, _ []byte) error {
			return os.WriteFile(file, []byte(strings.Repeat("hello ", 99)), 0o600)
		}, "not an index"},
		"a byte is wrong": {func(file string, data []byte) error { data[len(data)-3]++; return os.WriteFile(file, data, 0o600) }, "damaged"},
		"from the future": {func(file string, data []byte) error {
			binary.LittleEndian.PutUint32(data[16:], version+1)
			return os.WriteFile(file, data, 0o600)
		}, "another version"},
		"absurd lengths": {func(file string, data []byte) error {
			binary.LittleEndian.PutUint32(data[32:], 1<<32-1)
			return os.WriteFile(file, data, 0o600)
		}, "truncated"},
		"writable by others": {func(file string, _ []byte) error { return os.Chmod(file, 0o622) }, "not this user's alone"},
		"a symbolic link": {func(file string, _ []byte) error {
			return errors.Join(os.Rename(file, file+".moved"), os.Symlink(file+".moved", file))
		}, "too many levels"},
		"a directory": {func(file string, _ []byte) error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) }, "not this user's alone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.settle()
			w.want("/opt/a/f", "p", false)
			data, err := os.ReadFile(w.file())
			w.must(err)
			file := w.file()
			w.must(c.damage(file, data))
			w.want("/opt/a/f", "p", false)
			w.warned(c.warn)
			if name == "a directory" {
				return // it stays in the way
			}
			w.want("/opt/a/f", "p", true)
			w.warned("")
		})
	}
}

func TestUnwritable(t *testing.T) {
	w := newWorld(t)
	w.must(os.WriteFile(w.dir, nil, 0o644)) // a file where the directory would be
	w.settle()
	w.want("/opt/a/f", "p", false)
	w.want("/opt/a/f", "p", false)
	w.warned("the index is not kept")
	w.dir = ""
	w.want("/opt/a/f", "p", false)
	w.warned("")
}

func TestSettled(t *testing.T) {
	for ago, want := range map[time.Duration]bool{
		0: false, 10 * time.Millisecond: false, 100 * time.Millisecond: true, time.Hour: true,
		-10 * time.Millisecond: false, -time.Hour: true, // the clock was set back
	} {
		changed := time.Unix(1e9, 5)
		if got := settled(changed, changed.Add(ago)); got != want {
			t.Errorf("changed %v ago: settled is %v", ago, got)
		}
	}
	whole := time.Unix(1e9, 0) // as where there are no fractions
	if settled(whole, whole.Add(time.Second)) || !settled(whole, whole.Add(5*time.Second)) {
		t.Error("whole seconds: one after is settled, or five are not")
	}
}

func TestForget(t *testing.T) {
	w := newWorld(t)
	w.must(os.Mkdir(w.dir, 0o700))
	old := time.Now().Add(-40 * 24 * time.Hour)
	for _, name := range []string{"index-0000000000000000", ".index-123", "something-else", "index-recent"} {
		w.must(os.WriteFile(filepath.Join(w.dir, name), nil, 0o600))
		if name != "index-recent" {
			w.must(os.Chtimes(filepath.Join(w.dir, name), old, old))
		}
	}
	w.settle()
	w.owners("/")
	entries, err := os.ReadDir(w.dir)
	w.must(err)
	var left []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "index-") || e.Name() == "index-recent" {
			left = append(left, e.Name())
		}
	}
	if got := strings.Join(left, " "); got != "index-recent something-else" || len(entries) != 3 {
		t.Errorf("left: %v", entries)
	}
}

// TestAtOnce has many runs make the same index.
func TestAtOnce(t *testing.T) {
	w := newWorld(t)
	w.settle()
	var wait sync.WaitGroup
	for range 16 {
		one := &world{t: t, root: w.root, dir: w.dir}
		wait.Go(func() {
			for range 10 {
				if got := one.owners("/opt/g"); got != "p" {
					t.Errorf("owned by %q", got)
				}
			}
			one.warned("")
		})
	}
	wait.Wait()
	w.want("/opt/g", "p", true)
	w.file()
}

// TestConfirm checks that links of packages that the view does not have are looked
// at when that is asked for, and those of others at once.
func TestConfirm(t *testing.T) {
	for visible, want := range map[string]string{"p": "p", "q": "", "": "p"} {
		w := newWorld(t)
		w.settle()
		w.owners("/opt/a/f")
		w.must(os.Rename(w.root+"/opt/a/d", w.root+"/srv/d"))
		w.must(os.Symlink("../../srv/d", w.root+"/opt/a/d"))
		w.settle()
		w.visible = visible
		if got := w.owners("/srv/d/e"); got != want {
			t.Errorf("with %q visible, /srv/d/e is owned by %q, want %q", visible, got, want)
		}
	}
}
