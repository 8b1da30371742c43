//go:build darwin || freebsd

package jail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// mountAll makes the plan's mounts. What was made before one fails is j.end's.
func (j *Jail) mountAll(serve Server) error {
	if j.plan.Upper != "" {
		return fmt.Errorf("overlayfs: %w on %s", errors.ErrUnsupported, runtime.GOOS)
	}
	for _, m := range j.plan.mounts(runtime.GOOS, j.root, filepath.Join(j.base, "tmp")) {
		if err := j.makeReady(m.target); err != nil {
			return err
		}
		wait, err := m.mount(serve)
		if err != nil {
			return failed("depview doctor tells what is missing", "mount %s at %s: %s", m.fstype, m.target, err)
		}
		j.mounted = append(j.mounted, m)
		if wait != nil {
			j.waits = append(j.waits, wait)
		}
		if err := m.settle(); err != nil {
			return err
		}
	}
	if below, ok := strings.CutPrefix(j.plan.Home, "/tmp/"); ok {
		return os.MkdirAll(filepath.Join(j.root, Tmp(), below), 0o755)
	}
	return nil
}

// makeReady sees that there is a directory at target, which mount(2) can be given:
// no capture that an earlier build has written may lead elsewhere through a link.
// Nothing runs in the jail yet that could change it behind our back.
func (j *Jail) makeReady(target string) error {
	if strings.HasPrefix(target, filepath.Join(j.root, Tmp())+"/") {
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
	}
	real, err := filepath.EvalSymlinks(target)
	if err == nil && real == target {
		return nil
	}
	return failed("start with a fresh --capture DIR", "the capture has something else at %s than the view", strings.TrimPrefix(target, j.root))
}

// patience is how long processes that were killed may take to let go of a mount,
// and servers to end.
const patience = 2 * time.Second

// end unmounts what is mounted, inner mounts first, and takes the jail's directory
// away. The view's server must live until then: the way to what lies in the view
// leads through it.
func (j *Jail) end() error {
	var errs []error
	for _, m := range undone(j.mounted) {
		if err := unmount(m.target); err != nil {
			errs = append(errs, failed("umount -f "+m.target, "unmount %s: %s", m.target, err))
		}
	}
	j.mounted = nil
	for _, wait := range j.waits {
		waitFor(wait)
	}
	j.waits = nil
	if j.handle != nil {
		j.handle.Close()
		j.handle = nil
	}
	if j.base == "" || errs != nil {
		return errors.Join(errs...) // nothing is removed through a mount that is still there
	}
	if j.plan.Mountpoint == "" {
		errs = append(errs, os.Remove(j.root))
	}
	errs = append(errs, os.RemoveAll(filepath.Join(j.base, "tmp")), os.Remove(j.base))
	j.base = ""
	return errors.Join(errs...)
}

// waitFor gives wait some time.
func waitFor(wait func()) {
	done := make(chan struct{})
	go func() {
		wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(patience):
	}
}

// unmount unmounts target, by force if something still uses it. It need not be
// mounted any more.
func unmount(target string) error {
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err := unix.Unmount(target, 0)
		switch {
		case err == nil, errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOENT):
			return nil
		case errors.Is(err, unix.EBUSY) && time.Since(start) < patience:
			continue
		}
		return unix.Unmount(target, unix.MNT_FORCE)
	}
}

// A Mounted is a view at a mountpoint.
type Mounted struct {
	jail *Jail
	gone chan struct{}
}

// Apart sees whether the caller may mount. There is nothing to be apart from: the
// mounts are everybody's.
func Apart() (*os.File, error) { return nil, (&Plan{}).Host() }

// StartMount mounts the tree of p at p.Mountpoint. Nobody guards it: a depview that
// is killed leaves it behind, for Unmount.
func StartMount(p *Plan, _ *os.File, serve Server) (*Mounted, error) {
	j, err := Prepare(p)
	if err != nil {
		return nil, err
	}
	j.started = true
	if err := j.mountAll(serve); err != nil {
		return nil, errors.Join(err, j.end())
	}
	m := &Mounted{jail: j, gone: make(chan struct{}, 1)}
	view := j.waits[0]
	go func() {
		view() // somebody unmounted it
		m.gone <- struct{}{}
	}()
	return m, nil
}

// Gone tells when the view has been unmounted.
func (m *Mounted) Gone() <-chan struct{} { return m.gone }

// Unmount takes the view away, if it is still there. Processes that are in it lose
// it.
func (m *Mounted) Unmount() error { return m.jail.end() }

// Unmount unmounts the view at the path p, for whoever mounted it, with what is
// mounted in it. A view whose root is in use stays, without what was mounted in it.
func Unmount(p string) error {
	list, err := mountinfo.GetMounts(mountinfo.PrefixFilter(p))
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(i *mountinfo.Info) bool { return i.Mountpoint == p && isView(i.FSType, i.Source) }) {
		return failed("mount lists what is mounted where", "%s is not a view that depview mounted", p)
	}
	slices.SortStableFunc(list, func(a, b *mountinfo.Info) int { return len(b.Mountpoint) - len(a.Mountpoint) })
	for _, i := range list {
		err := unix.Unmount(i.Mountpoint, 0)
		if errors.Is(err, unix.EBUSY) {
			return failed("fuser -c "+i.Mountpoint+" tells by whom", "%s is in use", i.Mountpoint)
		}
		if err != nil {
			return fmt.Errorf("unmount %s: %w", i.Mountpoint, err)
		}
	}
	return nil
}
