package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view/capture"
)

// An again is the second run of a check: the same command with everything visible,
// on copies of what the first found in its work directory, and with a capture that
// is thrown away. Only what it adds to the first's record stays.
//
//	CAPTURE.again-*/
//	  0, 1, …     copies of the directories that the build writes to
//	  capture/
type again struct {
	dir    string
	copies map[string]string // directory of the host → its copy
	first  string            // the first run's capture
	main   *capture.Capture  // the same, open
	input  int64             // where standard input was, or -1 if it cannot go back there
	// asked is done when depview was asked to end: what was copied must not stay.
	asked context.Context
	stop  func()
}

// newAgain copies what the session's command is going to change.
func newAgain(s *session) (_ *again, err error) {
	a := &again{copies: map[string]string{}, first: s.capture.Dir()}
	if a.input, err = os.Stdin.Seek(0, io.SeekCurrent); err != nil {
		a.input = -1
	}
	if a.dir, err = os.MkdirTemp(filepath.Dir(a.first), filepath.Base(a.first)+".again-"); err != nil {
		return nil, fmt.Errorf("--confirm: a place for the second run: %w", err)
	}
	a.asked, a.stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	for i, b := range s.plan.Binds {
		if b.ReadOnly {
			continue
		}
		to := filepath.Join(a.dir, strconv.Itoa(i))
		if out, err := exec.CommandContext(a.asked, "cp", "-a", "--", b.Source, to).CombinedOutput(); err != nil {
			err = fmt.Errorf("--confirm: copy %s for the second run: %w\n%s", b.Source, err, out)
			return nil, errors.Join(err, a.remove())
		}
		a.copies[b.Source] = to
	}
	return a, nil
}

// source returns what takes the place of a directory of the host.
func (a *again) source(dir string) string {
	if a == nil || a.copies[dir] == "" {
		return dir
	}
	return a.copies[dir]
}

// record returns the capture that has the record for a session with the capture c.
func (a *again) record(c *capture.Capture) *capture.Capture {
	if a == nil {
		return c
	}
	return a.main
}

// run runs the command again.
func (a *again) run(f sessionFlags, argv []string) (status jail.Status, err error) {
	if a.input >= 0 {
		if _, err := os.Stdin.Seek(a.input, io.SeekStart); err != nil {
			return status, fmt.Errorf("--confirm: standard input: %w", err)
		}
	}
	if a.main, err = patiently(func() (*capture.Capture, error) { return capture.Open(a.first) }); err != nil {
		return status, err
	}
	f.again, f.capture, f.stats = a, filepath.Join(a.dir, "capture"), ""
	_, status, err = f.once(argv, func(*session) error { return nil })
	return status, errors.Join(err, a.main.Close())
}

// remove takes everything away again.
func (a *again) remove() error {
	if a == nil {
		return nil
	}
	defer a.stop()
	// A build leaves directories that it has closed to itself.
	_ = filepath.WalkDir(a.dir, func(p string, e os.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			_ = os.Chmod(p, 0o700)
		}
		return nil
	})
	return os.RemoveAll(a.dir)
}
