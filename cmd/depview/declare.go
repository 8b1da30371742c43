package main

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/depview/depview/depgraph"
)

// declaration is the file that declares the target's dependencies: the port's recipe
// before its deps.toml, and "" where the command line does.
func declaration(config *depgraph.Config) string {
	return cmp.Or(config.Target.Recipe, config.Name)
}

// declare returns how to declare one of the packages named, in the syntax of the
// declaration. The databases may be nil.
func declare(sources []depgraph.SourceConfig, s *stack) func(declaration string, names []string) string {
	return func(declaration string, names []string) string { return declareAs("", sources, s, declaration, names) }
}

// declareAs is declare for a dependency of a kind, "" for the one that deps.toml takes
// for granted.
func declareAs(kind depgraph.Kind, sources []depgraph.SourceConfig, opened *stack, declaration string, names []string) string {
	name, key, flag := filepath.Base(declaration), "depends", "--dep "
	if kind != "" && kind != depgraph.Lib {
		key, flag = "depends."+string(kind), "--dep "+string(kind)+":"
	}
	switch {
	case declaration == "":
		return eachOf(names, func(name string) string { return flag + name })
	case filepath.Ext(name) == ".toml" || len(sources) == 0:
		return key + " = [" + eachOf(names, strconv.Quote) + "] in [target] of " + name
	}
	from := sources[0].Kind
	reads := depgraph.Reads(name)
	if i := slices.IndexFunc(sources, func(s depgraph.SourceConfig) bool { return slices.Contains(reads, s.Kind) }); i >= 0 {
		from = sources[i].Kind
	}
	return eachOf(names, func(name string) string {
		of, own := kindOf(name, from, sources, opened)
		for _, l := range opened.of(from) {
			if d, ok := l.db.(depgraph.Declarer); ok && of == from {
				return d.Declare([]string{own})
			}
			if d, ok := l.db.(depgraph.BelowDeclarer); ok && of != from {
				return d.DeclareBelow([]string{own})
			}
		}
		if of != from {
			return flag + name // the recipe has no words for it
		}
		return depgraph.Declare(from)([]string{own})
	})
}

// kindOf returns the kind of the database that a package is of, and its name there. What
// cannot be told is of the usual kind.
func kindOf(name, usual string, sources []depgraph.SourceConfig, opened *stack) (kind, own string) {
	if opened != nil {
		for _, l := range opened.layers {
			for _, p := range l.db.Packages() {
				if p.Name == name {
					return l.kind, p.OwnName()
				}
			}
		}
	}
	for _, s := range sources {
		if own, ok := strings.CutPrefix(name, s.Kind+":"); ok {
			return s.Kind, own
		}
	}
	return usual, name
}

func eachOf(names []string, text func(name string) string) string {
	var all []string
	for _, name := range names {
		all = append(all, text(name))
	}
	return strings.Join(all, " or ")
}
