package opam

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// seeds returns the texts of the fixture's files of these names.
func seeds(f *testing.F, names ...string) (texts []string) {
	root := os.DirFS("testdata")
	for _, name := range names {
		found, err := fs.Glob(root, "opamroot/main/.opam-switch/"+name)
		if err != nil || len(found) == 0 {
			f.Fatalf("%s: %v", name, err)
		}
		for _, file := range found {
			text, err := fs.ReadFile(root, file)
			if err != nil {
				f.Fatal(err)
			}
			texts = append(texts, string(text))
		}
	}
	return texts
}

// FuzzParse reads any text, and each value of it as a filter and as a formula.
func FuzzParse(f *testing.F) {
	for _, text := range seeds(f, "switch-*", "install/*", "packages/*/opam") {
		f.Add(text)
	}
	f.Add(recipe)
	f.Add("s \"n\" { a: [x:y =+= \"\\x41\\065\\\n \" (1 | !?b & c)] {>= \"1\" & !(< version | = \"%{a?b:c}%%%\")} }\r\n#\n(* (* *) *)")
	f.Fuzz(func(t *testing.T, text string) {
		var items []item
		var err error
		sourcetest.Bounded(t, func() { items, err = parse("file", text) })
		if err != nil {
			sourcetest.Names(t, err, "file:")
		}
		for _, i := range items {
			sourcetest.Bounded(t, func() { readField(t, i) })
		}
	})
}

func readField(t *testing.T, i item) {
	r := reader{env: testEnv, file: "file", field: i.name}
	r.env.holds(i.value)
	needs, lines, err := r.needs(i.value)
	if err != nil {
		sourcetest.Names(t, err, "file:")
	}
	for j, n := range needs {
		if len(n) == 0 || !isName(n[0].Name) || lines[j] < 1 {
			t.Errorf("need %v in line %d", n, lines[j])
		}
		for _, a := range n {
			if a.Accepts != nil {
				a.Accepts(&depgraph.Package{Version: "1"}, nil)
			}
		}
	}
}

// FuzzDatabase reads a switch of any files.
func FuzzDatabase(f *testing.F) {
	state := seeds(f, "switch-state")[0]
	config := seeds(f, "switch-config")[0]
	recipes := seeds(f, "packages/*/opam")
	for i, changes := range seeds(f, "install/*.changes") {
		f.Add(state, config, changes, recipes[i], "A\t=\tb\tUpdated\\ by\\ package\\ one\n")
	}
	f.Add(`installed: "a.1" compiler: ["b.2"] pinned: ["a.1" {x}]`, `invariant: ["a" {>= "0"}] variables { x: "y" } opam-root: "/r"`, `added: ["\065"] removed: "/"`, recipe, "\n")
	f.Fuzz(func(t *testing.T, state, config, changes, recipe, environment string) {
		files := map[string]string{"switch-state": state, "switch-config": config, "environment": environment, "reinstall": environment}
		for _, nv := range []string{"a.1", "one.1.0"} {
			name, _, _ := strings.Cut(nv, ".")
			files["install/"+name+".changes"], files["packages/"+nv+"/opam"] = changes, recipe
		}
		var db *Database
		var err error
		sourcetest.Bounded(t, func() { db, err = open(files) })
		if err != nil {
			sourcetest.Names(t, err, "/switch-state:", "/switch-config:")
			return
		}
		sourcetest.Bounded(t, func() { sourcetest.Sane(t, kind, db, ".changes:", "/opam:") })
		if _, err := db.Recipe("x.opam", []byte(recipe)); err != nil {
			sourcetest.Names(t, err, "x.opam:")
		}
		for _, p := range db.Packages() {
			list, _ := db.Files(p)
			for _, file := range list {
				if !strings.HasPrefix(file, "/r/s/") {
					t.Errorf("%q is not in the prefix", file)
				}
				db.Generated(file)
			}
		}
		readBack(t, db)
	})
}

// readBack opens the database as it is with one package alone.
func readBack(t *testing.T, db *Database) {
	rewrites, err := db.Rewrites(func(p *depgraph.Package) bool { return p.Name == "one" }, nil)
	if err != nil {
		t.Error(err)
	}
	for _, r := range rewrites {
		text, err := r.Data()
		if err != nil {
			t.Error(err)
		}
		if !strings.HasSuffix(r.Path, "/switch-state") {
			continue
		}
		again, err := open(map[string]string{"switch-state": string(text)})
		if err != nil {
			t.Fatalf("%q reads back as %v", text, err)
		}
		if len(again.packages) > 1 || len(again.packages) == 1 && again.packages[0].Name != "one" {
			t.Errorf("%q has hidden packages", text)
		}
	}
}
