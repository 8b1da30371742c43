package rpm

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

// The tests of this file hold the package against rpm itself, on a database of packages
// that rpmbuild makes.

func equalLists(t testing.TB, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s\ngot  %q\nrpm: %q", what, got, want)
	}
}

func TestSystem(t *testing.T) {
	w := makeWorld(t)
	for name, test := range map[string]func(world){
		"lists": testLists, "needs": testNeeds, "rewrites": testRewrites,
	} {
		t.Run(name, func(t *testing.T) { test(world{t, w.root}) })
	}
	t.Run("log", func(t *testing.T) { testLog(world{t, w.root}) }) // it removes a package
}

// testLists compares what rpm prints of every package.
func testLists(w world) {
	t := w.t
	db := w.open()
	var got []string
	for _, p := range db.Packages() {
		d := p.Detail.(*detail)
		got = append(got, fmt.Sprintf("%s %s %s", d.name, d.evr, p.Arch))
	}
	equalLists(t, "packages", got, w.rpm("-qa", "--qf", `%{NAME} %{EVR} %{ARCH}\n`))
	for _, p := range db.Packages() {
		name := bareName(p)
		files, err := db.Files(p)
		if err != nil {
			t.Fatal(err)
		}
		want := w.rpm("-ql", name)
		if len(want) == 1 && want[0] == "(contains no files)" {
			want = nil
		}
		equalLists(t, "files of "+name, files, want)
		h, err := db.header(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			option                string
			names, versions, bits tag
		}{
			{"--requires", tagRequireName, tagRequireVersion, tagRequireFlags},
			{"--provides", tagProvideName, tagProvideVersion, tagProvideFlags},
			{"--recommends", tagRecommendName, tagRecommendVers, tagRecommendFlags},
			{"--suggests", tagSuggestName, tagSuggestVersion, tagSuggestFlags},
		} {
			list, _, err := h.capabilities(c.names, c.versions, c.bits)
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, d := range list {
				texts = append(texts, d.String())
			}
			equalLists(t, name+" "+c.option, texts, w.rpm("-q", c.option, name))
		}
	}
}

// testNeeds has what the requirements that rpm prints come to.
func testNeeds(w world) {
	t := w.t
	db := w.open()
	g := graph(t, db)
	needs, err := g.Package("paths").RunNeeds()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range needs {
		got = append(got, n.String()+": "+met(g, n))
	}
	want := []string{
		"(liba without gone): liba",
		"(virtual(thing) with virtual(thing) < 4): libb liba",
		"/bin/post-only: ",
		"/bin/sh: ",
		"/opt/shared/tool: tool",
		"fs >= 1: fs",
		"gone | libb: libb",
		"liba < 1:3: liba",
		"liba = 1:2.0-3 | libb: liba libb",
		"liba: liba",
		"paths: paths",
		"tool if libb: tool",
		"tool: tool",
		"virtual(thing) >= 2: liba",
	}
	slices.Sort(want)
	slices.Sort(got)
	for i, line := range got { // the order of two that rank the same is the graph's
		got[i] = strings.Replace(line, "liba libb", "libb liba", 1)
	}
	for i, line := range want {
		want[i] = strings.Replace(line, "liba libb", "libb liba", 1)
	}
	equalLists(t, "needs of paths", got, want)
	for _, p := range db.Packages() {
		for i := range p.Provides {
			name := p.Provides[i].Name
			if strings.HasPrefix(name, "/") {
				continue // rpm looks at the machine's own links
			}
			var got []string
			for _, q := range g.Satisfying(depgraph.Alternative{Name: name}, nil) {
				got = append(got, bareName(q))
			}
			equalLists(t, "what provides "+name, got, w.rpm("-q", "--qf", `%{NAME}\n`, "--whatprovides", name))
		}
	}
	optional, err := g.Package("paths").Optional()
	if got := listed(optional); err != nil || got != "(weaker if liba)" && got != "weaker if liba; weak; weakest; liba" && got != "weak; weaker if liba; weakest; liba" {
		t.Errorf("optional: %s (%v)", got, err)
	}
}

// testRewrites asks rpm about a database with two packages left.
func testRewrites(w world) {
	t := w.t
	seen := world{t, filepath.Join(t.TempDir(), "view")}
	if err := os.MkdirAll(seen.root+dbPath, 0o755); err != nil {
		t.Fatal(err)
	}
	rewrites, err := w.open().Rewrites(func(p *depgraph.Package) bool { return p.Name == "fs" || p.Name == "tool" }, nil)
	if err != nil {
		t.Fatal(err)
	}
	gone := map[string]bool{}
	for _, r := range rewrites {
		if r.Gone {
			gone[filepath.Base(r.Path)] = true
			continue
		}
		data, err := r.Data()
		if err == nil {
			err = os.WriteFile(seen.root+r.Path, data, 0o444)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(w.root + dbPath)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); name != fileName && name != ".rpm.lock" && !gone[name] {
			t.Errorf("%s stays", name)
		}
	}
	equalLists(t, "rpm -qa", []string{"fs", "tool"}, seen.rpm("-qa", "--qf", `%{NAME}\n`))
	equalLists(t, "rpm -ql", []string{"/opt/shared/tool", "/usr/bin/tool"}, seen.rpm("-ql", "tool"))
	equalLists(t, "rpm -qR", w.rpm("-qR", "tool"), seen.rpm("-qR", "tool"))
	equalLists(t, "rpm -qf", []string{"tool"}, seen.rpm("-qf", "--qf", `%{NAME}\n`, "/opt/shared/tool"))
	equalLists(t, "rpm --whatprovides", []string{"tool"}, seen.rpm("-q", "--qf", `%{NAME}\n`, "--whatprovides", "tool"))
	equalLists(t, "rpm -V", nil, seen.rpm("-V", "--nofiles", "--nodeps", "-a"))
	equalLists(t, "rpm --verifydb", nil, seen.rpm("--verifydb"))
	for _, question := range [][]string{{"-q", "--whatprovides", "virtual(thing)"}, {"-qf", "/opt/shared/liba"}, {"-q", "--whatrequires", "fs"}} {
		args := append([]string{"--dbpath", seen.root + dbPath}, question...)
		if out, err := exec.Command("rpm", args...).CombinedOutput(); err == nil {
			t.Errorf("rpm %v: %s", question, out)
		}
	}
}

// testLog reads a database in whose log a removal still stands, as it is while a
// reader keeps rpm from folding it in, and when it is stopped.
func testLog(w world) {
	t := w.t
	reader, err := sql.Open("sqlite", "file:"+w.root+dbPath+"/"+fileName)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var n int
	tx, err := reader.Begin()
	if err == nil {
		err = tx.QueryRow("SELECT count(*) FROM Packages").Scan(&n)
	}
	if err != nil {
		t.Fatal(err)
	}
	removal := exec.Command("rpm", "--dbpath", w.root+dbPath, "-e", "--justdb", "--nodeps", "tool")
	if err := removal.Start(); err != nil {
		t.Fatal(err)
	}
	defer removal.Wait()
	defer tx.Rollback() // which lets rpm go on
	for deadline := time.Now().Add(9 * time.Second); len(w.open().Packages()) != n-1; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the removal does not show")
		}
	}
	// Without the log, the removal did not happen: so it is for rpm too.
	other := t.TempDir()
	data, err := os.ReadFile(w.root + dbPath + "/" + fileName)
	if err == nil {
		err = os.WriteFile(other+"/"+fileName, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(os.DirFS("/"), depgraph.Setting{Prefix: other})
	if err != nil {
		t.Fatal(err)
	}
	defer db.(*Database).store.close()
	if got, want := len(db.Packages()), len(w.ask("rpm", "--dbpath", other, "-qa")); got != want || got != n {
		t.Errorf("%d packages without the log, rpm has %d", got, want)
	}
}

// TestSystemVersions compares versions as rpm does.
func TestSystemVersions(t *testing.T) {
	w := world{t, t.TempDir()}
	if _, err := exec.LookPath("rpm"); err != nil {
		t.Skip("needs rpm")
	}
	list := strings.Fields(`1.0 1.0. 1_0 1.0^ 1.0^git1 1.0^git1~pre 1.0~rc1 1.0~rc1^git1 1.0~rc2 1.0~~ 1.0~ 1.0a 1.0.a 1.0aa 1.0b 10 010 2.0
		10a1b 10b2 xyz.4 2.0_ 8 FC5 fc4 a1 a.1 1.01 1.1 99999999999999999999998 99999999999999999999999 5.14.0_362 ~ ^ .`)
	var code strings.Builder
	code.WriteString("%{lua: v={")
	for _, v := range list {
		fmt.Fprintf(&code, "%q,", v)
	}
	code.WriteString("} for i=1,#v do for j=1,#v do io.write(v[i],' ',v[j],' ',rpm.vercmp(v[i],v[j]),'\\n') end end}")
	for _, line := range w.ask("rpm", "--eval", code.String()) {
		var a, b string
		var want int
		if n, _ := fmt.Sscan(line, &a, &b, &want); n == 3 {
			if got := version.RPM("0:"+a, "0:"+b); got != want {
				t.Errorf("%s and %s compare %d, rpm says %d", a, b, got, want)
			}
		}
	}
}

// TestSystemRecipe reads a recipe through rpmspec, and compares its lines with that.
func TestSystemRecipe(t *testing.T) {
	if _, err := exec.LookPath("rpmspec"); err != nil {
		t.Skip("needs rpmspec (Debian's package rpm)")
	}
	file := filepath.Join(t.TempDir(), "jq.spec")
	text := strings.NewReplacer("%{unknown}", "MIT", "%{anything at all}", "1", "* Mon Jan 1 2024", "* Mon Jan 01 2024").Replace(spec)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(argv ...string) ([]byte, error) { return exec.Command(argv[0], argv[1:]...).Output() }
	tool, err := recipe(t, fedora(t), depgraph.Setting{Run: run}, file, text)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := recipe(t, fedora(t), depgraph.Setting{}, file, text)
	if err != nil {
		t.Fatal(err)
	}
	sorted := func(r *depgraph.Recipe) []string {
		list := strings.Split(directs(t, r), "\n")
		slices.Sort(list)
		return list
	}
	equalLists(t, "the lines", sorted(lines), sorted(tool))
	if tool.Name != "jq" || tool.Version != "1:1.7-2.fc39" {
		t.Errorf("%s %s", tool.Name, tool.Version)
	}
	bad := filepath.Join(filepath.Dir(file), "bad.spec")
	if err := os.WriteFile(bad, []byte("Name: bad\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := recipe(t, fedora(t), depgraph.Setting{Run: run}, bad, "Name: bad\n"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a bad recipe: %v", err)
	}
}
