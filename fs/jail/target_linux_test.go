package jail

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

var (
	pathSteps = flag.Int("path.steps", 4000, "TestPaths asks for `N` paths a tree")
	pathSeed  = flag.Uint64("path.seed", 1, "TestPaths' trees and paths follow from `SEED`")
)

func init() { programs["paths"] = pathsProgram } // SEED STEPS ROOT DIR: see TestPaths

// TestPaths asks for random paths of random trees, from different roots and
// directories, where the keeper answers each stat with the number of the file that
// it found. The kernel must have found the same file, or none for the same reason.
//
//	go test ./fs/jail -run TestPaths -args -path.seed=N -path.steps=N
func TestPaths(t *testing.T) {
	for name, c := range map[string]struct{ root, dir string }{
		"root":             {"/", "/mnt"},
		"directory":        {"/", "/mnt/tree0/d0/d1"},
		"chroot":           {"/mnt/tree0", "/mnt/tree0"},
		"chroot directory": {"/mnt/tree0", "/mnt/tree0/d0/d1"},
		"out of chroot":    {"/mnt/tree0/d0", "/mnt/tree1/d0"},
	} {
		t.Run(name, func(t *testing.T) {
			steps := *pathSteps
			if c.root != "/" {
				steps /= 4 // each takes a thread
			}
			cmd := underKeeper(t, "inodes", "./program", "paths", fmt.Sprint(*pathSeed), fmt.Sprint(steps), c.root, c.dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("seed %d: %v\n%s", *pathSeed, err, out)
			}
		})
	}
}

// pathsProgram is what asks. It learns without a stat which file the kernel finds.
func pathsProgram(args []string) error {
	seed, err1 := strconv.ParseUint(args[0], 10, 64)
	steps, err2 := strconv.Atoi(args[1])
	proc, err3 := unix.Open("/proc/self", unix.O_PATH, 0)
	var st unix.Stat_t
	if err := errors.Join(err1, err2, err3, unix.Stat(".", &st)); err != nil {
		return err
	}
	p := paths{Rand: rand.New(rand.NewPCG(seed, 0)), proc: proc, device: st.Dev}
	for i := range 4 {
		if err := p.plant(fmt.Sprintf("tree%d", i)); err != nil {
			return err
		}
	}
	dir, err := unix.Open(args[3], unix.O_PATH, 0)
	if err := errors.Join(err, unix.Chroot(args[2]), unix.Fchdir(dir)); err != nil {
		return err
	}
	for range steps {
		if err := p.ask(); err != nil {
			return err
		}
	}
	return nil
}

// paths asks for paths.
type paths struct {
	*rand.Rand
	proc   int
	device uint64
	dirs   []int
}

// plant makes a tree of directories, files and links to anywhere.
func (p *paths) plant(top string) error {
	for _, d := range []string{"", "/d0", "/d1", "/d0/d0", "/d0/d1", "/d0/d1/d0", "/d1/d1"} {
		if err := errors.Join(os.Mkdir(top+d, 0o755), os.WriteFile(top+d+"/f0", nil, 0o644)); err != nil {
			return err
		}
		for i := range 3 {
			if err := os.Symlink(cmp.Or(p.path(), "."), fmt.Sprintf("%s%s/l%d", top, d, i)); err != nil {
				return err
			}
		}
		fd, err := unix.Open(top+d, unix.O_PATH, 0)
		if err != nil {
			return err
		}
		p.dirs = append(p.dirs, fd)
	}
	return nil
}

// path returns a random path.
func (p *paths) path() string {
	words := []string{"d0", "d1", "d0", "d1", "l0", "l1", "l2", "f0", "..", ".", "", "none", "tree0", "tree1", "mnt"}
	var s []string
	for range 1 + p.IntN(5) {
		s = append(s, words[p.IntN(len(words))])
	}
	name := strings.Join(s, "/")
	switch p.IntN(12) {
	case 0:
		return "/" + name
	case 1:
		return "/mnt/tree0/" + name
	case 2:
		return name + "/"
	}
	return name
}

// ask compares the keeper's answer with the kernel's.
func (p *paths) ask() error {
	name, flags, dir := p.path(), p.IntN(2)*unix.AT_SYMLINK_NOFOLLOW, unix.AT_FDCWD
	if p.IntN(2) == 0 {
		dir = p.dirs[p.IntN(len(p.dirs))]
	}
	want, wantErr := p.inode(dir, name, flags)
	var st unix.Stat_t
	err := unix.Fstatat(dir, name, &st, flags)
	answered := st.Dev != p.device || uint64(st.Uid) == want
	if err != wantErr || err == nil && (st.Ino != want || !answered) {
		return fmt.Errorf("%q from %d, flags %#x: inode %d of user %d, %v; want %d, %v", name, dir, flags, st.Ino, st.Uid, err, want, wantErr)
	}
	return nil
}

// inode returns the number of the file that the kernel finds.
func (p *paths) inode(dir int, name string, nofollow int) (uint64, error) {
	flags := unix.O_PATH | unix.O_CLOEXEC
	if nofollow != 0 {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := unix.Openat(dir, name, flags, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	info, err := unix.Openat(p.proc, fmt.Sprintf("fdinfo/%d", fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(info)
	buf := make([]byte, 1024)
	n, err := unix.Read(info, buf)
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(buf[:n]), "\nino:\t")
	if !found {
		return 0, errors.New("no ino in /proc/self/fdinfo: Linux before 5.14")
	}
	number, _, _ := strings.Cut(rest, "\n")
	return strconv.ParseUint(number, 10, 64)
}

func TestOwnLink(t *testing.T) {
	for name, want := range map[string]string{
		"/proc/self/cwd/a/b":         "/cwd a/b true",
		"/proc/self/root//a":         "/root /a true",
		"/proc/thread-self/cwd/":     "/cwd  true",
		"/proc/self/fd/3/x":          "/fd/3 x true",
		"/proc/self/fd/3":            "/fd/3  false",
		"/proc/self/cwd":             "/cwd  false",
		"/proc/self/fd/../root/x":    "  false",
		"/proc/self/exe/x":           "/exe x false",
		"/proc/7/cwd/x":              "  false",
		"proc/self/cwd/x":            "  false",
		"/proc/self/fdinfo/3/cwd/xy": "/fdinfo 3/cwd/xy false",
	} {
		link, rest, ok := ownLink(name)
		if got := fmt.Sprintln(link, rest, ok); got != want+"\n" {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
