package main

import (
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

// What to declare is in the words of the recipe's package manager, and of another's
// packages it has none but where the recipe can ask for them.
func TestDeclareStacked(t *testing.T) {
	databases := func(kinds ...string) (sources []depgraph.SourceConfig, s *stack) {
		s = &stack{root: "/"}
		var all [][]*depgraph.Package
		for _, kind := range kinds {
			packages := []*depgraph.Package{{Name: "bc", Source: kind}, {Name: "of-" + kind, Source: kind}}
			all = append(all, packages)
			var db depgraph.Database = fakeDatabase{packages: packages}
			if kind == "opam" {
				db = fakeAbove{db}
			}
			s.layers = append(s.layers, database{kind: kind, db: db})
			sources = append(sources, depgraph.SourceConfig{Kind: kind})
		}
		if _, err := depgraph.New(nil, all...); err != nil {
			t.Fatal(err)
		}
		return sources, s
	}
	for _, c := range []struct{ stack, recipe, names, want, closed string }{
		{"opam dpkg", "x.opam", "bc", `depends: ["bc"]`, `depends: ["bc"]`},
		{"opam dpkg", "x.opam", "dpkg:bc", "below bc", "--dep dpkg:bc"},
		{"opam dpkg", "x.opam", "of-dpkg", "below of-dpkg", `depends: ["of-dpkg"]`},
		{"opam dpkg", "x.opam", "of-dpkg bc", `below of-dpkg or depends: ["bc"]`, `depends: ["of-dpkg"] or depends: ["bc"]`},
		{"opam dpkg", "debian/control", "dpkg:bc", "Build-Depends: bc", "Build-Depends: bc"},
		{"opam dpkg", "debian/control", "bc", "--dep bc", "Build-Depends: bc"},
		{"pkgsrc rpm", "Makefile", "rpm:bc", "--dep rpm:bc", "--dep rpm:bc"},
		{"opam dpkg", "deps.toml", "dpkg:bc", `depends = ["dpkg:bc"] in [target] of deps.toml`, `depends = ["dpkg:bc"] in [target] of deps.toml`},
		{"opam dpkg", "", "dpkg:bc", "--dep dpkg:bc", "--dep dpkg:bc"},
	} {
		sources, s := databases(strings.Fields(c.stack)...)
		if got := declare(sources, s)(c.recipe, strings.Fields(c.names)); got != c.want {
			t.Errorf("%s: %s in %s: %s, want %s", c.stack, c.names, c.recipe, got, c.want)
		}
		if got := declare(sources, nil)(c.recipe, strings.Fields(c.names)); got != c.closed {
			t.Errorf("%s: %s in %s, without the databases: %s, want %s", c.stack, c.names, c.recipe, got, c.closed)
		}
	}
}

// A fakeDatabase is of these packages.
type fakeDatabase struct {
	depgraph.Database
	packages []*depgraph.Package
}

func (db fakeDatabase) Packages() []*depgraph.Package { return db.packages }

// A fakeAbove has recipes that can ask for packages of the databases below.
type fakeAbove struct{ depgraph.Database }

func (fakeAbove) DeclareBelow(names []string) string { return "below " + strings.Join(names, " ") }
