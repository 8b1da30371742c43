package jail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// devices are what /dev holds of the host's.
var devices = []string{"null", "zero", "full", "random", "urandom", "tty"}

// devLinks are the links that udev(7) makes in every /dev.
var devLinks = [][2]string{
	{"fd", "/proc/self/fd"}, {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
}

// What a build has no business with in /proc: the list of the OCI runtimes.
var (
	procReadOnly = []string{"bus", "fs", "irq", "sys", "sysrq-trigger"}
	procMasked   = []string{
		"acpi", "asound", "interrupts", "kallsyms", "kcore", "keys", "kmsg", "kpagecgroup", "kpagecount",
		"kpageflags", "latency_stats", "sched_debug", "scsi", "timer_list", "timer_stats",
	}
)

// devices makes /dev.
func (r root) devices(src *sources) error {
	if err := r.mount("tmpfs", "/dev", params{{"mode", "755"}}, quiet|unix.MOUNT_ATTR_NOEXEC); err != nil {
		return err
	}
	for name, fd := range src.devices {
		if err := r.create("/dev/" + name); err != nil {
			return err
		}
		if err := r.bind(fd, "/dev/"+name, device); err != nil {
			return err
		}
	}
	dev, err := openIn(r.fd, "/dev", unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(dev)
	for _, l := range devLinks {
		if err := unix.Symlinkat(l[1], dev, l[0]); err != nil {
			return fmt.Errorf("link /dev/%s: %w", l[0], err)
		}
	}
	for _, d := range []struct {
		name, fstype string
		o            params
	}{
		{"pts", "devpts", params{{"newinstance", ""}, {"ptmxmode", "0666"}, {"mode", "620"}}},
		{"shm", "tmpfs", params{{"mode", "1777"}}},
	} {
		if err := r.mkdirAll("/dev/" + d.name); err != nil {
			return err
		}
		attrs := quiet
		if d.fstype == "devpts" {
			attrs = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NOEXEC
		}
		if err := r.mount(d.fstype, "/dev/"+d.name, d.o, attrs); err != nil {
			return err
		}
	}
	return nil
}

// proc mounts a fresh /proc. In a jail, what is the whole machine's is masked; a
// chroot's caller has the machine anyway.
func (r *root) proc(mask bool) error {
	err := r.mount("proc", "/proc", nil, inert)
	if errors.Is(err, unix.EPERM) {
		// Whose pid namespace is another's gets no /proc of his own; a chroot shares
		// the caller's processes anyway. Nor does a user in a container that masks
		// parts of /proc: his jail's would have them whole. The container's is what is
		// left, in which the jail's processes have the numbers that they have outside.
		err, r.outer = r.outerProc(), true
	}
	if err != nil || !mask {
		return err
	}
	for _, name := range procReadOnly {
		if err := r.cover("/proc/"+name, false); err != nil {
			return err
		}
	}
	for _, name := range procMasked {
		if err := r.cover("/proc/"+name, true); err != nil {
			return err
		}
	}
	return nil
}

// outerProc has /proc be the caller's.
func (r root) outerProc() error {
	proc, err := openHost("/proc")
	if err != nil {
		return err
	}
	defer unix.Close(proc)
	return r.bind(proc, "/proc", inert)
}

// cover makes the file or directory p read-only, or an empty one where empty is
// true. What is not there needs no cover.
func (r root) cover(p string, empty bool) error {
	fd, err := openIn(r.fd, p, unix.O_PATH)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return &os.PathError{Op: "stat", Path: p, Err: err}
	}
	switch {
	case !empty:
		return r.bind(fd, p, inert|unix.MOUNT_ATTR_RDONLY)
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return r.mount("tmpfs", p, params{{"mode", "555"}, {"size", "0"}}, inert|unix.MOUNT_ATTR_RDONLY)
	}
	null, err := openIn(r.fd, "/dev/null", unix.O_PATH)
	if err != nil {
		return err
	}
	defer unix.Close(null)
	return r.bind(null, p, device)
}

func (r root) tmp(home string) error {
	if err := r.mount("tmpfs", "/tmp", params{{"mode", "1777"}}, quiet); err != nil {
		return err
	}
	if home == "" {
		return nil
	}
	return r.mkdirAll(home)
}
