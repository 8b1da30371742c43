package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view/record"
)

// exitWanted is check's exit status where something hidden was wanted.
const exitWanted = 3

// checkFlags are check's.
type checkFlags struct {
	sessionFlags
	confirm  bool
	report   reportFlags
	baseline string // to write
}

func checkCommand() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [flags] -- COMMAND [ARG...]",
		Short: "run a command in a view, and fail if it wanted what is hidden",
		Long: `check runs a command as run does, and then tells which hidden files it would have
run or read: by package, with who asked and what to declare. The exit status is 3
if there are any, else the command's own.

Who asks for a file need not want it, so findings are ranked: would have run, would
have been read, probed; only the first two count. Whether a program that a
configure script looked for would be used cannot be seen while it is hidden, and a
Python module is not even looked for. With --confirm the command runs once more, on
a copy of the work directory as it was, with everything visible: what it opens or
executes there settles the rank.`,
		Example: `  depview check --recipe debian/control --work .. -- dpkg-buildpackage -b -uc -us
  depview check --confirm --deps deps.toml -- sh -c './configure && make'`,
		Args: needCommand,
		RunE: func(_ *cobra.Command, args []string) error { return f.check(args) },
	}
	f.add(cmd)
	f.addRun(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.confirm, "confirm", false, "run the command again with everything visible, to tell what it would have used")
	flags.StringVar(&f.baseline, "write-baseline", "", "write the findings to `FILE`, for --baseline to know them the next time")
	f.report.addFilters(cmd)
	return cmd
}

func (f *checkFlags) check(argv []string) error {
	if f.engine == engineAuto {
		// It hears of all who ask, not of the first alone, and of a user's second run
		// leaves nothing that is not the user's to remove.
		f.engine = engineFuse
	}
	if f.learn {
		return hinted{errors.New("--learn hides nothing, and check is about what is hidden"), "depview run --learn, then depview suggest; or depview check --confirm"}
	}
	if err := f.report.leaveOut(&record.Options{}); err != nil {
		return err // before the command takes its time
	}
	var again *again
	s, status, err := f.once(argv, func(s *session) (err error) {
		if f.confirm {
			again, err = newAgain(s)
		}
		return err
	})
	if code := notFound(err); code != 0 { // because it is hidden, perhaps
		complain(err)
		status.Code, err = code, nil
	}
	if err == nil && again != nil && status.Signal == 0 && again.asked.Err() == nil {
		if !f.quiet {
			fmt.Fprintln(os.Stderr, "depview: check: once more, with everything visible")
		}
		var second jail.Status
		if second, err = again.run(f.sessionFlags, argv); second.Signal != 0 {
			status = second
		}
	}
	if err := errors.Join(err, again.remove()); err != nil {
		return err
	}
	r, err := f.findings(s)
	if err != nil {
		return err
	}
	if !f.quiet || r.Rank() > record.Probed {
		if err := r.Write(os.Stderr, "text", record.Details{Verbose: f.verbose, Build: record.Over}); err != nil {
			return err
		}
	}
	if !f.quiet {
		fmt.Fprintf(os.Stderr, "depview: capture %s\n", s.capture.Dir())
		if status.Code != 0 && status.Signal == 0 && again == nil && r.Rank() == record.Probed {
			fmt.Fprintln(os.Stderr, "hint: --confirm shows also what a program misses without asking for it, such as a Python module or a Ruby gem")
		}
	}
	if r.Rank() > record.Probed && f.baseline == "" {
		return exitCode(exitWanted)
	}
	return ended(status)
}

// notFound returns the exit status of a command that is not in the view, 0 for any
// other error.
func notFound(err error) int {
	var j *jail.Error
	if errors.As(err, &j) && j.Code == jail.ExitNotFound {
		return j.Code
	}
	return 0
}

// findings makes the report of the session's command, and writes the baseline.
func (f *checkFlags) findings(s *session) (*record.Report, error) {
	o := reportOptions(s.config, s.scope)
	o.Last = true
	if f.baseline != "" {
		all := o
		all.Ignore = append(slices.Clip(o.Ignore), f.report.ignore...)
		if err := f.writeBaseline(s.capture.Dir(), all); err != nil {
			return nil, err
		}
	}
	if err := f.report.leaveOut(&o); err != nil {
		return nil, err
	}
	return readRecord(s.capture.Dir(), o)
}

// writeBaseline writes what the report has, the findings of another baseline included.
func (f *checkFlags) writeBaseline(dir string, o record.Options) error {
	r, err := readRecord(dir, o)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := record.WriteBaseline(&b, r); err != nil {
		return err
	}
	if err := replace(f.baseline, b.Bytes()); err != nil {
		return fmt.Errorf("--write-baseline: %w", err)
	}
	return nil
}
