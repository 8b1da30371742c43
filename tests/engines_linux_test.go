package tests

import (
	"errors"
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// engines are those that the tests of what all engines owe run on. To leave some out:
//
//	go test ./tests -run TestModel -args -engine overlay
var engines = []string{"overlay", "fuse"}

func init() {
	flag.Func("engine", "test the engines of the comma-separated `LIST` only", func(list string) error {
		engines = strings.Split(list, ",")
		return nil
	})
}

// A builder runs commands in views: on an engine, as root or as the ordinary user.
type builder struct {
	engine string
	root   bool
}

// eachBuilder runs a test for every builder there is, as many at a time as go test
// allows. It needs root: a plain user cannot play both.
func eachBuilder(t *testing.T, test func(t *testing.T, b builder)) {
	t.Helper()
	needFuse(t)
	needRoot(t)
	for _, engine := range engines {
		for _, b := range []builder{{engine, true}, {engine, false}} {
			t.Run(engine+"/"+b.user(), func(t *testing.T) {
				t.Parallel()
				test(t, b)
			})
		}
	}
}

// keepsOwners tells whether process 1 of the builder's jails answers for owners.
func (b builder) keepsOwners() bool { return b.engine == "fuse" && !b.root }

func (b builder) user() string {
	if b.root {
		return "root"
	}
	return "user"
}

// place makes a directory for the builder's captures, with work in it, where the
// program probe is.
func (b builder) place(t *testing.T) string {
	t.Helper()
	dir := openDir(t)
	work := filepath.Join(dir, "work")
	self, err := os.Readlink("/proc/self/exe")
	if err := errors.Join(err, os.Mkdir(work, 0o777), copyFile(self, work+"/probe"), os.Chmod(work+"/probe", 0o755)); err != nil {
		t.Fatal(err)
	}
	b.own(t, work)
	return dir
}

// own gives the builder a tree.
func (b builder) own(t *testing.T, dir string) {
	t.Helper()
	if !b.root {
		plantOwner(t, dir)
	}
}

// run is depview run in a place: of its flags, then "--" and the command.
func (b builder) run(place string, args ...string) *exec.Cmd {
	return b.depview(place, append([]string{"run", "--engine", b.engine, "--capture", place + "/capture"}, args...)...)
}

func (b builder) depview(place string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Dir = filepath.Join(place, "work")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+place+"/cache", "LC_ALL=C.UTF-8")
	if !b.root {
		asUser(cmd)
	}
	return cmd
}

// ownOpt puts an empty directory of the run's in the place of /opt, for as long as
// the test takes: what is planted there is a lower tree on a real file system.
func ownOpt(t *testing.T) {
	t.Helper()
	needRoot(t)
	dir := scratch(t, t.Name())
	if err := unix.Mount(dir, "/opt", "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount("/opt", unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// keepLower has the test fail if a tree is not in the end what it is now. Owners,
// modes, times, inode numbers and contents count.
func keepLower(t *testing.T, dir string) {
	t.Helper()
	before, err := digest(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		after, err := digest(dir)
		if err != nil {
			t.Error(err)
		}
		for _, p := range slices.Sorted(maps.Keys(before)) {
			if before[p] != after[p] {
				t.Errorf("the lower tree has changed: %q was %q and is %q", p, before[p], after[p])
			}
			delete(after, p)
		}
		for p := range after {
			t.Errorf("the lower tree has changed: %q is new", p)
		}
	})
}
