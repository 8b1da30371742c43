package opam

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

// The tests of this file hold the package against opam itself.

// A machine is a home with an opam root in it, which has a local repository alone.
type machine struct {
	*testing.T
	home string
}

// recipes are the packages of the repository, by "NAME.VERSION". Their install commands
// run in a shell, in the switch's lib.
var recipes = map[string]struct{ fields, install string }{
	"comp.1": {"flags: compiler", `mkdir ocaml; echo >ocaml/stdlib; touch ../bin/ocaml`},
	"one.1.0": {`depends: ["comp"]`, `
		mkdir -p shared 'with  space' "né" one; echo 1 >shared/one; ln shared/one shared/hard; ln -s shared alias
		echo 2 >'with  space/a b'; echo 3 >"né/ö"; echo 4 >'q"u\o'; mkfifo fifo; echo 5 >'new
line'; echo 6 >"$(printf 'raw\377\001')"`},
	"two.2.0":   {`depends: ["one" {>= "1.0~beta" & < "1.1"} "tool" {build}]`, `echo 1 >alias/two; mkdir two; chmod 750 one`},
	"tool.1":    {``, `echo 1 >../bin/tool; chmod +x ../bin/tool`},
	"either.1":  {`depends: ["missing" | ("two" & "tool") | "late" {>= "9"}]`, `touch either; echo more >>shared/one`},
	"late.3":    {`depopts: ["two" {< "3"} "either" {> "7"} "absent"]`, `rmdir two; touch two; chmod 700 shared`},
	"conf-sh.1": {`depexts: [["dash"] {os-family = "debian"} ["bash"] {os-family = "alpine"} ["no"] {os = "macos"}]`, `true`},
	"later.1":   {`depends: ["late" {post} "two" {with-test} "tool" {with-doc} "one"]`, `touch later; mkdir -p share/late`},
	"gone.1":    {`depends: ["one"]`, `touch shared/gone; mkdir goner`},
	"set.1":     {`setenv: [SET_BY = "a b"] depends: ["conf-sh" {os = "linux" & arch != "z80"} "tool" {os = "macos"}]`, `true`},
}

// newMachine makes the machine, with all packages installed but gone, which was.
func newMachine(t *testing.T) *machine {
	if _, err := exec.LookPath("opam"); err != nil {
		t.Skip("needs opam: tests/setup installs it, as root")
	}
	m := &machine{t, t.TempDir()}
	for nv, r := range recipes {
		name, _, _ := strings.Cut(nv, ".")
		dir := filepath.Join(m.home, "repo/packages", name, nv)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		text := `opam-version: "2.0" synopsis: "s" maintainer: "m" authors: "a" homepage: "h" bug-reports: "b"` + "\n" + r.fields +
			"\n" + `install: ["sh" "-euc" """cd '%{lib}%'; ` + strings.ReplaceAll(r.install, `\`, `\\`) + "\n" + `"""]` + "\n"
		if err := os.WriteFile(dir+"/opam", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(m.home+"/repo/repo", []byte(`opam-version: "2.0"`), 0o644); err != nil {
		t.Fatal(err)
	}
	m.opam("init", "--bare", "--no-setup", "--disable-sandboxing", "--kind=local", "local", m.home+"/repo")
	m.opam("switch", "create", "main", "comp")
	for _, batch := range [][]string{{"one", "tool"}, {"two", "gone"}, {"either"}, {"late", "conf-sh"}, {"later", "set"}} {
		m.opam(append([]string{"install"}, batch...)...)
	}
	m.opam("remove", "gone")
	return m
}

// opam runs opam, and returns the lines that it prints.
func (m *machine) opam(args ...string) []string {
	m.Helper()
	cmd := exec.Command("opam", args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "OPAM") }),
		"HOME="+m.home, "OPAMROOTISOK=1", "OPAMYES=1", "OPAMNODEPEXTS=1", "OPAMCOLOR=never", "OPAMUTF8=never")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		m.Fatalf("opam %s: %v\n%s%s", strings.Join(args, " "), err, out, said.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// open opens the switch, on the root of the machine that the test runs on.
func (m *machine) open() *Database {
	m.Helper()
	db, err := Open(os.DirFS("/"), depgraph.Setting{Getenv: func(name string) string { return map[string]string{"HOME": m.home}[name] }})
	if err != nil {
		m.Fatal(err)
	}
	return db.(*Database)
}

func TestAgainstOpam(t *testing.T) {
	m := newMachine(t)
	db := m.open()
	var names []string
	for _, p := range db.Packages() {
		names = append(names, p.Name+"."+p.Version)
		t.Run(p.Name, func(t *testing.T) {
			m := &machine{t, m.home}
			m.compareFiles(db, p)
			m.compareNeeds(db, p)
			m.compareRecipe(db, p)
		})
	}
	want := m.opam("list", "--installed", "--short", "--columns=package")
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("installed are %v, opam says %v", names, want)
	}
	m.compareSystem(db)
}

// compareFiles compares with what opam says is a package's, in one name that a line may
// be the end of.
func (m *machine) compareFiles(db *Database, p *depgraph.Package) {
	m.Helper()
	got, err := db.Files(p)
	if err != nil {
		m.Fatal(err)
	}
	got = slices.DeleteFunc(got, func(path string) bool { return strings.HasPrefix(path, "/"+db.meta+"/") })
	lines := m.opam("show", "--list-files", p.Name)
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, " (modified since)")
	}
	if lines[0] == "" {
		lines = nil
	}
	slices.Sort(got)
	if want := strings.Join(slices.Sorted(slices.Values(lines)), "\n"); sortLines(strings.Join(got, "\n")) != want {
		m.Errorf("files\n%q, opam says\n%q", got, lines)
	}
}

// sortLines sorts by line, where a name may have several.
func sortLines(s string) string {
	return strings.Join(slices.Sorted(strings.SplitSeq(s, "\n")), "\n")
}

// compareNeeds compares the installed packages among what a package needs, of all
// alternatives, with those that opam lists as required at run time.
func (m *machine) compareNeeds(db *Database, p *depgraph.Package) {
	m.Helper()
	g, err := depgraph.New(nil, db.Packages())
	if err != nil {
		m.Fatal(err)
	}
	needs, err := p.RunNeeds()
	if err != nil {
		m.Fatal(err)
	}
	found := map[string]bool{}
	for _, n := range needs {
		for _, a := range n {
			for _, by := range g.Satisfying(a, p) {
				found[by.Name] = true
			}
		}
	}
	got := slices.Sorted(maps.Keys(found))
	want := m.opam("list", "--short", "--installed", "--nobuild", "--depopts", "--required-by="+p.Name)
	if want[0] == "" {
		want = nil
	}
	if !slices.Equal(got, want) {
		m.Errorf("needs %v, opam says %v", got, want)
	}
}

// compareSystem compares what the machine is called, and what is needed of it.
func (m *machine) compareSystem(db *Database) {
	m.Helper()
	for _, name := range []string{"os", "os-distribution", "os-family", "os-version", "arch", "switch", "root", "prefix", "make"} {
		if want := m.opam("var", name)[0]; db.env(name).text != want {
			m.Errorf("%s is %q, opam says %q", name, db.env(name).text, want)
		}
	}
	needs, err := db.installed["conf-sh"].RunNeeds()
	want := m.opam("show", "--field=depexts", "conf-sh")
	var got []string
	for _, n := range needs {
		got = append(got, n.String())
	}
	if err != nil || !slices.Equal(got, want) {
		m.Errorf("conf-sh needs %v of the system, opam says %v", got, want)
	}
}

// compareRecipe compares what a package's recipe asks for to build it.
func (m *machine) compareRecipe(db *Database, p *depgraph.Package) {
	m.Helper()
	raw := strings.Join(m.opam("show", "--raw", p.Name), "\n")
	r, err := db.Recipe("opam", []byte(raw))
	if err != nil || r.Name != p.Name || r.Version != p.Version {
		m.Fatalf("recipe %+v (%v)", r, err)
	}
	var got []string
	for _, d := range r.Direct {
		for _, a := range d.Need {
			if q := db.installed[a.Name]; d.Kind != depgraph.Test && q != nil && (a.Accepts == nil || a.Accepts(q, nil)) {
				got = append(got, a.Name)
			}
		}
	}
	want := m.opam("list", "--short", "--installed", "--depopts", "--required-by="+p.Name)
	if slices.Sort(got); strings.Join(slices.Compact(got), "\n") != strings.Join(want, "\n") {
		m.Errorf("is built with %v, opam says %v", got, want)
	}
}
