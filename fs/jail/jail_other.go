//go:build !linux

package jail

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// errNotHere is what entering a view gives where nobody has written it yet.
var errNotHere = failed("depview deps and depview explain work here; run the build on Linux", "run and mount: %s", fmt.Errorf("%w on %s", errors.ErrUnsupported, runtime.GOOS))

// Enter is for Linux, where the jail's first process is depview itself.
func Enter() {}

// Host fills in what the plan must know of the caller's powers.
func (p *Plan) Host() error { return errNotHere }

// A Jail is a started child.
type Jail struct{}

// Prepare makes the jail.
func Prepare(*Plan) (*Jail, error) { return nil, errNotHere }

// Start starts the plan's command in the jail.
func (*Jail) Start(Server, func(*os.File)) error { return errNotHere }

// Abandon ends a jail that was not started.
func (*Jail) Abandon() {}

// Signal sends the command a signal.
func (*Jail) Signal(syscall.Signal) error { return errNotHere }

// Kill ends the jail and all that is in it.
func (*Jail) Kill() {}

// Wait waits until the command has ended and all is unmounted.
func (*Jail) Wait() (Status, error) { return Status{}, errNotHere }

// A Mounted is a view at a mountpoint.
type Mounted struct{}

// StartMount mounts the tree of p at p.Mountpoint.
func StartMount(*Plan, *os.File, Server) (*Mounted, error) { return nil, errNotHere }

// Apart gives this process a mount namespace of its own.
func Apart() (*os.File, error) { return nil, errNotHere }

// Gone tells when the view has been unmounted.
func (*Mounted) Gone() <-chan struct{} { return nil }

// Unmount takes the view away.
func (*Mounted) Unmount() error { return errNotHere }

// Unmount unmounts the view at the path p.
func Unmount(string) error { return errNotHere }

// Process tells what the process pid of the jail runs.
func Process(*os.File, uint32) (exe string, argv []string) { return "", nil }

// Examine tells what this machine has of what a jail needs.
func Examine() []Check {
	return []Check{{What: "run and mount", Result: errNotHere.Message, Hint: errNotHere.Hint}}
}
