// Package generated looks up the tables in which sources list the files that no package
// owns although an installation makes them.
package generated

import (
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
)

// Files are generated files of one owner. An empty Owner is the base OS: every root has
// them. Otherwise they are there where the owner is; "new|old" names a package that was
// renamed. Paths are divided by white space: a path that ends in a slash is a directory
// and all below it, and * stands for a part of one name.
type Files = struct{ Why, Owner, Paths string }

// Beside are generated files that go with another. Part is in every such path, Pattern
// is the regular expression of the whole of it, and Origin, made from its groups, is the
// path of the other file, or the name of a package.
type Beside = struct{ Why, Part, Pattern, Origin string }

// A Table answers for such lists: whole paths by a map, trees by the map and a walk up
// the path, patterns one by one.
type Table struct {
	paths  map[string]string // path, or "tree/", to owner
	globs  []glob
	beside []besideRule
}

type glob struct{ prefix, pattern, owner string }

type besideRule struct {
	part    string
	pattern func() *regexp.Regexp // compiled when a path has the part
	origin  string
}

// NewTable returns a function that makes the table when it is first asked for.
func NewTable(files []Files, beside []Beside) func() *Table {
	return sync.OnceValue(func() *Table {
		t := &Table{paths: map[string]string{}}
		for _, f := range files {
			for p := range strings.FieldsSeq(f.Paths) {
				if prefix, _, pattern := strings.Cut(p, "*"); pattern {
					t.globs = append(t.globs, glob{prefix, p, f.Owner})
				} else {
					t.paths[p] = f.Owner
				}
			}
		}
		for _, b := range beside {
			t.beside = append(t.beside, besideRule{b.Part, sync.OnceValue(func() *regexp.Regexp {
				return regexp.MustCompile("^" + b.Pattern + "$")
			}), b.Origin})
		}
		return t
	})
}

// Owner returns the owner that a list of files gives for a path; the deepest tree around
// it counts.
func (t *Table) Owner(name string) (owner string, ok bool) {
	if owner, ok = t.paths[name]; ok {
		return owner, true
	}
	for _, g := range t.globs {
		if strings.HasPrefix(name, g.prefix) {
			if ok, _ := path.Match(g.pattern, name); ok {
				return g.owner, true
			}
		}
	}
	for dir := name; len(dir) > 1; dir = path.Dir(dir) {
		if owner, ok = t.paths[dir+"/"]; ok {
			return owner, true
		}
	}
	return "", false
}

// Beside returns the path, or the name of the package, that a path goes with.
func (t *Table) Beside(name string) (origin string, ok bool) {
	for _, b := range t.beside {
		if !strings.Contains(name, b.part) {
			continue
		}
		pattern := b.pattern()
		if match := pattern.FindStringSubmatchIndex(name); match != nil {
			return string(pattern.ExpandString(nil, b.origin, name, match)), true
		}
	}
	return "", false
}

// Find returns whose a generated file is. The function installed returns how an
// installed package of that name is called, "" if there is none.
func (t *Table) Find(name string, installed func(name string) string) (depgraph.Origin, bool) {
	if owner, ok := t.Owner(name); ok {
		return depgraph.Origin{Package: First(owner, installed)}, true
	}
	origin, ok := t.Beside(name)
	if strings.HasPrefix(origin, "/") {
		return depgraph.Origin{Path: origin}, ok
	}
	return depgraph.Origin{Package: First(origin, installed)}, ok
}

// FindInUsr is Find in tables that are written for a system where /usr holds everything:
// a path /lib/… stands for /usr/lib/… in them, and so does what it goes with.
func (t *Table) FindInUsr(name string, installed func(name string) string) (depgraph.Origin, bool) {
	inUsr := InUsr(name)
	origin, ok := t.Find(inUsr, installed)
	if inUsr != name {
		top, _, _ := strings.Cut(name[1:], "/")
		if rest, within := strings.CutPrefix(origin.Path, "/usr/"+top+"/"); within {
			origin.Path = "/" + top + "/" + rest
		}
	}
	return origin, ok
}

// First chooses among names of one package over the years, "new|old": the first that is
// installed, as installed returns it, else the first.
func First(names string, installed func(name string) string) string {
	for name := range strings.SplitSeq(names, "|") {
		if is := installed(name); is != "" {
			return is
		}
	}
	first, _, _ := strings.Cut(names, "|")
	return first
}

// InUsr spells a path as where /usr holds everything: /bin/sh is /usr/bin/sh.
func InUsr(name string) string {
	for _, top := range []string{"/bin/", "/lib/", "/lib32/", "/lib64/", "/sbin/"} {
		if strings.HasPrefix(name, top) {
			return "/usr" + name
		}
	}
	return name
}
