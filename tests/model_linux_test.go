package tests

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

var (
	modelSteps = flag.Int("model.steps", 20000, "TestModel carries out `N` operations")
	modelSeed  = flag.Uint64("model.seed", 1, "TestModel's operations follow from `SEED`")
)

func init() { probes["model"] = modelProbe } // SEED STEPS DIR LIKE: see TestModel

// TestModel carries out random operations on a directory whose lower layer is in the
// view, and the same on a plain directory of the machine's: after each step both
// have answered alike and hold the same. It says which seed and step failed:
//
//	go test ./tests -run TestModel -args -model.seed=N -model.steps=N
func TestModel(t *testing.T) {
	needFuse(t)
	needRoot(t) // to plant files in /opt
	for _, as := range []struct {
		name    string
		command func(*exec.Cmd) *exec.Cmd
	}{
		{"root", func(c *exec.Cmd) *exec.Cmd { return c }},
		{"user", asUser},
	} {
		t.Run(as.name, func(t *testing.T) {
			if err := unix.Mount("scratch", "/opt", "tmpfs", 0, "mode=755"); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = unix.Unmount("/opt", unix.MNT_DETACH) }()
			dir := openDir(t)
			work := filepath.Join(dir, "work")
			if err := errors.Join(os.Mkdir(work, 0o777), os.Chmod(work, 0o777)); err != nil {
				t.Fatal(err)
			}
			plantModel(t, "/opt/model")
			if as.name == "user" {
				plantOwner(t, "/opt/model")
			}
			lower := stateOf(t, "/opt/model")
			if err := os.WriteFile(dir+"/deps.toml", []byte("[[rule]]\npath = \"/opt/model\"\nshow = true\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			self, err := os.Readlink("/proc/self/exe")
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(copyFile(self, work+"/probe"), os.Chmod(work+"/probe", 0o755)); err != nil {
				t.Fatal(err)
			}
			cmd := as.command(exec.Command(binary, "run", "--deps", dir+"/deps.toml", "--capture", dir+"/capture", "--",
				"./probe", "model", fmt.Sprint(*modelSeed), fmt.Sprint(*modelSteps), "/opt/model", "like"))
			cmd.Dir = work
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			if now := stateOf(t, "/opt/model"); !maps.Equal(now, lower) {
				t.Error("the lower tree is not what it was")
			}
		})
	}
}

// plantModel makes the lower layer.
func plantModel(t *testing.T, dir string) {
	t.Helper()
	for i := range 4 {
		for k := range 3 {
			d := fmt.Sprintf("%s/d%d/d%d", dir, i, k)
			if err := os.MkdirAll(d, 0o755); err != nil {
				t.Fatal(err)
			}
			for n := range 4 {
				if err := os.WriteFile(fmt.Sprintf("%s/f%d", d, n), bytes.Repeat([]byte{byte('a' + n)}, 3000*n+k), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Symlink("f1", d+"/f4"); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func plantOwner(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(p, user, user))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func stateOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	s, err := treeState(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// treeState describes all in a tree: by path, what a program can see of it.
func treeState(dir string) (map[string]string, error) {
	state := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		s, err := fileState(p)
		state[strings.TrimPrefix(p, dir)] = s
		return err
	})
	return state, err
}

func fileState(p string) (string, error) {
	var st unix.Stat_t
	if err := unix.Lstat(p, &st); err != nil {
		return "", err
	}
	s := fmt.Sprintf("%o %d:%d", st.Mode, st.Uid, st.Gid)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		target, err := os.Readlink(p)
		return s + " -> " + target, err
	case unix.S_IFREG:
		content, err := os.ReadFile(p)
		if err != nil {
			return "", err
		}
		value := make([]byte, 256)
		n, err := unix.Lgetxattr(p, "user.model", value)
		if err != nil {
			n = 0
		}
		s += fmt.Sprintf(" %d %d %x %q", st.Nlink, st.Size, content, value[:n])
	}
	return s, nil
}

// modelProbe is what runs in the view.
func modelProbe(args []string) error {
	seed, err1 := strconv.ParseUint(args[0], 10, 64)
	steps, err2 := strconv.Atoi(args[1])
	if err := errors.Join(err1, err2, os.CopyFS(args[3], os.DirFS(args[2]))); err != nil {
		return err
	}
	m := &model{Rand: rand.New(rand.NewPCG(seed, 0)), view: args[2], like: args[3], lower: map[string]bool{}}
	if err := m.begin(); err != nil {
		return err
	}
	for i := range steps {
		if err := m.step(i%200 == 0 || i == steps-1); err != nil {
			return fmt.Errorf("seed %d, step %d: %s: %w", seed, i, strings.Join(m.last, " "), err)
		}
	}
	return nil
}

// A model is two directories that shall be alike.
type model struct {
	*rand.Rand
	view, like string
	lower      map[string]bool // directories of the lower layer: rename(2) may say EXDEV
	last       []string
}

// begin gives the copy the modes and owners that os.CopyFS leaves out.
func (m *model) begin() error {
	return filepath.WalkDir(m.view, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(p, m.view)
		if d.IsDir() {
			m.lower[name] = true
		}
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			return err
		}
		if d.Type() != fs.ModeSymlink {
			err = os.Chmod(m.like+name, fs.FileMode(st.Mode&0o777))
		}
		return errors.Join(err, os.Lchown(m.like+name, int(st.Uid), int(st.Gid)))
	})
}

// path is a random path, seldom a directory's.
func (m *model) path() string {
	p := fmt.Sprintf("/d%d", m.IntN(5))
	if m.IntN(8) > 0 {
		p += fmt.Sprintf("/d%d", m.IntN(4))
	}
	if m.IntN(6) > 0 {
		p += fmt.Sprintf("/f%d", m.IntN(7))
	}
	return p
}

// step does one thing in both places, and compares answers and outcomes.
func (m *model) step(all bool) error {
	a, b := m.path(), m.path()
	n, size, mode := m.IntN(13), m.IntN(9000), uint32(0o600+m.IntN(0o200))
	do := func(root string) error {
		switch p, q := root+a, root+b; n {
		case 0, 1:
			return m.write(p, unix.O_CREAT|unix.O_EXCL, mode, 0, size)
		case 2, 3:
			return m.write(p, 0, 0, int64(size/2), size/3)
		case 4:
			return m.write(p, unix.O_APPEND, 0, 0, size/5)
		case 5:
			return unix.Truncate(p, int64(size))
		case 6:
			return unix.Rename(p, q)
		case 7:
			return unix.Linkat(unix.AT_FDCWD, p, unix.AT_FDCWD, q, 0)
		case 8:
			return unix.Unlink(p)
		case 9:
			return unix.Mkdir(p, mode|0o700)
		case 10:
			return unix.Rmdir(p)
		case 11:
			return unix.Symlink(filepath.Base(b), p)
		}
		if !strings.Contains(a, "/f") {
			return nil // a directory that cannot be entered would end it all
		}
		if size%2 == 0 {
			return unix.Setxattr(root+a, "user.model", []byte(b), 0)
		}
		return unix.Chmod(root+a, mode)
	}
	m.last = []string{[]string{"create", "create", "write", "write", "append", "truncate", "rename", "link", "unlink", "mkdir", "rmdir", "symlink", "change"}[n], a, b, fmt.Sprint(size)}
	real := m.real(a)
	err := do(m.view)
	if n == 6 && errors.Is(err, unix.EXDEV) && m.lower[real] {
		return nil // as overlayfs does with its directories: mv(1) copies then
	}
	if like := do(m.like); !sameErrno(err, like) {
		return fmt.Errorf("%v in the view, %v elsewhere", err, like)
	}
	if err == nil && (n == 10 || n == 6 && real != m.real(b)) {
		maps.DeleteFunc(m.lower, func(p string, _ bool) bool { return p == real || strings.HasPrefix(p, real+"/") })
	}
	if all {
		return m.compareAll()
	}
	return errors.Join(m.compare(a), m.compare(b))
}

// real is a path without the symbolic links that its directories may be by now.
func (m *model) real(p string) string {
	dir, err := filepath.EvalSymlinks(m.view + filepath.Dir(p))
	if err != nil {
		return p
	}
	return filepath.Join("/", strings.TrimPrefix(dir, m.view), filepath.Base(p))
}

// write opens a file and writes to it: what, follows from the size.
func (m *model) write(p string, flags int, mode uint32, off int64, size int) error {
	fd, err := unix.Open(p, flags|unix.O_WRONLY|unix.O_CLOEXEC, mode)
	if err != nil {
		return err
	}
	data := bytes.Repeat([]byte{byte('A' + size%26)}, size)
	if flags&unix.O_APPEND != 0 {
		_, err = unix.Write(fd, data)
	} else {
		_, err = unix.Pwrite(fd, data, off)
	}
	return errors.Join(err, unix.Close(fd))
}

// compare compares what is at one path.
func (m *model) compare(p string) error {
	view, err1 := fileState(m.view + p)
	like, err2 := fileState(m.like + p)
	if view != like || !sameErrno(err1, err2) {
		return fmt.Errorf("%s is %.200s (%v) in the view, %.200s (%v) elsewhere", p, view, err1, like, err2)
	}
	return nil
}

func sameErrno(a, b error) bool {
	var x, y syscall.Errno
	errors.As(a, &x)
	errors.As(b, &y)
	return x == y
}

func (m *model) compareAll() error {
	view, err1 := treeState(m.view)
	like, err2 := treeState(m.like)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	for _, p := range slices.Sorted(maps.Keys(view)) {
		if view[p] != like[p] {
			return fmt.Errorf("%s is %.200s in the view, %.200s elsewhere", p, view[p], like[p])
		}
		delete(like, p)
	}
	for p := range like {
		return fmt.Errorf("%s is not in the view", p)
	}
	return nil
}
