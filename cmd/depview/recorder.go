package main

import (
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/record"
)

// A recorder writes down each hidden path that is looked up, once.
type recorder struct {
	out  *record.Writer
	view *view.View
	// argv is the jail's command: depview looks for it before it runs.
	argv []string
	proc atomic.Pointer[os.File]

	mu   sync.Mutex
	seen map[string]bool // paths
}

func newRecorder(out *record.Writer, v *view.View, argv []string) *recorder {
	return &recorder{out: out, view: v, argv: argv, seen: map[string]bool{}}
}

// hidden is the tree's [fs.Options.Hidden].
func (r *recorder) hidden(pid uint32, path string, a view.Answer) {
	entering := r.argv != nil && jail.Entering(pid)
	if entering && a.Verdict == view.Stray {
		return // depview itself, on its way through the caller's PATH
	}
	if !r.first(path) {
		return
	}
	if full, err := r.view.Verdict(path); err == nil && !full.Verdict.Visible() {
		a = full
	}
	e := record.Event{
		Kind: record.Hidden, Path: path, Verdict: a.Verdict.String(), Owners: a.OwnerNames(),
		PID: int(pid), Time: time.Now(),
	}
	if entering {
		e.Exe, e.Argv = "depview", r.argv
	} else {
		e.Exe, e.Argv = jail.Process(r.proc.Load(), pid)
	}
	r.out.Write(e)
}

// first notes a lookup of path, and tells whether it is the first.
func (r *recorder) first(path string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.seen[path]
	r.seen[path] = true
	return !old
}
