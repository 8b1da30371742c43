package main

import (
	"cmp"
	"path/filepath"
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
// declaration.
func declare(source *depgraph.SourceConfig) func(declaration string, names []string) string {
	return func(declaration string, names []string) string { return declareAs("", source, declaration, names) }
}

// declareAs is declare for a dependency of a kind, "" for the one that deps.toml takes
// for granted.
func declareAs(kind depgraph.Kind, source *depgraph.SourceConfig, declaration string, names []string) string {
	name, key, flag := filepath.Base(declaration), "depends", "--dep "
	if kind != "" && kind != depgraph.Lib {
		key, flag = "depends."+string(kind), "--dep "+string(kind)+":"
	}
	switch {
	case declaration == "":
		return eachOf(names, func(name string) string { return flag + name })
	case filepath.Ext(name) == ".toml" || source == nil:
		return key + " = [" + eachOf(names, strconv.Quote) + "] in [target] of " + name
	}
	return depgraph.Declare(source.Kind)(names)
}

func eachOf(names []string, text func(name string) string) string {
	var all []string
	for _, name := range names {
		all = append(all, text(name))
	}
	return strings.Join(all, " or ")
}
