package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/fs/jail"
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
	well := true
	say := func(ok bool, what, result, hint string) {
		mark := "ok"
		if !ok {
			mark = "no"
		}
		fmt.Fprintf(w, "%-3s %-22s %s\n", mark, what, result)
		if !ok && hint != "" {
			fmt.Fprintf(w, "    hint: %s\n", hint)
		}
	}
	fmt.Fprintf(w, "depview %s\n", versionString())
	for _, c := range jail.Examine() {
		say(c.OK, c.What, c.Result, c.Hint)
		well = well && (c.OK || c.Optional)
	}
	state, err := stateDir()
	if err == nil {
		err = os.MkdirAll(state, 0o700)
	}
	if err != nil {
		say(false, "captures", err.Error(), "--capture DIR says where to keep what a build writes")
	} else {
		say(true, "captures", state, "")
	}
	for _, kind := range depgraph.Sources() {
		db, err := depgraph.Open(kind, os.DirFS("/"))
		if err != nil {
			say(false, "source "+kind, "no database on this machine", "--from "+kind+":ROOT names one elsewhere")
			continue
		}
		say(true, "source "+kind, fmt.Sprintf("%d packages", len(db.Packages())), "")
	}
	if err := tryView(); err != nil {
		hint := ""
		var j *jail.Error
		if errors.As(err, &j) {
			hint = j.Hint
		}
		say(false, "a view", err.Error(), hint)
		return false
	}
	say(true, "a view", "entered, overlay engine", "")
	return well
}

// tryView enters a small view for a moment.
func tryView() error {
	dir, err := os.MkdirTemp("", "depview-doctor-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	work := dir + "/work"
	if err := os.Mkdir(work, 0o700); err != nil {
		return err
	}
	f := sessionFlags{capture: dir + "/capture"}
	scope, err := newScope(&depgraph.Config{}, "") // no source: the usual base paths
	if err != nil {
		return err
	}
	s, err := f.enter(scope, []string{"true"}, work)
	if err != nil {
		return err
	}
	s.plan.Dir, s.plan.Env = "/", os.Environ()
	status, err := s.run()
	if err := errors.Join(err, s.close()); err != nil {
		return err
	}
	if status.Code != 0 {
		return fmt.Errorf("true ended with status %d", status.Code)
	}
	return os.RemoveAll(dir)
}
