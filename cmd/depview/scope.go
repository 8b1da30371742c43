package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/dustin/go-humanize/english"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/index"
)

// defaultBasePaths stand for the base OS of the system goos where neither a database
// nor deps.toml tells what it is. A program of macOS needs the dyld cache, below
// /System, and one of FreeBSD the run-time linker, in /libexec.
func defaultBasePaths(goos string) []string {
	paths := []string{"/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr"}
	switch goos {
	case "darwin":
		paths = []string{"/Library/Developer/CommandLineTools", "/System", "/bin", "/etc", "/private/etc", "/private/var/db", "/sbin", "/usr", "/var"}
	case "freebsd":
		paths = []string{"/bin", "/etc", "/lib", "/libexec", "/sbin", "/usr"}
	}
	return paths
}

// A scope is what the flags come to: the packages that are known, and which of
// them the target may see.
type scope struct {
	config  *depgraph.Config // whole: flags and recipe included
	root    string
	stack   *stack        // of no layers without a source
	trees   depgraph.Base // of the base OS, by their Paths and Except
	graph   *depgraph.Graph
	direct  []depgraph.Direct // of every phase
	request depgraph.Request
	closure *depgraph.Closure // the answer to request
	phase   depgraph.Phase
	all     *view.View // of what is declared, where everything is to be seen: see everything
}

// scope resolves the flags.
func (f *viewFlags) scope() (*scope, error) {
	config, err := f.config()
	if err != nil {
		return nil, err
	}
	return f.resolve(config)
}

// resolve finds out what may be seen by a config that has the flags in it.
func (f *viewFlags) resolve(config *depgraph.Config) (*scope, error) {
	warn := func(error) {}
	if f.verbose {
		warn = func(err error) { fmt.Fprintf(os.Stderr, "depview: %s\n", err) }
	}
	s, err := newScope(config, f.phase, warn)
	if err == nil && f.verbose {
		s.describe()
	}
	return s, err
}

// wait waits until an index that was made for s is kept.
func (s *scope) wait() {
	s.stack.wait()
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
	of := ""
	if s.stack.there() {
		of = " of " + s.stack.String()
	}
	fmt.Fprintf(os.Stderr, "depview: of %s%s at %s, %d are base OS and %d dependencies\n",
		english.Plural(len(s.graph.Packages()), "package", ""), of, s.root, base, dependencies)
	for _, u := range s.closure.Unmet() {
		fmt.Fprintf(os.Stderr, "depview: %s needs %s, which is not installed\n", u.By.Name, u.Need)
	}
}

// newScope resolves a config that holds all there is to say. What only costs time
// it tells to warn.
func newScope(config *depgraph.Config, phase string, warn func(error)) (_ *scope, err error) {
	s := &scope{config: config}
	if s.phase, err = config.Phase(phase); err != nil {
		return nil, err
	}
	if s.stack, err = openStack(config.Sources, warn); err != nil {
		return nil, err
	}
	s.root = s.stack.root
	if s.graph, err = depgraph.Stack(config.Packages, s.stack.packages()...); err != nil {
		return nil, err
	}
	config.Target.Direct = s.stack.understand(s.graph, config.Target.Direct)
	config.Base.Packages = s.stack.understand(s.graph, config.Base.Packages)
	if recipe := config.Target.Recipe; recipe != "" {
		direct, err := s.stack.recipe(recipe)
		if err != nil {
			return nil, err
		}
		config.Target.Direct = append(config.Target.Direct, direct...)
	}
	own, err := s.ownDependencies()
	if err != nil {
		return nil, err
	}
	s.direct = slices.Concat(config.Target.Direct, own)
	s.request = depgraph.Request{Target: config.Target.Name, Direct: s.phase.Select(s.direct)}
	base, lowest := s.stack.base()
	s.trees = lowest
	s.request.Base = append(base, config.Base.Packages...)
	s.closure, err = s.graph.Closure(s.request)
	if unmet := new(depgraph.UnmetError); !s.stack.there() && errors.As(err, &unmet) {
		err = hinted{err, `without [source] there are only the packages of [package] tables; kind = "dpkg" in it adds all that are installed`}
	}
	return s, err
}

// ownDependencies returns those of a target that is itself a package: those that
// deps.toml lists for it, or, where nothing else names any, those of the
// installed package.
func (s *scope) ownDependencies() ([]depgraph.Direct, error) {
	t := s.config.Target
	p := s.graph.Package(t.Name)
	if p == nil {
		return nil, nil
	}
	if len(p.Direct) > 0 || len(t.Direct) > 0 || t.Recipe != "" {
		return p.Direct, nil
	}
	needs, err := p.RunNeeds()
	var direct []depgraph.Direct
	for _, n := range needs {
		direct = append(direct, depgraph.Direct{Kind: depgraph.Lib, Need: meant(p.Source, n), Where: "package " + p.Name})
	}
	return direct, err
}

// resolved returns the config that says the same as s without a recipe, a
// variable, the environment or a phase, with the versions of what is visible: a capture's
// view.toml.
func (s *scope) resolved() *depgraph.Config {
	c := *s.config
	c.Name, c.Target.Recipe = "", ""
	c.Sources = s.stack.placed(c.Sources)
	c.Target.Direct, c.Base.Packages = s.certain(s.phase.Select(c.Target.Direct)), s.certain(c.Base.Packages)
	c.Packages = slices.Clone(c.Packages)
	for i, p := range c.Packages {
		if p.Name == c.Target.Name {
			only := *p
			only.Direct = s.phase.Select(p.Direct)
			c.Packages[i] = &only
		}
	}
	c.Ignore = slices.Compact(slices.Sorted(slices.Values(append(s.stack.ignore(), c.Ignore...))))
	c.Resolved = map[string]string{}
	for _, p := range s.closure.Packages() {
		c.Resolved[p.Name] = p.Version
	}
	return &c
}

// indexes say who owns what: the packages of deps.toml, and the source's.
func (s *scope) indexes() ([]*index.Index, error) {
	var list []*index.Index
	if len(s.config.Packages) > 0 {
		x, _, err := index.Build(os.DirFS(s.root), s.config.Packages, func(p *depgraph.Package) ([]string, error) {
			files, _ := s.config.Files(p)
			return files, nil
		}, nil)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	more, err := s.stack.indexes(s.visible)
	return append(list, more...), err
}

// visible tells whether the target may see p.
func (s *scope) visible(p *depgraph.Package) bool { return s.class(p) != depgraph.Outside }

// jailLinks are the symbolic links on the way to what the jail mounts.
func jailLinks() (list []depgraph.Rewrite) {
	for p, target := range jail.Links() {
		list = append(list, depgraph.Rewrite{Path: p, Link: target})
	}
	return list
}

// view compiles the view of s. Something will be mounted over each of mounts.
func (s *scope) view(mounts []string, more ...depgraph.Rewrite) (*view.View, error) {
	c := view.Config{
		Root:       os.DirFS(s.root),
		Class:      s.class,
		Package:    s.graph.Package,
		Shadowed:   s.graph.Shadowed(),
		BasePaths:  slices.Concat(s.trees.Paths, s.config.Base.Paths),
		BaseExcept: s.trees.Except,
		Mounts:     append(jail.Own(), mounts...),
	}
	for _, r := range s.config.Rules {
		c.Rules = append(c.Rules, view.Rule{Path: r.Path, Show: r.Show, Where: r.Where})
	}
	if s.all != nil {
		c.Conceals = s.conceals
		c.BasePaths, c.BaseExcept = append(slices.Clip(c.BasePaths), "/"), nil
	}
	for _, p := range jail.Absent() {
		c.Rules = append(c.Rules, view.Rule{Path: p, Where: "depview"})
	}
	if s.stack.there() {
		c.Generated = s.stack.generated(s.graph)
	} else if len(c.BasePaths) == 0 {
		c.BasePaths = defaultBasePaths(runtime.GOOS)
	}
	c.Rewrites = func(owners func(string) []*depgraph.Package) ([]depgraph.Rewrite, error) {
		list, err := s.stack.rewrites(s.visible, owners)
		return append(append(list, more...), jailLinks()...), err
	}
	var err error
	if c.Indexes, err = s.indexes(); err != nil {
		return nil, err
	}
	own := len(c.Indexes) - len(s.stack.layers) // deps.toml's come first
	c.Confirm = func() ([]*index.Index, error) {
		list, err := s.stack.confirm(c.Indexes[own:], s.visible)
		return append(slices.Clip(c.Indexes[:own]), list...), err
	}
	return view.New(c)
}
