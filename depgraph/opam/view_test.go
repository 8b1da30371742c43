package opam

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

func TestGenerated(t *testing.T) {
	db := fixture(t)
	for p, want := range map[string]depgraph.Origin{
		"main": {}, "main/bin": {}, "main/lib/stublibs": {}, "main/man/man1M": {}, "main/doc": {}, "main/.opam-switch": {},
		"main/.opam-switch/switch-state": {}, "main/.opam-switch/environment": {}, "main/.opam-switch/build": {}, "main/.opam-switch/install": {},
		"main/.opam-switch/packages":                 {},
		"main/.opam-switch/packages/one.1.0/files/x": {Package: "one"},
		"main/.opam-switch/overlay/two/opam":         {Package: "two"},
		"main/lib/p/__pycache__/m.cpython-311.pyc":   {Path: "/opamroot/main/lib/p/m.py"},
		"main/lib/__pycache__/m.pypy3.opt-1.pyc":     {Path: "/opamroot/main/lib/m.py"},
		"config":                                     {}, "repo/local/repo": {}, "repo": {}, "": {},
	} {
		p = strings.TrimSuffix("/opamroot/"+p, "/")
		if got, ok := db.Generated(p); !ok || got != want {
			t.Errorf("%s: %+v %t, want %+v", p, got, ok, want)
		}
	}
	for _, p := range []string{
		"/", "/opamrootx", "/opamroot/mainx", "/opamroot/main/lib/x", "/opamroot/main/x", "/opamroot/download-cache/x", "/opamroot/other/lib",
		"/opamroot/main/.opam-switch/build/one.1.0/x", "/opamroot/main/.opam-switch/sources/one", "/opamroot/main/.opam-switch/backup/state.export",
		"/opamroot/main/.opam-switch/packages/cache", "/opamroot/main/.opam-switch/packages/one.2.0/opam", "/opamroot/main/.opam-switch/packages/gone.1",
		"/opamroot/main/.opam-switch/overlay/gone", "/opamroot/main/lib/__pycache__/m.pyc", "/opamroot/main/lib/m.pyc", "/opamroot/configx",
	} {
		if got, ok := db.Generated(p); ok {
			t.Errorf("%s: %+v", p, got)
		}
	}
}

// rewritten returns what the files read where only these packages are visible, by the
// last name of their path.
func rewritten(t *testing.T, db *Database, names ...string) map[string]string {
	t.Helper()
	all, err := db.Rewrites(func(p *depgraph.Package) bool { return slices.Contains(names, p.Name) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, r := range all {
		name := r.Path[strings.LastIndexByte(r.Path, '/')+1:]
		if r.Gone {
			texts[name] = "gone"
			continue
		}
		text, err := r.Data()
		if err != nil {
			t.Error(err)
		}
		texts[name] = string(text)
	}
	return texts
}

func TestRewrites(t *testing.T) {
	db := fixture(t)
	got := rewritten(t, db, "comp", "one")
	if want := "opam-version: \"2.0\"\ncompiler: [\n  \"comp.1\"\n]\nroots: [\n  \"comp.1\"\n  \"one.1.0\"\n]\ninstalled: [\n  \"comp.1\"\n  \"one.1.0\"\n]\n"; got["switch-state"] != want {
		t.Errorf("switch-state\n%s", got["switch-state"])
	}
	if e := got["environment"]; strings.Contains(e, "SET_BY") || strings.Count(e, "\n") != 3 {
		t.Errorf("environment\n%s", e)
	}
	// read back
	again, err := open(map[string]string{"switch-state": got["switch-state"]})
	if err != nil || len(again.packages) != 2 || len(again.base) != 1 {
		t.Errorf("read back: %+v (%v)", again, err)
	}
}

func TestRewritesOfNothingHidden(t *testing.T) {
	db := fixture(t)
	got := rewritten(t, db, slices.Collect(func(yield func(string) bool) {
		for _, p := range db.packages {
			yield(p.Name)
		}
	})...)
	if len(got) != 2 {
		t.Errorf("rewrites %v", got)
	}
	for name, text := range got {
		if want, _ := fs.ReadFile(os.DirFS("testdata"), "opamroot/main/.opam-switch/"+name); text != string(want) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestRewritesOfTheRest(t *testing.T) {
	db, err := open(map[string]string{
		"switch-state":   `opam-version: "2.0" installed: ["a.1" "b.1"] pinned: ["a.1" {git "x"} "b.1" "notyet.3"] odd { x: 1 }`,
		"reinstall":      "a 1\nb 1\n\na.1\nb.1\n",
		"packages/cache": "binary",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := rewritten(t, db, "b")
	for name, want := range map[string]string{
		"switch-state": "opam-version: \"2.0\"\ninstalled: [\n  \"b.1\"\n]\npinned: [\n  \"b.1\"\n]\n",
		"reinstall":    "b 1\n\nb.1\n",
		"cache":        "gone",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
}
