package jail

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// The mounts are made with the descriptor-based calls of Linux 5.2 (fsopen,
// open_tree, move_mount) and 5.12 (mount_setattr; remount_linux.go does without): no
// path that a build may have shaped is ever given to mount(2).

// A mount is one that is attached nowhere yet.
type mount struct {
	fd    int
	later uint64 // MOUNT_ATTR_ flags that it must get once it is attached
}

// params are a file system's mount options, in order.
type params [][2]string

// makeMount makes a file system and returns it as a mount that is attached
// nowhere, with the MOUNT_ATTR_ flags attrs.
func makeMount(fstype string, p params, attrs int) (mount, error) {
	none := mount{fd: -1}
	fs, err := unix.Fsopen(fstype, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return none, fmt.Errorf("fsopen %s: %w", fstype, err)
	}
	defer unix.Close(fs)
	for _, kv := range append(params{{"source", "depview"}}, p...) {
		if kv[1] == "" {
			err = unix.FsconfigSetFlag(fs, kv[0])
		} else {
			err = unix.FsconfigSetString(fs, kv[0], kv[1])
		}
		if err != nil {
			return none, fmt.Errorf("%s option %s=%s: %w%s", fstype, kv[0], kv[1], err, fsLog(fs))
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return none, fmt.Errorf("mount %s: %w%s", fstype, err, fsLog(fs))
	}
	m, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, attrs)
	if err != nil {
		return none, fmt.Errorf("fsmount %s: %w", fstype, err)
	}
	return mount{fd: m}, nil
}

// fsLog returns what the kernel has to say about the context's last failure.
func fsLog(fs int) string {
	var all []string
	buf := make([]byte, 1024)
	for {
		n, err := unix.Read(fs, buf)
		if err != nil || n <= 0 {
			break
		}
		line := strings.TrimSpace(string(buf[:n]))
		if len(line) > 2 && line[1] == ' ' { // "e overlay: …": a level first
			line = line[2:]
		}
		all = append(all, line)
	}
	if all == nil {
		return ""
	}
	return " (" + strings.Join(all, "; ") + ")"
}

// attach puts the mount m at the directory or file that target is, and closes m.
func attach(m mount, target int) error {
	defer unix.Close(m.fd)
	if err := unix.MoveMount(m.fd, "", target, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH); err != nil {
		return err
	}
	return m.remount()
}

// cloneTree returns the tree at source, an open directory or file, as a mount
// that is attached nowhere, with the MOUNT_ATTR_ flags attrs set throughout.
func cloneTree(source int, attrs uint64) (mount, error) {
	none := mount{fd: -1}
	m, err := unix.OpenTree(source, "", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_EMPTY_PATH|unix.AT_RECURSIVE)
	if err != nil {
		return none, fmt.Errorf("open_tree: %w", err)
	}
	attr := unix.MountAttr{Attr_set: attrs, Propagation: unix.MS_PRIVATE}
	err = unix.MountSetattr(m, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attr)
	if errors.Is(err, unix.ENOSYS) {
		return mount{m, attrs}, nil // it is private, as all of this namespace
	}
	if err != nil {
		unix.Close(m)
		return none, fmt.Errorf("mount_setattr: %w", err)
	}
	return mount{fd: m}, nil
}

// A root is the top of the jail while it is being built.
type root struct {
	fd    int
	outer bool // its /proc is its container's
}

// openIn opens the path p of the tree at dir. A capture may hold what a hostile
// build left there: links are not followed.
func openIn(dir int, p string, flags uint64) (int, error) {
	name := strings.TrimPrefix(path.Clean("/"+p), "/")
	if name == "" {
		name = "."
	}
	for {
		fd, err := unix.Openat2(dir, name, &unix.OpenHow{
			Flags:   flags | unix.O_CLOEXEC | unix.O_NOFOLLOW,
			Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
		})
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return -1, &os.PathError{Op: "open", Path: p, Err: err}
		}
		return fd, nil
	}
}

// place attaches the mount m at p, which the view has, unless an earlier build in
// the capture has put something else there.
func (r root) place(m mount, p string) error {
	target, err := openIn(r.fd, p, unix.O_PATH)
	if err == nil {
		defer unix.Close(target)
		if err = attach(m, target); err == nil {
			return nil
		}
	} else {
		unix.Close(m.fd)
	}
	for _, planted := range []error{unix.ENOENT, unix.ELOOP, unix.ENOTDIR, unix.EINVAL} {
		if errors.Is(err, planted) {
			return failed("start with a fresh --capture DIR", "the capture has something else at %s than the view", p)
		}
	}
	return fmt.Errorf("mount at %s: %w", p, err)
}

// mount makes a file system and attaches it at p.
func (r root) mount(fstype, p string, o params, attrs int) error {
	m, err := makeMount(fstype, o, attrs)
	if err != nil {
		return err
	}
	return r.place(m, p)
}

// bind attaches the open directory or file source at p.
func (r root) bind(source int, p string, attrs uint64) error {
	m, err := cloneTree(source, attrs)
	if err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	return r.place(m, p)
}

// mkdirAll makes the directory p and those above it where they are missing.
func (r root) mkdirAll(p string) error {
	at := ""
	for _, name := range strings.Split(strings.Trim(path.Clean("/"+p), "/"), "/") {
		dir, err := openIn(r.fd, at, unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			return err
		}
		err = unix.Mkdirat(dir, name, 0o755)
		unix.Close(dir)
		at += "/" + name
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return &os.PathError{Op: "mkdir", Path: at, Err: err}
		}
	}
	return nil
}

// create makes an empty file at p, for a file to be bound on.
func (r root) create(p string) error {
	dir, err := openIn(r.fd, path.Dir(p), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	fd, err := unix.Openat(dir, path.Base(p), unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o644)
	if err != nil {
		return &os.PathError{Op: "create", Path: p, Err: err}
	}
	return unix.Close(fd)
}
