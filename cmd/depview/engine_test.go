package main

import (
	"testing"

	"github.com/depview/depview/view/capture"
)

func TestEngineFor(t *testing.T) {
	root, many, one := powers{root: true, overlay: true}, powers{many: true, overlay: true}, powers{overlay: true}
	owned, overridden := capture.Kept{Owned: "/a"}, capture.Kept{Overridden: true}
	for _, c := range []struct {
		asked string
		powers
		kept capture.Kept
		want string
	}{
		{"auto", root, capture.Kept{}, "overlay"},
		{"auto", many, capture.Kept{}, "overlay"},
		{"auto", one, capture.Kept{}, "fuse"},
		{"overlay", root, capture.Kept{}, "overlay"},
		{"overlay", many, capture.Kept{}, "overlay"},
		{"overlay", one, capture.Kept{}, "overlay"},
		{"fuse", root, capture.Kept{}, "fuse"},
		{"fuse", many, capture.Kept{}, "fuse"},
		{"fuse", one, capture.Kept{}, "fuse"},
		{"auto", many, owned, "overlay"},
		{"auto", one, owned, ""},
		{"overlay", many, owned, "overlay"},
		{"overlay", one, owned, ""},
		{"fuse", many, owned, ""},
		{"fuse", one, owned, ""},
		{"auto", many, overridden, "fuse"},
		{"auto", one, overridden, "fuse"},
		{"overlay", many, overridden, ""},
		{"overlay", root, overridden, ""},
		{"auto", root, overridden, "fuse"},
		{"auto", powers{root: true}, capture.Kept{}, "fuse"},
		{"auto", powers{many: true}, capture.Kept{}, "fuse"},
		{"overlay", powers{root: true}, capture.Kept{}, "overlay"},
		{"fuse", many, overridden, "fuse"},
	} {
		got, why, err := engineFor(c.asked, c.powers, c.kept)
		if got != c.want || (err == nil) != (c.want != "") || (err == nil) != (why != "") {
			t.Errorf("%s, %+v, %+v: %q, %q, %v; want %q", c.asked, c.powers, c.kept, got, why, err, c.want)
		}
	}
}
