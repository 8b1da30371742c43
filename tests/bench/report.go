package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A report is what bench.json holds, and what bench.md is written from.
type report struct {
	Time    string    `json:"time"`
	Machine string    `json:"machine"`
	Short   bool      `json:"short"`
	Rounds  int       `json:"rounds"` // those that count
	LeftOut []leftOut `json:"left_out"`
	Results []*result `json:"results"`

	workloads []workload
	peers     []string
}

// A leftOut is a peer or a workload that this machine cannot run.
type leftOut struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

func (r *report) begin(b *bench) {
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	r.Time = time.Now().UTC().Format(time.RFC3339)
	r.Machine = fmt.Sprintf("%s/%s %s, %d CPUs", runtime.GOOS, runtime.GOARCH, strings.TrimSpace(string(kernel)), runtime.NumCPU())
	r.Short, r.workloads = b.short, b.workloads
	for _, p := range b.peers {
		r.peers = append(r.peers, p.name)
		for _, w := range b.workloads {
			r.Results = append(r.Results, &result{Workload: w.name, Peer: p.name, Samples: []sample{}})
		}
	}
}

// of returns the result of a pair that takes part, else nil.
func (r *report) of(workload, peer string) *result {
	for _, x := range r.Results {
		if x.Workload == workload && x.Peer == peer {
			return x
		}
	}
	return nil
}

func (r *result) add(s sample, c *counts) {
	r.Samples = append(r.Samples, s)
	if c != nil {
		if r.Counts != nil {
			c.PeakKB = max(c.PeakKB, r.Counts.PeakKB)
		}
		r.Counts = c
	}
}

// finish computes the ratios.
func (r *report) finish() {
	for _, x := range r.Results {
		x.compare(r.of(x.Workload, native))
	}
}

// write prints the tables and leaves bench.md and bench.json in dir.
func (r *report) write(dir string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	var tables bytes.Buffer
	r.markdown(&tables)
	if _, err := os.Stdout.Write(tables.Bytes()); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "bench.json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "bench.md"), tables.Bytes(), 0o644)
}

func (r *report) markdown(w io.Writer) {
	fmt.Fprintf(w, "# depview's benchmark\n\n%s, %s, %d rounds after one to warm up", r.Time, r.Machine, r.Rounds)
	if r.Short {
		fmt.Fprint(w, "; -short")
	}
	fmt.Fprint(w, ".\n\n")
	for _, x := range r.workloads {
		fmt.Fprintf(w, "- %s: %s\n", x.name, x.about)
	}
	fmt.Fprintln(w, "\nEvery run starts and ends its view, an -again's time excepted: what that costs by itself is in the row true.")
	r.table(w, "Wall time, × native in the same round: median (lowest–highest)", func(x *result) string { return x.Ratio.String() })
	r.table(w, "CPU time, × native, the daemon's included (both runs of an -again)", func(x *result) string { return x.CPURatio.String() })
	r.table(w, "Wall time in milliseconds", func(x *result) string { return x.wall().format("%.0f") })
	r.counts(w)
	var failed []string
	for _, x := range r.Results {
		if x.Failed != "" {
			failed = append(failed, fmt.Sprintf("%s under %s: %s", x.Workload, x.Peer, x.Failed))
		}
	}
	list(w, "Failed", failed)
	var out []string
	for _, l := range r.LeftOut {
		out = append(out, l.Name+": "+l.Why)
	}
	list(w, "Left out", out)
}

// table has a row for every workload and a column for every peer.
func (r *report) table(w io.Writer, title string, cell func(*result) string) {
	heading(w, title, append([]string{"workload"}, r.peers...))
	for _, x := range r.workloads {
		fmt.Fprintf(w, "| %s |", x.name)
		for _, p := range r.peers {
			if c := r.of(x.name, p); c.Failed != "" {
				fmt.Fprint(w, " failed |")
			} else {
				fmt.Fprintf(w, " %s |", cell(c))
			}
		}
		fmt.Fprintln(w)
	}
}

// counts tells what depview's daemon did.
func (r *report) counts(w io.Writer) {
	var rows []string
	for _, x := range r.Results {
		if x.Counts == nil {
			continue
		}
		c, what := x.Counts, x.Workload
		row := func(figures string) {
			rows = append(rows, fmt.Sprintf("| %s | %s | %s | %d: %s |", what, x.Peer, figures, c.total(), opcodes(c.Requests)))
		}
		row(fmt.Sprintf("%.1f | %.0f | %s", float64(c.PeakKB)/1024, c.CPUMS, steps(c.StartupMS)))
		at := slices.IndexFunc(r.workloads, func(w workload) bool { return w.name == x.Workload })
		if once := r.of(r.workloads[at].again, x.Peer); once != nil && once.Counts != nil {
			what, c = what+", the second alone", c.minus(once.Counts)
			row("| |")
		}
	}
	if len(rows) > 0 {
		heading(w, "The daemon, in the last round", []string{"workload", "engine", "peak MiB", "CPU, ms", "start-up, ms", "FUSE requests"})
		fmt.Fprintln(w, strings.Join(rows, "\n"))
	}
}

// opcodes lists counts, the highest first.
func opcodes(n map[string]int64) string {
	ops := slices.SortedFunc(maps.Keys(n), func(a, b string) int {
		if n[a] != n[b] {
			return int(n[b] - n[a])
		}
		return strings.Compare(a, b)
	})
	for i, op := range ops {
		ops[i] = fmt.Sprintf("%s %d", op, n[op])
	}
	return strings.Join(ops, ", ")
}

func steps(ms map[string]float64) string {
	var s []string
	for _, step := range slices.Sorted(maps.Keys(ms)) {
		s = append(s, fmt.Sprintf("%s %.1f", step, ms[step]))
	}
	return strings.Join(s, ", ")
}

func heading(w io.Writer, title string, columns []string) {
	fmt.Fprintf(w, "\n## %s\n\n| %s |\n|%s\n", title, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
}

func list(w io.Writer, title string, items []string) {
	if len(items) > 0 {
		fmt.Fprintf(w, "\n## %s\n\n- %s\n", title, strings.Join(items, "\n- "))
	}
}
