package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/fs"
	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view/capture"
	"github.com/depview/depview/view/record"
)

// sessionFlags are what run and mount have beyond a view's.
type sessionFlags struct {
	viewFlags
	capture, work     string
	network, cleanEnv bool
	quiet             bool
	mountpoint        string // mount's argument
	stats             string
	learn, absent     bool
	unrecorded        bool             // for tests/bench: what recording costs
	again             *again           // set for check's second run
	preset            *depgraph.Config // what is to be seen, instead of what the flags say
}

func (f *sessionFlags) add(cmd *cobra.Command) {
	f.viewFlags.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.capture, "capture", "", "keep what is written in `DIR`, which may be an earlier build's (default: a new one in "+"~/.local/state/depview)")
	flags.StringVar(&f.work, "work", "", "the `DIR` that is there as it is, read-write, at its own path (default: the current one)")
	flags.BoolVar(&f.network, "network", false, "leave the network in place")
	flags.BoolVar(&f.learn, "learn", false, "hide nothing, and record what is used of packages that are not declared")
	flags.BoolVar(&f.absent, "absent", false, "also record names that do not exist and would be hidden if they did")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "say nothing but what goes wrong")
	cmd.MarkFlagsMutuallyExclusive("quiet", "verbose")
	flags.BoolVar(&f.unrecorded, "unrecorded", false, "record nothing of what the build looks up and uses")
	_ = flags.MarkHidden("unrecorded") // there it is
}

// mode is what the command's part of the record is called.
func (f *sessionFlags) mode() string {
	switch {
	case f.again != nil:
		return record.Confirm
	case f.learn:
		return record.Learn
	}
	return record.Hide
}

// command is what the record says that ran.
func (f *sessionFlags) command(argv []string) []string {
	if argv == nil {
		return []string{"depview", "mount", f.mountpoint}
	}
	return argv
}

// A session is a view, ready to be entered, and what keeps its results.
type session struct {
	plan     *jail.Plan
	jail     *jail.Jail // nil for a mount
	scope    *scope
	config   *depgraph.Config // resolved: view.toml
	tree     *fs.Tree
	capture  *capture.Capture // nil where the phase captures nothing
	kept     capture.Kept     // in the capture so far, by a user without root's power
	recorder *recorder
	out      *record.Writer
	watch    *stopwatch
	engine   string // what takes the build's writes, and why
	live     *live
	quiet    bool

	unrecorded bool // nothing is to be recorded
}

// home is the build's HOME, in its own /tmp.
const home = "/tmp/home"

// open makes everything ready that a plan for argv needs. On failure nothing is
// left but, perhaps, an empty capture.
func (f *sessionFlags) open(argv []string, work string) (*session, error) {
	watch := newStopwatch()
	config, err := f.preset, error(nil)
	if config == nil {
		config, err = f.config()
	}
	if err != nil {
		return nil, err
	}
	return f.enter(config, argv, work, watch)
}

// enter makes everything ready for a config.
func (f *sessionFlags) enter(config *depgraph.Config, argv []string, work string, watch *stopwatch) (_ *session, err error) {
	s := &session{watch: watch, live: newLive(), quiet: f.quiet, unrecorded: f.unrecorded}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	phase, err := config.Phase(f.phase)
	if err != nil {
		return nil, err
	}
	s.plan = &jail.Plan{Argv: argv, Network: f.network || phase.Network, Home: home, Mountpoint: f.mountpoint}
	if err := s.plan.Host(); err != nil {
		return nil, err
	}
	mounts, err := s.bind(f, append(phase.Writable, work))
	if err != nil {
		return nil, err
	}
	if f.mountpoint == "" { // the child's first milliseconds go by beside the next steps
		if s.jail, err = jail.Prepare(s.plan); err != nil {
			return nil, err
		}
	}
	watch.lap("child")
	if s.scope, err = f.resolve(config); err != nil {
		return nil, err
	}
	watch.lap("graph")
	captured := make(chan error, 1)
	go func() { captured <- s.openCapture(f, mounts) }()
	v, err := s.scope.view(mounts, networkFiles(s.plan.Network)...)
	shown := v // what is served
	if mode := f.mode(); err == nil && mode != record.Hide {
		shown, err = s.scope.everything(v).view(mounts, networkFiles(s.plan.Network)...)
	}
	watch.lap("view")
	if err := errors.Join(err, <-captured); err != nil {
		return nil, err
	}
	watch.lap("capture")
	s.recorder = newRecorder(s.out, v, f.mode(), argv)
	s.recorder.optional = (&optional{scope: s.scope, view: v}).of
	options := fs.Options{Log: log.New(s.live, "depview: ", 0)}
	if !s.unrecorded {
		options.Watch = s.recorder.watch(f.absent)
	}
	if err := s.takeWrites(f, &options); err != nil {
		return nil, err
	}
	if s.tree, err = fs.New(shown, s.scope.root, options); err != nil {
		return nil, err
	}
	s.recorder.start(phase.Name, declaration(config), f.command(argv))
	return s, nil
}

// bind puts directories of the host into the plan, and returns where they will be.
func (s *session) bind(f *sessionFlags, dirs []string) (mounts []string, err error) {
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		bind, err := bindOf(dir)
		if err != nil {
			return nil, err
		}
		bind.Source = f.again.source(bind.Source)
		s.plan.Binds = append(s.plan.Binds, bind)
		mounts = append(mounts, bind.Target)
	}
	return mounts, nil
}

// bindOf gives a directory of the host the same place in the view.
func bindOf(dir string) (jail.Bind, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return jail.Bind{}, err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return jail.Bind{}, err
	}
	info, err := os.Stat(real)
	if err != nil {
		return jail.Bind{}, err
	}
	if !info.IsDir() {
		return jail.Bind{}, hinted{fmt.Errorf("%s is not a directory", dir), "--work DIR names the directory of the build, such as its source tree"}
	}
	for _, own := range append(jail.Own(), jail.Absent()...) {
		if own != jail.Tmp() && within(real, own) {
			return jail.Bind{}, hinted{fmt.Errorf("%s cannot be shown as it is: the view has its own %s", dir, own), "--work DIR names another directory"}
		}
	}
	if real == "/" || real == jail.Tmp() {
		return jail.Bind{}, hinted{fmt.Errorf("%s cannot be the work directory", real), "--work DIR names the directory of the build, such as its source tree"}
	}
	return jail.Bind{Source: real, Target: real}, nil
}

// within tells whether p is dir or below it. Both are clean.
func within(p, dir string) bool {
	return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}

// networkFiles are the files that name resolution reads, with the host's content
// wherever the host's links lead: a manager's file under /run is not in the view.
func networkFiles(network bool) []depgraph.Rewrite {
	var list []depgraph.Rewrite
	for _, p := range []string{"/etc/resolv.conf", "/etc/hosts"} {
		if content, err := os.ReadFile(p); network && err == nil {
			list = append(list, depgraph.Rewrite{Path: p, Data: func() ([]byte, error) { return content, nil }})
		}
	}
	return list
}

// close lets go of everything, and says what went wrong with the record.
func (s *session) close() error {
	var errs []error
	if s.jail != nil {
		s.jail.Abandon()
	}
	if s.tree != nil {
		errs = append(errs, s.tree.Close())
	}
	if s.out != nil {
		errs = append(errs, s.out.Close())
	}
	if s.capture != nil {
		errs = append(errs, s.capture.Close())
	}
	if s.scope != nil {
		s.scope.wait()
	}
	return errors.Join(errs...)
}
