package view

import "strings"

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

// enclosed tells whether a base path encloses p, with no exception nearer.
func (v *View) enclosed(p string) bool {
	is, known := v.base[p]
	ancestors(p, func(dir string) bool {
		if !known {
			is, known = v.base[dir]
		}
		return !known
	})
	return is
}

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

// ancestors calls yield for each directory above the clean path p, nearest first,
// until it returns false.
func ancestors(p string, yield func(dir string) bool) {
	for p != "/" {
		p = p[:max(1, strings.LastIndexByte(p, '/'))]
		if !yield(p) {
			return
		}
	}
}
