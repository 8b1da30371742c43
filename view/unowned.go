package view

import (
	"io/fs"
	"path"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/index"
)

// unowned judges what no package's list has.
func (v *View) unowned(p string, typ fs.FileMode, links int) Answer {
	if v.config.Generated != nil {
		if origin, ok := v.config.Generated(p); ok {
			return v.generated(origin, links)
		}
	}
	if typ == fs.ModeSymlink {
		if target, ok := v.resolve.Link(p); ok {
			if links == index.MaxLinks {
				return Answer{Verdict: Stray, Via: target}
			}
			to := v.resolve.Canonical(index.Join(path.Dir(p), target))
			if !v.mounted(to) { // a link to /dev/null says nothing of whose it is
				a := v.follow(to, links+1)
				a.Via = to
				return a
			}
		}
	}
	if v.enclosed(p) {
		return Answer{Verdict: Base}
	}
	return Answer{Verdict: Stray}
}

// follow judges the path that another takes its verdict from.
func (v *View) follow(p string, links int) Answer {
	typ := fs.ModeIrregular
	if info, err := v.resolve.Lstat(p); err == nil {
		typ = info.Mode().Type()
	}
	return v.verdict(p, typ, links)
}

func (v *View) generated(o depgraph.Origin, links int) Answer {
	switch {
	case o.Path != "":
		p := v.resolve.Canonical(o.Path)
		if !v.exists(p) || links == index.MaxLinks {
			return Answer{Verdict: Stray, Via: p}
		}
		a := v.follow(p, links+1)
		a.Via = p
		return a
	case o.Package != "":
		p := v.config.Package(o.Package)
		if p == nil {
			return Answer{Verdict: Stray}
		}
		return Answer{Verdict: v.verdictOf(p), Owners: []*depgraph.Package{p}}
	}
	return Answer{Verdict: Base}
}

// scan searches the directory p, whose own verdict is a, for something visible
// that the lists do not tell of: a link to a visible file, a generated file. It
// looks one level deep: farther down lie whole home directories.
func (v *View) scan(p string, a Answer) Answer {
	v.mu.Lock()
	known, ok := v.scanned[p]
	v.mu.Unlock()
	if ok {
		return known
	}
	entries, _ := fs.ReadDir(v.config.Root, index.Name(p)) // what cannot be read shows nothing
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		child := path.Join(p, e.Name())
		b := v.own(child, e.Type(), 0)
		if s := v.standIns[child]; b.Verdict.Visible() && (s == nil || !s.Gone) {
			a = Answer{Verdict: b.Verdict, Owners: a.Owners, Via: child}
			break
		}
	}
	v.mu.Lock()
	v.scanned[p] = a
	v.mu.Unlock()
	return a
}
