package main

import (
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view"
)

// homes are where users' own files are.
var homes = []string{"/home", "/root", "/Users", "/var/root"}

// everything returns the scope that shows all that s, whose view is v, hides, but what
// rules hide and what is nobody's business: the homes of users.
func (s *scope) everything(v *view.View) *scope {
	all := *s
	all.all = v
	return &all
}

// conceals tells of hidden files that are not to be seen even so: users' own, and those
// that have every program of a kind do something by being there, as Python runs each
// .pth when it starts, which is no wish of the build's.
func (s *scope) conceals(p string) bool {
	pth, private := path.Ext(p) == ".pth", inHome(p)
	if !pth && !private {
		return false
	}
	a, err := s.all.Verdict(p)
	if err != nil || a.Verdict.Visible() {
		return false
	}
	return pth || len(a.Owners) == 0 // packages can be installed in a home
}

func inHome(p string) bool {
	return slices.ContainsFunc(homes, func(home string) bool { return p == home || strings.HasPrefix(p, home+"/") })
}

// class says what a package is to the target.
func (s *scope) class(p *depgraph.Package) depgraph.Class {
	c := s.closure.Class(p)
	if s.all != nil && c == depgraph.Outside {
		c = depgraph.InClosure
	}
	return c
}
