package cache

import (
	"testing"

	"github.com/depview/depview/depgraph"
)

// An index holds whether another source is above or not: what is renamed for it is the
// same package.
func TestDigestOfStacked(t *testing.T) {
	below := []*depgraph.Package{{Name: "ocaml", Source: "dpkg"}, {Name: "zlib1g", Source: "dpkg"}}
	alone := digest(below)
	if _, err := depgraph.New(nil, []*depgraph.Package{{Name: "ocaml", Source: "opam"}}, below); err != nil {
		t.Fatal(err)
	}
	if below[0].Name == "ocaml" {
		t.Fatal("it was not renamed")
	}
	if digest(below) != alone {
		t.Error("the index of one database is made anew where another is above it")
	}
}
