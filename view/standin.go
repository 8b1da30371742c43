package view

import (
	"path"
	"slices"
	"sync"

	"github.com/depview/depview/depgraph"
)

// A StandIn is what the view has at a path in place of what the root has there:
// a [depgraph.Rewrite], or the empty directory under a mount.
type StandIn struct {
	depgraph.Rewrite
	Dir bool // an empty directory but for other stand-ins

	answer Answer
}

// standIn places the rewrites and the mounts.
func (v *View) standIn(rewrites []depgraph.Rewrite) {
	for _, r := range rewrites {
		r.Path = v.resolve.Canonical(r.Path)
		if r.From != "" {
			r.From = v.resolve.Canonical(r.From)
		}
		if v.rule(r.Path) != nil || v.mounted(r.Path) {
			continue // a rule's word on the path goes first
		}
		if r.Data != nil {
			r.Data = sync.OnceValues(r.Data)
		}
		s := &StandIn{Rewrite: r, answer: Answer{Verdict: Base}}
		if a := v.owned(v.owners(r.Path)); a.Verdict.Visible() {
			s.answer = a
		}
		v.standIns[r.Path] = s
		if !r.Gone {
			v.raiseAbove(r.Path, s.answer.Verdict)
			v.name(r.Path)
		}
	}
	for m := range v.mounts {
		v.directory(m)
		ancestors(m, func(dir string) bool {
			info, err := v.resolve.Lstat(dir)
			if err == nil && info.IsDir() {
				return false
			}
			v.directory(dir)
			return true
		})
	}
	for dir, names := range v.extra {
		slices.Sort(names)
		v.extra[dir] = slices.Compact(names)
	}
}

func (v *View) directory(p string) {
	if p == "/" || v.standIns[p] != nil && v.standIns[p].Dir {
		return
	}
	v.standIns[p] = &StandIn{Rewrite: depgraph.Rewrite{Path: p}, Dir: true, answer: Answer{Verdict: Shown}}
	v.name(p)
}

func (v *View) name(p string) {
	dir := path.Dir(p)
	v.extra[dir] = append(v.extra[dir], path.Base(p))
}

// StandIn returns what stands at the canonical path p in place of the root's own
// file, or nil.
func (v *View) StandIn(p string) *StandIn { return v.standIns[p] }

// Extra returns the names of the stand-ins in the directory dir, sorted. The root
// may have files of the same names.
func (v *View) Extra(dir string) []string { return v.extra[dir] }
