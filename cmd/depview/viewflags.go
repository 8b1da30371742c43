package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/depview/depview/depgraph"
)

// viewFlags are the flags that say what may be seen.
type viewFlags struct {
	deps, from, target, recipe, phase, engine string
	dep, base, set                            []string
	verbose                                   bool
}

func (f *viewFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.deps, "deps", "", "read the port's deps.toml from `FILE`")
	flags.StringVar(&f.from, "from", "", "read the package database of `KIND[:ROOT]` (known: "+strings.Join(depgraph.Sources(), ", ")+"; default: what this machine has)")
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
	if err := f.source(config); err != nil {
		return nil, err
	}
	config.Target.Name = cmp.Or(f.target, config.Target.Name)
	config.Target.Recipe = cmp.Or(f.recipe, config.Target.Recipe)
	for _, d := range f.dep {
		kind, name := depgraph.Lib, d
		if k, n, ok := strings.Cut(d, ":"); ok && slices.Contains(depgraph.Kinds(), depgraph.Kind(k)) {
			kind, name = depgraph.Kind(k), n
		}
		config.Target.Direct = append(config.Target.Direct, depgraph.Direct{Kind: kind, Need: depgraph.Named(name), Where: "--dep"})
	}
	for _, b := range f.base {
		config.Base.Packages = append(config.Base.Packages, depgraph.Direct{Need: depgraph.Named(b), Where: "--base"})
	}
	return config, nil
}

// source settles which database is read: the flag's, deps.toml's, or, without a
// deps.toml, the machine's own.
func (f *viewFlags) source(config *depgraph.Config) error {
	switch {
	case f.from != "":
		kind, root, _ := strings.Cut(f.from, ":")
		root, err := filepath.Abs(cmp.Or(root, "/"))
		if err != nil {
			return err
		}
		if root, err = filepath.EvalSymlinks(root); err != nil {
			return fmt.Errorf("--from %s: %w", f.from, err)
		}
		config.Source = &depgraph.SourceConfig{Kind: kind, Root: root}
	case f.deps == "":
		for _, kind := range depgraph.Sources() {
			if depgraph.Present(kind, os.DirFS("/")) {
				config.Source = &depgraph.SourceConfig{Kind: kind, Root: "/"}
				return nil
			}
		}
		return hinted{fmt.Errorf("no package database on this machine (looked for: %s)", strings.Join(depgraph.Sources(), ", ")),
			"--from KIND:ROOT names one elsewhere; --deps FILE can do without"}
	}
	return nil
}
