package main

import (
	"cmp"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/record"
)

// A recorder writes down each hidden path that is looked up, once.
type recorder struct {
	out *record.Writer
	// argv is the jail's command: process 1 looks for it before it runs.
	argv []string
	proc atomic.Pointer[os.File]

	mu   sync.Mutex
	seen map[string]bool // paths
	// undeclared counts the paths of each set of packages, by their names.
	undeclared map[string]int
}

func newRecorder(out *record.Writer, argv []string) *recorder {
	return &recorder{out: out, argv: argv, seen: map[string]bool{}, undeclared: map[string]int{}}
}

// hidden is the tree's [fs.Options.Hidden].
func (r *recorder) hidden(pid uint32, path string, a view.Answer) {
	if pid == 1 && r.argv != nil && a.Verdict == view.Stray {
		return // depview itself, on its way through the caller's PATH
	}
	owners := a.OwnerNames()
	if !r.first(path, a.Verdict, owners) {
		return
	}
	e := record.Event{
		Kind: record.Hidden, Path: path, Verdict: a.Verdict.String(), Owners: owners,
		PID: int(pid), Time: time.Now(),
	}
	if proc := r.proc.Load(); pid == 1 && r.argv != nil {
		e.Exe, e.Argv = "depview", r.argv
	} else if proc != nil {
		e.Exe, e.Argv = jail.Process(proc, pid)
	}
	r.out.Write(e)
}

// first notes a lookup of path, and tells whether it is the first.
func (r *recorder) first(path string, v view.Verdict, owners []string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[path] {
		return false
	}
	r.seen[path] = true
	if v == view.Undeclared && len(owners) > 0 {
		r.undeclared[strings.Join(owners, " or ")]++
	}
	return true
}

// packages returns the undeclared packages whose files were looked up, those
// with most paths first.
func (r *recorder) packages() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := slices.Collect(maps.Keys(r.undeclared))
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(r.undeclared[b], r.undeclared[a]), cmp.Compare(a, b))
	})
	return names
}
