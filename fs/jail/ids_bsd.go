//go:build darwin || freebsd

package jail

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"

	"github.com/depview/depview/view/capture"
)

// There are no user namespaces here: only root makes jails, whose ids are the host's.

// HasOverlay tells whether there is an overlayfs.
func HasOverlay() bool { return false }

// IDs returns the ids that a jail has, which are all.
func (*Jail) IDs() (ids capture.IDs, lack, err error) { return ids, nil, nil }

// IDsOf returns the ids of a user namespace for the user and group, of whom a build
// takes root's part: such a capture comes from Linux.
func IDsOf(uid, gid int) capture.IDs { return capture.Only(uid, gid) }

// StartAsRoot starts cmd as root of a user namespace.
func StartAsRoot(*exec.Cmd) (capture.IDs, error) {
	return capture.IDs{}, fmt.Errorf("user namespaces: %w on %s", errors.ErrUnsupported, runtime.GOOS)
}
