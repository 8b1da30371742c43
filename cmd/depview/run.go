package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view/capture"
	"github.com/depview/depview/view/record"
)

func runCommand() *cobra.Command {
	var f sessionFlags
	cmd := &cobra.Command{
		Use:   "run [flags] -- COMMAND [ARG...]",
		Short: "run a command in a view",
		Long: `run runs a command in a view: a root directory that holds the base OS, the
files of the target's direct and indirect dependencies, and nothing else. The
work directory is there as it is; every other write lands in the capture. There
is no network but loopback, /tmp and HOME are private and empty, and the command
is process 1's only child.

The exit status is the command's own, 128 and the signal's number if a signal
ended it, 125 if depview failed, 126 if the command cannot be executed, 127 if
it is not in the view.`,
		Example: `  depview run -- bash
  depview run --recipe debian/control --work .. -- dpkg-buildpackage -b -uc -us
  depview run --deps deps.toml --capture ../out -- make install`,
		Args: needCommand,
		RunE: func(_ *cobra.Command, args []string) error { return f.run(args) },
	}
	f.add(cmd)
	f.addRun(cmd)
	return cmd
}

// addRun adds the flags of verbs that run a command.
func (f *sessionFlags) addRun(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.cleanEnv, "clean-env", false, "keep only PATH, TERM, LANG, LC_*, MAKEFLAGS and SOURCE_DATE_EPOCH of the environment")
	flags.StringVar(&f.stats, "stats", "", "write what the view cost to `FILE`, as JSON")
	flags.SetInterspersed(false)
}

// needCommand refuses a command line without a command.
func needCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		verb := cmd.CommandPath()
		return hinted{errors.New("no command to run"), verb + " -- COMMAND; an interactive shell is depview run -- bash"}
	}
	return nil
}

func (f *sessionFlags) run(argv []string) error {
	s, status, err := f.once(argv, func(*session) error { return nil })
	if err != nil {
		return err
	}
	s.sayWhatHappened(status)
	return ended(status)
}

// once runs a command in a session of its own, which is closed when it returns.
// Before the command starts, and with all ready for it, it calls prepare.
func (f *sessionFlags) once(argv []string, prepare func(*session) error) (*session, jail.Status, error) {
	work := f.work
	if work == "" {
		work = "."
	}
	runtime.LockOSThread() // the child lives as long as the thread that starts it
	s, err := f.open(argv, work)
	if err != nil {
		return nil, jail.Status{}, err
	}
	status, err := s.inside(f, prepare)
	closed := s.close()
	s.hint(err)
	return s, status, errors.Join(err, closed)
}

// hint adds what to declare to the error of a command that is hidden itself.
func (s *session) hint(err error) {
	var j *jail.Error
	if notFound(err) == 0 || !errors.As(err, &j) {
		return
	}
	r, err := s.report()
	if err != nil {
		return // the error itself says enough
	}
	for _, g := range wantedOf(r) {
		j.Hint = fmt.Sprintf("%s is hidden; to show it: %s", record.Quote(g.Findings[0].Path), record.Quote(g.Declare))
	}
}

// inside runs the session's command.
func (s *session) inside(f *sessionFlags, prepare func(*session) error) (status jail.Status, err error) {
	if s.plan.Dir, err = workingDir(); err != nil {
		return status, err
	}
	s.plan.Env = environment(os.Environ(), s.plan, f.cleanEnv)
	if err = prepare(s); err != nil {
		return status, err
	}
	if status, err = s.run(); err != nil {
		var never *jail.Error // it did not begin, and nobody killed it
		if errors.As(err, &never) {
			s.recorder.end(never.Code)
		}
		return status, err
	}
	s.recorder.end(status.Code)
	return status, s.writeStats(f.stats)
}

// ended ends depview as its command has ended.
func ended(status jail.Status) error {
	if status.Signal == int(syscall.SIGINT) {
		// A shell goes on with its script unless the command it waits for died of
		// the interrupt too.
		signal.Reset(syscall.SIGINT)
		_ = unix.Kill(os.Getpid(), syscall.SIGINT)
		time.Sleep(time.Second)
	}
	if status.Code != 0 {
		return exitCode(status.Code)
	}
	return nil
}

// workingDir is the current directory by its real path, which is the one that the
// view has: os.Getwd takes a shell's word for it.
func workingDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// run enters the session's jail and stays with it to the end. Until the command
// runs, a signal ends depview as it ends any program, and the jail with it.
func (s *session) run() (jail.Status, error) {
	restore := keepTerminal()
	defer restore()
	j := s.jail
	if !s.unrecorded {
		j.OnDenied(s.recorder.denied)
	}
	if err := j.Start(s.tree, func(proc *os.File) { s.recorder.proc.Store(proc) }); err != nil {
		return jail.Status{}, err
	}
	s.watch.lap("jail")
	settleDown()
	s.showProgress()
	defer s.live.stop()
	done := make(chan struct{})
	defer close(done)
	go passOn(j, catch(), done)
	return j.Wait()
}

// showProgress keeps a status line where there is a terminal for it.
func (s *session) showProgress() {
	if s.quiet || !liveFits(os.Getenv("TERM"), os.Stdout, os.Stderr) {
		return
	}
	var m *capture.Meter
	if s.scope.phase.Capture {
		m = s.capture.Meter()
	}
	s.live.start(s.recorder, m)
}

// grace is how long a command may take to end after SIGTERM or SIGHUP.
const grace = 10 * time.Second

// catch has signals delivered, but for SIGHUP and SIGINT where they are ignored,
// which the command shall find ignored too.
func catch() <-chan os.Signal {
	c := make(chan os.Signal, 8)
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2} {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	return c
}

// passOn gives the command the signals that depview gets. Those of the terminal
// it has already; a second request to end, or a patience that runs out, is the
// end for certain.
func passOn(j *jail.Jail, signals <-chan os.Signal, done <-chan struct{}) {
	asked := false
	var late <-chan time.Time
	for {
		select {
		case <-done:
			return
		case <-late:
			j.Kill()
		case sig := <-signals:
			s := sig.(syscall.Signal)
			if (s == syscall.SIGINT || s == syscall.SIGQUIT) && inForeground() {
				continue
			}
			if s == syscall.SIGTERM || s == syscall.SIGHUP {
				if asked {
					j.Kill()
				}
				asked, late = true, time.After(grace)
			}
			_ = j.Signal(s)
		}
	}
}

// terminal calls f with the controlling terminal, if there is one.
func terminal(f func(fd int)) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return
	}
	defer tty.Close()
	f(int(tty.Fd()))
}

// inForeground tells whether the terminal sends its signals to this process's
// group, and so to the command.
func inForeground() (yes bool) {
	terminal(func(fd int) {
		group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
		yes = err == nil && group == unix.Getpgrp()
	})
	return yes
}

// keepTerminal returns a function that gives the terminal back to this process's
// group, if it has it now: a shell in the view takes it and cannot return it, for
// there the group has no number.
func keepTerminal() func() {
	if !inForeground() {
		return func() {}
	}
	return func() {
		signal.Ignore(syscall.SIGTTOU)
		terminal(func(fd int) { _ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, unix.Getpgrp()) })
	}
}

// environment is the command's: the caller's, with a home and a place for
// temporary files that the view has.
func environment(env []string, p *jail.Plan, clean bool) []string {
	var out []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "HOME", "TMPDIR", "TMP", "TEMP", "PWD", "OLDPWD", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME":
			continue
		case "PATH", "TERM", "LANG", "MAKEFLAGS", "SOURCE_DATE_EPOCH":
		default:
			if clean && !strings.HasPrefix(name, "LC_") {
				continue
			}
		}
		out = append(out, kv)
	}
	return append(out, "HOME="+p.Home, "TMPDIR=/tmp", "PWD="+p.Dir)
}

// fewNames is how many packages one line names.
const fewNames = 4

// wantedOf returns the packages of which the command wanted something.
func wantedOf(r *record.Report) (wanted []record.Group) {
	for _, g := range r.Undeclared {
		if g.Rank() > record.Probed {
			wanted = append(wanted, g)
		}
	}
	return wanted
}

// most names the packages of groups, those with most paths first.
func most(groups []record.Group) string {
	groups = slices.SortedStableFunc(slices.Values(groups), func(a, b record.Group) int { return cmp.Compare(len(b.Findings), len(a.Findings)) })
	var names []string
	for _, g := range groups[:min(len(groups), fewNames)] {
		names = append(names, strings.Join(g.Owners, " or "))
	}
	if n := len(groups) - len(names); n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), n)
	}
	return strings.Join(names, ", ")
}

// report makes the report of the session's command.
func (s *session) report() (*record.Report, error) {
	o := reportOptions(s.config, nil)
	if s.scope != nil {
		o.Declare = declare(s.config.Sources, s.scope.stack)
	}
	o.Last = true
	return readRecord(s.capture.Dir(), o)
}

// sayWhatHappened tells where the results are, in a line or two; a quiet session
// tells only what is wrong with them.
func (s *session) sayWhatHappened(status jail.Status) {
	if status.Held {
		fmt.Fprintln(os.Stderr, "depview: a process outside still holds a file of the view: until it ends, the capture may change")
	}
	if r, err := s.report(); err != nil {
		fmt.Fprintf(os.Stderr, "depview: report: %s\n", err)
	} else if wanted := wantedOf(r); len(wanted) > 0 && !s.quiet {
		fmt.Fprintf(os.Stderr, "depview: wanted files of undeclared packages: %s; depview report tells which\n", most(wanted))
	}
	if !s.quiet {
		if s.recorder.mode == record.Learn {
			fmt.Fprintln(os.Stderr, "depview: nothing was hidden; depview suggest tells what to declare")
		}
		fmt.Fprintf(os.Stderr, "depview: capture %s\n", s.capture.Dir())
	}
}
