package jail

import (
	"errors"
	"fmt"
	"io/fs"
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
	options, attrs := params{
		{"subtype", "depview"}, {"fd", fmt.Sprint(dev)}, {"rootmode", "40000"}, {"user_id", "0"}, {"group_id", "0"},
		{"allow_other", ""}, {"default_permissions", ""},
	}, quiet
	if !p.Writable {
		// The file system itself is read-only, not the mount alone: else the kernel
		// would ask for a file's attributes anew after each read, which might have
		// changed its time of access.
		options, attrs = append(options, [2]string{"ro", ""}), attrs|unix.MOUNT_ATTR_RDONLY
	}
	m, err := makeMount("fuse", options, attrs)
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
	none := root{fd: -1}
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
	r := root{fd: top}
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
	o := params{{"lowerdir", fdPath(lower)}, {"upperdir", fdPath(src.upper)}, {"workdir", fdPath(src.scratch)}}
	if p.Unprivileged || p.Confined {
		o = append(o, [2]string{"userxattr", ""})
	} else { // whatever the module's defaults are: a capture must be whole by itself
		o = append(o, params{{"metacopy", "off"}, {"redirect_dir", "off"}, {"index", "off"}}...)
	}
	m, err := makeMount("overlay", o, quiet)
	unix.Close(lower)
	if errors.Is(err, unix.EINVAL) && p.Unprivileged && !sinceLinux(5, 11) {
		return failed("--engine fuse does without", "no overlayfs for users before Linux 5.11: %s", err)
	}
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
