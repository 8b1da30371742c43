package jail

import (
	"fmt"
	"os"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// Before Linux 5.12, which has mount_setattr, a mount's flags can only be set where
// it is attached, and one mount at a time.

// remount gives an attached mount, and those below it, the flags that it still
// lacks. Nothing of a build runs yet that could look at them without.
func (m mount) remount() error {
	if m.later == 0 {
		return nil
	}
	top, err := os.Readlink(fdPath(m.fd))
	if err != nil {
		return err
	}
	below, err := mountinfo.GetMounts(mountinfo.PrefixFilter(top))
	if err != nil {
		return err
	}
	if err := remount(m.fd, m.later); err != nil {
		return fmt.Errorf("remount %s: %w", top, err)
	}
	for _, b := range below {
		if b.Mountpoint == top {
			continue
		}
		fd, err := openHost(b.Mountpoint)
		if err != nil {
			return err
		}
		err = remount(fd, m.later)
		unix.Close(fd)
		if err != nil {
			return fmt.Errorf("remount %s: %w", b.Mountpoint, err)
		}
	}
	return nil
}

// remount adds flags to the mount whose root is fd. MOUNT_ATTR_RDONLY, NOSUID, NODEV
// and NOEXEC are MS_'s and ST_'s of these names; what else it has must be said
// again, or it would be lost, or refused where a namespace has it locked.
func remount(fd int, attrs uint64) error {
	var st unix.Statfs_t
	if err := unix.Fstatfs(fd, &st); err != nil {
		return err
	}
	const same = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME
	flags := uintptr(st.Flags)&same | uintptr(attrs) | unix.MS_BIND | unix.MS_REMOUNT
	if st.Flags&unix.ST_RELATIME != 0 {
		flags |= unix.MS_RELATIME
	}
	return unix.Mount("", fdPath(fd), "", flags, "")
}

// fdPath is a path to what the descriptor fd is.
func fdPath(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

// closeOnExec has every descriptor from first on closed when a program is executed:
// close_range(2), whose flag for that is of Linux 5.11.
func closeOnExec(first int) error {
	if err := unix.CloseRange(uint(first), ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err == nil {
		return nil
	}
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		var fd int
		if _, err := fmt.Sscan(name, &fd); err == nil && fd >= first {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}
