package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/depview/depview/view/record"
)

// nameLayout names the captures below a state directory: by the time in UTC, to
// the nanosecond, so that byte order is the order of time.
const nameLayout = "20060102T150405.000000000Z"

// ErrNone is wrapped by [Latest]'s error where there is no capture.
var ErrNone = errors.New("no capture yet")

// New makes a capture in a new directory of stateDir, named by now.
func New(stateDir string, now time.Time) (*Capture, error) {
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return nil, fmt.Errorf("capture: %w", err)
	}
	for {
		dir := filepath.Join(stateDir, now.UTC().Format(nameLayout))
		err := os.Mkdir(dir, 0o700)
		if err == nil {
			return Create(dir)
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("capture: %w", err)
		}
		now = now.Add(time.Nanosecond) // another build began in the same nanosecond
	}
}

// Latest returns the newest capture that [New] made in stateDir. Where there is
// none the error wraps [ErrNone] and says how to get one.
func Latest(stateDir string) (string, error) {
	entries, err := os.ReadDir(stateDir) // sorted by name
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("capture: %w", err)
	}
	for i := len(entries) - 1; i >= 0; i-- {
		name := entries[i].Name()
		if _, err := time.Parse(nameLayout, name); err == nil && entries[i].IsDir() {
			return filepath.Join(stateDir, name), nil
		}
	}
	return "", fmt.Errorf("%s: %w (name one, or make one with depview run)", record.Quote(stateDir), ErrNone)
}
