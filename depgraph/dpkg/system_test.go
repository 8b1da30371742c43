package dpkg

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
	"github.com/depview/depview/depgraph/version"
)

// The tests of this file hold the package against dpkg itself, on the machine's
// own database.

// system opens the machine's database, or skips.
func system(t testing.TB) *Database {
	t.Helper()
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("needs dpkg-query: not a Debian system")
	}
	db, err := Open(os.DirFS("/"), depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	return db.(*Database)
}

// ask runs a tool and returns the lines it prints.
func ask(t *testing.T, name string, args ...string) []string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

func TestSystemPackages(t *testing.T) {
	db := system(t)
	var got []string
	for _, p := range db.Packages() {
		d := p.Detail.(*detail)
		got = append(got, fmt.Sprintf("%s %s %s %s %t", d.name, p.Arch, p.Version, d.multiArch, d.essential))
	}
	want := ask(t, "dpkg-query", "-W", "-f", `${db:Status-Status} ${Package} ${Architecture} ${Version} ${Multi-Arch} ${Essential}\n`)
	want = slices.DeleteFunc(want, func(line string) bool { return strings.HasPrefix(line, "not-installed ") })
	for i, line := range want {
		words := strings.SplitN(line, " ", 6) // not every package has the last two
		want[i] = fmt.Sprintf("%s %s %s %s %t", words[1], words[2], words[3], strings.TrimSuffix(words[4], "no"), words[5] == "yes")
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := difference(got, want); diff != "" {
		t.Errorf("packages that differ from dpkg-query:\n%s", diff)
	}
	if native := ask(t, "dpkg", "--print-architecture")[0]; db.native != native {
		t.Errorf("native architecture %s, dpkg says %s", db.native, native)
	}
}

func TestSystemFiles(t *testing.T) {
	db := system(t)
	args := []string{"-L"}
	for _, p := range db.Packages() {
		args = append(args, p.Name)
	}
	answers := strings.Split(strings.Join(ask(t, "dpkg-query", args...), "\n"), "\n\n")
	if len(answers) != len(db.Packages()) {
		t.Fatalf("dpkg -L answers for %d packages of %d", len(answers), len(db.Packages()))
	}
	for i, p := range db.Packages() {
		files, err := db.Files(p)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(files, func(path string) bool { return strings.HasPrefix(path, "/"+admin+"/info/") })
		var want []string
		for line := range strings.SplitSeq(answers[i], "\n") {
			_, diverted, _ := strings.Cut(line, "diverted by ")
			_, path, elsewhere := strings.Cut(diverted, " to: ")
			_, aside, locally := strings.Cut(line, "locally diverted to: ")
			switch {
			case elsewhere: // the line above is not where the file is
				want[len(want)-1] = path
			case locally:
				want[len(want)-1] = aside
			case strings.HasPrefix(line, "/") && line != "/.":
				want = append(want, line)
			}
		}
		if diff := difference(got, want); diff != "" {
			t.Errorf("files of %s that differ from dpkg -L:\n%s", p.Name, diff)
		}
	}
}

func TestSystemVersions(t *testing.T) {
	db := system(t)
	packages := db.Packages()
	for i := range 300 {
		a, b := packages[i*7%len(packages)].Version, packages[i*31%len(packages)].Version
		for operator, relation := range map[string]version.Relation{"lt": relations["<<"], "eq": relations["="]} {
			want := exec.Command("dpkg", "--compare-versions", a, operator, b).Run() == nil
			if got := relation.Holds(version.Debian(a, b)); got != want {
				t.Errorf("%s %s %s: %v, dpkg says %v", a, operator, b, got, want)
			}
		}
	}
}

func TestSystemNeedsAreMet(t *testing.T) {
	db := system(t)
	g, err := depgraph.New(nil, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range g.Packages() {
		for _, need := range runNeeds(t, p) {
			met := p.Removed || slices.ContainsFunc(need, func(a depgraph.Alternative) bool { return len(g.Satisfying(a, nil)) > 0 })
			if !met {
				t.Errorf("%s needs %s, and dpkg installed it without", p.Name, need)
			}
		}
	}
}

// With everything visible, every file reads as it is.
func TestSystemRewritesOfNothingHidden(t *testing.T) {
	db := system(t)
	rewrites, err := db.Rewrites(everything, ownersAmong(t, db, everything))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rewrites {
		if strings.Contains(r.Path, "/alternatives/") || r.Data == nil {
			continue // some machine's alternatives name files of no package
		}
		if slices.Contains([]string{"status-old", "available", "extended_states", "statoverride-old"}, r.Path[strings.LastIndexByte(r.Path, '/')+1:]) {
			continue // they may know of packages that are not installed
		}
		got, err := r.Data()
		want, _ := fs.ReadFile(db.root, rootfs.Relative(r.Path))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s: %d bytes, on the machine %d (%v)", r.Path, len(got), len(want), err)
		}
	}
}

// difference lists what only one of two lists has.
func difference(got, want []string) string {
	var b strings.Builder
	only := func(whose string, list, other []string) {
		others := map[string]bool{}
		for _, x := range other {
			others[x] = true
		}
		for _, x := range list {
			if !others[x] {
				fmt.Fprintf(&b, "only %s: %s\n", whose, x)
			}
		}
	}
	only("ours", got, want)
	only("dpkg's", want, got)
	return b.String()
}

// buildView are the packages of the base and debhelper, as a build sees them.
func buildView(t testing.TB, db *Database) map[*depgraph.Package]bool {
	g, err := depgraph.New(nil, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[*depgraph.Package]bool{}
	var add func(need depgraph.Need)
	add = func(need depgraph.Need) {
		for _, a := range need {
			for _, p := range g.Satisfying(a, nil) {
				if !seen[p] {
					seen[p] = true
					for _, n := range runNeeds(t, p) {
						add(n)
					}
				}
			}
		}
	}
	for _, need := range append(db.Base().Needs, depgraph.Named("debhelper")) {
		add(need)
	}
	return seen
}

// BenchmarkOpen opens a database of 5,000 packages.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, admin, "info"), 0o755); err != nil {
		b.Fatal(err)
	}
	var status strings.Builder
	for i := range 5000 {
		name := fmt.Sprintf("package%d", i)
		fmt.Fprintf(&status, "Package: %s\nStatus: install ok installed\nPriority: optional\nSection: libs\n"+
			"Installed-Size: 1234\nMaintainer: Somebody <somebody@example.org>\nArchitecture: amd64\nMulti-Arch: same\n"+
			"Version: 1:%d.2-3\nProvides: virtual%d (= 1.2)\nDepends: ", name, i, i)
		var list strings.Builder
		for j := range 40 {
			fmt.Fprintf(&list, "/usr/share/%s/directory/file%d\n", name, j)
			if j < 10 {
				fmt.Fprintf(&status, "package%d (>= 1:0.%d), ", (i*7+j*131)%5000, j)
			}
		}
		status.WriteString("libc6\nDescription: one of five thousand\n It has a long description,\n of a few lines.\nHomepage: https://example.org/\n\n")
		if err := os.WriteFile(filepath.Join(dir, admin, "info", name+":amd64.list"), []byte(list.String()), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, admin, "status"), []byte(status.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		db, err := Open(os.DirFS(dir), depgraph.Setting{})
		if err != nil || len(db.Packages()) != 5000 {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenSystem(b *testing.B) {
	system(b)
	for b.Loop() {
		if _, err := Open(os.DirFS("/"), depgraph.Setting{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenAndRewrites(b *testing.B) {
	names := map[string]bool{}
	for p := range buildView(b, system(b)) {
		names[p.Name] = true
	}
	visible := func(p *depgraph.Package) bool { return names[p.Name] }
	owners := ownersAmong(b, system(b), visible)
	for b.Loop() {
		db, err := Open(os.DirFS("/"), depgraph.Setting{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := db.Rewrites(visible, owners); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGenerated(b *testing.B) {
	db := system(b)
	for b.Loop() {
		db.Generated("/usr/local/lib/some/file.of.nobody")
	}
}

func runNeeds(t testing.TB, p *depgraph.Package) []depgraph.Need {
	t.Helper()
	needs, err := p.RunNeeds()
	if err != nil {
		t.Fatal(err)
	}
	return needs
}
