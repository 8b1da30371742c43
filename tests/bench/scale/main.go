// Scale measures how depview's start-up time and memory grow with the package
// database:
//
//	go run ./tests/bench/scale [-short] [-o DIR]
//
// It makes databases of dpkg's form, of 1,000, 10,000 and 100,000 packages with
// 100 files each, in roots that hold little else (database.go). On each it runs
// depview deps, depview explain and depview run -- true: once with an empty cache
// directory, and then again and again. scale.json has the figures, scale.svg the
// curves.
//
// The memory of run is what its --stats says of the daemon. That of the others is
// the kernel's figure for the process (ru_maxrss). The page cache is warm, for the
// files have just been written.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// limit is how long one command may take; repeats is how often each is run again.
const (
	limit   = 3 * time.Minute
	repeats = 5
)

// A point is one command on one database.
type point struct {
	Packages int     `json:"packages"`
	Paths    int     `json:"paths"`
	Command  string  `json:"command"`
	First    figures `json:"first"` // with an empty cache
	Again    figures `json:"again"` // the medians of the runs after it
	Failed   string  `json:"failed,omitempty"`
}

type figures struct {
	MS     float64 `json:"ms"`
	PeakKB float64 `json:"peak_kb"`
}

// A scale is one run of this program.
type scale struct {
	ctx      context.Context
	dir      string // its own
	depview  string
	hasStats bool
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("scale: ")
	short := flag.Bool("short", false, "leave out the largest database")
	out := flag.String("o", ".", "write scale.json and scale.svg into `DIR`")
	flag.Parse()
	if err := run(*short, *out); err != nil {
		log.Fatal(err)
	}
}

func run(short bool, out string) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	s := &scale{ctx: ctx}
	if s.dir, err = os.MkdirTemp(cmp.Or(os.Getenv("TMPDIR"), "/var/tmp"), "depview-scale-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.dir)) }()
	if err := s.build(); err != nil {
		return err
	}
	sizes := []int{1000, 10000, 100000}
	if short {
		sizes = sizes[:2]
	}
	var points []point
	for _, n := range sizes {
		p, err := s.measure(n)
		if ctx.Err() != nil {
			return errors.New("interrupted; nothing was written")
		} else if err != nil {
			return err
		}
		points = append(points, p...)
	}
	return write(out, points)
}

// build makes depview, and asks it for --stats.
func (s *scale) build() error {
	s.depview = filepath.Join(s.dir, "depview")
	cmd := exec.CommandContext(s.ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", s.depview, "github.com/depview/depview/cmd/depview")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, text)
	}
	help, err := exec.CommandContext(s.ctx, s.depview, "run", "--help").CombinedOutput()
	s.hasStats = strings.Contains(string(help), "--stats ")
	return err
}

// measure makes a database of n packages and runs every command on it.
func (s *scale) measure(n int) ([]point, error) {
	root := filepath.Join(s.dir, "root")
	defer os.RemoveAll(root)
	if err := makeRoot(s.ctx, root, n); err != nil {
		return nil, err
	}
	work, stats := filepath.Join(s.dir, "work"), filepath.Join(s.dir, "stats.json")
	if err := os.MkdirAll(work, 0o755); err != nil {
		return nil, err
	}
	view := []string{"--from", "dpkg:" + root, "--dep", packageName(n - 1)}
	run := append([]string{"run", "--work", work}, view...)
	if s.hasStats {
		run = append(run, "--stats", stats)
	}
	var points []point
	for _, c := range []struct {
		name  string
		args  []string
		stats bool
	}{
		{"deps", append([]string{"deps"}, view...), false},
		{"explain", append(append([]string{"explain"}, view...), pathOf(n/2, 0)), false},
		{"run -- true", append(run, "--", "true"), s.hasStats},
	} {
		p := point{Packages: n, Paths: n * filesEach, Command: c.name}
		name := ""
		if c.stats {
			name = stats
		}
		if err := s.runs(&p, c.args, name); err != nil {
			p.Failed = err.Error()
			log.Printf("%s, %d packages: failed: %v", c.name, n, err)
		} else {
			log.Printf("%s, %d paths: first %.0f ms, %.1f MiB; then %.0f ms, %.1f MiB", c.name, p.Paths,
				p.First.MS, p.First.PeakKB/1024, p.Again.MS, p.Again.PeakKB/1024)
		}
		points = append(points, p)
	}
	return points, nil
}

// runs fills p's figures.
func (s *scale) runs(p *point, args []string, stats string) (err error) {
	cache := filepath.Join(s.dir, "cache")
	if err := os.RemoveAll(cache); err != nil {
		return err
	}
	if p.First, err = s.once(args, stats); err != nil {
		return err
	}
	var ms, peak []float64
	for range repeats {
		f, err := s.once(args, stats)
		if err != nil {
			return err
		}
		ms, peak = append(ms, f.MS), append(peak, f.PeakKB)
	}
	slices.Sort(ms)
	slices.Sort(peak)
	p.Again = figures{ms[repeats/2], peak[repeats/2]}
	return nil
}

// once runs depview.
func (s *scale) once(args []string, stats string) (f figures, err error) {
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.depview, args...)
	cmd.Dir = filepath.Join(s.dir, "work")
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + s.dir, "XDG_STATE_HOME=" + s.dir + "/state", "XDG_CACHE_HOME=" + s.dir + "/cache"}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	start := time.Now()
	err = cmd.Run()
	f.MS = float64(time.Since(start).Microseconds()) / 1000
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return f, fmt.Errorf("not done after %v", limit)
	case err != nil:
		lines := strings.Split(strings.TrimSpace(output.String()), "\n")
		return f, fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	case stats == "":
		f.PeakKB = float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
		if runtime.GOOS == "darwin" {
			f.PeakKB /= 1024 // bytes there (getrusage(2))
		}
		return f, nil
	}
	var said struct {
		PeakKB float64 `json:"peak_kb"`
	}
	text, err := os.ReadFile(stats)
	if err := errors.Join(err, json.Unmarshal(text, &said)); err != nil {
		return f, fmt.Errorf("--stats: %w", err)
	}
	f.PeakKB = said.PeakKB
	return f, nil
}

// write leaves the results in dir.
func write(dir string, points []point) error {
	text, err := json.MarshalIndent(points, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(dir, "scale.json"), append(text, '\n'), 0o644),
		os.WriteFile(filepath.Join(dir, "scale.svg"), plot(points), 0o644))
}
