package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/depview/depview/depgraph"
)

// viewFlags are the flags that say what may be seen.
type viewFlags struct {
	deps, target, recipe, phase, engine string
	from, dep, base, set                []string
	verbose                             bool
}

func (f *viewFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.deps, "deps", "", "read the port's deps.toml from `FILE`")
	flags.StringArrayVar(&f.from, "from", nil, "read the package database `KIND[:ROOT][@PREFIX]`, KIND being "+strings.Join(depgraph.Sources(), ", ")+", or auto for what is there (repeatable: the first is the uppermost; default: auto)")
	flags.StringVar(&f.target, "target", "", "the package that is built is `NAME`")
	flags.StringVar(&f.recipe, "recipe", "", "read the direct dependencies from the port's own `FILE`, such as debian/control")
	flags.StringArrayVar(&f.dep, "dep", nil, "add the direct dependency `[KIND:]NAME`; KIND is fetch, extract, patch, lib, build, run or test (repeatable)")
	flags.StringArrayVar(&f.base, "base", nil, "add the package `NAME` and what it needs to the base OS (repeatable)")
	flags.StringVar(&f.phase, "phase", "", "show what the phase `NAME` may see: fetch, checksum, extract, patch, configure, build, destroot, test, install (default: everything)")
	flags.StringArrayVar(&f.set, "set", nil, "set a variable of deps.toml, `NAME=VALUE` (repeatable)")
	flags.StringVar(&f.engine, "engine", engineAuto, "how writes are captured, by `ENGINE`: auto, overlay or fuse")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "say more")
}

// config reads deps.toml, and adds the flags to it.
func (f *viewFlags) config() (*depgraph.Config, error) {
	if !slices.Contains(engines, f.engine) {
		return nil, hinted{fmt.Errorf("unknown engine %q", f.engine), "known: " + strings.Join(engines, ", ")}
	}
	vars := map[string]string{}
	for _, kv := range f.set {
		name, value, ok := strings.Cut(kv, "=")
		if !ok {
			return nil, hinted{fmt.Errorf("--set %s: no value", kv), "write --set NAME=VALUE"}
		}
		vars[name] = value
	}
	config := &depgraph.Config{}
	if f.deps != "" {
		text, err := os.ReadFile(f.deps)
		if err != nil {
			return nil, err
		}
		if config, err = depgraph.ReadConfig(f.deps, text, vars, os.ReadFile); err != nil {
			return nil, err
		}
	} else if len(f.set) > 0 {
		return nil, errors.New("--set sets variables of a deps.toml, and there is none: --deps FILE names it")
	}
	if err := f.sources(config); err != nil {
		return nil, err
	}
	config.Target.Name = cmp.Or(f.target, config.Target.Name)
	config.Target.Recipe = cmp.Or(f.recipe, config.Target.Recipe)
	for _, d := range f.dep {
		kind, name := depgraph.Lib, d
		if k, n, ok := strings.Cut(d, ":"); ok && slices.Contains(depgraph.Kinds(), depgraph.Kind(k)) {
			kind, name = depgraph.Kind(k), n
		}
		config.Target.Direct = append(config.Target.Direct, depgraph.Direct{Kind: kind, Need: alternatives(name), Where: "--dep"})
	}
	for _, b := range f.base {
		config.Base.Packages = append(config.Base.Packages, depgraph.Direct{Need: alternatives(b), Where: "--base"})
	}
	return config, nil
}

// alternatives reads "a | b", as deps.toml has it.
func alternatives(text string) (need depgraph.Need) {
	for name := range strings.SplitSeq(text, " | ") {
		need = append(need, depgraph.Alternative{Name: strings.TrimSpace(name)})
	}
	return need
}
