package main

import (
	"errors"
	"fmt"
	iofs "io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

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
	mountpoint        string // mount's argument
	stats             string
}

func (f *sessionFlags) add(cmd *cobra.Command) {
	f.viewFlags.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.capture, "capture", "", "keep what is written in `DIR`, which may be an earlier build's (default: a new one in "+"~/.local/state/depview)")
	flags.StringVar(&f.work, "work", "", "the `DIR` that is there as it is, read-write, at its own path (default: the current one)")
	flags.BoolVar(&f.network, "network", false, "leave the network in place")
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
}

// home is the build's HOME, in its own /tmp.
const home = "/tmp/home"

// open makes everything ready that a plan for argv needs. On failure nothing is
// left but, perhaps, an empty capture.
func (f *sessionFlags) open(argv []string, work string) (*session, error) {
	watch := newStopwatch()
	config, err := f.config()
	if err != nil {
		return nil, err
	}
	return f.enter(config, argv, work, watch)
}

// enter makes everything ready for a config.
func (f *sessionFlags) enter(config *depgraph.Config, argv []string, work string, watch *stopwatch) (_ *session, err error) {
	s := &session{watch: watch}
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
	mounts, err := s.bind(append(phase.Writable, work))
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
	watch.lap("view")
	if err := errors.Join(err, <-captured); err != nil {
		return nil, err
	}
	watch.lap("capture")
	s.recorder = newRecorder(s.out, v, argv)
	options := fs.Options{Hidden: s.recorder.hidden, Log: log.New(os.Stderr, "depview: ", 0)}
	if err := s.takeWrites(f, &options); err != nil {
		return nil, err
	}
	s.tree, err = fs.New(v, s.scope.root, options)
	return s, err
}

// bind puts directories of the host into the plan, and returns where they will be.
func (s *session) bind(dirs []string) (mounts []string, err error) {
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		bind, err := bindOf(dir)
		if err != nil {
			return nil, err
		}
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

// openCapture opens the capture, or the record alone where nothing is captured.
func (s *session) openCapture(f *sessionFlags, mounts []string) error {
	dir := f.capture
	if dir == "" {
		state, err := stateDir()
		if err != nil {
			return err
		}
		dir = state
	}
	if err := apart(dir, mounts, f.mountpoint); err != nil {
		return err
	}
	c, err := patiently(func() (*capture.Capture, error) {
		if f.capture == "" {
			return capture.New(dir, time.Now())
		}
		return capture.Create(dir)
	})
	if err != nil {
		return err
	}
	s.capture = c
	if s.kept, err = c.Kept(); err != nil {
		return err
	}
	s.config = s.scope.resolved()
	if err := s.capture.WriteView(s.config.TOML()); err != nil {
		return err
	}
	file, err := s.capture.RecordFile()
	if err != nil {
		return err
	}
	s.out, err = record.Append(file)
	return err
}

// apart tells whether the build could reach its own capture, or the view would
// cover it.
func apart(dir string, mounts []string, mountpoint string) error {
	real, err := realOfSome(dir)
	if err != nil {
		return err
	}
	if mountpoint != "" && within(real, mountpoint) {
		return hinted{fmt.Errorf("the capture %s is inside %s, which the view would cover", dir, mountpoint), "--capture DIR puts it elsewhere"}
	}
	for _, m := range mounts {
		if within(real, m) {
			return hinted{fmt.Errorf("the capture %s is inside %s, where the build could change it", dir, m),
				"--capture DIR puts it elsewhere; --work DIR shows the build less"}
		}
		if within(m, real) {
			return fmt.Errorf("%s is inside the capture %s", m, dir)
		}
	}
	return nil
}

// realOfSome resolves the links in as much of p as exists.
func realOfSome(p string) (string, error) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return "", err
	}
	rest := ""
	for {
		real, err := filepath.EvalSymlinks(abs)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		abs, rest = filepath.Dir(abs), filepath.Join(filepath.Base(abs), rest)
	}
}

// patience is how long depview waits for a capture whose build is just ending.
const patience = 2 * time.Second

// patiently opens a capture.
func patiently(open func() (*capture.Capture, error)) (*capture.Capture, error) {
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		c, err := open()
		if errors.Is(err, capture.ErrInUse) && time.Since(start) < patience {
			continue
		}
		return c, captureError(err)
	}
}

func captureError(err error) error {
	switch {
	case errors.Is(err, capture.ErrInUse):
		return hinted{err, "wait for that build, or give this one its own --capture DIR"}
	case errors.Is(err, capture.ErrNotCapture):
		return hinted{err, "--capture wants a new or empty directory, or an earlier build's capture"}
	case errors.Is(err, iofs.ErrPermission), errors.Is(err, syscall.EROFS):
		return hinted{err, "--capture DIR, or XDG_STATE_HOME, says where to keep what a build writes"}
	}
	return err
}

// stateDir is where captures are made that nobody names.
func stateDir() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "depview"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", hinted{err, "--capture DIR says where to keep what the build writes"}
	}
	return filepath.Join(home, ".local", "state", "depview"), nil
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
