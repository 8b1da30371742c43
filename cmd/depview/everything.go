package main

import (
	"path"

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

// conceals tells of hidden files that have every program of a kind do something, by
// being there: Python runs each .pth when it starts. That is no wish of the build's.
func (s *scope) conceals(p string) bool {
	if path.Ext(p) != ".pth" {
		return false
	}
	a, err := s.all.Verdict(p)
	return err == nil && !a.Verdict.Visible()
}

// class says what a package is to the target.
func (s *scope) class(p *depgraph.Package) depgraph.Class {
	c := s.closure.Class(p)
	if s.all != nil && c == depgraph.Outside {
		c = depgraph.InClosure
	}
	return c
}
