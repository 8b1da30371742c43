package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view/cache"
)

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "tell what depview can do on this machine, and what it lacks",
		Long: `doctor tries each thing that depview needs, as the user who runs it, and says
how to get what is missing. The exit status is 0 if a view can be entered.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			well := examine(os.Stdout)
			if !well {
				return exitCode(1)
			}
			return nil
		},
	}
}

// examine prints one line a finding, and tells whether depview can work.
func examine(w io.Writer) bool {
	fmt.Fprintf(w, "depview %s\n", versionString())
	well := true
	for _, c := range slices.Concat(jail.Examine(), []jail.Check{examineState(), examineCache()}, examineSources(), []jail.Check{examineView()}) {
		mark := "ok"
		if !c.OK {
			mark = "no"
		}
		fmt.Fprintf(w, "%-3s %-22s %s\n", mark, c.What, c.Result)
		if !c.OK && c.Hint != "" {
			fmt.Fprintf(w, "    hint: %s\n", c.Hint)
		}
		well = well && (c.OK || c.Optional)
	}
	return well
}

func examineState() jail.Check {
	state, err := stateDir()
	if err == nil {
		err = os.MkdirAll(state, 0o700)
	}
	if err != nil {
		return jail.Check{What: "captures", Result: err.Error(), Hint: "--capture DIR says where to keep what a build writes", Optional: true}
	}
	return jail.Check{What: "captures", Result: state, OK: true}
}

func examineCache() jail.Check {
	c := jail.Check{What: "index of files", Optional: true, Hint: "every command reads all package lists anew; XDG_CACHE_HOME says where an index of them can be kept"}
	dir, err := cache.Dir()
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		err = unix.Access(dir, unix.W_OK)
	}
	if err != nil {
		c.Result = err.Error()
		return c
	}
	c.Result, c.OK = dir, true
	return c
}

func examineSources() []jail.Check {
	var list []jail.Check
	var absent []string
	for _, kind := range depgraph.Sources() {
		c := jail.Check{What: "source " + kind, Optional: true}
		db, err := depgraph.Open(kind, openRoot("/"), setting(""))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			absent = append(absent, kind)
			continue
		case err != nil:
			c.Result = err.Error()
		default:
			c.Result, c.OK = english.Plural(len(db.Packages()), "package", ""), true
		}
		list = append(list, c)
	}
	if len(absent) > 0 {
		list = append(list, jail.Check{
			What: "other sources", Optional: true, Result: "none on this machine: " + strings.Join(absent, ", "),
			Hint: "--from KIND:ROOT, or KIND@PREFIX, names one elsewhere",
		})
	}
	return list
}

func examineView() jail.Check {
	engine, err := tryView()
	if err == nil {
		return jail.Check{What: "a view", Result: "entered, " + engine, OK: true}
	}
	c := jail.Check{What: "a view", Result: err.Error()}
	var j *jail.Error
	if errors.As(err, &j) {
		c.Hint = j.Hint
	}
	return c
}

// tryView enters a small view for a moment, and tells with which engine.
func tryView() (engine string, err error) {
	dir, err := os.MkdirTemp("", "depview-doctor-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	work := dir + "/work"
	if err := os.Mkdir(work, 0o700); err != nil {
		return "", err
	}
	f := sessionFlags{capture: dir + "/capture", viewFlags: viewFlags{engine: engineAuto}}
	// No source: the usual base paths.
	s, err := f.enter(&depgraph.Config{}, []string{"true"}, work, newStopwatch())
	if err != nil {
		return "", err
	}
	s.plan.Dir, s.plan.Env = "/", os.Environ()
	status, err := s.run()
	if err := errors.Join(err, s.close()); err != nil {
		return "", err
	}
	if status.Code != 0 {
		return "", fmt.Errorf("true ended with status %d", status.Code)
	}
	return s.engine, os.RemoveAll(dir)
}
