package main

import (
	"encoding/json"
	"errors"
	"fmt"
	iofs "io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/google/renameio/v2"

	"github.com/depview/depview/view/capture"
)

// stats are what --stats writes, for benchmarks: what a run cost beyond its
// command.
type stats struct {
	// Requests counts what the kernel asked the view, by opcode.
	Requests map[string]uint64 `json:"requests"`
	// StartupMS are the milliseconds that each step took before the command ran.
	StartupMS map[string]float64 `json:"startup_ms"`
	TotalMS   float64            `json:"total_ms"`
	// CPUMS is the daemon's own processor time, and PeakKB its peak memory.
	CPUMS  float64 `json:"cpu_ms"`
	PeakKB int64   `json:"peak_kb"`
	// Captured is left out where the build's ids have closed files to the user.
	Captured *captured `json:"captured,omitempty"`
}

type captured struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
}

// A stopwatch tells how long each step took.
type stopwatch struct {
	start, last time.Time
	steps       map[string]float64
}

func newStopwatch() *stopwatch {
	now := time.Now()
	return &stopwatch{now, now, map[string]float64{}}
}

// lap ends the step called name. A nil stopwatch measures nothing.
func (w *stopwatch) lap(name string) {
	if w == nil {
		return
	}
	now := time.Now()
	w.steps[name] = milliseconds(now.Sub(w.last))
	w.last = now
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// peakKB returns this process's peak memory. What getrusage(2) says, the usual
// figure, counts on Linux what the process was before it executed depview.
func peakKB(usual int64) (kb int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return usual
	}
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
			return kb
		}
	}
	return usual
}

// writeStats writes what the session cost to the file name. The session must not
// be closed yet.
func (s *session) writeStats(name string) error {
	if name == "" {
		return nil
	}
	out := stats{Requests: s.tree.Requests(), StartupMS: s.watch.steps, TotalMS: milliseconds(time.Since(s.watch.start))}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	out.PeakKB = peakKB(usage.Maxrss)
	out.CPUMS = float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
	l, err := layer(s.capture)
	if err == nil {
		out.Captured, err = countFiles(l)
	}
	if err != nil && !errors.Is(err, iofs.ErrPermission) {
		return err
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(name, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("--stats: %w", err)
	}
	return nil
}

func countFiles(l *capture.Layer) (*captured, error) {
	var c captured
	for e, err := range l.Walk() {
		if err != nil {
			return nil, err
		}
		if e.Type == capture.File {
			c.Files++
			c.Bytes += e.Size
		}
	}
	return &c, nil
}
