package view_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view"
)

// A world is what a test's lines describe.
type world struct {
	root      fstest.MapFS
	config    view.Config
	classes   map[*depgraph.Package]depgraph.Class
	files     map[*depgraph.Package][]string
	generated map[string]depgraph.Origin
}

func newWorld() *world {
	return &world{fstest.MapFS{}, view.Config{}, map[*depgraph.Package]depgraph.Class{}, map[*depgraph.Package][]string{}, map[string]depgraph.Origin{}}
}

func (w *world) pkg(class depgraph.Class, name string, files []string) {
	p := &depgraph.Package{Name: name}
	w.config.Packages = append(w.config.Packages, p)
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
	case "show", "hide":
		w.config.Rules = append(w.config.Rules, view.Rule{Path: args[0], Show: f[0] == "show"})
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
		w.config.Rewrites = append(w.config.Rewrites, r)
	default:
		t.Fatalf("unknown line %q", f)
	}
}

func (w *world) view(t *testing.T) *view.View {
	t.Helper()
	w.config.Root = w.root
	w.config.Class = func(p *depgraph.Package) depgraph.Class { return w.classes[p] }
	w.config.Files = func(p *depgraph.Package) ([]string, error) { return w.files[p], nil }
	w.config.Generated = func(p string) (depgraph.Origin, bool) { o, ok := w.generated[p]; return o, ok }
	v, err := view.New(w.config)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
