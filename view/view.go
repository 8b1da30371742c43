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
	"sync/atomic"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/index"
)

// A Config is what a view is compiled from.
type Config struct {
	// Root is the lower tree. It must tell symbolic links (fs.ReadLinkFS).
	Root fs.FS
	// Class says which packages are visible, and Package finds one by its name.
	Class   func(*depgraph.Package) depgraph.Class
	Package func(name string) *depgraph.Package
	// Indexes say which packages own what; a path belongs to the packages of the
	// first that knows any. Shadowed packages own nothing: others of the same names
	// are in their place.
	Indexes  []*index.Index
	Shadowed []*depgraph.Package
	// Confirm, if it is there, returns the indexes to use instead. Those above are to
	// be sure of what visible packages own, and Confirm is called, once, before the
	// view depends on more.
	Confirm func() ([]*index.Index, error)
	// Generated tells whose generated file an unowned path is. It may be nil.
	Generated func(path string) (depgraph.Origin, bool)
	// Rewrites returns the paths that read differently in the view; owners tells
	// which visible packages own a path. It may be nil.
	Rewrites func(owners func(path string) []*depgraph.Package) ([]depgraph.Rewrite, error)
	Rules    []Rule
	// Conceals tells of paths that are not to be seen, whatever shows them; the
	// verdict is Excluded. It may be nil.
	Conceals func(path string) bool
	// BasePaths are the trees of the base OS that no package owns, and BaseExcept
	// those within them that are no part of it; a path in both is.
	BasePaths, BaseExcept []string
	// Mounts are the directories that something is mounted over: they are there,
	// and empty, whatever the root has in their place. They must be canonical.
	Mounts []string
}

// A View answers for one build.
type View struct {
	config   Config
	resolve  *index.Resolver
	shadowed map[*depgraph.Package]bool
	rules    map[string]*Rule
	base     map[string]bool // and what is not, within
	mounts   map[string]bool
	standIns map[string]*StandIn
	extra    map[string][]string // directory → names of the stand-ins in it
	// above holds the directories that have something visible below them, and the
	// verdict that gives them, but for what packages own there.
	above map[string]Verdict

	indexes   atomic.Pointer[[]*index.Index]
	confirm   func() error
	confirmed atomic.Bool // or failed
	failed    atomic.Bool

	mu      sync.Mutex
	below   map[string]Verdict // the same for what packages own, as it is asked
	scanned map[string]Answer  // directories that were searched for something visible
}

// New compiles a view.
func New(c Config) (*View, error) {
	v := &View{
		config:   c,
		resolve:  index.NewResolver(c.Root),
		shadowed: map[*depgraph.Package]bool{},
		rules:    map[string]*Rule{},
		base:     map[string]bool{},
		mounts:   map[string]bool{},
		standIns: map[string]*StandIn{},
		extra:    map[string][]string{},
		above:    map[string]Verdict{},
		below:    map[string]Verdict{},
		scanned:  map[string]Answer{},
	}
	v.indexes.Store(&v.config.Indexes)
	v.confirm = sync.OnceValue(v.confirmIndexes)
	for _, p := range c.Shadowed {
		v.shadowed[p] = true
	}
	for i := range c.Rules {
		v.rules[v.resolve.Canonical(c.Rules[i].Path)] = &c.Rules[i]
	}
	for _, p := range c.BaseExcept {
		v.base[v.resolve.Canonical(p)] = false
	}
	for _, p := range c.BasePaths {
		v.base[v.resolve.Canonical(p)] = true
	}
	for _, m := range c.Mounts {
		v.mounts[path.Clean(m)] = true
	}
	v.raise()
	var rewrites []depgraph.Rewrite
	if c.Rewrites != nil {
		var err error
		owners := func(p string) []*depgraph.Package { return v.visibleOwners(v.resolve.Canonical(p)) }
		if rewrites, err = c.Rewrites(owners); err != nil {
			return nil, err
		}
	}
	v.standIn(rewrites)
	return v, nil
}

// raise notes every directory above what rules and base paths show.
func (v *View) raise() {
	for p, is := range v.base {
		if is && v.rule(p) == nil && v.exists(p) {
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
	_, err := v.resolve.Lstat(p)
	return err == nil
}

// Canonical returns the form of p that a view judges: links in the directory
// part resolved on the root, the last name as it is.
func (v *View) Canonical(p string) string { return v.resolve.Canonical(p) }

// Verdict judges the canonical path p, which need not exist. It fails where a
// package's file list had to be read anew, and could not be.
func (v *View) Verdict(p string) (Answer, error) {
	if err := v.confirm(); err != nil {
		return Answer{}, err
	}
	typ := fs.ModeIrregular
	if info, err := v.resolve.Lstat(p); err == nil {
		typ = info.Mode().Type()
	} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return Answer{}, err
	}
	return v.VerdictOf(p, typ)
}

// VerdictOf is Verdict for a caller that knows the file's type, ModeIrregular for
// what does not exist, and wants to know no more of a hidden path than that it is
// hidden: whose it is may be known to Verdict only.
func (v *View) VerdictOf(p string, typ fs.FileMode) (Answer, error) {
	a := v.verdict(p, typ, 0)
	if v.failed.Load() {
		return Answer{}, v.confirm()
	}
	return a, nil
}

func (v *View) verdict(p string, typ fs.FileMode, links int) Answer {
	if s := v.standIns[p]; s != nil && !s.Gone {
		return s.answer
	}
	a := v.own(p, typ, links)
	if a.Verdict.Visible() {
		return a
	}
	if d := v.best(p, typ); d != 0 {
		return Answer{Verdict: d, Owners: a.Owners}
	}
	if typ.IsDir() && a.Verdict != Excluded {
		return v.scan(p, a)
	}
	return a
}

// best returns the best verdict of what is known to be below p, 0 if nothing there
// is visible. What is no directory has nothing below it, as far as packages go; of
// what does not exist nothing is kept in mind, for there is no end to it.
func (v *View) best(p string, typ fs.FileMode) Verdict {
	switch {
	case typ.IsDir():
		return better(v.above[p], v.ownedBelow(p))
	case typ == fs.ModeIrregular:
		return better(v.above[p], v.findBelow(p))
	}
	return v.above[p]
}

// own judges p by itself, whatever is below it.
func (v *View) own(p string, typ fs.FileMode, links int) Answer {
	if v.mounted(p) {
		return Answer{Verdict: Shown}
	}
	if r := v.rule(p); r != nil {
		if r.Show {
			return Answer{Verdict: Shown, Rule: r}
		}
		return Answer{Verdict: Excluded, Rule: r}
	}
	if p == "/" {
		return Answer{Verdict: Base}
	}
	if v.config.Conceals != nil && v.config.Conceals(p) {
		return Answer{Verdict: Excluded}
	}
	if list := v.owners(p); len(list) > 0 {
		return v.owned(list)
	}
	a := v.unowned(p, typ, links)
	if a.Verdict.Visible() && v.claimed(p) {
		if v.confirm() == nil {
			return v.own(p, typ, links)
		}
	}
	return a
}

// better returns the better of two verdicts, where 0 is none.
func better(a, b Verdict) Verdict {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}
