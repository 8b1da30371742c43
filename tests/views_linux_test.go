package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// manyViews is how many builds run at once, each in a view of its own.
const manyViews = 24

// How much memory a daemon may hold, in KiB: at its peak, and that nobody shares,
// while all views are there. They have the index of the database in common.
const (
	maxMemory  = 150 << 10
	maxPrivate = 15 << 10
)

// A building is one of many builds.
type building struct {
	cmd    *exec.Cmd
	out    bytes.Buffer
	dir    string // with work/ and capture/
	answer string // what its program prints
}

// Each build has the same file names and a content of its own. It waits, when it
// is done, until all others are too, so that all views are there at one time.
const buildScript = `set -e
cc -o program program.c
install -D program /usr/local/bin/program
echo "$1" >/usr/local/answer
: >built
while [ ! -e go ]; do sleep 0.1; done
program
cat /usr/local/answer
`

func TestManyViews(t *testing.T) {
	needFuse(t)
	needTool(t, "cc")
	for _, as := range []struct {
		name    string
		command func(*exec.Cmd) *exec.Cmd
	}{
		{"root", func(c *exec.Cmd) *exec.Cmd { return c }},
		{"user", asUser},
	} {
		t.Run(as.name, func(t *testing.T) {
			if as.name == "root" {
				needRoot(t)
			}
			testManyViews(t, as.command)
		})
	}
}

func testManyViews(t *testing.T, as func(*exec.Cmd) *exec.Cmd) {
	dir := openDir(t)
	var all []*building
	defer func() {
		for _, b := range all {
			_ = b.cmd.Process.Kill()
			_ = b.cmd.Wait()
		}
	}()
	env := append(os.Environ(), "XDG_CACHE_HOME="+dir+"/cache")
	first := as(exec.Command(binary, "explain", "--from", "dpkg", "/"))
	first.Env = env
	if out, err := first.CombinedOutput(); err != nil { // and the index is there
		t.Fatalf("%v\n%s", err, out)
	}
	for i := range manyViews {
		b := &building{dir: filepath.Join(dir, fmt.Sprint(i)), answer: fmt.Sprintf("answer %d", i)}
		b.plant(t)
		b.cmd = as(exec.Command(binary, "run", "--from", "dpkg", "--capture", "../capture", "--", "sh", "build.sh", b.answer))
		b.cmd.Env = env
		b.cmd.Dir, b.cmd.Stdout, b.cmd.Stderr = filepath.Join(b.dir, "work"), &b.out, &b.out
		if err := b.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	for _, b := range all {
		if !until(5*limit, func() bool { _, err := os.Stat(b.dir + "/work/built"); return err == nil }) {
			t.Fatalf("%s was never built", b.answer)
		}
	}
	for _, b := range all {
		b.checkMemory(t)
		b.checkPrivate(t)
	}
	for _, b := range all {
		if err := os.WriteFile(b.dir+"/work/go", nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var wait sync.WaitGroup
	for _, b := range all {
		wait.Go(func() { b.finish(t, as) })
	}
	wait.Wait()
}

// openDir returns a directory that every user may write to.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "views-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (b *building) plant(t *testing.T) {
	t.Helper()
	for _, d := range []string{"", "work"} {
		d = filepath.Join(b.dir, d)
		if err := os.MkdirAll(d, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"build.sh":  buildScript,
		"program.c": "#include <stdio.h>\nint main(void) { return puts(\"program of " + b.answer + "\") < 0; }\n",
	} {
		if err := os.WriteFile(filepath.Join(b.dir, "work", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// checkMemory reads the daemon's peak while it still runs: afterwards only that of
// it and its children together would be known.
func (b *building) checkMemory(t *testing.T) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	peak := 0
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &peak); err == nil {
			break
		}
	}
	if peak == 0 || peak > maxMemory {
		t.Errorf("%s: the daemon's memory was %d KiB at its peak, and may be %d", b.answer, peak, maxMemory)
	}
}

// checkPrivate sums up what the daemon shares with no other process, which the
// kernel tells of each.
func (b *building) checkPrivate(t *testing.T) {
	t.Helper()
	rollup, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", b.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	private := 0
	for line := range strings.Lines(string(rollup)) {
		var kind string
		var n int
		if _, err := fmt.Sscanf(line, "%s %d kB", &kind, &n); err == nil && strings.HasPrefix(kind, "Private_") {
			private += n
		}
	}
	if private == 0 || private > maxPrivate {
		t.Errorf("%s: %d KiB of the daemon's memory are its alone, and may be %d", b.answer, private, maxPrivate)
	}
}

// finish waits for the build, and looks at what it printed and what it wrote.
func (b *building) finish(t *testing.T, as func(*exec.Cmd) *exec.Cmd) {
	err := b.cmd.Wait()
	if want := "program of " + b.answer + "\n" + b.answer + "\n"; err != nil || !strings.HasPrefix(b.out.String(), want) {
		t.Errorf("%s: %v\n%s", b.answer, err, &b.out)
		return
	}
	out, err := as(exec.Command(binary, "changes", b.dir+"/capture")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "A /usr/local/answer ") || !strings.Contains(string(out), "A /usr/local/bin/program ") {
		t.Errorf("%s: changes: %v\n%s", b.answer, err, out)
	}
	upper, err := os.ReadFile(b.dir + "/capture/upper/usr/local/answer")
	if err != nil || string(upper) != b.answer+"\n" {
		t.Errorf("%s: the capture has %q, %v", b.answer, upper, err)
	}
}
