package fs_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/fs"
	"github.com/depview/depview/view"
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
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
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
	Rewrite []rewrite
	Mounts  []string
	Squash  bool
}

type rewrite struct {
	Path, Link, From, Data string
	Gone                   bool
}

// serve is the serving process: its descriptor 3 is /dev/fuse, and it prints a
// line for every hidden path that is looked up.
func serve(text string) error {
	var w world
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return err
	}
	c := view.Config{Root: os.DirFS(w.Root), Mounts: w.Mounts}
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
		return err
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
	v, err := view.New(c)
	if err != nil {
		return err
	}
	tree, err := fs.New(v, w.Root, fs.Options{Squash: w.Squash, Hidden: func(pid uint32, path string, a view.Answer) {
		fmt.Println(pid, path, a.Verdict, strings.Join(a.OwnerNames(), ","))
	}})
	if err != nil {
		return err
	}
	wait, err := tree.Serve(3)
	if err != nil {
		return err
	}
	wait()
	return nil
}

// A mounted is a world's tree, mounted at dir.
type mounted struct {
	t    *testing.T
	dir  string
	out  *bufio.Reader
	stop func()
}

// mount makes the world's root from files ("PATH", "PATH -> TARGET", "PATH/") and
// mounts its tree.
func mount(t *testing.T, w world, files ...string) *mounted {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to mount: run the tests as root")
	}
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
	must(t, unix.Mount("depview", m.dir, "fuse.depview", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_RDONLY,
		fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions", dev.Fd())))
	text, err := json.Marshal(w)
	must(t, err)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "DEPVIEW_TEST_SERVE="+string(text))
	cmd.ExtraFiles, cmd.Stderr = []*os.File{dev}, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
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
	return m
}

// hidden unmounts the tree and returns what it said of hidden paths, without the
// process.
func (m *mounted) hidden() []string {
	unix.Unmount(m.dir, unix.MNT_DETACH)
	var list []string
	for {
		line, err := m.out.ReadString('\n')
		if err != nil {
			break
		}
		_, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		list = append(list, what)
	}
	m.stop = nil
	return list
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

var port = world{
	Show: map[string][]string{"onig": {"/usr", "/usr/lib", "/usr/lib/libonig.so", "/usr/lib/hard1", "/usr/lib/hard2"}},
	Hide: map[string][]string{"jq": {"/usr/bin", "/usr/bin/jq", "/usr/lib/libjq.so"}},
}

func TestHidden(t *testing.T) {
	m := mount(t, port, "/usr/lib/libonig.so", "/usr/bin/jq", "/usr/lib/libjq.so", "/opt/stray")
	is(t, m.names("/"), "usr")
	is(t, m.names("/usr"), "lib")
	is(t, m.names("/usr/lib"), "libonig.so")
	for range 3 { // the second and third time the kernel answers
		for _, p := range []string{"/usr/lib/libjq.so", "/usr/bin/jq", "/usr/lib/absent", "/opt/stray"} {
			if _, err := os.Lstat(m.path(p)); !os.IsNotExist(err) {
				t.Errorf("%s: %v, want that it does not exist", p, err)
			}
		}
	}
	data, err := os.ReadFile(m.path("/usr/lib/libonig.so"))
	must(t, err)
	is(t, string(data), "content of /usr/lib/libonig.so")
	got := m.hidden()
	want := []string{"/usr/lib/libjq.so undeclared jq", "/usr/bin undeclared jq", "/opt stray"}
	for i := range got {
		got[i] = strings.TrimSpace(got[i])
	}
	if !slices.Equal(got, want) {
		t.Errorf("hidden lookups:\n%s\nwant each once:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestStandIns(t *testing.T) {
	w := port
	w.Mounts = []string{"/work/src"}
	w.Rewrite = []rewrite{
		{Path: "/usr/lib/status", Data: "filtered"},
		{Path: "/usr/lib/resolv.conf", Data: "nameserver"},
		{Path: "/usr/lib/awk", Link: "mawk"},
		{Path: "/usr/lib/libonig.so", From: "/usr/lib/libonig.so.distrib"},
		{Path: "/usr/lib/hard1", Gone: true},
	}
	m := mount(t, w, "/usr/lib/libonig.so", "/usr/lib/libonig.so.distrib", "/usr/lib/status", "/usr/lib/hard1", "/work/src/secret",
		"/usr/lib/resolv.conf -> /run/resolv.conf")
	is(t, m.names("/"), "usr work")
	is(t, m.names("/work/src"), "")
	is(t, m.names("/usr/lib"), "awk libonig.so resolv.conf status")
	for p, want := range map[string]string{"/usr/lib/status": "filtered", "/usr/lib/resolv.conf": "nameserver", "/usr/lib/libonig.so": "content of /usr/lib/libonig.so.distrib"} {
		data, err := os.ReadFile(m.path(p))
		must(t, err)
		is(t, string(data), want)
		info, err := os.Stat(m.path(p))
		must(t, err)
		if info.Size() != int64(len(want)) {
			t.Errorf("%s has size %d, want %d", p, info.Size(), len(want))
		}
	}
	target, err := os.Readlink(m.path("/usr/lib/awk"))
	must(t, err)
	is(t, target, "mawk")
	for _, p := range []string{"/usr/lib/hard1", "/work/src/secret"} {
		if _, err := os.Lstat(m.path(p)); !os.IsNotExist(err) {
			t.Errorf("%s: %v, want that it does not exist", p, err)
		}
	}
}

func TestReadOnly(t *testing.T) {
	m := mount(t, port, "/usr/lib/libonig.so")
	p := m.path("/usr/lib/libonig.so")
	for name, err := range map[string]error{
		"write":  os.WriteFile(p, nil, 0o644),
		"create": os.WriteFile(m.path("/usr/lib/new"), nil, 0o644),
		"mkdir":  os.Mkdir(m.path("/usr/d"), 0o755),
		"remove": os.Remove(p),
		"rename": os.Rename(p, p+"2"),
		"chmod":  os.Chmod(p, 0),
	} {
		if pe, ok := err.(interface{ Unwrap() error }); !ok || pe.Unwrap() != unix.EROFS {
			t.Errorf("%s: %v, want EROFS", name, err)
		}
	}
}

// TestNumbers checks that a file has the same inode number from stat and readdir,
// and hard links one between them.
func TestNumbers(t *testing.T) {
	w := port
	w.Root = t.TempDir()
	must(t, os.MkdirAll(w.Root+"/usr/lib", 0o755))
	must(t, os.WriteFile(w.Root+"/usr/lib/hard1", nil, 0o644))
	must(t, os.Link(w.Root+"/usr/lib/hard1", w.Root+"/usr/lib/hard2"))
	m := mount(t, w, "/usr/lib/libonig.so")
	numbers := map[string]uint64{}
	d, err := os.Open(m.path("/usr/lib"))
	must(t, err)
	defer d.Close()
	buf := make([]byte, 4096)
	n, err := unix.Getdents(int(d.Fd()), buf)
	must(t, err)
	for buf := buf[:n]; len(buf) > 0; {
		length := binary.NativeEndian.Uint16(buf[16:])
		name, _, _ := strings.Cut(string(buf[19:length]), "\x00")
		numbers[name] = binary.NativeEndian.Uint64(buf)
		buf = buf[length:]
	}
	for _, name := range []string{"libonig.so", "hard1", "hard2", "."} {
		var st unix.Stat_t
		must(t, unix.Lstat(m.path("/usr/lib/"+name), &st))
		if st.Ino != numbers[name] {
			t.Errorf("%s: stat says %d, readdir %d", name, st.Ino, numbers[name])
		}
	}
	if numbers["hard1"] != numbers["hard2"] || numbers["hard1"] == numbers["libonig.so"] {
		t.Errorf("hard links: %v", numbers)
	}
}

// TestSwappedDirectory checks that a directory which becomes a link under the
// view does not lead anywhere.
func TestSwappedDirectory(t *testing.T) {
	w := port
	w.Root = t.TempDir()
	w.Show = map[string][]string{"p": {"/usr/share/doc/a", "/usr/share/doc/b"}}
	m := mount(t, w, "/usr/share/doc/a", "/usr/share/doc/b", "/secret/b")
	_, err := os.Lstat(m.path("/usr/share/doc/a"))
	must(t, err)
	must(t, os.Rename(w.Root+"/usr/share/doc", w.Root+"/usr/share/old"))
	must(t, os.Symlink("../../secret", w.Root+"/usr/share/doc"))
	if data, err := os.ReadFile(m.path("/usr/share/doc/b")); !os.IsNotExist(err) {
		t.Errorf("read %q, %v through a link that came later", data, err)
	}
}

func TestSquash(t *testing.T) {
	for _, squash := range []bool{false, true} {
		w := port
		w.Root, w.Squash = t.TempDir(), squash
		must(t, os.MkdirAll(w.Root+"/usr/lib", 0o755))
		must(t, os.WriteFile(w.Root+"/usr/lib/libonig.so", nil, 0o640))
		must(t, os.Chown(w.Root+"/usr/lib/libonig.so", 12, 34))
		m := mount(t, w)
		var st unix.Stat_t
		must(t, unix.Lstat(m.path("/usr/lib/libonig.so"), &st))
		want := "12:34 640"
		if squash {
			want = "0:0 640"
		}
		is(t, fmt.Sprintf("%d:%d %o", st.Uid, st.Gid, st.Mode&0o7777), want)
	}
}

// TestLargeRead checks that pages come from the right places.
func TestLargeRead(t *testing.T) {
	w := port
	w.Root = t.TempDir()
	must(t, os.MkdirAll(w.Root+"/usr/lib", 0o755))
	big := make([]byte, 5<<20+123)
	for i := range big {
		big[i] = byte(i>>12 + i)
	}
	must(t, os.WriteFile(w.Root+"/usr/lib/libonig.so", big, 0o644))
	m := mount(t, w)
	data, err := os.ReadFile(m.path("/usr/lib/libonig.so"))
	must(t, err)
	if !slices.Equal(data, big) {
		t.Error("content differs")
	}
}
