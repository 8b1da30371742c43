// Package jail enters a view: it makes namespaces, puts the view's file systems
// in place, and runs one command in them with no more power than it needs.
//
// Two processes play. The parent, the daemon, stays in the host's namespaces. The
// child is the same program started anew in new ones; [Enter], called first thing
// in main, finds that it is that child and never returns.
//
//	parent                                child, process 1 of its pid namespace
//	  plan ─────────────────────────────▶ opens what the plan names on the host
//	  serves  ◀── /dev/fuse ───────────── mounts the view
//	          ◀── /proc ───────────────── overlay, work, proc, dev, tmp; pivot_root
//	  signals ─────────────────────────▶ drops capabilities, starts the command,
//	          ◀── status ──────────────── forwards signals, reaps
//
// All that is mounted lives in the child's mount namespace, so that nothing is
// left when the child ends, however it ends; and it ends with the parent, by
// PR_SET_PDEATHSIG and by the closing of the socket between them.
//
// An ordinary user's child is root of a user namespace, with his subordinate ids, if
// he has any, for the other users and groups. The parent gives them to it before the
// plan.
//
// For chroot(8), StartMount does the same in the caller's namespace, and Apart
// takes the parent out of it. There the child outlives its work as a guard: it
// unmounts when the parent is gone.
//
// That is Linux. macOS and FreeBSD have no mount namespaces: there the parent mounts
// everything, in a directory of its own, and unmounts it when the command has
// ended, and the child only goes in and becomes the command. On FreeBSD it goes in
// by jail_set(2), on macOS by chroot(2) under a profile of sandbox-exec(1). What
// needs no system call of these systems is a pure function in a file for all of
// them, where Linux can test it: the [planned] mounts, the jail's parameters, the
// rules for /dev, the profile.
package jail

import (
	"errors"
	"fmt"

	"github.com/depview/depview/view/capture"
)

// A Plan says what the inside of a jail is like. Paths are absolute; those on the
// host hold no symbolic links.
type Plan struct {
	// Upper and Scratch are the host's directories for overlayfs's upperdir and
	// workdir. Empty, and without Writable, the view is read-only.
	Upper, Scratch string
	// Writable says that the view itself takes writes; there is no overlayfs above
	// it, and Upper and Scratch are empty.
	Writable bool
	// Binds are directories and files of the host that are there as they are.
	Binds []Bind
	// Network leaves the host's network in place.
	Network bool
	// Home is made, empty, below the private /tmp.
	Home string
	// Owners has process 1 answer for the owners and devices that a user namespace
	// of one id cannot have: what serves the view keeps them. Foreign says that
	// there are some from the start.
	Owners, Foreign bool
	// Tell has process 1 tell what the kernel refuses the build. Jail.OnDenied sets it.
	Tell bool
	// Dir, Argv and Env are the command's.
	Dir  string
	Argv []string
	Env  []string

	// Unprivileged says that a new user namespace is needed, in which the caller
	// is root; Confined that the caller is in one that lacks most ids; IDs has those
	// of the jail's namespace, as far as the caller may have them. Host fills them in.
	Unprivileged, Confined bool
	IDs                    capture.IDs `json:"-"`
	Lack                   *Error      `json:"-"` // why IDs are not more

	// Mountpoint is where StartMount puts the tree. To the child on macOS and FreeBSD
	// it is the root to enter.
	Mountpoint string
}

// A Bind is a tree of the host that appears in the jail at Target.
type Bind struct {
	Source, Target string
	ReadOnly       bool
}

// A Server answers for the view. One of Serve and Mount is called, once.
type Server interface {
	// Serve answers on the /dev/fuse descriptor fd, which it takes over, and returns
	// how to wait for the end of it. Linux mounts the view itself, and calls this.
	Serve(fd int) (wait func(), err error)
	// Mount mounts the view at dir, with these -o options of the system's own mount
	// program for FUSE, and serves it.
	Mount(dir string, options []string) (wait func(), err error)
	// Through mounts the host's directory source at dir, as it is, and serves it.
	Through(source, dir string, options []string) (wait func(), err error)
}

// A Denial is something that the jail was made to refuse: a write to a view that
// takes none, or a connection where there is no network.
//
// Linux tells of each, once to a program: by seccomp's user notification, unless
// something around the jail has that for itself. macOS and FreeBSD refuse as much,
// and tell nobody; nor does a view that StartMount made, which is no jail.
type Denial struct {
	PID  uint32 // the thread's, as the jail numbers it
	Exe  string // "" if not known, as are the arguments
	Argv []string
	// Path is what was to be written to, in the view and with no links in it.
	// Address is where to instead: "192.0.2.1:443/tcp", or without the protocol.
	Path, Address string
	Syscall       string // "mkdirat"
	Errno         string // "EROFS"
	// More counts the denials that are not told of one by one, since there are too
	// many. All else is empty then.
	More int `json:",omitempty"`
}

// A Status is how the command ended.
type Status struct {
	Code   int // its exit code, or 128 and the signal's number
	Signal int // what killed it, or 0
	// Held says that a process outside still holds a file of the view, and could
	// write to the capture.
	Held bool `json:"-"`
}

// Exit codes of depview's own, as env(1) and timeout(1) have them.
const (
	ExitFailed        = 125 // depview itself failed
	ExitNotExecutable = 126
	ExitNotFound      = 127
)

// An Error is a failure to make or enter the jail, with what the reader can do.
type Error struct {
	Message string
	Hint    string `json:",omitempty"`
	Code    int    // exit code
}

func (e *Error) Error() string { return e.Message }

// failed returns an error of the jail's own.
func failed(hint, format string, args ...any) *Error {
	return &Error{Message: fmt.Sprintf(format, args...), Hint: hint, Code: ExitFailed}
}

// asError gives err the shape that crosses the socket.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Message: err.Error(), Code: ExitFailed}
}

// A Check is one thing that a jail needs.
type Check struct {
	What, Result, Hint string
	OK                 bool
	Optional           bool // a jail can do without
}

// childName is what the child is called in its arguments, by which Enter knows it
// and ps(1) shows it.
const childName = "depview: jail"
