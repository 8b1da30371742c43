package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/BurntSushi/toml"
)

// A leakProject is a directory of leaks/, with what its expect.toml says.
type leakProject struct {
	Command    string // is for sh -c, and makes the file result
	Prepare    string // is run once before, natively
	Without    string // what the build does without Undeclared: "fails", or "differs"
	Undeclared string // the package that is needed and not declared
	What, Rank string // of the file that betrays it
	Unused     string // the package that is declared and not needed

	name   string
	dir    string // the project's own of this run
	native string // what the build makes outside of any view
}

// leakProjects reads leaks/.
func leakProjects(t *testing.T) (list []*leakProject) {
	t.Helper()
	files, err := filepath.Glob("leaks/*/expect.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no projects: %v", err)
	}
	for _, file := range files {
		p := &leakProject{name: filepath.Base(filepath.Dir(file))}
		meta, err := toml.DecodeFile(file, p)
		if err != nil || len(meta.Undecoded()) > 0 {
			t.Fatalf("%s: %v %v", file, err, meta.Undecoded())
		}
		needPackage(t, p.Undeclared)
		needPackage(t, p.Unused)
		list = append(list, p)
	}
	return list
}

// needPackage skips the test where a Debian package is not installed.
func needPackage(t *testing.T, name string) {
	t.Helper()
	out, _ := exec.Command("dpkg-query", "-W", "-f", "${db:Status-Status}", name).Output()
	if string(out) != "installed" {
		t.Skipf("needs the package %s: tests/setup installs it, as root", name)
	}
}

// prepare copies the project to its place, and builds it natively.
func (p *leakProject) prepare(t *testing.T, dir string) {
	t.Helper()
	p.dir = dir
	if err := os.MkdirAll(filepath.Join(dir, "home"), 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, exec.Command("cp", "-a", "leaks/"+p.name, p.source()))
	if err := os.Remove(filepath.Join(p.source(), "expect.toml")); err != nil {
		t.Fatal(err)
	}
	if p.Prepare != "" {
		must(t, p.in(p.source(), "sh", "-c", p.Prepare))
	}
	native := filepath.Join(dir, "native")
	must(t, exec.Command("cp", "-a", p.source(), native))
	must(t, p.in(native, "sh", "-c", p.Command))
	p.native = p.result(t, native)
	if p.native == "" {
		t.Fatal("the native build makes no result")
	}
}

func (p *leakProject) source() string { return filepath.Join(p.dir, "source") }

// in makes a command that runs in a copy of the project. It has nothing of the
// environment of the tests: a project shall find the same wherever they run.
func (p *leakProject) in(dir string, argv ...string) *exec.Cmd {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = []string{
		"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:" + filepath.Join(goroot(), "bin"),
		"LC_ALL=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1",
		"HOME=" + filepath.Join(p.dir, "home"), "TMPDIR=" + os.Getenv("TMPDIR"),
	}
	return cmd
}

// goroot is where Go is, which may be anywhere.
var goroot = sync.OnceValue(func() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(out))
})

// result returns what a build has made, "" for nothing.
func (p *leakProject) result(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "result"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

// A leakUser builds a project in views.
type leakUser struct {
	*leakProject
	root bool
}

func (u leakUser) String() string {
	if u.root {
		return "root"
	}
	return "user"
}

// place returns the path of a file of the user's.
func (u leakUser) place(name string) string { return filepath.Join(u.dir, u.String(), name) }

// copy makes a fresh copy of the project, in a directory that is the user's.
func (u leakUser) copy(t *testing.T, name string) string {
	t.Helper()
	dir := u.place(name)
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, exec.Command("cp", "-a", u.source(), dir))
	if !u.root && os.Geteuid() == 0 {
		plantOwner(t, filepath.Dir(dir))
	}
	return dir
}

// depview makes a command of depview's that runs in dir.
func (u leakUser) depview(dir, verb string, args ...string) *exec.Cmd {
	cmd := u.in(dir, append([]string{binary, verb}, args...)...)
	cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+u.place("cache"), "XDG_STATE_HOME="+u.place("state"))
	if !u.root {
		asUser(cmd)
	}
	return cmd
}

// flags are those of the project's own declaration, more, and then the command.
func (u leakUser) flags(dir string, more ...string) []string {
	declared := []string{"--from", "dpkg", "--recipe", "debian/control"}
	if _, err := os.Stat(filepath.Join(dir, "deps.toml")); err == nil {
		declared = []string{"--deps", "deps.toml", "--set", "goroot=" + goroot()}
	}
	return append(append(declared, more...), "--", "sh", "-c", u.Command)
}

// A leakReport is what depview report --format json has, as far as it matters here.
type leakReport struct {
	Version int
	Runs    []struct {
		Mode   string
		Status int
	}
	Undeclared []leakGroup
	Stray      leakGroup
	Unused     []string
}

type leakGroup struct {
	Owners   []string
	Rank     string
	Declare  string
	Findings []leakFinding
}

type leakFinding struct{ Path, What, Rank string }

// report reads the report of a capture.
func (u leakUser) report(t *testing.T, capture string) (r leakReport) {
	t.Helper()
	return readLeaks(t, u.depview(u.dir, "report", "--format", "json", capture))
}

// readLeaks reads the report that a command writes.
func readLeaks(t *testing.T, report *exec.Cmd) (r leakReport) {
	t.Helper()
	out := must(t, report)
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Version != 1 {
		t.Fatalf("report --format json: version %d, %v\n%s", r.Version, err, lastLines(out))
	}
	return r
}

// wanted returns the groups with all that the build did not only probe for.
func (r leakReport) wanted() (list []leakGroup) {
	for _, g := range append(r.Undeclared, r.Stray) {
		only := leakGroup{Owners: g.Owners, Rank: g.Rank}
		for _, f := range g.Findings {
			if f.Rank != "probed" {
				only.Findings = append(only.Findings, f)
			}
		}
		if len(only.Findings) > 0 {
			list = append(list, only)
		}
	}
	return list
}

// String shows the group by its first finding.
func (g leakGroup) String() string {
	owners := strings.Join(g.Owners, " or ")
	if owners == "" {
		owners = "nobody"
	}
	first := g.Findings[0]
	return fmt.Sprintf("%s: %s, a %s that %s", owners, first.Path, first.What, first.Rank)
}

// suggestion returns the packages that suggest names for a capture.
func (u leakUser) suggestion(t *testing.T, capture string) (names []string) {
	t.Helper()
	out := must(t, u.depview(u.dir, "suggest", "--format", "json", capture))
	var s struct {
		Suggested []struct{ Package string }
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatalf("suggest --format json: %v\n%s", err, lastLines(out))
	}
	for _, d := range s.Suggested {
		names = append(names, d.Package)
	}
	return names
}
