package main

import (
	"errors"
	"fmt"
	iofs "io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/depview/depview/view/capture"
	"github.com/depview/depview/view/record"
)

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
	file, err := f.again.record(s.capture).RecordFile()
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
