package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/capture"
	"github.com/depview/depview/view/record"
)

// reportFlags say what a report leaves out, and how and where it is written.
type reportFlags struct {
	format, output, recipe, baseline string
	ignore                           []string
	verbose                          bool
}

func (f *reportFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.format, "format", "text", "write the report as `FORMAT`: "+strings.Join(record.Formats(), ", "))
	flags.StringVarP(&f.output, "output", "o", "", "write the report to `FILE` (default: standard output)")
	f.addFilters(cmd)
	flags.StringVar(&f.recipe, "recipe", "", "in sarif, the findings are about `FILE` (default: debian/control or deps.toml, if it is here)")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "list every path")
	formats := cobra.FixedCompletions(record.Formats(), cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc("format", formats); err != nil {
		panic(err) // there is no such flag
	}
}

// addFilters adds the flags that say what is left out.
func (f *reportFlags) addFilters(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.ignore, "ignore", nil, "leave out paths that match `GLOB`, as [ignore] of deps.toml does (repeatable)")
	flags.StringVar(&f.baseline, "baseline", "", "leave out the findings that are in `FILE`")
}

func reportCommand() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report [flags] [CAPTURE]",
		Short: "tell which hidden files a build looked for",
		Long: `report lists what a build misses: for each package that it does not declare the
files that it would have run or read, by which command line, and what to declare;
then those that it only probed for, files that no package owns, writes and
connections that were denied, and what is declared and not used. The build may
still be running, or have been killed. Without CAPTURE it is the latest.`,
		Example: `  depview report
  depview report --format sarif -o depview.sarif
  depview report --format json | jq -r '.undeclared[].owners[]'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := captureDir(args)
			if err != nil {
				return err
			}
			return f.report(dir)
		},
	}
	f.add(cmd)
	return cmd
}

func (f *reportFlags) report(dir string) error {
	name := viewName(dir)
	config := &depgraph.Config{}
	if text, err := os.ReadFile(name); err == nil {
		if config, err = depgraph.ReadConfig(name, text, nil, os.ReadFile); err != nil {
			return err
		}
	}
	s, err := newScope(config, "", func(error) {})
	if err != nil {
		s = nil // the database is gone, or another: what is unused cannot be told
	}
	o := reportOptions(config, s)
	if err := f.leaveOut(&o); err != nil {
		return err
	}
	build := buildState(dir) // first: a build that ends meanwhile leaves a record that says so
	r, err := readRecord(dir, o)
	if err != nil {
		return err
	}
	return f.write(r, record.Details{Verbose: f.verbose, Build: build, Declaration: f.declaration(), Version: versionString()})
}

// reportOptions are those that the config of a build makes for its report, and the
// scope that it comes to, if that is known.
func reportOptions(config *depgraph.Config, s *scope) record.Options {
	o := record.Options{Ignore: config.Ignore}
	if s != nil {
		o.Brings, o.Unused = s.brings, s.unused
	}
	var opened *stack
	if s != nil {
		opened = s.stack
	}
	o.Declare = declare(config.Sources, opened)
	return o
}

// leaveOut adds what the flags have a report leave out.
func (f *reportFlags) leaveOut(o *record.Options) error {
	if _, err := record.Matcher(f.ignore); err != nil {
		return hinted{err, "* is any part of a name, ** any number of directories"}
	}
	o.Ignore = append(o.Ignore, f.ignore...)
	if f.baseline == "" {
		return nil
	}
	file, err := os.Open(f.baseline)
	if err != nil {
		return fmt.Errorf("--baseline: %w", err)
	}
	defer file.Close()
	b, err := record.ReadBaseline(f.baseline, file)
	if err != nil {
		return hinted{err, "depview check --write-baseline FILE writes one"}
	}
	o.Known = b.Known
	return nil
}

// write writes a report to where the flags say. A file gets its name once all of
// it is there, unless it is none that could be replaced, such as a pipe.
func (f *reportFlags) write(r *record.Report, d record.Details) error {
	var b bytes.Buffer
	err := r.Write(&b, f.format, d)
	if errors.Is(err, record.ErrUnknownFormat) {
		return hinted{err, "--format json"}
	}
	switch {
	case err != nil:
	case f.output == "":
		_, err = os.Stdout.Write(b.Bytes())
	default:
		err = replace(f.output, b.Bytes())
	}
	return err
}

// replace follows a link, as a shell's redirection would.
func replace(name string, data []byte) error {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, data, 0o666)
	}
	return renameio.WriteFile(name, data, 0o644)
}

// buildState tells whether a build has the capture in dir.
func buildState(dir string) record.State {
	c, err := capture.OpenRead(dir)
	switch {
	case errors.Is(err, capture.ErrInUse):
		return record.Running
	case err != nil:
		return record.NotKnown // another user's, perhaps: its record may be open to us all the same
	}
	c.Close()
	return record.Over
}

// declaration is the file that the port's dependencies are declared in: relative
// to the current directory, which is the port's, if it is below it.
func (f *reportFlags) declaration() string {
	name := f.recipe
	for _, usual := range []string{"debian/control", "deps.toml"} {
		if _, err := os.Stat(usual); name == "" && err == nil {
			name = usual
		}
	}
	if dir, err := os.Getwd(); err == nil && filepath.IsAbs(name) {
		if rel, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(rel) {
			name = rel
		}
	}
	return name
}

// readRecord makes the report of the capture in dir, which may be in use: a record
// only grows.
func readRecord(dir string, o record.Options) (*record.Report, error) {
	file, err := openRecord(dir)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return record.NewReport(record.Read(file), o)
}

// openRecord opens the record of the capture in dir.
func openRecord(dir string) (*os.File, error) {
	file, err := capture.OpenRecord(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hinted{fmt.Errorf("%s has no record", dir), "depview run prints the path of its capture"}
	}
	return file, err
}
