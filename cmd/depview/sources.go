package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/depview/depview/depgraph"

	// The sources that there are.
	_ "github.com/depview/depview/depgraph/apk"
	_ "github.com/depview/depview/depgraph/dpkg"
	_ "github.com/depview/depview/depgraph/freebsd"
	_ "github.com/depview/depview/depgraph/gentoo"
	_ "github.com/depview/depview/depgraph/macports"
	_ "github.com/depview/depview/depgraph/opam"
	_ "github.com/depview/depview/depgraph/pacman"
	_ "github.com/depview/depview/depgraph/pkgsrc"
	_ "github.com/depview/depview/depgraph/rpm"
)

// parseSource reads the value of a --from, KIND[:ROOT][@PREFIX]. Without a ROOT it is
// the one given.
func parseSource(text, root string) (depgraph.SourceConfig, error) {
	s := depgraph.SourceConfig{Root: root}
	rest := text
	if at := strings.LastIndex(rest, "@/"); at >= 0 {
		rest, s.Prefix = rest[:at], filepath.Clean(rest[at+1:])
	}
	kind, dir, given := strings.Cut(rest, ":")
	s.Kind = kind
	if kind, prefix, is := strings.Cut(kind, "@"); is {
		return s, hinted{fmt.Errorf("--from %s: the prefix %q is not an absolute path", text, prefix), "--from " + kind + "@/DIR"}
	}
	if s.Kind == auto && s.Prefix != "" {
		return s, hinted{fmt.Errorf("--from %s: auto looks in the usual places", text), "--from KIND@PREFIX names one elsewhere"}
	}
	if s.Kind != auto && !slices.Contains(depgraph.Sources(), s.Kind) {
		return s, fmt.Errorf("--from %s: unknown source %q (known: %s, and auto)", text, s.Kind, strings.Join(depgraph.Sources(), ", "))
	}
	if given {
		abs, err := filepath.Abs(cmp.Or(dir, "/"))
		if err != nil {
			return s, err
		}
		if s.Root, err = filepath.EvalSymlinks(abs); err != nil {
			return s, fmt.Errorf("--from %s: %w", text, err)
		}
	}
	return s, nil
}

// auto is the --from that stands for the databases that are there.
const auto = "auto"

// found returns the databases of root that a build with this recipe is about.
func found(root, recipe string) ([]depgraph.SourceConfig, error) {
	var sources []depgraph.SourceConfig
	for _, kind := range depgraph.Find(openRoot(root), setting(""), recipe) {
		sources = append(sources, depgraph.SourceConfig{Kind: kind, Root: root})
	}
	if len(sources) == 0 {
		where := "on this machine"
		if root != "/" {
			where = "in " + root
		}
		return nil, hinted{fmt.Errorf("no package database %s (looked for: %s)", where, strings.Join(depgraph.Sources(), ", ")),
			"--from KIND:ROOT names one elsewhere, KIND@PREFIX one in an unusual place; --deps FILE can do without"}
	}
	return sources, nil
}

// sources settles which databases are read: the flags', deps.toml's, or, without a
// deps.toml, the machine's own.
func (f *viewFlags) sources(config *depgraph.Config) error {
	recipe := cmp.Or(f.recipe, config.Target.Recipe)
	if len(f.from) == 0 {
		if f.deps != "" {
			return nil
		}
		var err error
		config.Sources, err = found("/", recipe)
		return err
	}
	config.Sources = nil
	root := "/"
	for i, text := range f.from {
		s, err := parseSource(text, root)
		if err != nil {
			return err
		}
		if i > 0 && s.Root != root {
			return fmt.Errorf("--from %s: not of the root %s, that the one before is of: databases of one root can be stacked", text, root)
		}
		root = s.Root
		more := []depgraph.SourceConfig{s}
		if s.Kind == auto {
			if more, err = found(root, recipe); err != nil {
				return err
			}
			tellFound(more)
			more = slices.DeleteFunc(more, func(s depgraph.SourceConfig) bool { return has(config.Sources, s.Kind) })
		}
		for _, s := range more {
			if has(config.Sources, s.Kind) {
				return fmt.Errorf("--from %s: %s is a source already", text, s.Kind)
			}
			config.Sources = append(config.Sources, s)
		}
	}
	return nil
}

func has(sources []depgraph.SourceConfig, kind string) bool {
	return slices.ContainsFunc(sources, func(s depgraph.SourceConfig) bool { return s.Kind == kind })
}

// tellFound says which databases "auto" came to.
func tellFound(sources []depgraph.SourceConfig) {
	var kinds []string
	for _, s := range sources {
		kinds = append(kinds, s.Kind)
	}
	fmt.Fprintf(os.Stderr, "depview: --from auto: %s at %s\n", strings.Join(kinds, " above "), sources[0].Root)
}

// at says which table of deps.toml an error about a source is for.
func at(s depgraph.SourceConfig, err error) error {
	if s.Where == "" {
		return err // a flag's, or what was found
	}
	return fmt.Errorf("%s: %w", s.Where, err)
}

// inOrder fails where what is beside an OS is below the OS's own database: the lowest
// says what the base OS is.
func inOrder(sources []depgraph.SourceConfig) error {
	if len(sources) == 0 {
		return nil
	}
	lowest := sources[len(sources)-1].Kind
	for _, s := range sources {
		if depgraph.IsOS(s.Kind) && !depgraph.IsOS(lowest) {
			return at(s, hinted{fmt.Errorf("%s is above %s: a system's own database is the lowest", s.Kind, lowest), "the uppermost comes first: " + lowest + ", then " + s.Kind})
		}
	}
	return nil
}

// withOthers adds to the error for a database that is not there which the root has.
func withOthers(s depgraph.SourceConfig, err error) error {
	root := openRoot(s.Root)
	if !errors.Is(err, fs.ErrNotExist) || depgraph.Present(s.Kind, root, setting(s.Prefix)) {
		return err
	}
	hint := "--from KIND:ROOT names another root, KIND@PREFIX an unusual place"
	kinds := slices.DeleteFunc(depgraph.Sources(), func(kind string) bool { return !depgraph.Present(kind, root, setting("")) })
	if len(kinds) > 0 {
		hint = "there is " + english.OxfordWordSeries(kinds, "and") + "; " + hint
	}
	return hinted{err, hint}
}
