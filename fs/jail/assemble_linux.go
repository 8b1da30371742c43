package jail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	quiet = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
	inert = quiet | unix.MOUNT_ATTR_NOEXEC
	// A device can be written to through a read-only mount; its mode and owner,
	// which are the host's, cannot be changed.
	device = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NOEXEC | unix.MOUNT_ATTR_RDONLY
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

// sources are the host's files that a plan needs, opened before anything is
// mounted over them.
type sources struct {
	upper, scratch int
	binds          []int
	devices        map[string]int
}

func (s *sources) close() {
	for _, fd := range append([]int{s.upper, s.scratch}, s.binds...) {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	for _, fd := range s.devices {
		unix.Close(fd)
	}
}

func (p *Plan) openSources() (*sources, error) {
	s := &sources{upper: -1, scratch: -1, devices: map[string]int{}}
	var err error
	if p.Upper != "" {
		if s.upper, err = openHost(p.Upper); err != nil {
			return nil, err
		}
		if s.scratch, err = openHost(p.Scratch); err != nil {
			return nil, err
		}
	}
	for _, b := range p.Binds {
		fd, err := openHost(b.Source)
		if err != nil {
			return nil, err
		}
		s.binds = append(s.binds, fd)
	}
	for _, name := range devices {
		fd, err := openHost("/dev/" + name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a container that has no such device
		}
		if err != nil {
			return nil, err
		}
		s.devices[name] = fd
	}
	return s, nil
}

// openHost opens a path of the host, following no link.
func openHost(p string) (int, error) {
	top, err := unix.Open("/", unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(top)
	return openIn(top, p, unix.O_PATH)
}

// mountView mounts the view's file system at spot and passes its descriptor to
// the parent, who serves it from then on.
func (p *Plan) mountView(c control, spot int) error {
	dev, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fuseError(err)
	}
	defer unix.Close(dev)
	m, err := makeMount("fuse", params{
		{"subtype", "depview"}, {"fd", fmt.Sprint(dev)}, {"rootmode", "40000"}, {"user_id", "0"}, {"group_id", "0"},
		{"allow_other", ""}, {"default_permissions", ""},
	}, quiet|unix.MOUNT_ATTR_RDONLY)
	if err != nil {
		return failed("depview doctor tells what is missing", "%s", err)
	}
	if err := attach(m, spot); err != nil {
		return fmt.Errorf("mount the view: %w", err)
	}
	return c.send(message{Fuse: true}, dev)
}

// fuseError says what to do where /dev/fuse cannot be opened.
func fuseError(err error) error {
	hint := "load the kernel's module with modprobe fuse; in a container, pass the device in"
	if errors.Is(err, fs.ErrPermission) {
		hint = "let users open it, as distributions do: chmod 0666 /dev/fuse"
	}
	return failed(hint, "open /dev/fuse: %s", err)
}

// assemble builds the jail on the directory at, which is on the host, and returns
// its top. The view's own mount is gone from sight after that: overlayfs holds it.
func (p *Plan) assemble(c control, at string) (root, error) {
	none := root{-1}
	src, err := p.openSources()
	if err != nil {
		return none, err
	}
	defer src.close() // the build's first process is to have none of them
	spot, err := openHost(at)
	if err != nil {
		return none, err
	}
	if err := p.mountView(c, spot); err != nil {
		return none, err
	}
	if p.Upper != "" {
		if err := p.overlay(src, at, spot); err != nil {
			return none, err
		}
	}
	unix.Close(spot)
	top, err := openHost(at)
	if err != nil {
		return none, err
	}
	r := root{top}
	for _, step := range []func() error{
		func() error { return r.devices(src) },
		func() error { return r.proc(p.Mountpoint == "") },
		func() error { return r.tmp(p.Home) },
		func() error { return p.placeBinds(r, src) },
	} {
		if err := step(); err != nil {
			return none, err
		}
	}
	return r, nil
}

// overlay mounts overlayfs over the view at the directory at, and the view itself
// away from there.
func (p *Plan) overlay(src *sources, at string, spot int) error {
	lower, err := openHost(at)
	if err != nil {
		return err
	}
	fd := func(n int) string { return fmt.Sprintf("/proc/self/fd/%d", n) }
	o := params{{"lowerdir", fd(lower)}, {"upperdir", fd(src.upper)}, {"workdir", fd(src.scratch)}}
	if p.Unprivileged || p.Confined {
		o = append(o, [2]string{"userxattr", ""})
	} else { // whatever the module's defaults are: a capture must be whole by itself
		o = append(o, params{{"metacopy", "off"}, {"redirect_dir", "off"}, {"index", "off"}}...)
	}
	m, err := makeMount("overlay", o, quiet)
	unix.Close(lower)
	if err != nil {
		return failed("the capture must be on a file system that overlayfs can write to, such as ext4, xfs, btrfs or tmpfs; --capture DIR puts it elsewhere",
			"capture %s: %s", path.Dir(p.Upper), err)
	}
	if err := unix.Unmount(at, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
		return fmt.Errorf("unmount the view's own mount: %w", err)
	}
	if err := attach(m, spot); err != nil {
		return fmt.Errorf("mount overlay: %w", err)
	}
	return nil
}

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
func (r root) proc(mask bool) error {
	err := r.mount("proc", "/proc", nil, inert)
	if errors.Is(err, unix.EPERM) && !mask {
		// Whose pid namespace is another's gets no /proc of his own; a chroot shares
		// the caller's processes anyway.
		return r.outerProc()
	}
	if errors.Is(err, unix.EPERM) {
		return failed("this happens in a container that masks parts of /proc; give it an unmasked one, with podman: --security-opt unmask=ALL",
			"mount /proc: %s", err)
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

// placeBinds puts the plan's binds in place, outer ones first. A target below the
// jail's own tmpfs is made; elsewhere the view has it.
func (p *Plan) placeBinds(r root, src *sources) error {
	order := make([]int, len(p.Binds))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(p.Binds[a].Target, p.Binds[b].Target) })
	for _, i := range order {
		b := p.Binds[i]
		if strings.HasPrefix(b.Target, "/tmp/") {
			if err := r.mkdirAll(b.Target); err != nil {
				return err
			}
		}
		attrs := uint64(quiet)
		if b.ReadOnly {
			attrs |= unix.MOUNT_ATTR_RDONLY
		}
		if err := r.bind(src.binds[i], b.Target, attrs); err != nil {
			return err
		}
	}
	return nil
}
