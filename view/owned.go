package view

import (
	"path"
	"slices"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/index"
)

// owners returns the packages that own p.
func (v *View) owners(p string) []*depgraph.Package { return v.ownersIn(*v.indexes.Load(), p) }

// ownersIn returns those that own p by the first of the indexes that knows any.
func (v *View) ownersIn(indexes []*index.Index, p string) []*depgraph.Package {
	for _, x := range indexes {
		list := x.Owners(p)
		if len(v.shadowed) > 0 {
			list = slices.DeleteFunc(slices.Clone(list), func(p *depgraph.Package) bool { return v.shadowed[p] })
		}
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// visibleOwners returns the visible packages that own p.
func (v *View) visibleOwners(p string) []*depgraph.Package {
	if a := v.owned(v.owners(p)); a.Verdict.Visible() {
		return a.Owners
	}
	return nil
}

// owned judges what packages own: if some of them are visible, they alone count.
func (v *View) owned(owners []*depgraph.Package) Answer {
	a := Answer{Verdict: Undeclared, Owners: owners}
	hidden := false
	for _, o := range owners {
		d := v.verdictOf(o)
		a.Verdict = min(a.Verdict, d)
		hidden = hidden || !d.Visible()
	}
	if hidden && a.Verdict.Visible() {
		a.Owners = slices.DeleteFunc(slices.Clone(owners), func(p *depgraph.Package) bool { return !v.verdictOf(p).Visible() })
	}
	return a
}

// verdictOf gives the verdict of what p owns.
func (v *View) verdictOf(p *depgraph.Package) Verdict {
	if v.shadowed[p] {
		return Stray
	}
	return verdictOf(v.config.Class(p))
}

// ownedBelow is best for what packages own below a directory.
func (v *View) ownedBelow(dir string) Verdict {
	v.mu.Lock()
	best, ok := v.below[dir]
	v.mu.Unlock()
	if ok {
		return best
	}
	best = v.findBelow(dir)
	v.mu.Lock()
	v.below[dir] = best
	v.mu.Unlock()
	return best
}

func (v *View) findBelow(dir string) (best Verdict) {
	indexes := *v.indexes.Load()
	for n, x := range indexes {
		packages := x.Packages()
		skip := func(owner int) bool { return !v.verdictOf(packages[owner]).Visible() }
		x.Below(dir, skip, func(p []byte, owners func(func(int) bool)) bool {
			if len(v.rules) > 0 && v.rule(string(p)) != nil {
				return true // the rule decides, not the owner
			}
			if n > 0 && len(v.ownersIn(indexes[:n], string(p))) > 0 {
				return true // it is not theirs
			}
			for i := range owners {
				if d := v.verdictOf(packages[i]); d.Visible() {
					best = better(best, d)
				}
			}
			return best != Base
		})
	}
	return best
}

func (v *View) confirmIndexes() error {
	defer v.confirmed.Store(true)
	if v.config.Confirm == nil {
		return nil
	}
	list, err := v.config.Confirm()
	if err != nil {
		v.failed.Store(true)
		return err
	}
	v.mu.Lock()
	clear(v.below)
	v.mu.Unlock()
	v.indexes.Store(&list)
	return nil
}

// claimed tells whether p, which no package seems to own, may have an owner all the
// same once the indexes are confirmed, by a directory that has become a symbolic link
// since they were made: whether a list has p's name in such a directory.
func (v *View) claimed(p string) bool {
	if v.confirmed.Load() {
		return false
	}
	const many = 64 // to look at one by one
	name := path.Base(p)
	for _, x := range *v.indexes.Load() {
		dirs := x.Named(name)
		if len(dirs) > many || slices.ContainsFunc(dirs, func(dir string) bool { return v.resolve.Dir(dir) != dir }) {
			return true
		}
	}
	return false
}
