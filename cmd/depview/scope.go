package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/dpkg"
	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view"
)

// defaultBasePaths stand for the base OS where neither a database nor deps.toml
// tells what it is.
var defaultBasePaths = []string{"/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr"}

// A scope is what the flags come to: the packages that are known, and which of
// them the target may see.
type scope struct {
	config  *depgraph.Config // whole: flags and recipe included
	root    string
	db      depgraph.Database // nil without a source
	graph   *depgraph.Graph
	closure *depgraph.Closure
	phase   depgraph.Phase
}

// scope resolves the flags.
func (f *viewFlags) scope() (*scope, error) {
	if f.engine != "auto" && f.engine != "overlay" {
		return nil, hinted{fmt.Errorf("unknown engine %q", f.engine), "known: auto, overlay"}
	}
	config, err := f.config()
	if err != nil {
		return nil, err
	}
	s, err := newScope(config, f.phase)
	if err == nil && f.verbose {
		s.describe()
	}
	return s, err
}

// describe says what the flags came to.
func (s *scope) describe() {
	var base, dependencies int
	for _, p := range s.closure.Packages() {
		if s.closure.Class(p) == depgraph.InBase {
			base++
		} else {
			dependencies++
		}
	}
	fmt.Fprintf(os.Stderr, "depview: of %s at %s, %d are base OS and %d dependencies\n",
		english.Plural(len(s.graph.Packages()), "package", ""), s.root, base, dependencies)
	for _, u := range s.closure.Unmet() {
		fmt.Fprintf(os.Stderr, "depview: %s needs %s, which is not installed\n", u.By.Name, u.Need)
	}
}

// newScope resolves a config that holds all there is to say.
func newScope(config *depgraph.Config, phase string) (*scope, error) {
	s := &scope{config: config, root: "/"}
	var err error
	if s.phase, err = config.Phase(phase); err != nil {
		return nil, err
	}
	layers := [][]*depgraph.Package{config.Packages}
	if src := config.Source; src != nil {
		s.root = cmp.Or(src.Root, "/")
		if s.db, err = openSource(src.Kind, s.root); err != nil {
			return nil, err
		}
		layers = append(layers, s.db.Packages())
	}
	if s.graph, err = depgraph.New(layers...); err != nil {
		return nil, err
	}
	if err := s.readRecipe(); err != nil {
		return nil, err
	}
	direct := append(slices.Clip(config.Target.Direct), s.ownDependencies()...)
	request := depgraph.Request{Target: config.Target.Name, Direct: s.phase.Select(direct)}
	if s.db != nil {
		for _, n := range s.db.Base() {
			request.Base = append(request.Base, depgraph.Direct{Need: n})
		}
	}
	request.Base = append(request.Base, config.Base.Packages...)
	s.closure, err = s.graph.Closure(request)
	return s, err
}

// openSource opens the database of a root.
func openSource(kind, root string) (depgraph.Database, error) {
	db, err := depgraph.Open(kind, os.DirFS(root))
	if errors.Is(err, depgraph.ErrUnknownSource) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%s database of %s: %w", kind, root, err)
	}
	return db, nil
}

// readRecipe adds what the port's own recipe says.
func (s *scope) readRecipe() error {
	t := &s.config.Target
	if t.Recipe == "" {
		return nil
	}
	if s.db == nil {
		return hinted{fmt.Errorf("%s: nothing here can read a recipe", t.Recipe), "a source does: --from KIND, or [source] in deps.toml"}
	}
	text, err := os.ReadFile(t.Recipe)
	if err != nil {
		return err
	}
	if db, ok := s.db.(*dpkg.Database); ok {
		db.Profiles = strings.Fields(os.Getenv("DEB_BUILD_PROFILES"))
	}
	r, err := s.db.Recipe(t.Recipe, text)
	if err != nil {
		return err
	}
	t.Direct = append(t.Direct, r.Direct...)
	return nil
}

// ownDependencies returns those of a target that is itself a package: those that
// deps.toml lists for it, or, where nothing else names any, those of the
// installed package.
func (s *scope) ownDependencies() []depgraph.Direct {
	t := s.config.Target
	p := s.graph.Package(t.Name)
	if p == nil {
		return nil
	}
	if len(p.Direct) > 0 || len(t.Direct) > 0 || t.Recipe != "" {
		return p.Direct
	}
	var direct []depgraph.Direct
	for _, n := range p.Needs {
		direct = append(direct, depgraph.Direct{Kind: depgraph.Lib, Need: n, Where: "package " + p.Name})
	}
	return direct
}

// resolved returns the config that says the same as s without a recipe, a
// variable or a phase, with the versions of what is visible: a capture's
// view.toml.
func (s *scope) resolved() *depgraph.Config {
	c := *s.config
	c.Name, c.Target.Recipe = "", ""
	c.Target.Direct = s.phase.Select(c.Target.Direct)
	c.Packages = slices.Clone(c.Packages)
	for i, p := range c.Packages {
		if p.Name == c.Target.Name {
			only := *p
			only.Direct = s.phase.Select(p.Direct)
			c.Packages[i] = &only
		}
	}
	if s.db != nil {
		c.Ignore = slices.Compact(slices.Sorted(slices.Values(append(s.db.Ignore(), c.Ignore...))))
	}
	c.Resolved = map[string]string{}
	for _, p := range s.closure.Packages() {
		c.Resolved[p.Name] = p.Version
	}
	return &c
}

// files returns the paths that p owns.
func (s *scope) files(p *depgraph.Package) ([]string, error) {
	if list, ok := s.config.Files(p); ok {
		return list, nil
	}
	return s.db.Files(p)
}

// view compiles the view of s. Something will be mounted over each of mounts.
func (s *scope) view(mounts []string, more ...depgraph.Rewrite) (*view.View, error) {
	c := view.Config{
		Root:      os.DirFS(s.root),
		Packages:  s.graph.Packages(),
		Class:     s.closure.Class,
		Files:     s.files,
		BasePaths: s.config.Base.Paths,
		Mounts:    append(jail.Own(), mounts...),
	}
	for _, r := range s.config.Rules {
		c.Rules = append(c.Rules, view.Rule{Path: r.Path, Show: r.Show, Where: r.Where})
	}
	for _, p := range jail.Absent() {
		c.Rules = append(c.Rules, view.Rule{Path: p, Where: "depview"})
	}
	if s.db != nil {
		c.Generated = s.db.Generated
		var err error
		if c.Rewrites, err = s.db.Rewrites(func(p *depgraph.Package) bool { return s.closure.Class(p) != depgraph.Outside }); err != nil {
			return nil, err
		}
	} else if len(c.BasePaths) == 0 {
		c.BasePaths = defaultBasePaths
	}
	c.Rewrites = append(c.Rewrites, more...)
	return view.New(c)
}
