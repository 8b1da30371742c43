package jail

import (
	"path"
	"slices"
	"strings"
)

// A planned mount is one that the parent makes where there are no mount namespaces.
type planned struct {
	fstype string
	source string // a directory of the host, or the file system's name; empty for the view
	target string // on the host
	// options are mount(8)'s, each a word or name=value.
	options []string
}

// String describes the mount as mount(8) lists it.
func (m planned) String() string {
	return m.fstype + " " + strings.TrimSpace(m.source+" on ") + " " + m.target + " (" + strings.Join(m.options, ", ") + ")"
}

// mounts lists what makes up the jail whose top is the directory root, in the order
// of mounting: the view first, then what lies in it, outer ones before inner ones.
// Where the system has no file system in memory, private is a fresh directory of
// the host in its place.
//
// FreeBSD binds directories with nullfs(5). macOS lets nobody but Apple do so (its
// nullfs asks for the entitlement com.apple.private.nullfs_allow): there they are
// passed through by a FUSE file system of their own, and so is the private /tmp.
func (p *Plan) mounts(goos, root, private string) []planned {
	at := func(target string) string { return path.Join(root, target) }
	var list []planned
	switch goos {
	case "darwin":
		list = []planned{
			{"macfuse", "", root, viewOptions(goos, p.Writable)},
			{"devfs", "devfs", at("/dev"), []string{"nobrowse", "nosuid"}},
			{"macfuse", private, at(tmp(goos)), throughOptions(false)},
		}
	case "freebsd":
		list = []planned{
			{"fusefs", "", root, viewOptions(goos, p.Writable)},
			{"devfs", "devfs", at("/dev"), []string{"noexec", "nosuid"}},
			{"fdescfs", "fdescfs", at("/dev/fd"), []string{"noexec", "nosuid"}}, // a shell's <(command)
			{"tmpfs", "tmpfs", at(tmp(goos)), []string{"mode=1777", "nosuid"}},
		}
	}
	binds := slices.Clone(p.Binds)
	slices.SortStableFunc(binds, func(a, b Bind) int { return strings.Compare(a.Target, b.Target) })
	for _, b := range binds {
		list = append(list, b.planned(goos, at(b.Target)))
	}
	return list
}

// planned is how the bind is mounted at target.
func (b Bind) planned(goos, target string) planned {
	if goos == "darwin" {
		return planned{"macfuse", b.Source, target, throughOptions(b.ReadOnly)}
	}
	m := planned{"nullfs", b.Source, target, []string{"nosuid"}}
	if b.ReadOnly {
		m.options = append(m.options, "ro")
	}
	return m
}

// viewOptions are the -o options of the view's mount, beside those that go-fuse adds
// (fsname, subtype, max_read and, on macOS, daemon_timeout).
//
// macOS (macFUSE's wiki, Mount Options): noappledouble denies "._" files and
// .DS_Store, noapplexattr the attributes that the Finder keeps, nobrowse hides the
// volume from it. FreeBSD (mount_fusefs(8)): its push_symlinks_in must be left out,
// for it puts the host's path in front of absolute links.
func viewOptions(goos string, writable bool) []string {
	o := []string{"allow_other", "default_permissions", "nosuid"}
	if goos == "darwin" {
		o = append(o, "noappledouble", "noapplexattr", "nobrowse", "nodev", "volname=depview")
	}
	if !writable {
		o = append(o, "ro")
	}
	return o
}

// throughOptions are those of a directory that is passed through on macOS. It lies in
// the view, which macFUSE's mount program refuses without allow_recursion. A "._"
// file in it is its owner's, and stays.
func throughOptions(readOnly bool) []string {
	o := []string{"allow_other", "allow_recursion", "default_permissions", "nobrowse", "nodev", "nosuid", "volname=depview"}
	if readOnly {
		o = append(o, "ro")
	}
	return o
}

// undone returns the mounts in the order of unmounting.
func undone(list []planned) []planned {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// isView tells by what mount(8) lists whether a mount is a view. FreeBSD names a FUSE
// file system after its subtype, and macFUSE after its fsname.
func isView(fstype, source string) bool {
	return fstype == "fusefs.depview" || source == "depview" || strings.HasPrefix(source, "depview@")
}
