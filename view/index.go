package view

import (
	"errors"
	"fmt"
	"path"
	"runtime"
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
	hidden  func() ([]owners, error) // in parts that were read at the same time
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
	if x.visible, err = x.load(visible, r); err != nil {
		return nil, err
	}
	x.hidden = sync.OnceValues(func() ([]owners, error) { return x.loadParts(hidden) })
	return x, nil
}

// loadParts reads the lists of packages, most of a machine's, on every processor.
// Each part resolves links by itself: what they would share costs more in waiting
// for each other than in asking twice.
func (x *index) loadParts(packages []*depgraph.Package) ([]owners, error) {
	parts := make([]owners, min(runtime.GOMAXPROCS(0), len(packages)))
	errs := make([]error, len(parts))
	var wait sync.WaitGroup
	for i := range parts {
		from, to := i*len(packages)/len(parts), (i+1)*len(packages)/len(parts)
		wait.Go(func() { parts[i], errs[i] = x.load(packages[from:to], newResolver(x.resolve.root)) })
	}
	wait.Wait()
	return parts, errors.Join(errs...)
}

// hiddenOwners returns the packages outside the closure that own the canonical
// path p.
func (x *index) hiddenOwners(p string) ([]*depgraph.Package, error) {
	parts, err := x.hidden()
	if err != nil {
		return nil, err
	}
	var list []*depgraph.Package
	for i := range parts {
		list = append(list, parts[i].get(p)...)
	}
	return list, nil
}

func (x *index) load(packages []*depgraph.Package, r *resolver) (owners, error) {
	o := owners{packages: packages, of: make(map[string]int32, 128*len(packages))}
	for i, p := range packages {
		files, err := x.files(p)
		if err != nil {
			return o, fmt.Errorf("files of package %s: %w", p.Name, err)
		}
		for _, f := range files {
			o.add(r.canonical(f), int32(i))
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
