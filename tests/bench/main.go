// Bench compares depview with native execution and with other ways to give a
// build a root of its own:
//
//	go run ./tests/bench [-short] [-rounds N] [-only WORKLOAD,…] [-peers PEER,…] [-o DIR]
//
// It builds depview, and runs every workload (workload.go) under every peer
// (peer.go), interleaved: a round runs all peers of a workload one after the
// other, in an order that turns with the rounds. What counts is the ratio to
// native in the same round, so that a machine that slows down slows all of them;
// bench.md has the median and the ends of these, bench.json every sample. The
// first round warms the caches and does not count.
//
// Everything it writes but the reports is in one directory of its own, in TMPDIR
// or /var/tmp, which goes away in the end; what is mounted is so in the mount
// namespaces of the runs. GNU hello's source stays in the user's cache directory.
//
// Its neighbour scale measures how start-up grows with the package database.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// budget is how long a short run may take: no round begins that would end later.
const budget = 100 * time.Second

// A bench is one run of this program.
type bench struct {
	ctx      context.Context
	begin    time.Time
	dir      string // its own
	short    bool
	rounds   int
	helloDir string

	env       []string
	hasStats  bool
	workloads []workload
	peers     []peer
	tools     map[string]string // by peer
	report    report
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	b := &bench{begin: time.Now(), tools: map[string]string{}}
	flag.BoolVar(&b.short, "short", false, "be done in two minutes: smaller workloads, as many rounds as fit")
	flag.IntVar(&b.rounds, "rounds", 7, "run `N` rounds that count")
	flag.StringVar(&b.helloDir, "hello", "", "GNU hello's source is in `DIR` (default: fetched with apt-get source, and kept)")
	out := flag.String("o", ".", "write bench.md and bench.json into `DIR`")
	only := flag.String("only", "", "run these `WORKLOADS`, comma-separated (default: all)")
	among := flag.String("peers", "", "run these `PEERS` and native, comma-separated (default: all)")
	flag.Parse()
	if err := b.main(*out, names(*only), names(*among)); err != nil {
		log.Fatal(err)
	}
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func (b *bench) main(out string, only, among []string) (err error) {
	var stop context.CancelFunc
	b.ctx, stop = signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := adopt(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp(cmp.Or(os.Getenv("TMPDIR"), "/var/tmp"), "depview-bench-"); err != nil {
		return err
	}
	defer func() {
		if e := removeAll(b.dir); err == nil {
			err = e
		}
	}()
	if b.dir, err = filepath.EvalSymlinks(b.dir); err != nil {
		return err
	}
	if err := b.findPeers(among); err != nil {
		return err
	}
	if err := b.setUp(only); err != nil {
		return err
	}
	b.runRounds()
	if b.ctx.Err() != nil {
		return fmt.Errorf("interrupted; nothing was written")
	}
	b.report.finish()
	return b.report.write(out)
}

// findPeers builds depview and settles who takes part.
func (b *bench) findPeers(among []string) error {
	known := func(name string) bool {
		return slices.ContainsFunc(peers, func(p peer) bool { return p.name == name })
	}
	for _, name := range among {
		if !known(name) {
			return fmt.Errorf("-peers %s: no such peer", name)
		}
	}
	built := filepath.Join(b.dir, "depview")
	build := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", built, "github.com/depview/depview/cmd/depview")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, text)
	}
	text, err := exec.CommandContext(b.ctx, built, "run", "--help").CombinedOutput()
	if err != nil {
		return fmt.Errorf("depview run --help: %w\n%s", err, text)
	}
	help := string(text)
	b.hasStats = strings.Contains(help, "--stats ")
	if !b.hasStats {
		b.leaveOut("requests and memory", "this depview has no --stats")
	}
	for _, p := range peers {
		if len(among) > 0 && p.name != native && !slices.Contains(among, p.name) {
			continue
		}
		tool, err := p.find(built, help)
		if err != nil {
			b.leaveOut(p.name, err.Error())
			continue
		}
		b.tools[p.name] = tool
		b.peers = append(b.peers, p)
	}
	return nil
}

// setUp makes every workload's directory.
func (b *bench) setUp(only []string) error {
	b.env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TERM=dumb", "HOME=" + b.dir,
		"XDG_STATE_HOME=" + b.dir + "/state", "XDG_CACHE_HOME=" + b.dir + "/cache"}
	size, source := full, sync.OnceValues(b.hello)
	if b.short {
		size = short
	}
	all := workloads(size)
	for _, name := range only {
		if !slices.ContainsFunc(all, func(w workload) bool { return w.name == name }) {
			return fmt.Errorf("-only %s: no such workload", name)
		}
	}
	for _, w := range all {
		if len(only) > 0 && !slices.Contains(only, w.name) {
			continue
		}
		if b.short && w.slow && len(only) == 0 {
			b.leaveOut(w.name, "it takes longer than -short allows; -only "+w.name+" runs it all the same")
			continue
		}
		dir := b.workDir(&w)
		if err := os.MkdirAll(dir+"/out", 0o755); err != nil {
			return err
		}
		if w.deps != "" {
			if err := os.WriteFile(filepath.Join(b.dir, w.name+".toml"), []byte(w.deps), 0o644); err != nil {
				return err
			}
		}
		if err := w.prepare(&site{ctx: b.ctx, dir: dir, source: source}); err != nil {
			b.leaveOut(w.name, err.Error())
			continue
		}
		b.workloads = append(b.workloads, w)
	}
	b.report.begin(b)
	return nil
}

func (w *workload) prepare(s *site) error {
	for _, t := range w.tools {
		if _, err := exec.LookPath(t); err != nil {
			return fmt.Errorf("%s is not installed", t)
		}
	}
	if w.setup == nil {
		return nil
	}
	return w.setup(s)
}

func (b *bench) workDir(w *workload) string { return filepath.Join(b.dir, "work", w.name) }

func (b *bench) leaveOut(name, why string) {
	log.Printf("without %s: %s", name, why)
	b.report.LeftOut = append(b.report.LeftOut, leftOut{name, why})
}

// runRounds runs the first round and those that count. A pair that fails is not
// run again.
func (b *bench) runRounds() {
	var last time.Duration
	for round := 0; round <= b.rounds; round++ {
		if b.short && round > 1 && time.Since(b.begin)+last > budget {
			break
		}
		start := time.Now()
		for i := range b.workloads {
			for k := range b.peers {
				b.runPair(round, &b.workloads[i], &b.peers[(k+round)%len(b.peers)])
				if b.ctx.Err() != nil {
					return
				}
			}
		}
		last = time.Since(start)
		b.report.Rounds = round
		log.Printf("round %d of %d took %.0f s", round, b.rounds, last.Seconds())
	}
}

func (b *bench) runPair(round int, w *workload, p *peer) {
	r := b.report.of(w.name, p.name)
	if r.Failed != "" {
		return
	}
	s, c, err := b.measure(w, p)
	switch {
	case b.ctx.Err() != nil:
	case err != nil:
		r.Failed = err.Error()
		log.Printf("%s under %s failed: %v", w.name, p.name, err)
	default:
		s.Round = round
		r.add(s, c)
	}
}
