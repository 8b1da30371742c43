package fs_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/fs"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/capture"
	"github.com/depview/depview/view/index"
)

// The tests run in a mount namespace of their own, so that nothing can be left
// behind, and use a mount that another process serves: a process that exits with
// a file of its own mount open would wait for itself.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("DEPVIEW_TEST_SERVE") != "":
		if err := serve(os.Getenv("DEPVIEW_TEST_SERVE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case os.Getenv("DEPVIEW_TEST_INSIDE") != "" || os.Geteuid() != 0:
		os.Exit(m.Run())
	default:
		cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.Env = append(os.Environ(), "DEPVIEW_TEST_INSIDE=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
		if err := cmd.Run(); err != nil {
			os.Exit(1)
		}
	}
}

// A world is what the serving process is told to show.
type world struct {
	Root    string
	Show    map[string][]string // package of the closure → its files
	Hide    map[string][]string // package outside → its files
	Base    []string            // trees of the base OS
	Rewrite []rewrite
	Mounts  []string
	IDs     capture.IDs
	// Writable has the tree mounted as no jail does it, unless there is an Upper.
	Writable bool
	// Upper is a directory with upper and work in it, to take what is written.
	Upper string
	// Plain denies the serving process all but regular files and directories, and
	// what only Linux can do with them.
	Plain bool
	// At is where the serving process mounts the tree itself, read-only, and
	// Through what it passes through at /work/src there.
	At, Through string
	// Uses has what is used and what is absent printed, too, and Opens each open;
	// Again has the kernel ask again for what is hidden.
	Uses, Opens, Again bool
}

type rewrite struct {
	Path, Link, From, Data string
	Gone                   bool
}

// serve is the serving process: its descriptor 3 is /dev/fuse. It prints a line
// for every hidden path that is looked up and, whenever it is sent a line, one
// with the requests so far.
func serve(text string) error {
	var w world
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return err
	}
	v, err := w.view()
	if err != nil {
		return err
	}
	o := fs.Options{IDs: w.IDs, Watch: w.watch()}
	if w.Upper != "" {
		o.Upper, o.Work = w.Upper+"/upper", w.Upper+"/work"
	}
	if w.Plain {
		if err := bePlain(); err != nil {
			return err
		}
	}
	tree, err := fs.New(v, w.Root, o)
	if err != nil {
		return err
	}
	wait, err := w.start(tree)
	if err != nil {
		return err
	}
	go func() {
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			text, err := json.Marshal(tree.Requests())
			fmt.Printf("requests %s %v\n", text, err)
		}
	}()
	wait()
	return nil
}

// watch prints what it hears, a line each that begins with the process.
func (w *world) watch() fs.Watch {
	watch := fs.Watch{Opens: w.Opens, Hidden: func(pid uint32, path string, a view.Answer) bool {
		fmt.Println(pid, path, a.Verdict, strings.Join(a.OwnerNames(), ","))
		return w.Again
	}}
	if w.Uses {
		watch.Used = func(pid uint32, path string, run bool) { fmt.Println(pid, "used", path, run) }
		watch.Absent = func(pid uint32, path string) { fmt.Println(pid, "absent", path) }
		watch.Listed = func(pid uint32, dir string) { fmt.Println(pid, "listed", dir) }
	}
	return watch
}

// start serves the tree.
func (w *world) start(tree *fs.Tree) (wait func(), err error) {
	if w.At == "" {
		return tree.Serve(3)
	}
	options := []string{"allow_other", "default_permissions", "nodev", "nosuid"}
	tended, err := tree.Mount(w.At, append(options, "ro"))
	if err != nil {
		return nil, err
	}
	through, err := tree.Through(w.Through, w.At+"/work/src", options)
	if err != nil {
		return nil, errors.Join(err, unix.Unmount(w.At, unix.MNT_DETACH))
	}
	fmt.Println("mounted")
	return func() { tended(); through() }, nil
}

// view compiles the world's view.
func (w *world) view() (*view.View, error) {
	c := view.Config{Root: os.DirFS(w.Root), Mounts: w.Mounts, BasePaths: w.Base}
	var packages []*depgraph.Package
	files, shown := map[*depgraph.Package][]string{}, map[*depgraph.Package]bool{}
	for name, list := range w.Show {
		p := &depgraph.Package{Name: name}
		packages, files[p], shown[p] = append(packages, p), list, true
	}
	for name, list := range w.Hide {
		p := &depgraph.Package{Name: name}
		packages, files[p] = append(packages, p), list
	}
	x, _, err := index.Build(c.Root, packages, func(p *depgraph.Package) ([]string, error) { return files[p], nil }, nil)
	if err != nil {
		return nil, err
	}
	c.Indexes = []*index.Index{x}
	c.Class = func(p *depgraph.Package) depgraph.Class {
		if shown[p] {
			return depgraph.InClosure
		}
		return depgraph.Outside
	}
	var rewrites []depgraph.Rewrite
	for _, r := range w.Rewrite {
		d := depgraph.Rewrite{Path: r.Path, Link: r.Link, From: r.From, Gone: r.Gone}
		if r.Data != "" {
			d.Data = func() ([]byte, error) { return []byte(r.Data), nil }
		}
		rewrites = append(rewrites, d)
	}
	c.Rewrites = func(func(string) []*depgraph.Package) ([]depgraph.Rewrite, error) { return rewrites, nil }
	return view.New(c)
}

// A mounted is a world's tree, mounted at dir.
type mounted struct {
	t    *testing.T
	dir  string
	in   io.Writer
	out  *bufio.Reader
	said []string // what it said so far, but for requests
	stop func()
}

// mount makes the world's root from files ("PATH", "PATH -> TARGET", "PATH/") and
// mounts its tree.
func mount(t *testing.T, w world, files ...string) *mounted {
	t.Helper()
	needRoot(t)
	if w.Root == "" {
		w.Root = t.TempDir()
	}
	for _, f := range files {
		name, target, link := strings.Cut(f, " -> ")
		p := filepath.Join(w.Root, name)
		dir := filepath.Dir(p)
		if strings.HasSuffix(name, "/") {
			dir = p
		}
		must(t, os.MkdirAll(dir, 0o755))
		switch {
		case link:
			must(t, os.Symlink(target, p))
		case dir != p:
			must(t, os.WriteFile(p, []byte("content of "+name), 0o644))
		}
	}
	dev, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	must(t, err)
	defer dev.Close()
	m := &mounted{t: t, dir: t.TempDir()}
	flags := uintptr(unix.MS_NOSUID | unix.MS_NODEV | unix.MS_RDONLY)
	if w.Writable || w.Upper != "" {
		flags &^= unix.MS_RDONLY
	}
	must(t, unix.Mount("depview", m.dir, "fuse.depview", flags,
		fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions", dev.Fd())))
	m.start(w, dev)
	return m
}

// start starts the process that serves w.
func (m *mounted) start(w world, files ...*os.File) {
	t := m.t
	text, err := json.Marshal(w)
	must(t, err)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "DEPVIEW_TEST_SERVE="+string(text))
	cmd.ExtraFiles, cmd.Stderr = files, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	must(t, err)
	m.in, err = cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	m.out = bufio.NewReader(out)
	m.stop = func() {
		must(t, unix.Unmount(m.dir, unix.MNT_DETACH))
		_ = cmd.Wait()
	}
	t.Cleanup(func() {
		if m.stop != nil {
			m.stop()
		}
	})
}

// end unmounts the tree, and waits for its server.
func (m *mounted) end() {
	m.stop()
	m.stop = nil
}

// hidden unmounts the tree and returns what it said of hidden paths, without the
// process.
func (m *mounted) hidden() []string {
	unix.Unmount(m.dir, unix.MNT_DETACH)
	for {
		line, err := m.out.ReadString('\n')
		if err != nil {
			break
		}
		m.said = append(m.said, line)
	}
	m.stop = nil
	var list []string
	for _, line := range m.said {
		_, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		list = append(list, what)
	}
	return list
}

// requests returns how many requests the tree has answered.
func (m *mounted) requests() map[string]uint64 {
	m.t.Helper()
	_, err := fmt.Fprintln(m.in)
	must(m.t, err)
	for {
		line, err := m.out.ReadString('\n')
		must(m.t, err)
		if text, ok := strings.CutPrefix(line, "requests "); ok {
			var counts map[string]uint64
			must(m.t, json.NewDecoder(strings.NewReader(text)).Decode(&counts))
			return counts
		}
		m.said = append(m.said, line)
	}
}

func (m *mounted) path(p string) string { return filepath.Join(m.dir, p) }

func (m *mounted) names(dir string) string {
	m.t.Helper()
	list, err := os.ReadDir(m.path(dir))
	must(m.t, err)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to mount: run the tests as root")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
