package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// limit is how long one run may take.
const limit = 10 * time.Minute

// inView is $AREA where writes are captured.
const inView = "/opt/depview-bench"

// A sample is what one run took.
type sample struct {
	Round int     `json:"round"` // 0 is the first, which warms up and does not count
	Wall  float64 `json:"wall_s"`
	CPU   float64 `json:"cpu_s"` // of the peer's process and all that it waited for: the command and the daemon
}

// counts is what depview run --stats writes.
type counts struct {
	Requests  map[string]int64   `json:"requests"`
	StartupMS map[string]float64 `json:"startup_ms"`
	TotalMS   float64            `json:"total_ms"`
	CPUMS     float64            `json:"cpu_ms"`  // the daemon's
	PeakKB    int64              `json:"peak_kb"` // the daemon's
	Captured  struct {
		Files int64 `json:"files"`
		Bytes int64 `json:"bytes"`
	} `json:"captured"`
}

// total is the number of requests.
func (c *counts) total() (n int64) {
	for _, k := range c.Requests {
		n += k
	}
	return n
}

// measure runs a workload once. Whatever the last run left is gone before the
// clock starts, and where much is going to be written, no other page waits to be.
// The counts are nil where the peer has none.
func (b *bench) measure(w *workload, p *peer) (s sample, c *counts, err error) {
	j := job{tool: b.tools[p.name], work: b.workDir(w), layer: filepath.Join(b.dir, "layer"), packages: w.packages, command: w.command}
	if w.deps != "" {
		j.deps = filepath.Join(b.dir, w.name+".toml")
	}
	if p.engine != "" && b.hasStats {
		j.stats = filepath.Join(b.dir, "stats.json")
	}
	if w.again != "" {
		j.command = twice(w.command)
	} else if slices.ContainsFunc(b.workloads, func(o workload) bool { return o.again == w.name }) {
		j.command = once(w.command)
	}
	for _, d := range []string{j.layer, j.work + "/out"} {
		if err := errors.Join(removeAll(d), os.Mkdir(d, 0o755)); err != nil {
			return s, nil, err
		}
	}
	area := j.work + "/out/area"
	if w.captured && p.captures {
		area = inView
	}
	if w.captured {
		syscall.Sync()
	}
	output, err := os.Create(filepath.Join(b.dir, "output"))
	if err != nil {
		return s, nil, err
	}
	defer output.Close()
	ctx, cancel := context.WithTimeout(b.ctx, limit)
	defer cancel()
	cmd := group(ctx, p.argv(j))
	cmd.Dir, cmd.Env = j.work, append(b.env, "AREA="+area)
	cmd.Stdout, cmd.Stderr = output, output
	start := time.Now()
	err = cmd.Run()
	s.Wall = time.Since(start).Seconds()
	left := reap()
	if err != nil {
		text, _ := os.ReadFile(output.Name())
		return s, nil, failure(ctx, err, text)
	}
	s.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds() + left
	if w.again != "" {
		if s.Wall, err = between(filepath.Join(j.work, marks)); err != nil {
			return s, nil, err
		}
	}
	if j.stats != "" {
		c = &counts{}
		text, err := os.ReadFile(j.stats)
		if err := errors.Join(err, json.Unmarshal(text, c)); err != nil {
			return s, nil, fmt.Errorf("--stats: %w", err)
		}
	}
	return s, c, nil
}

// group makes a command that is killed with all that it started.
func group(ctx context.Context, argv []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// failure describes a run that failed by the last line of what it said.
func failure(ctx context.Context, err error, output []byte) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("not done after %v", limit)
	}
	if line := lastLine(output); line != "" {
		return fmt.Errorf("%w: %s", err, line)
	}
	return err
}

// lastLine is the last line of an output that is not empty.
func lastLine(output []byte) string {
	output = bytes.TrimSpace(output)
	return string(bytes.TrimSpace(output[bytes.LastIndexByte(output, '\n')+1:]))
}

// between reads the marks of a command that ran twice, in seconds.
func between(name string) (float64, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	words := strings.Fields(string(text))
	if len(words) != 2 {
		return 0, fmt.Errorf("%s: want two times, have %q", name, text)
	}
	begin, err1 := strconv.ParseInt(words[0], 10, 64)
	end, err2 := strconv.ParseInt(words[1], 10, 64)
	return float64(end-begin) / 1e9, errors.Join(err1, err2)
}

// removeAll removes a tree, be there directories in it that nobody may enter, as
// overlayfs makes them.
func removeAll(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
