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
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/capture"
	"github.com/depview/depview/view/record"
	"github.com/depview/depview/view/suggest"
)

// suggestFlags are suggest's.
type suggestFlags struct {
	sessionFlags
	format string
	verify bool
}

var suggestFormats = []string{"text", "json", "toml"}

func suggestCommand() *cobra.Command {
	var f suggestFlags
	cmd := &cobra.Command{
		Use:   "suggest [flags] [CAPTURE] [--verify -- COMMAND [ARG...]]",
		Short: "say what to declare, from what a build used",
		Long: `suggest prints the smallest set of direct dependencies that brings all that a
build used, by kind, each with evidence; then what is declared and not used, and
what is used and only another's dependency. It takes the capture of a build that
ran with --learn: of any other it knows only what was declared. What captured files
need when they run counts, too.

With --verify it runs COMMAND in a view of just what it suggests.`,
		Example: `  depview run --learn --recipe debian/control --work .. -- dpkg-buildpackage -b -uc -us
  depview suggest
  depview suggest --verify -- sh -c 'make clean && make'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			captures, command := args, []string(nil)
			if at := cmd.ArgsLenAtDash(); at >= 0 {
				captures, command = args[:at], args[at:]
			}
			if err := f.arguments(captures, command); err != nil {
				return err
			}
			return f.suggest(captures, command)
		},
	}
	f.viewFlags.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.format, "format", "text", "write `FORMAT`: "+strings.Join(suggestFormats, ", "))
	flags.BoolVar(&f.verify, "verify", false, "run a command in a view of what is suggested")
	flags.StringVar(&f.work, "work", "", "with --verify, the `DIR` that is there as it is (default: the current one)")
	flags.BoolVar(&f.network, "network", false, "with --verify, leave the network in place")
	if err := cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(suggestFormats, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag
	}
	return cmd
}

// arguments checks what the command line has beside flags.
func (f *suggestFlags) arguments(captures, command []string) error {
	switch {
	case !slices.Contains(suggestFormats, f.format):
		return hinted{fmt.Errorf("unknown format %q", f.format), "known: " + strings.Join(suggestFormats, ", ")}
	case len(captures) > 1:
		return hinted{fmt.Errorf("%d captures, and one at most is wanted", len(captures)), "a command comes after --"}
	case f.verify && len(command) == 0:
		return hinted{errors.New("no command to verify with"), "depview suggest --verify -- COMMAND"}
	case !f.verify && len(command) > 0:
		return hinted{errors.New("a command, and nothing to do with it"), "--verify runs it in a view of what is suggested"}
	}
	return nil
}

func (f *suggestFlags) suggest(captures, command []string) error {
	dir, err := captureDir(captures)
	if err != nil {
		return err
	}
	config, err := f.configOr(dir)
	if err != nil {
		return err
	}
	s, sug, err := f.suggestion(dir, config)
	if err != nil {
		return err
	}
	defer s.wait()
	switch {
	case f.verify:
		return f.tryOut(config, sug, command)
	case f.format == "json":
		return sug.JSON(os.Stdout)
	case f.format == "toml":
		_, err = os.Stdout.Write(s.with(sug.Direct()).TOML())
		return err
	}
	return sug.Text(os.Stdout, f.verbose)
}

// with returns the config of s with other direct dependencies, as a person would write
// it.
func (s *scope) with(direct []depgraph.Direct) *depgraph.Config {
	c := *s.config
	c.Target.Recipe, c.Target.Direct, c.Resolved = "", s.certain(direct), nil
	c.Base.Packages = s.certain(c.Base.Packages)
	own := s.stack.ignore()
	c.Ignore = slices.DeleteFunc(slices.Clone(c.Ignore), func(glob string) bool { return slices.Contains(own, glob) })
	return &c
}

// suggestion makes the suggestion from the capture in dir.
func (f *suggestFlags) suggestion(dir string, config *depgraph.Config) (*scope, *suggest.Suggestion, error) {
	in, err := declarationFor(dir, config)
	if err != nil {
		return nil, nil, err
	}
	s, err := f.resolve(config)
	if err != nil {
		return nil, nil, err
	}
	v, err := s.view(nil)
	if err != nil {
		return nil, nil, err
	}
	c, err := patiently(func() (*capture.Capture, error) { return capture.OpenRead(dir) })
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	captured, err := f.needs(c, s, v)
	if err != nil {
		return nil, nil, err
	}
	file, err := openRecord(dir)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	ignore, err := record.Matcher(s.resolved().Ignore)
	if err != nil {
		return nil, nil, err
	}
	sug, err := suggest.New(suggest.Input{
		Target: config.Target.Name, Graph: s.graph, Base: s.request.Base, Declared: s.direct,
		Events: record.Read(file), Captured: captured, Phase: config.Phase, Ignore: ignore, Owners: ownersIn(v),
		Declare: func(kind depgraph.Kind, names []string) string {
			if kind == depgraph.Run && in != "" && filepath.Ext(in) != ".toml" {
				return "" // a recipe's build dependencies are no place for it
			}
			return declareAs(kind, config.Sources, s.stack, in, names)
		},
	})
	return s, sug, err
}

// declarationFor is the declaration of a config. If that is the capture's own, it is
// what the last command was told, and the dependencies were written down there.
func declarationFor(dir string, config *depgraph.Config) (string, error) {
	if config.Name != viewName(dir) {
		return declaration(config), nil
	}
	file, err := openRecord(dir)
	if err != nil {
		return "", err
	}
	defer file.Close()
	in := ""
	for e, err := range record.Read(file) {
		if err != nil {
			return "", err
		}
		if e.Kind == record.Start {
			in = e.Declaration
		}
	}
	for i := range config.Target.Direct {
		config.Target.Direct[i].Where = cmp.Or(in, "--dep")
	}
	return in, nil
}

// ownersIn returns who owns a path of the root.
func ownersIn(v *view.View) func(path string) []string {
	return func(path string) []string {
		a, err := v.Verdict(v.Canonical(path))
		if err != nil {
			return nil
		}
		return a.OwnerNames()
	}
}

// needs reads what the captured files need.
func (f *suggestFlags) needs(c *capture.Capture, s *scope, v *view.View) ([]suggest.Captured, error) {
	l, err := layer(c)
	if err != nil {
		return nil, err
	}
	captured, damaged, err := suggest.ReadNeeds(l, os.DirFS(s.root), ownersIn(v))
	if f.verbose {
		for _, err := range damaged {
			fmt.Fprintf(os.Stderr, "depview: %s\n", err)
		}
	}
	return captured, err
}

// tryOut runs a command in a view of what is suggested.
func (f *suggestFlags) tryOut(config *depgraph.Config, sug *suggest.Suggestion, command []string) error {
	only := *config
	only.Target.Recipe, only.Target.Direct = "", sug.Direct()
	only.Packages = slices.Clone(config.Packages)
	for i, p := range only.Packages {
		if p.Name == only.Target.Name { // what it declares itself is not suggested
			without := *p
			without.Direct = nil
			only.Packages[i] = &without
		}
	}
	f.preset = &only
	s, status, err := f.once(command, func(*session) error { return nil })
	if err != nil {
		return err
	}
	s.sayWhatHappened(status)
	if status.Code == 0 {
		fmt.Fprintln(os.Stderr, "depview: verified: the command succeeds with just what is suggested")
	}
	return ended(status)
}
