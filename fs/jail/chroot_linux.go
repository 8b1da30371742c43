package jail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// apartEnv tells a process that Apart has been called for it, and which
// descriptor is the caller's mount namespace.
const apartEnv = "DEPVIEW_CALLER_NAMESPACE"

// Apart gives this process a mount namespace of its own, and returns the caller's.
// A view's server must not have the view in its namespace: on its way through the
// root it would walk into its own mount, and wait for itself.
//
// A namespace is a thread's, and the process has many, so the first call executes
// the program anew from the thread that has got it: it does not return but with
// an error.
func Apart() (caller *os.File, err error) {
	if number, err := strconv.Atoi(os.Getenv(apartEnv)); err == nil {
		unix.CloseOnExec(number)
		return os.NewFile(uintptr(number), "caller's namespace"), os.Unsetenv(apartEnv)
	}
	runtime.LockOSThread()
	home, err := unix.Open("/proc/thread-self/ns/mnt", unix.O_RDONLY, 0) // stays open in the next life
	if err != nil {
		return nil, err
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return nil, failed("mount needs root, or a user namespace: unshare --user --map-root-user --mount", "mount: %s", err)
	}
	if err := privately(); err != nil {
		return nil, err
	}
	env := append(os.Environ(), fmt.Sprintf("%s=%d", apartEnv, home))
	return nil, fmt.Errorf("start anew: %w", syscall.Exec("/proc/self/exe", os.Args, env))
}

// privately lets no mount out of this thread's namespace, and none in.
func privately() error {
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if errors.Is(err, unix.EINVAL) {
		return failed("enter that root with pivot_root(8), or as a container, instead of with chroot(8)", "the root directory is not a mount: no view can be entered from inside a chroot")
	}
	if err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	return nil
}

// enter moves the calling thread, which must be locked and not be used again for
// anything else, to the mount namespace ns.
func enter(ns int) error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	if err := unix.Setns(ns, unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("enter the caller's mount namespace: %w", err)
	}
	return nil
}

// guard puts the tree at p.Mountpoint, in the caller's namespace, and stays until
// the parent is gone; then it takes away what is left.
//
// The tree is built in a namespace of the guard's own, where the view's mount can
// be hidden below the overlay's, and comes over in one piece.
func (p *Plan) guard(c control) error {
	if err := enter(callerFD); err != nil {
		return err
	}
	spot, err := openHost(p.Mountpoint)
	if err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare: %w", err)
	}
	if err := privately(); err != nil {
		return err
	}
	at, err := anyDirectory()
	if err != nil {
		return err
	}
	r, err := p.assemble(c, at)
	if err != nil {
		return err
	}
	tree, err := cloneTree(r.fd, 0)
	if err != nil {
		return err
	}
	unix.Close(r.fd)
	if err := unix.Setns(callerFD, unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("return to the caller's namespace: %w", err)
	}
	if err := attach(tree, spot); err != nil {
		return fmt.Errorf("mount at %s: %w", p.Mountpoint, err)
	}
	unix.Close(spot)
	id, err := mountID(p.Mountpoint)
	if err != nil {
		return err
	}
	for err = c.send(message{Ready: true, Mount: id}, -1); err == nil; {
		_, _, err = c.receive() // until the parent is gone
	}
	return detach(p.Mountpoint, id)
}

// mountID returns the number of the mount at p, as /proc/self/mountinfo has it.
func mountID(p string) (uint64, error) {
	var st unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, p, unix.AT_SYMLINK_NOFOLLOW|unix.AT_NO_AUTOMOUNT, unix.STATX_MNT_ID, &st); err != nil {
		return 0, err
	}
	return st.Mnt_id, nil
}

// detach unmounts p and what is mounted below it, if it still is the mount that
// is meant.
func detach(p string, id uint64) error {
	if have, err := mountID(p); have != id && !errors.Is(err, unix.ENOTCONN) {
		return nil
	}
	return unix.Unmount(p, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
}

// A Mounted is a view at a mountpoint.
type Mounted struct {
	jail   *Jail
	at     string
	caller *os.File
	gone   chan struct{}
}

// StartMount mounts the tree of p at p.Mountpoint in the namespace caller, which
// Apart gave.
func StartMount(p *Plan, caller *os.File, serve Server) (*Mounted, error) {
	j, err := prepare(p, caller)
	if err != nil {
		return nil, err
	}
	if err := j.Start(serve, nil); err != nil {
		return nil, err
	}
	m := &Mounted{jail: j, at: p.Mountpoint, caller: caller, gone: make(chan struct{}, 2)}
	go func() {
		j.wait() // somebody unmounted it
		m.gone <- struct{}{}
	}()
	go func() {
		_, _, _ = j.control.receive() // the guard never speaks again: it is dead
		m.gone <- struct{}{}
	}()
	return m, nil
}

// Gone tells when the view has been unmounted, or nobody guards it any more.
func (m *Mounted) Gone() <-chan struct{} { return m.gone }

// Unmount takes the view away, if it is still there, and waits until overlayfs
// has let go of the capture. Processes that are in the view keep it until they
// end.
func (m *Mounted) Unmount() error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		err := enter(int(m.caller.Fd()))
		if err == nil {
			err = detach(m.at, m.jail.mount)
		}
		done <- err
	}()
	err := <-done
	_ = unix.Shutdown(int(m.jail.control.Fd()), unix.SHUT_RDWR)
	m.jail.end()
	return err
}

// Unmount unmounts the view at the path p, for whoever mounted it, with what is
// mounted in it. A view in use is left alone.
func Unmount(p string) error {
	list, err := mountinfo.GetMounts(mountinfo.PrefixFilter(p))
	if err != nil {
		return err
	}
	top := slices.IndexFunc(list, func(i *mountinfo.Info) bool {
		return i.Mountpoint == p && i.Source == "depview"
	})
	if top < 0 {
		return failed("findmnt lists what is mounted where", "%s is not a view that depview mounted", p)
	}
	if pids := users(list); len(pids) > 0 {
		return failed("ps "+strings.Join(pids, " ")+" tells what they are", "%s is in use by process %s", p, strings.Join(pids, ", "))
	}
	if err := unmountTree(p, list); errors.Is(err, unix.EBUSY) {
		return failed("fuser -vm "+p+" tells by whom", "%s is in use", p)
	} else if err != nil {
		return fmt.Errorf("unmount %s: %w", p, err)
	}
	return nil
}

// users returns the processes that are in the mounts, or have files of them open.
// It is asked before anything is unmounted, since the parts of a tree go one by
// one.
func users(mounts []*mountinfo.Info) []string {
	held := func(link string) bool {
		var st unix.Statx_t
		err := unix.Statx(unix.AT_FDCWD, link, 0, unix.STATX_MNT_ID, &st)
		return err == nil && slices.ContainsFunc(mounts, func(m *mountinfo.Info) bool { return uint64(m.ID) == st.Mnt_id })
	}
	var pids []string
	links, _ := filepath.Glob("/proc/[0-9]*/root")
	for _, root := range links {
		dir := filepath.Dir(root)
		fds, _ := filepath.Glob(dir + "/fd/*")
		if slices.ContainsFunc(append(fds, root, dir+"/cwd"), held) {
			pids = append(pids, filepath.Base(dir))
		}
	}
	return pids
}

// unmountTree unmounts p and what is mounted in it, from the inside out, since no
// call takes a tree that is not busy and refuses one that is. The root of the
// view is what a process in it holds, and goes last.
func unmountTree(p string, list []*mountinfo.Info) error {
	slices.SortStableFunc(list, func(a, b *mountinfo.Info) int { return len(b.Mountpoint) - len(a.Mountpoint) })
	for _, i := range list {
		if err := unix.Unmount(i.Mountpoint, unix.UMOUNT_NOFOLLOW); err != nil {
			return err
		}
	}
	return nil
}
