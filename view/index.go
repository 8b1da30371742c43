package view

import (
	"fmt"
	"path"
	"sync"

	"github.com/depview/depview/depgraph"
)

// An index says who owns which canonical path. The lists of visible packages are
// read at once; those of all others when a path turns up that no visible package
// owns, since a build may never ask for one.
type index struct {
	files   func(*depgraph.Package) ([]string, error)
	resolve *resolver

	visible owners
	hidden  func() (owners, error)
}

// owners maps a canonical path to the packages that own it. Almost every file
// has one owner, and only directories many: a path's owner is a position in
// packages, or, where it is negative, the complement of a position in sets.
type owners struct {
	packages []*depgraph.Package
	sets     [][]int32
	of       map[string]int32
}

func newIndex(packages []*depgraph.Package, class func(*depgraph.Package) depgraph.Class, files func(*depgraph.Package) ([]string, error), r *resolver) (*index, error) {
	x := &index{files: files, resolve: r}
	var visible, hidden []*depgraph.Package
	for _, p := range packages {
		if class(p) == depgraph.Outside {
			hidden = append(hidden, p)
		} else {
			visible = append(visible, p)
		}
	}
	var err error
	if x.visible, err = x.load(visible); err != nil {
		return nil, err
	}
	x.hidden = sync.OnceValues(func() (owners, error) { return x.load(hidden) })
	return x, nil
}

func (x *index) load(packages []*depgraph.Package) (owners, error) {
	o := owners{packages: packages, of: make(map[string]int32, 128*len(packages))}
	for i, p := range packages {
		files, err := x.files(p)
		if err != nil {
			return o, fmt.Errorf("files of package %s: %w", p.Name, err)
		}
		for _, f := range files {
			o.add(x.resolve.canonical(f), int32(i))
		}
	}
	return o, nil
}

func (o *owners) add(path string, p int32) {
	have, ok := o.of[path]
	switch {
	case !ok:
		o.of[path] = p
	case have >= 0 && have != p:
		o.sets = append(o.sets, []int32{have, p})
		o.of[path] = ^int32(len(o.sets) - 1)
	case have < 0:
		set := &o.sets[^have]
		if (*set)[len(*set)-1] != p {
			*set = append(*set, p)
		}
	}
}

// get returns the packages that own the canonical path p.
func (o *owners) get(p string) []*depgraph.Package {
	have, ok := o.of[p]
	if !ok {
		return nil
	}
	if have >= 0 {
		return []*depgraph.Package{o.packages[have]}
	}
	set := o.sets[^have]
	list := make([]*depgraph.Package, len(set))
	for i, p := range set {
		list[i] = o.packages[p]
	}
	return list
}

// ancestors calls yield for each directory above p, nearest first, until it
// returns false.
func ancestors(p string, yield func(dir string) bool) {
	for p != "/" {
		p = path.Dir(p)
		if !yield(p) {
			return
		}
	}
}
