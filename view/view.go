// Package view says what one build may see: it turns a closure, the files that
// packages own and a few rules into a verdict for every path.
//
// A [View] is compiled once for a build and is safe for concurrent use. It asks
// the root, an fs.FS, only what it must know: which directories are symbolic
// links, and what an unowned path is. How a file comes to the build is no
// business of this package; fs serves it, and asks here first.
//
// A path is judged in its canonical form, realpath(dirname) + "/" + basename on
// the root, in this order:
//
//  1. the longest [Rule] that encloses it;
//  2. the packages that own it: one visible owner is enough;
//  3. for what nobody owns: whose generated file it is; a symbolic link's
//     target; the nearest enclosing base path;
//  4. a directory is visible, besides, if something visible is below it.
package view

import (
	"errors"
	"io/fs"
	"path"
	"sync"

	"github.com/depview/depview/depgraph"
)

// A Config is what a view is compiled from.
type Config struct {
	// Root is the lower tree. It must tell symbolic links (fs.ReadLinkFS).
	Root fs.FS
	// Packages are all that are known, and Class says which of them are visible.
	Packages []*depgraph.Package
	Class    func(*depgraph.Package) depgraph.Class
	// Files returns the absolute paths a package owns, as its database spells them.
	Files func(*depgraph.Package) ([]string, error)
	// Generated tells whose generated file an unowned path is. It may be nil.
	Generated func(path string) (depgraph.Origin, bool)
	// Rewrites are the paths that read differently in the view.
	Rewrites []depgraph.Rewrite
	Rules    []Rule
	// BasePaths are the trees of the base OS that no package owns.
	BasePaths []string
	// Mounts are the directories that something is mounted over: they are there,
	// and empty, whatever the root has in their place. They must be canonical.
	Mounts []string
}

// A View answers for one build.
type View struct {
	config   Config
	resolve  *resolver
	index    *index
	named    map[string]*depgraph.Package
	rules    map[string]*Rule
	base     map[string]bool
	mounts   map[string]bool
	standIns map[string]*StandIn
	extra    map[string][]string // directory → names of the stand-ins in it
	// above holds the directories that have something visible below them, known
	// from the lists alone, and the verdict that gives them.
	above map[string]Verdict

	mu      sync.Mutex
	scanned map[string]Answer // directories that were searched for something visible
}

// New compiles a view. It reads the file lists of visible packages.
func New(c Config) (*View, error) {
	v := &View{
		config:   c,
		resolve:  newResolver(c.Root),
		named:    make(map[string]*depgraph.Package, len(c.Packages)),
		rules:    map[string]*Rule{},
		base:     map[string]bool{},
		mounts:   map[string]bool{},
		standIns: map[string]*StandIn{},
		extra:    map[string][]string{},
		above:    map[string]Verdict{},
		scanned:  map[string]Answer{},
	}
	for _, p := range c.Packages {
		v.named[p.Name] = p
	}
	for i := range c.Rules {
		v.rules[v.resolve.canonical(c.Rules[i].Path)] = &c.Rules[i]
	}
	for _, p := range c.BasePaths {
		v.base[v.resolve.canonical(p)] = true
	}
	for _, m := range c.Mounts {
		v.mounts[path.Clean(m)] = true
	}
	var err error
	if v.index, err = newIndex(c.Packages, c.Class, c.Files, v.resolve); err != nil {
		return nil, err
	}
	v.raise()
	v.standIn(c.Rewrites)
	return v, nil
}

// raise notes every directory above a path that the lists say is visible.
func (v *View) raise() {
	classes := make([]Verdict, len(v.index.visible.packages))
	for i, p := range v.index.visible.packages {
		classes[i] = verdictOf(v.config.Class(p))
	}
	for p, owner := range v.index.visible.of {
		if v.rule(p) != nil {
			continue // the rule decides, not the owner
		}
		if owner >= 0 {
			v.raiseAbove(p, classes[owner])
			continue
		}
		for _, o := range v.index.visible.sets[^owner] {
			v.raiseAbove(p, classes[o])
		}
	}
	for p := range v.base {
		if v.rule(p) == nil && v.exists(p) {
			v.raiseAbove(p, Base)
		}
	}
	for p, r := range v.rules {
		if r.Show && v.exists(p) {
			v.raiseAbove(p, Shown)
		}
	}
	for p := range v.mounts {
		v.raiseAbove(p, Shown)
	}
}

// raiseAbove makes every directory above p visible with verdict d or better.
func (v *View) raiseAbove(p string, d Verdict) {
	ancestors(p, func(dir string) bool {
		if have := v.above[dir]; have != 0 && have <= d {
			return false // and so are all above it
		}
		v.above[dir] = d
		return true
	})
}

func (v *View) exists(p string) bool {
	_, err := v.resolve.lstat(p)
	return err == nil
}

// Canonical returns the form of p that a view judges: links in the directory
// part resolved on the root, the last name as it is.
func (v *View) Canonical(p string) string { return v.resolve.canonical(p) }

// Verdict judges the canonical path p, which need not exist.
func (v *View) Verdict(p string) (Answer, error) {
	typ := fs.ModeIrregular
	if info, err := v.resolve.lstat(p); err == nil {
		typ = info.Mode().Type()
	} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return Answer{}, err
	}
	return v.VerdictOf(p, typ)
}

// VerdictOf is Verdict for a caller that knows the file's type; ModeIrregular
// stands for what does not exist. It fails only where a package's file list
// cannot be read.
func (v *View) VerdictOf(p string, typ fs.FileMode) (Answer, error) {
	return v.verdict(p, typ, 0)
}

func (v *View) verdict(p string, typ fs.FileMode, links int) (Answer, error) {
	if s := v.standIns[p]; s != nil && !s.Gone {
		return s.answer, nil
	}
	a, err := v.own(p, typ, links)
	if err != nil || a.Verdict.Visible() {
		return a, err
	}
	if d := v.above[p]; d != 0 {
		return Answer{Verdict: d, Owners: a.Owners}, nil
	}
	if typ.IsDir() && a.Verdict != Excluded {
		return v.scan(p, a)
	}
	return a, nil
}

// own judges p by itself, whatever is below it.
func (v *View) own(p string, typ fs.FileMode, links int) (Answer, error) {
	if v.mounted(p) {
		return Answer{Verdict: Shown}, nil
	}
	if r := v.rule(p); r != nil {
		if r.Show {
			return Answer{Verdict: Shown, Rule: r}, nil
		}
		return Answer{Verdict: Excluded, Rule: r}, nil
	}
	if p == "/" {
		return Answer{Verdict: Base}, nil
	}
	if list := v.index.visible.get(p); list != nil {
		return v.owned(list), nil
	}
	list, err := v.index.hiddenOwners(p)
	if err != nil {
		return Answer{}, err
	}
	if list != nil {
		return Answer{Verdict: Undeclared, Owners: list}, nil
	}
	return v.unowned(p, typ, links)
}

// owned judges what the visible packages in owners own.
func (v *View) owned(owners []*depgraph.Package) Answer {
	a := Answer{Verdict: Dependency, Owners: owners}
	for _, o := range owners {
		a.Verdict = min(a.Verdict, verdictOf(v.config.Class(o)))
	}
	return a
}

// rule returns the longest rule that encloses p, or nil.
func (v *View) rule(p string) *Rule {
	if len(v.rules) == 0 {
		return nil
	}
	r := v.rules[p]
	ancestors(p, func(dir string) bool {
		if r == nil {
			r = v.rules[dir]
		}
		return r == nil
	})
	return r
}

// enclosed tells whether a base path encloses p.
func (v *View) enclosed(p string) bool { return inside(v.base, p) }

// mounted tells whether p is a mount or below one.
func (v *View) mounted(p string) bool { return inside(v.mounts, p) }

// inside tells whether p is one of the trees or below one.
func inside(trees map[string]bool, p string) bool {
	in := trees[p]
	ancestors(p, func(dir string) bool {
		in = in || trees[dir]
		return !in
	})
	return in
}
