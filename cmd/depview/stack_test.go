package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/cache"
)

// A tinyDatabase knows packages by name and version, as "zlib=1.3", and who owns what.
type tinyDatabase struct {
	packages []*depgraph.Package
	files    map[string][]string
	made     map[string]depgraph.Origin
	base     depgraph.Base
}

func (db *tinyDatabase) Packages() []*depgraph.Package { return db.packages }
func (db *tinyDatabase) Base() depgraph.Base           { return db.base }
func (db *tinyDatabase) Ignore() []string              { return nil }

func (db *tinyDatabase) Generated(path string) (depgraph.Origin, bool) {
	o, ok := db.made[path]
	return o, ok
}

func (db *tinyDatabase) Files(p *depgraph.Package) ([]string, error) {
	return db.files[p.OwnName()], nil
}

func (db *tinyDatabase) Rewrites(func(*depgraph.Package) bool, func(string) []*depgraph.Package) ([]depgraph.Rewrite, error) {
	return nil, nil
}

func (db *tinyDatabase) Recipe(name string, _ []byte) (*depgraph.Recipe, error) {
	return nil, fmt.Errorf("%s: no recipe", name)
}

// Need reads "NAME" and "NAME=VERSION".
func (db *tinyDatabase) Need(text string) (depgraph.Need, error) {
	name, version, _ := strings.Cut(text, "=")
	return depgraph.Need{{Name: name, Text: text, Accepts: func(p *depgraph.Package, provided *depgraph.Provide) bool {
		return version == "" || provided == nil && p.Version == version
	}}}, nil
}

// tiny makes a stack of "KIND: PACKAGE…", the uppermost first, and the scope of direct
// dependencies in it. A package is NAME=VERSION[/PROVIDES].
func tiny(t *testing.T, direct string, layers ...string) (*scope, error) {
	t.Helper()
	s := &scope{config: &depgraph.Config{}, root: t.TempDir(), stack: &stack{root: "/"}}
	for _, l := range layers {
		kind, rest, _ := strings.Cut(l, ":")
		db := &tinyDatabase{files: map[string][]string{}}
		for word := range strings.FieldsSeq(rest) {
			word, virtual, provides := strings.Cut(word, "/")
			name, version, _ := strings.Cut(word, "=")
			p := &depgraph.Package{Name: name, Version: version, Source: kind}
			if provides {
				p.Provides = []depgraph.Provide{{Name: virtual}}
			}
			db.packages = append(db.packages, p)
		}
		c, err := cache.Open("", kind, s.root, nil, func(error) {})
		if err != nil {
			t.Fatal(err)
		}
		s.stack.layers = append(s.stack.layers, database{kind, db, c})
	}
	var err error
	if s.graph, err = depgraph.Stack(nil, s.stack.packages()...); err != nil {
		t.Fatal(err)
	}
	for word := range strings.FieldsSeq(direct) {
		s.direct = append(s.direct, depgraph.Direct{Kind: depgraph.Lib, Need: depgraph.Named(word), Where: "--dep"})
	}
	s.direct = s.stack.understand(s.graph, s.direct)
	s.request = depgraph.Request{Direct: s.direct}
	s.closure, err = s.graph.Closure(s.request)
	return s, err
}

func dependencies(s *scope) string {
	var names []string
	for _, p := range s.closure.Dependencies() {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

// TestNeed reads what a person asks for: in the names of the first package manager that
// has it, or of the one that is named.
func TestNeed(t *testing.T) {
	for _, c := range []struct{ dep, upper, lower, want string }{
		{"zlib", "opam: ocaml=5", "dpkg: zlib=1", "zlib"},
		{"zlib=1", "opam: ocaml=5", "dpkg: zlib=1", "zlib"},
		{"zlib=1", "opam:", "dpkg: zlib=1", "zlib"},
		{"zlib", "opam:", "dpkg: zlib=1", "zlib"},
		{"ocaml=5", "opam: ocaml=5", "dpkg: ocaml=4", "ocaml"},
		{"dpkg:ocaml", "opam: ocaml=5", "dpkg: ocaml=4", "dpkg:ocaml"},
		{"dpkg:ocaml=4", "opam: ocaml=5", "dpkg: ocaml=4", "dpkg:ocaml"},
		{"ocaml=4", "opam: ocaml=5", "dpkg: ocaml=4", "--dep: ocaml=4 is not installed (ocaml 5 is)"},
		{"dpkg:ocaml=5", "opam: ocaml=5", "dpkg: ocaml=4", "--dep: ocaml=5 is not installed (dpkg:ocaml 4 is)"},
		{"gone", "opam: ocaml=5", "dpkg: ocaml=4", `--dep: unknown package "gone"`},
	} {
		s, err := tiny(t, c.dep, c.upper, c.lower)
		got := fmt.Sprint(err)
		if err == nil {
			got = dependencies(s)
		}
		if got != c.want {
			t.Errorf("%s of %s, %s: %s, want %s", c.dep, c.upper, c.lower, got, c.want)
		}
	}
}

// TestCertain writes dependencies down by name, and reads them again.
func TestCertain(t *testing.T) {
	for _, c := range []struct{ direct, upper, lower, want string }{
		{"zlib ocaml", "opam: ocaml=5", "dpkg: zlib=1 ocaml=4", "zlib,ocaml"},
		{"dpkg:ocaml=4", "opam: ocaml=5", "dpkg: ocaml=4", "dpkg:ocaml"},
		{"dpkg:awk", "opam: awk=5", "dpkg: mawk=1/awk gawk=2/awk", "dpkg:awk"},
		{"mta", "opam:", "dpkg: exim=4/mta postfix=3/mta", "mta"},
		{"dpkg:jq", "pkgsrc: jq-1=1/jq", "dpkg: jq=2", "dpkg:jq"},
		{"dpkg:jq=2", "pkgsrc: jq-1=1/jq", "dpkg: jq=2", "dpkg:jq"},
	} {
		s, err := tiny(t, c.direct, c.upper, c.lower)
		if err != nil {
			t.Errorf("%s: %v", c.direct, err)
			continue
		}
		var written []string
		for _, d := range s.certain(s.direct) {
			var names []string
			for _, a := range d.Need {
				names = append(names, a.Name)
			}
			written = append(written, strings.Join(names, "|"))
		}
		if got := strings.Join(written, ","); got != c.want {
			t.Errorf("%s is written %s, want %s", c.direct, got, c.want)
		}
		if again, err := tiny(t, strings.Join(written, " "), c.upper, c.lower); err != nil || dependencies(again) != dependencies(s) {
			t.Errorf("%s: %s, and %s once it was written (%v)", c.direct, dependencies(s), dependencies(again), err)
		}
	}
}

// TestCertainConditions writes down how conditions turned out, and of alternatives only
// what would do.
func TestCertainConditions(t *testing.T) {
	s, err := tiny(t, "cc", "rpm: cc=1 plugin=1 systemd=1 a=1 b=2 b2=3/b")
	if err != nil {
		t.Fatal(err)
	}
	newer := func(p *depgraph.Package, v *depgraph.Provide) bool { return p.Version > "1" }
	written := s.certain([]depgraph.Direct{
		{Need: depgraph.Need{{Name: "plugin"}, {Name: "cc", Condition: true}}},
		{Need: depgraph.Need{{Name: "plugin"}, {Name: "systemd", Condition: true}}},
		{Need: depgraph.Need{{Name: "a", Accepts: newer}, {Name: "b", Accepts: newer}}},
	})
	if len(written) != 2 || len(written[0].Need) != 1 || written[0].Need[0].Name != "plugin" || written[1].Need.String() != "b" {
		t.Error(written)
	}
}

// TestEverything sees what the base OS excepts, such as /usr/local, when it is to see all.
func TestEverything(t *testing.T) {
	s, err := tiny(t, "", "freebsd:")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"usr/local/share/a", "root/secret"} {
		name = filepath.Join(s.root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.stack.layers[0].db.(*tinyDatabase).base = depgraph.Base{Paths: []string{"/usr"}, Except: []string{"/usr/local"}}
	strict, err := s.view(nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.everything(strict).view(nil)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][2]view.Verdict{
		"/usr/local/share/a": {view.Stray, view.Base},
		"/root/secret":       {view.Stray, view.Excluded},
	} {
		for i, v := range []*view.View{strict, all} {
			if a, err := v.Verdict(path); err != nil || a.Verdict != want[i] {
				t.Errorf("%s: %v (%v), want %v", path, a.Verdict, err, want[i])
			}
		}
	}
}

// TestDeclareOwn leaves the source out of what goes into its own recipe.
func TestDeclareOwn(t *testing.T) {
	sources := []depgraph.SourceConfig{{Kind: "opam"}, {Kind: "dpkg"}}
	line := declare(sources, nil)
	for in, want := range map[string]string{
		"debian/control": "ocaml",
		"deps.toml":      `"dpkg:ocaml"`,
		"":               "--dep dpkg:ocaml",
	} {
		if got := line(in, []string{"dpkg:ocaml"}); !strings.Contains(got, want) || want == "ocaml" && strings.Contains(got, "dpkg:") {
			t.Errorf("in %q: %s", in, got)
		}
	}
}

// TestGeneratedStacked tells whose a generated file is, in the names of the database that
// tells.
func TestGeneratedStacked(t *testing.T) {
	s, err := tiny(t, "", "opam: ocaml=5 vim=1", "dpkg: ocaml=4")
	if err != nil {
		t.Fatal(err)
	}
	s.stack.layers[1].db.(*tinyDatabase).made = map[string]depgraph.Origin{"/a": {Package: "ocaml"}, "/b": {Package: "vim"}, "/c": {}}
	whose := s.stack.generated(s.graph)
	for path, want := range map[string]string{"/a": "dpkg:ocaml", "/b": "none", "/c": "none"} {
		got := "none"
		o, ok := whose(path)
		if p := s.graph.Package(o.Package); p != nil {
			got = p.Name
		}
		if got != want || !ok {
			t.Errorf("%s is made by %s, want %s", path, got, want)
		}
	}
}
