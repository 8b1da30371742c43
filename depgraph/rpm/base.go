package rpm

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// buildRoot is what mock puts into an empty root before it looks at a recipe: the group
// buildsys-build of Fedora's comps, and the chroot_setup_cmd of others in
// mock-core-configs/etc/mock/templates. What a distribution calls otherwise is listed
// under each name; what is not installed is left out.
const buildRoot = `
	bash bzip2 coreutils cpio diffutils findutils gawk glibc-minimal-langpack grep gzip
	info patch rpm-build sed shadow-utils tar unzip util-linux which xz
	system-release
	redhat-rpm-config system-rpm-config openEuler-rpm-config
	basesystem-minimal rpm-mageia-setup rpm-mageia-setup-build
	rpm-openmandriva-setup rpm-openmandriva-setup-build
	patterns-devel-base-devel_rpm_build`

// compilers were in every root until Fedora 29 and RHEL 8 (Fedora's change
// "Remove GCC from BuildRoot"), and are where distributions did not follow.
const compilers = "gcc gcc-c++ make"

// Base is what is in every build's root without being asked for.
func (db *Database) Base() depgraph.Base {
	var base depgraph.Base
	names := strings.Fields(buildRoot)
	if hasCompilers(db.root) {
		names = append(names, strings.Fields(compilers)...)
	}
	for _, name := range names {
		base.Needs = append(base.Needs, depgraph.Named(name))
	}
	return base
}

// hasCompilers tells whether this system's build roots have compilers in them, by
// os-release(5).
func hasCompilers(root fs.FS) bool {
	release := rootfs.Release(root)
	id := release["ID"]
	major, _, _ := strings.Cut(release["VERSION_ID"], ".")
	number, err := strconv.Atoi(major)
	is := func(name string) bool { return id == name || slices.Contains(strings.Fields(release["ID_LIKE"]), name) }
	switch {
	case id == "fedora":
		return err == nil && number < 29
	case is("suse"), is("opensuse"), id == "openEuler":
		return true
	case is("rhel"), is("centos"), id == "anolis":
		return err == nil && number < 9
	}
	return id == "amzn" && number == 2
}
