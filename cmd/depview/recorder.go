package main

import (
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	iofs "io/fs"

	"github.com/depview/depview/fs"
	"github.com/depview/depview/fs/jail"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/record"
)

// A recorder writes down what a build looked up in vain and what it used, each path
// once.
type recorder struct {
	out *record.Writer
	// view is what the build would see if nothing undeclared were shown to it: it
	// judges, also where another is served.
	view *view.View
	mode string
	// argv is the jail's command: depview looks for it before it runs.
	argv []string
	// optional names the package whose program asks for what it only recommends.
	optional func(e record.Event) string
	proc     atomic.Pointer[os.File]
	ration   *record.Ration
	listings listings

	mu       sync.Mutex
	packages map[string]bool // that were used
	hits     int             // hidden paths
}

func newRecorder(out *record.Writer, v *view.View, mode string, argv []string) *recorder {
	return &recorder{
		out: out, view: v, mode: mode, argv: argv, ration: record.NewRation(), packages: map[string]bool{},
		optional: func(record.Event) string { return "" },
	}
}

// watch is what the recorder hears of the tree; absent says that names that do not
// exist are of interest.
func (r *recorder) watch(absent bool) fs.Watch {
	w := fs.Watch{Hidden: r.hidden, Used: r.used}
	if absent {
		w.Absent = r.absent
	}
	if r.mode != record.Hide {
		w.Opens, w.Listed = true, r.listed
	}
	return w
}

// hidden hears of a path that exists and is hidden. It wants to hear of it again
// until it knows that somebody meant to read or run it.
func (r *recorder) hidden(pid uint32, path string, a view.Answer) (again bool) {
	pid = jail.Asker(r.proc.Load(), pid)
	entering := r.argv != nil && jail.Entering(pid)
	if entering && a.Verdict != view.Undeclared {
		return true // depview, on its way through the caller's PATH: another may ask later
	}
	if !r.curious(path) {
		return false
	}
	if full, err := r.view.Verdict(path); err == nil && !full.Verdict.Visible() {
		a = full
	}
	e := record.Event{Kind: record.Hidden, Path: path, Verdict: a.Verdict.String(), Owners: a.OwnerNames(), PID: int(pid)}
	if entering {
		e.Exe, e.Argv, e.Call = "depview", r.argv, record.Exec
		r.describe(&e)
	} else {
		r.ask(&e)
		r.describe(&e)
		if !r.follow(&e) {
			return true
		}
	}
	e.OptionalFor = r.optional(e)
	rank := e.Rank()
	r.writeOnce(e, rank)
	return e.Path != path || e.Type == record.Directory || rank == record.Probed // below a directory may be more
}

// enough is how often a hidden path is looked into: each time takes longer than the
// kernel's own memory.
const enough = 64

// curious tells whether it is worth to look into one more lookup of path.
func (r *recorder) curious(path string) bool {
	lookup := record.Event{Kind: lookedInto, Path: path}
	n := r.ration.Known(lookedInto, path) + 1
	return n <= enough && !r.ration.Full(record.Hidden) && r.ration.Admit(&lookup, n)
}

// lookedInto is no event, but is counted as one.
const lookedInto record.Kind = "looked into"

// absent hears of a path that does not exist.
func (r *recorder) absent(pid uint32, path string) {
	if r.ration.Full(record.Absent) {
		return
	}
	pid = jail.Asker(r.proc.Load(), pid)
	a, err := r.view.Verdict(path)
	if err != nil || a.Verdict.Visible() || a.Verdict == view.Excluded || r.argv != nil && jail.Entering(pid) {
		return
	}
	e := record.Event{Kind: record.Absent, Path: path, Verdict: a.Verdict.String(), Owners: a.OwnerNames(), PID: int(pid)}
	if r.ration.Known(record.Absent, path) == 0 {
		r.ask(&e)
		r.writeOnce(e, record.Probed)
	}
}

// used hears of a file that was opened. What belongs to the base OS is no news.
func (r *recorder) used(pid uint32, p string, run bool) {
	if pid = jail.Asker(r.proc.Load(), pid); r.argv != nil && jail.Entering(pid) {
		return
	}
	a, err := r.view.Verdict(p)
	if err != nil || a.Verdict == view.Base || a.Verdict == view.Excluded {
		return
	}
	e := record.Event{Kind: record.Used, Path: p, Verdict: a.Verdict.String(), Owners: a.OwnerNames(), PID: int(pid), Call: record.Open}
	most := record.WouldRead
	if run {
		e.Call, most = record.Exec, record.WouldRun
	}
	if r.ration.Known(record.Used, p) > uint8(most) {
		return
	}
	e.Listed = !run && r.mode != record.Hide && r.foundByListing(pid, p)
	e.Exe, e.Argv = jail.Process(r.proc.Load(), pid)
	r.describe(&e)
	e.OptionalFor = r.optional(e)
	r.writeOnce(e, e.Use())
}

// listed hears of a directory that was opened.
func (r *recorder) listed(pid uint32, dir string) { r.listings.add(pid, dir) }

// foundByListing tells whether a process that opens the file p has listed the
// directory that it names it in, which with a symbolic link is not p's own.
func (r *recorder) foundByListing(pid uint32, p string) bool {
	dir := path.Dir(p)
	if record.IsMetadata(p) && r.listings.has(pid, path.Dir(dir)) || r.listings.has(pid, dir) {
		return true
	}
	_, asked := jail.Asking(r.proc.Load(), pid)
	if !path.IsAbs(asked) {
		return false
	}
	spelled, ok := r.view.Find("/", asked)
	return ok && r.listings.has(pid, path.Dir(spelled))
}

// ask finds out who asks, and how.
func (r *recorder) ask(e *record.Event) {
	proc, pid := r.proc.Load(), uint32(e.PID)
	e.Exe, e.Argv = jail.Process(proc, pid)
	if e.Call, e.Asked = jail.Asking(proc, pid); e.Asked == e.Path {
		e.Asked = ""
	}
}

// follow goes on from a hidden directory to what the process wants below it, by the
// path that it spelled: the kernel stops at the first name that is not there. It
// returns false if that does not exist either, so that nothing is missed.
func (r *recorder) follow(e *record.Event) bool {
	rest, known := below(e.Path, e.Asked)
	if rest == "" {
		if e.Type == record.Directory && !known {
			e.Type = "" // something below it is meant, or a link to it; the call tells
		}
		return true
	}
	p, ok := r.view.Find(e.Path, rest)
	if !ok {
		return false
	}
	if a, err := r.view.Verdict(p); err == nil && !a.Verdict.Visible() {
		e.Path, e.Verdict, e.Owners = p, a.Verdict.String(), a.OwnerNames()
		r.describe(e)
	}
	return true
}

// below returns what is left of the path asked, as a process spelled it, when it has
// come to the directory dir. Where a link of another name led there, it is not known.
func below(dir, asked string) (rest string, known bool) {
	if asked == "" || asked == dir {
		return "", true
	}
	parts := strings.Split(path.Clean(asked), "/")
	names := strings.Split(dir, "/")
	best, at := 0, -1
	for i := range parts {
		n := 0 // how many names above fit
		for n <= i && n < len(names) && parts[i-n] == names[len(names)-1-n] {
			n++
		}
		if n > best {
			best, at = n, i
		}
	}
	if at < 0 {
		return "", false
	}
	return strings.Join(parts[at+1:], "/"), true
}

// describe says what is at the path.
func (r *recorder) describe(e *record.Event) {
	real, mode, err := r.view.Real(e.Path)
	if err != nil {
		return
	}
	if real != e.Path {
		e.Target = real
	}
	switch {
	case mode.IsDir():
		e.Type = record.Directory
	case mode&iofs.ModeType == 0 && mode&0o111 != 0:
		e.Type = record.Program
	default:
		e.Type = record.File
	}
}

// writeOnce writes what ranks higher than all that is recorded of the path.
func (r *recorder) writeOnce(e record.Event, rank record.Rank) {
	if r.ration.Admit(&e, 1+uint8(rank)) {
		r.note(&e)
		r.write(e)
	}
}

func (r *recorder) write(e record.Event) {
	e.Time = time.Now()
	r.out.Write(e)
}

// denied writes down what the jail refused. See jail.Denial.
func (r *recorder) denied(d jail.Denial) {
	if d.More > 0 {
		r.out.Write(record.Event{Kind: record.More, OfKind: record.Denied, Count: d.More, Time: time.Now()})
		return
	}
	r.out.Write(record.Event{
		Kind: record.Denied, Path: d.Path, Address: d.Address, Syscall: d.Syscall, Errno: d.Errno,
		PID: int(d.PID), Exe: d.Exe, Argv: d.Argv, Time: time.Now(),
	})
}

// note counts an event that is recorded.
func (r *recorder) note(e *record.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.Kind {
	case record.Hidden:
		if e.Verdict != record.Excluded {
			r.hits++
		}
	case record.Used:
		for _, o := range e.Owners {
			r.packages[o] = true
		}
	}
}

// Packages is how many packages the build has used.
func (r *recorder) Packages() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.packages)
}

// Hidden is how many hidden paths it has looked up.
func (r *recorder) Hidden() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hits
}

// start notes that the command begins, and end that it has ended.
func (r *recorder) start(phase, declaration string, argv []string) {
	r.write(record.Event{Kind: record.Start, Mode: r.mode, Phase: phase, Declaration: declaration, Argv: argv})
}

func (r *recorder) end(status int) {
	for _, e := range r.ration.Left() {
		r.write(e)
	}
	r.write(record.Event{Kind: record.End, Status: status})
}
