package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// maxDaemon is how much memory the daemon may take at its peak, in KiB.
const maxDaemon = 150 << 10

// A debianSource is an unpacked source package.
type debianSource struct {
	name    string
	dir     string // unpacked
	options string // DEB_BUILD_OPTIONS, natively and in the view
}

// Real Debian packages build in a view as they do outside of it. The tests of jq
// run under valgrind for ten minutes, and are left out in both.
func TestDebian(t *testing.T) {
	needFuse(t)
	for _, tool := range []string{"dpkg-buildpackage", "dpkg-checkbuilddeps", "dh"} {
		needTool(t, tool)
	}
	dir := scratch(t, "debian")
	sources := []debianSource{{name: "hello", options: "parallel=2"}, {name: "jq", options: "parallel=2 nocheck"}}
	fetchSources(t, dir+"/source", sources)

	t.Run("build", func(t *testing.T) {
		for _, s := range sources {
			native := s.copyTo(t, dir+"/native/"+s.name, false)
			must(t, native.buildpackage())
			want := debContents(t, native.dir)
			for _, as := range []string{"root", "user"} {
				t.Run(s.name+"/"+as, func(t *testing.T) {
					if as == "root" {
						needRoot(t)
					}
					s := s.copyTo(t, filepath.Join(dir, as, s.name), as == "user")
					s.runInView(t, as == "user", s.buildpackage().Args...)
					if got := debContents(t, s.dir); got != want {
						t.Errorf("the packages differ.\nBuilt outside:\n%s\nin the view:\n%s", want, got)
					}
					s.compareDpkg(t, as == "user")
				})
			}
		}
	})
	t.Run("undeclared", func(t *testing.T) {
		for _, as := range []string{"root", "user"} {
			t.Run(as, func(t *testing.T) {
				if as == "root" {
					needRoot(t)
				}
				testUndeclared(t, sources[1].copyTo(t, filepath.Join(dir, "undeclared", as), as == "user"), as == "user")
			})
		}
	})
}

// fetchSources gets and unpacks source packages with a configuration of apt's that
// is the test's own: the machine's has no sources, as a rule.
func fetchSources(t *testing.T, dir string, sources []debianSource) {
	t.Helper()
	for _, d := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, dir+"/sources.list", mirrors(t)[0].line("deb-src"), 0o644)
	apt := func(args ...string) {
		cmd := exec.Command("apt-get", append([]string{"-qq",
			"-o", "Dir::Etc::SourceList=" + dir + "/sources.list", "-o", "Dir::Etc::SourceParts=/dev/null",
			"-o", "Dir::State::Lists=" + dir + "/lists", "-o", "Dir::Cache=" + dir + "/cache",
			"-o", "APT::Sandbox::User="}, args...)...)
		cmd.Dir = dir
		must(t, cmd)
	}
	apt("update")
	for i, s := range sources {
		apt("source", s.name)
		found, _ := filepath.Glob(dir + "/" + s.name + "-*/debian/control")
		if len(found) != 1 {
			t.Fatalf("apt-get source %s left %q", s.name, found)
		}
		sources[i].dir = filepath.Dir(filepath.Dir(found[0]))
		check := exec.Command("dpkg-checkbuilddeps")
		check.Dir = sources[i].dir
		if out, err := check.CombinedOutput(); err != nil {
			t.Skipf("needs what %s is built with: tests/setup installs it, as root (%s)", s.name, bytes.TrimSpace(out))
		}
	}
}

// copyTo copies the source into a new directory, for the ordinary user to build
// if asUser is set. The name of the source's directory stays.
func (s debianSource) copyTo(t *testing.T, dir string, asUser bool) debianSource {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, exec.Command("cp", "-a", s.dir, dir))
	if asUser && os.Geteuid() == 0 {
		must(t, exec.Command("chown", "-R", fmt.Sprintf("%d:%d", user, user), dir))
	}
	s.dir = filepath.Join(dir, filepath.Base(s.dir))
	return s
}

// buildpackage is the command that builds the binary packages into the directory
// above.
func (s debianSource) buildpackage() *exec.Cmd { return s.in("dpkg-buildpackage", "-b", "-uc", "-us") }

// in makes a command that runs in the source's directory.
func (s debianSource) in(argv ...string) *exec.Cmd {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = s.dir
	state := filepath.Join(filepath.Dir(filepath.Dir(s.dir)), "state-"+filepath.Base(filepath.Dir(s.dir)))
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "COLUMNS=300", "XDG_STATE_HOME="+state, "DEB_BUILD_OPTIONS="+s.options)
	return cmd
}

// depview makes a command of depview's about the view that recipe tells of.
func (s debianSource) depview(verb, recipe string, args ...string) *exec.Cmd {
	return s.in(append([]string{binary, verb, "--from", "dpkg", "--recipe", recipe}, args...)...)
}

// runInView runs a command in the source's view, and returns its standard output.
func (s debianSource) runInView(t *testing.T, as bool, argv ...string) string {
	t.Helper()
	capture := s.place(t, as)
	cmd := s.depview("run", "debian/control", append([]string{"--work", "..", "--capture", capture, "--"}, argv...)...)
	if as {
		asUser(cmd)
	}
	out, err := peak(t, cmd)
	if err != nil {
		t.Fatalf("%s in a view: %v\n%s", strings.Join(argv, " "), err, lastLines(out))
	}
	return out
}

// place makes a new directory beside the work directory, for a capture.
func (s debianSource) place(t *testing.T, as bool) string {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Dir(filepath.Dir(s.dir)), "capture-")
	if err != nil {
		t.Fatal(err)
	}
	if as && os.Geteuid() == 0 {
		if err := os.Chown(dir, user, user); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// peak runs depview and returns all that it and its command say. The test fails
// if the daemon takes too much memory.
func peak(t *testing.T, cmd *exec.Cmd) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var most atomic.Int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-stop:
				return
			case <-tick.C:
				most.Store(max(most.Load(), highWater(cmd.Process.Pid)))
			}
		}
	}()
	err := cmd.Wait()
	close(stop)
	<-stopped
	switch m := most.Load(); {
	case m == 0:
		t.Error("the daemon's memory is not known")
	case m > maxDaemon:
		t.Errorf("the daemon took %d KiB", m)
	default:
		t.Logf("the daemon took %d MiB", m>>10)
	}
	return out.String(), err
}

// highWater is the most memory that a process had at a time, in KiB: VmHWM.
func highWater(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0 // it has ended
	}
	n, _ := strconv.ParseInt(words[0], 10, 64)
	return n
}

// sizeAndTime are the columns of dpkg-deb -c that may differ.
var sizeAndTime = regexp.MustCompile(`^(\S+ \S+) +\S+ \S+ \S+ `)

// debContents lists what is in the packages beside the directory: type and mode,
// owner, name, link target.
func debContents(t *testing.T, dir string) string {
	t.Helper()
	debs, err := filepath.Glob(filepath.Dir(dir) + "/*.deb")
	if err != nil || len(debs) == 0 {
		t.Fatalf("no packages beside %s: %v", dir, err)
	}
	var b strings.Builder
	for _, deb := range debs {
		fmt.Fprintln(&b, filepath.Base(deb))
		for line := range strings.Lines(must(t, exec.Command("dpkg-deb", "-c", deb))) {
			b.WriteString("  " + sizeAndTime.ReplaceAllString(line, "$1 "))
		}
	}
	return b.String()
}

// compareDpkg compares what dpkg -l lists in the view with what depview deps says
// is there.
func (s debianSource) compareDpkg(t *testing.T, as bool) {
	t.Helper()
	native := ":" + strings.TrimSpace(must(t, exec.Command("dpkg", "--print-architecture")))
	var listed, closure []string
	for line := range strings.Lines(s.runInView(t, as, "dpkg", "-l")) {
		if words := strings.Fields(line); len(words) > 2 && words[0] == "ii" {
			listed = append(listed, strings.TrimSuffix(words[1], native)+" "+words[2])
		}
	}
	for line := range strings.Lines(must(t, s.depview("deps", "debian/control"))) {
		words := strings.Fields(line)
		closure = append(closure, words[0]+" "+words[1])
	}
	slices.Sort(listed)
	slices.Sort(closure)
	if !slices.Equal(listed, closure) {
		t.Errorf("dpkg -l in the view lists\n%s\nand depview deps\n%s", strings.Join(listed, "\n"), strings.Join(closure, "\n"))
	}
	if all := strings.Count(must(t, exec.Command("dpkg-query", "-W", "-f", "x\n")), "x"); len(listed) >= all {
		t.Errorf("all %d packages of the machine are in the view: nothing was tested", all)
	}
}

// testUndeclared builds jq without one of its dependencies.
func testUndeclared(t *testing.T, s debianSource, as bool) {
	control, err := os.ReadFile(s.dir + "/debian/control")
	if err != nil {
		t.Fatal(err)
	}
	less := regexp.MustCompile(`\n +libonig-dev,`).ReplaceAllString(string(control), "")
	if less == string(control) {
		t.Fatalf("jq does not depend on libonig-dev:\n%s", control)
	}
	recipe := filepath.Join(filepath.Dir(s.dir), "control")
	writeFile(t, recipe, less, 0o644)
	run := func(argv ...string) (out, capture string, err error) {
		capture = s.place(t, as)
		cmd := s.depview("run", recipe, append([]string{"--work", "..", "--capture", capture, "--"}, argv...)...)
		if as {
			asUser(cmd)
		}
		out, err = peak(t, cmd)
		return out, capture, err
	}

	out, _, err := run("dpkg-checkbuilddeps")
	if err == nil || !strings.Contains(out, "Unmet build dependencies: libonig-dev\n") {
		t.Errorf("dpkg-checkbuilddeps: %v\n%s", err, out)
	}
	if out, _, err = run("autoreconf", "-fi"); err != nil { // as debhelper does
		t.Fatalf("autoreconf: %v\n%s", err, lastLines(out))
	}
	out, capture, err := run("./configure")
	if err != nil || !strings.Contains(out, "checking for oniguruma.h... no\n") {
		t.Errorf("configure: %v\n%s", err, out)
	}

	report := must(t, exec.Command(binary, "report", capture))
	_, about, _ := strings.Cut("\n"+report, "\nlibonig-dev: ")
	for _, want := range []string{
		`\n  header +/usr/include/oniguruma\.h\n`,
		`\n  first by \S*/cc1 \(.*conftest\.c.*\), pid [0-9]+\n`,
		`\n  declare: Build-Depends: libonig-dev\n`,
	} {
		if at := regexp.MustCompile(`\n\S`).FindStringIndex(about); at != nil {
			about = about[:at[0]+1] // the report of the next package
		}
		if !regexp.MustCompile(want).MatchString(about) {
			t.Errorf("the report has no %s:\n%s", want, report)
		}
	}
}
