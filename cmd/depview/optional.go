package main

import (
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/record"
)

// An optional tells which modules programs of the system look for and do without, by
// what packages recommend and suggest: dpkg-architecture tries Locale::gettext, and no
// build that runs it depends on that.
//
// Of a script it is not known which of the modules that it loads is asking, and not
// all of them are of packages that its own depends on: it may lack what any visible
// package only recommends. Any other program may lack what its own packages do.
type optional struct {
	scope *scope
	view  *view.View

	mu   sync.Mutex
	asks map[*depgraph.Package]map[string]string // asker, nil for scripts → optional package → who says so
}

// of returns the package that only recommends or suggests the owner of a module that
// the target does not declare, and for which the process of e asks; else "".
func (o *optional) of(e record.Event) string {
	if what := e.What(); what != record.APerl && what != record.APython || e.Exe == "" {
		return ""
	}
	program, isScript := e.Exe, interprets(e.Exe)
	if isScript {
		if program = script(e.Argv); program == "" {
			return ""
		}
	}
	p, ok := o.view.Find("/", program)
	if !ok {
		return ""
	}
	a, err := o.view.Verdict(p)
	if err != nil || !a.Verdict.Visible() {
		return ""
	}
	for _, asker := range a.Owners {
		if isScript {
			asker = nil
		}
		known := o.known(asker)
		for _, name := range e.Owners {
			if by := known[name]; by != "" && !o.scope.declares(name) {
				return by
			}
		}
	}
	return ""
}

// known returns what asker and the packages that it needs would make use of; of nil,
// what all visible packages would.
func (o *optional) known(asker *depgraph.Package) map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if known, ok := o.asks[asker]; ok {
		return known
	}
	c, known := o.scope.closure, map[string]string{}
	if asker != nil {
		var err error
		c, err = o.scope.graph.Closure(depgraph.Request{Direct: []depgraph.Direct{{Kind: depgraph.Lib, Need: depgraph.Named(asker.Name)}}})
		if err != nil {
			return known
		}
	}
	for _, p := range c.Packages() {
		o.add(known, p)
	}
	if o.asks == nil {
		o.asks = map[*depgraph.Package]map[string]string{}
	}
	o.asks[asker] = known
	return known
}

func (o *optional) add(known map[string]string, p *depgraph.Package) {
	if p.Optional == nil {
		return
	}
	needs, err := p.Optional()
	if err != nil {
		return // a field that cannot be read makes nothing optional
	}
	for _, n := range needs {
		for _, alternative := range n {
			if alternative.Condition {
				continue
			}
			for _, candidate := range o.scope.graph.Satisfying(alternative, p) {
				if known[candidate.Name] == "" {
					known[candidate.Name] = p.Name
				}
			}
		}
	}
}

// interprets tells whether exe runs scripts, which are what asks then.
func interprets(exe string) bool {
	name := strings.TrimRight(path.Base(exe), "0123456789.")
	return slices.Contains([]string{"sh", "dash", "bash", "perl", "python", "ruby", "tclsh", "lua"}, name)
}

// script returns the script that an interpreter runs, if its path says whose it is.
func script(argv []string) string {
	for _, arg := range argv[min(1, len(argv)):] {
		if strings.HasPrefix(arg, "-") {
			continue
		}
		if path.IsAbs(arg) {
			return arg
		}
		return ""
	}
	return ""
}
