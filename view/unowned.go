package view

import (
	"io/fs"
	"path"

	"github.com/depview/depview/depgraph"
)

// unowned judges what no package's list has.
func (v *View) unowned(p string, typ fs.FileMode, links int) (Answer, error) {
	if v.config.Generated != nil {
		if origin, ok := v.config.Generated(p); ok {
			return v.generated(origin, links)
		}
	}
	if typ == fs.ModeSymlink {
		if target, ok := v.resolve.link(p); ok {
			if links == maxLinks {
				return Answer{Verdict: Stray, Via: target}, nil
			}
			to := v.resolve.canonical(join(path.Dir(p), target))
			if !v.mounted(to) { // a link to /dev/null says nothing of whose it is
				a, err := v.follow(to, links+1)
				a.Via = to
				return a, err
			}
		}
	}
	if v.enclosed(p) {
		return Answer{Verdict: Base}, nil
	}
	return Answer{Verdict: Stray}, nil
}

// follow judges the path that another takes its verdict from.
func (v *View) follow(p string, links int) (Answer, error) {
	typ := fs.ModeIrregular
	if info, err := v.resolve.lstat(p); err == nil {
		typ = info.Mode().Type()
	}
	return v.verdict(p, typ, links)
}

func (v *View) generated(o depgraph.Origin, links int) (Answer, error) {
	switch {
	case o.Path != "":
		p := v.resolve.canonical(o.Path)
		if !v.exists(p) || links == maxLinks {
			return Answer{Verdict: Stray, Via: p}, nil
		}
		a, err := v.follow(p, links+1)
		a.Via = p
		return a, err
	case o.Package != "":
		p := v.named[o.Package]
		if p == nil {
			return Answer{Verdict: Stray}, nil
		}
		return Answer{Verdict: verdictOf(v.config.Class(p)), Owners: []*depgraph.Package{p}}, nil
	}
	return Answer{Verdict: Base}, nil
}

// scan searches the directory p, whose own verdict is a, for something visible
// that the lists do not tell of: a link to a visible file, a generated file. It
// looks one level deep: farther down lie whole home directories.
func (v *View) scan(p string, a Answer) (Answer, error) {
	v.mu.Lock()
	known, ok := v.scanned[p]
	v.mu.Unlock()
	if ok {
		return known, nil
	}
	entries, _ := fs.ReadDir(v.config.Root, rel(p)) // what cannot be read shows nothing
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		child := path.Join(p, e.Name())
		b, err := v.own(child, e.Type(), 0)
		if err != nil {
			return a, err
		}
		if s := v.standIns[child]; b.Verdict.Visible() && (s == nil || !s.Gone) {
			a = Answer{Verdict: b.Verdict, Owners: a.Owners, Via: child}
			break
		}
	}
	v.mu.Lock()
	v.scanned[p] = a
	v.mu.Unlock()
	return a, nil
}
