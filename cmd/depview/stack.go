package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/cache"
	"github.com/depview/depview/view/index"
)

// A stack is the package databases of one root, the uppermost first.
type stack struct {
	root   string
	layers []database
}

// A database is one of a stack.
type database struct {
	kind  string
	db    depgraph.Database
	cache *cache.Cache // of who owns what
}

// openStack opens databases, and their indexes beside them. What only costs time it
// tells to warn.
func openStack(sources []depgraph.SourceConfig, warn func(error)) (*stack, error) {
	s := &stack{root: "/"}
	if err := inOrder(sources); err != nil {
		return nil, err
	}
	for _, source := range sources {
		s.root = source.Root
		l, err := openDatabase(source, warn)
		if err != nil {
			return nil, at(source, err)
		}
		s.layers = append(s.layers, l)
	}
	return s, nil
}

func openDatabase(source depgraph.SourceConfig, warn func(error)) (l database, err error) {
	l.kind = source.Kind
	root, set := openRoot(source.Root), setting(source.Prefix)
	dir, err := cache.Dir()
	if err != nil {
		warn(fmt.Errorf("the index of files is not kept: %w", err))
	}
	state := depgraph.State(source.Kind, root, set)
	named := source.Kind
	if len(state) > 0 {
		named += " " + state[0] // one root can have several of a kind
	}
	if l.cache, err = cache.Open(dir, named, source.Root, state, warn); err != nil {
		return l, err
	}
	l.db, err = depgraph.Open(source.Kind, root, set)
	if err != nil && !errors.Is(err, depgraph.ErrUnknownSource) {
		err = withOthers(source, fmt.Errorf("%s database of %s: %w", source.Kind, source.Root, err))
	}
	return l, err
}

// setting is what sources are told of this machine.
func setting(prefix string) depgraph.Setting {
	return depgraph.Setting{Prefix: prefix, Getenv: os.Getenv, Run: runTool}
}

// runTool runs a package manager's own tool, which reads a recipe as nobody else can.
func runTool(argv ...string) ([]byte, error) {
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	var failed *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("%s: %w", argv[0], depgraph.ErrNoTool)
	case errors.As(err, &failed) && len(failed.Stderr) > 0:
		said, _, _ := strings.Cut(strings.TrimSpace(string(failed.Stderr)), "\n")
		return nil, fmt.Errorf("%s: %w: %s", argv[0], err, said)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", argv[0], err)
	}
	return out, nil
}

// there tells whether there is a database at all.
func (s *stack) there() bool { return len(s.layers) > 0 }

// of returns the databases of a kind. The stack may be nil.
func (s *stack) of(kind string) (list []database) {
	if s == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.layers), func(l database) bool { return l.kind != kind })
}

// wait waits until indexes that were made are kept.
func (s *stack) wait() {
	for _, l := range s.layers {
		l.cache.Wait()
	}
}

// packages returns those of each database.
func (s *stack) packages() []depgraph.Layer {
	var all []depgraph.Layer
	for _, l := range s.layers {
		all = append(all, depgraph.Layer{Kind: l.kind, Packages: l.db.Packages()})
	}
	return all
}

// base returns the packages of the base OS, and what the lowest database knows of it,
// which has the say on the trees that no package owns.
func (s *stack) base() (direct []depgraph.Direct, lowest depgraph.Base) {
	for _, l := range s.layers {
		lowest = l.db.Base()
		for _, n := range lowest.Needs {
			direct = append(direct, depgraph.Direct{Need: meant(l.kind, n)})
		}
	}
	return direct, lowest
}

// meant returns a need whose names are those of a kind of database.
func meant(kind string, n depgraph.Need) depgraph.Need {
	n = slices.Clone(n)
	for i := range n {
		n[i].In = cmp.Or(n[i].In, kind)
	}
	return n
}

// placed returns the sources of s as they lead to its databases whatever the environment
// is then.
func (s *stack) placed(sources []depgraph.SourceConfig) []depgraph.SourceConfig {
	sources = slices.Clone(sources)
	for i, l := range s.layers {
		if db, ok := l.db.(depgraph.Placed); ok {
			sources[i].Prefix = cmp.Or(db.Place(), sources[i].Prefix)
		}
	}
	return sources
}

// ignore returns what programs of the base OS look for at every start.
func (s *stack) ignore() (globs []string) {
	for _, l := range s.layers {
		globs = append(globs, l.db.Ignore()...)
	}
	return globs
}

// need reads a dependency that a person wrote, in the names of g: as the first package
// manager understands it that knows its name, or that asks for no package to satisfy it.
func (s *stack) need(g *depgraph.Graph, text string) depgraph.Need {
	plain := depgraph.Named(text)
	if g.Package(text) != nil {
		return plain
	}
	layers := s.layers
	if kind, own, ok := strings.Cut(text, ":"); ok && len(s.of(kind)) > 0 {
		layers, text = s.of(kind), own
	}
	for _, l := range layers {
		n, err := l.db.Need(text)
		if err == nil && (len(n) == 0 || slices.ContainsFunc(n, func(a depgraph.Alternative) bool { return g.KnowsIn(l.kind, a.Name) })) {
			return meant(l.kind, n)
		}
	}
	return plain
}

// understand reads the alternatives of dependencies that a person wrote by name. One
// that asks for no package is left out.
func (s *stack) understand(g *depgraph.Graph, written []depgraph.Direct) (understood []depgraph.Direct) {
	for _, d := range written {
		var need depgraph.Need
		for _, a := range d.Need {
			if a.Accepts != nil || a.In != "" {
				need = append(need, a) // a recipe's
			} else {
				need = append(need, s.need(g, a.Name)...)
			}
		}
		if d.Need = need; len(need) > 0 {
			understood = append(understood, d)
		}
	}
	return understood
}

// reader returns the database whose recipes have names like this one.
func (s *stack) reader(recipe string) (database, error) {
	kinds := depgraph.Reads(recipe)
	for _, l := range s.layers {
		if slices.Contains(kinds, l.kind) {
			return l, nil
		}
	}
	switch {
	case !s.there():
		return database{}, hinted{fmt.Errorf("%s: nothing here can read a recipe", recipe), "a source does: --from KIND, or [source] in deps.toml"}
	case len(kinds) > 0:
		from := "--from " + kinds[0] + ":ROOT"
		if !depgraph.IsOS(kinds[0]) { // it can be stacked
			from = "--from " + kinds[0] + "@PREFIX before the others"
		}
		return database{}, hinted{fmt.Errorf("%s: a recipe for %s, and the source is %s", recipe, strings.Join(kinds, " or "), s), from + " reads the package database that goes with it"}
	}
	return s.layers[0], nil
}

// recipe returns the dependencies that the port's own recipe tells of. Those of a
// system below are left out where nothing is stacked there.
func (s *stack) recipe(name string) ([]depgraph.Direct, error) {
	l, err := s.reader(name)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r, err := l.db.Recipe(name, text)
	if err != nil {
		return nil, err
	}
	lowest := s.layers[len(s.layers)-1].kind == l.kind
	var direct []depgraph.Direct
	for _, d := range r.Direct {
		d.Need = slices.DeleteFunc(meant(l.kind, d.Need), func(a depgraph.Alternative) bool { return lowest && a.Below })
		if len(d.Need) > 0 {
			direct = append(direct, d)
		}
	}
	return direct, nil
}

// String names the kinds: "opam above dpkg".
func (s *stack) String() string {
	var kinds []string
	for _, l := range s.layers {
		kinds = append(kinds, l.kind)
	}
	return strings.Join(kinds, " above ")
}

// generated tells whose generated file a path is, by the first database that knows.
func (s *stack) generated(g *depgraph.Graph) func(path string) (depgraph.Origin, bool) {
	return func(path string) (depgraph.Origin, bool) {
		for _, l := range s.layers {
			if o, ok := l.db.Generated(path); ok {
				switch p := g.Of(l.kind, o.Package); {
				case p != nil:
					o.Package = p.Name
				case o.Package != "":
					o.Package = l.kind + ":" + o.Package // and no other source's of that name
				}
				return o, true
			}
		}
		return depgraph.Origin{}, false
	}
}

// rewrites returns what reads differently where only visible packages are known.
func (s *stack) rewrites(visible func(*depgraph.Package) bool, owners func(string) []*depgraph.Package) (all []depgraph.Rewrite, err error) {
	for _, l := range s.layers {
		list, err := l.db.Rewrites(visible, owners)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// indexes say who owns what, by the lists of each database.
func (s *stack) indexes(visible func(*depgraph.Package) bool) (list []*index.Index, err error) {
	for _, l := range s.layers {
		x, err := l.cache.Index(l.db.Packages(), visible, l.db.Files)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}

// confirm returns the indexes that are true of hidden packages too.
func (s *stack) confirm(list []*index.Index, visible func(*depgraph.Package) bool) ([]*index.Index, error) {
	list = slices.Clone(list)
	for i, l := range s.layers {
		x, err := l.cache.Confirm(list[i], visible)
		if err != nil {
			return nil, err
		}
		list[i] = x
	}
	return list, nil
}
