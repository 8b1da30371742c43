package view_test

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/index"
)

// A world is what a test's lines describe.
type world struct {
	layers    []int // where databases end, in packages
	root      fstest.MapFS
	config    view.Config
	packages  []*depgraph.Package
	rewrites  []depgraph.Rewrite
	classes   map[*depgraph.Package]depgraph.Class
	files     map[*depgraph.Package][]string
	generated map[string]depgraph.Origin
}

func newWorld() *world {
	return &world{
		root: fstest.MapFS{}, classes: map[*depgraph.Package]depgraph.Class{}, files: map[*depgraph.Package][]string{},
		generated: map[string]depgraph.Origin{},
	}
}

func (w *world) pkg(class depgraph.Class, name string, files []string) {
	p := &depgraph.Package{Name: name}
	w.packages = append(w.packages, p)
	w.classes[p], w.files[p] = class, files
}

func (w *world) line(t *testing.T, f []string) {
	args := f[1:]
	switch f[0] {
	case "file":
		for _, p := range args {
			w.root[p[1:]] = &fstest.MapFile{Mode: 0o644}
		}
	case "dir":
		for _, p := range args {
			w.root[p[1:]] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		}
	case "link":
		w.root[args[0][1:]] = &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte(args[1])}
	case "base":
		w.pkg(depgraph.InBase, args[0], args[1:])
	case "dep":
		w.pkg(depgraph.InClosure, args[0], args[1:])
	case "out":
		w.pkg(depgraph.Outside, args[0], args[1:])
	case "stack":
		w.layers = append(w.layers, len(w.packages))
	case "show", "hide":
		w.config.Rules = append(w.config.Rules, view.Rule{Path: args[0], Show: f[0] == "show"})
	case "except":
		w.config.BaseExcept = append(w.config.BaseExcept, args...)
	case "tree":
		w.config.BasePaths = append(w.config.BasePaths, args...)
	case "mount":
		w.config.Mounts = append(w.config.Mounts, args...)
	case "gen":
		var o depgraph.Origin
		if len(args) == 3 && args[1] == "package" {
			o.Package = args[2]
		} else if len(args) == 3 {
			o.Path = args[2]
		}
		w.generated[args[0]] = o
	case "put":
		r := depgraph.Rewrite{Path: args[0]}
		switch args[1] {
		case "gone":
			r.Gone = true
		case "link":
			r.Link = args[2]
		case "from":
			r.From = args[2]
		case "data":
			r.Data = func() ([]byte, error) { return nil, nil }
		}
		w.rewrites = append(w.rewrites, r)
	default:
		t.Fatalf("unknown line %q", f)
	}
}

func (w *world) view(t testing.TB) *view.View {
	t.Helper()
	w.config.Root = w.root
	w.config.Class = func(p *depgraph.Package) depgraph.Class { return w.classes[p] }
	w.config.Package = func(name string) *depgraph.Package {
		for _, p := range w.packages {
			if p.Name == name {
				return p
			}
		}
		return nil
	}
	w.config.Indexes = nil
	first := 0
	for _, end := range append(slices.Clone(w.layers), len(w.packages)) {
		x, _, err := index.Build(w.root, w.packages[first:end], func(p *depgraph.Package) ([]string, error) { return w.files[p], nil }, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.config.Indexes = append(w.config.Indexes, x)
		first = end
	}
	w.config.Generated = func(p string) (depgraph.Origin, bool) { o, ok := w.generated[p]; return o, ok }
	w.config.Rewrites = func(func(string) []*depgraph.Package) ([]depgraph.Rewrite, error) { return w.rewrites, nil }
	v, err := view.New(w.config)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
