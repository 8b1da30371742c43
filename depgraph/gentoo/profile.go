package gentoo

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// systemPackages is @system where the root has no profile: profiles/base/packages and
// profiles/default/linux/packages of the Gentoo repository, as of 2025.
const systemPackages = `
*>=sys-apps/baselayout-2
*app-alternatives/awk
*app-alternatives/bzip2
*app-alternatives/gzip
*app-alternatives/sh
*app-alternatives/tar
*app-admin/eselect
*app-arch/bzip2
*app-arch/gzip
*app-arch/tar
*app-arch/xz-utils
*app-shells/bash:0
*dev-build/make
*net-misc/iputils
*net-misc/rsync
*net-misc/wget
*sec-keys/openpgp-keys-gentoo-release
*sys-apps/coreutils
*sys-apps/diffutils
*sys-apps/file
*>=sys-apps/findutils-4.4
*sys-apps/gawk
*sys-apps/grep
*sys-apps/kbd
*sys-apps/kmod
*sys-apps/less
*sys-process/procps
*sys-process/psmisc
*sys-apps/sed
*sys-apps/shadow
*sys-apps/which
*sys-devel/binutils
*sys-devel/gcc
*sys-devel/gnuconfig
*>=sys-devel/patch-2.7
*sys-fs/e2fsprogs
*virtual/dev-manager
*virtual/editor
*virtual/libc
*virtual/man
*virtual/os-headers
*virtual/package-manager
*virtual/pager
*virtual/service-manager
*virtual/ssh
*sys-apps/busybox
*sys-apps/iproute2
*sys-apps/man-pages
*sys-apps/net-tools
*sys-apps/util-linux
`

// system returns @system: what the profile's files called packages have with a star,
// "*sys-apps/sed", and do not take out again, "-*sys-apps/sed" (PMS 5.2.6). What
// nobody can read, like the lines without a star, adds nothing.
func (db *Database) system() (atoms []*atom) {
	var lines []string
	for _, dir := range db.profiles() {
		text, err := db.read(dir + "/packages")
		if err != nil {
			continue
		}
		for line := range settingLines(text) {
			if out, ok := strings.CutPrefix(line, "-"); ok {
				lines = slices.DeleteFunc(lines, func(in string) bool { return in == out })
			} else if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) == 0 {
		lines = strings.Fields(systemPackages)
	}
	for _, line := range lines {
		if name, ok := strings.CutPrefix(line, "*"); ok {
			if a, err := parseAtom(name); err == nil && !a.blocker {
				atoms = append(atoms, a.evaluated(nil))
			}
		}
	}
	return atoms
}

// settingLines returns the lines of a file of Portage's settings, without comments.
func settingLines(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(line, "#")
			if line = strings.TrimSpace(line); line != "" && !yield(line) {
				return
			}
		}
	}
}

// maxProfiles is far above the number of directories that a profile is made of, some 30.
const maxProfiles = 1000

// findProfiles returns the directories of the profile that /etc/portage/make.profile
// links to, parents first, and the administrator's own (PMS 5.1, portage(5)); none
// where there is no profile.
func (db *Database) findProfiles() []string {
	w := profileWalk{db: db}
	for _, name := range []string{"etc/portage/make.profile", "etc/make.profile"} {
		link := db.at(name)
		if target, err := fs.ReadLink(db.root, link); err == nil {
			w.visit(db.inRoot(path.Dir(link), target), 0)
		} else if _, err := fs.Stat(db.root, link); err == nil {
			w.visit(link, 0)
		}
		if len(w.dirs) > 0 {
			return append(w.dirs, db.at("etc/portage/profile"))
		}
	}
	return nil
}

type profileWalk struct {
	db   *Database
	dirs []string
	seen int
}

// visit adds the profiles that the one in dir builds on, by its file "parent", and it.
func (w *profileWalk) visit(dir string, depth int) {
	if depth > maxDepth {
		return
	}
	if info, err := fs.Stat(w.db.root, dir); err != nil || !info.IsDir() {
		return
	}
	parents, _ := w.db.read(dir + "/parent")
	for line := range settingLines(parents) {
		if w.seen++; w.seen > maxProfiles {
			return
		}
		if repo, rest, ok := strings.Cut(line, ":"); ok { // portage-2: "gentoo:default/linux"
			for _, location := range w.db.repositories() {
				if repo == "" && strings.HasPrefix(dir, location+"/") || repo != "" && w.db.repositoryName(location) == repo {
					w.visit(path.Join(location, "profiles", path.Clean("/"+rest)), depth+1)
					break
				}
			}
			continue
		}
		w.visit(w.db.inRoot(dir, line), depth+1)
	}
	if !slices.Contains(w.dirs, dir) {
		w.dirs = append(w.dirs, dir)
	}
}

// inRoot resolves a path as from dir, inside the root.
func (db *Database) inRoot(dir, name string) string {
	if !strings.HasPrefix(name, "/") {
		name = "/" + dir + "/" + name
	}
	return strings.TrimPrefix(path.Clean(name), "/")
}

// findRepositories returns where the repositories of ebuilds are: what repos.conf says,
// and the usual places (portage(5)).
func (db *Database) findRepositories() (dirs []string) {
	add := func(dir string) {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	files := []string{db.at("etc/portage/repos.conf")}
	for _, pattern := range []string{"etc/portage/repos.conf/*", "usr/share/portage/config/repos.conf"} {
		more, _ := fs.Glob(db.root, db.at(pattern))
		files = append(files, more...)
	}
	for _, name := range files {
		text, err := db.read(name)
		if err != nil {
			continue // a directory, or nothing for us to read
		}
		for line := range settingLines(text) {
			if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "location" {
				add(db.inRoot("", strings.TrimSpace(value)))
			}
		}
	}
	usual, _ := fs.Glob(db.root, db.at("var/db/repos/*"))
	for _, dir := range append(usual, db.at("usr/portage")) {
		add(dir)
	}
	return dirs
}

// repositoryName is what a repository calls itself.
func (db *Database) repositoryName(dir string) string {
	text, _ := db.read(dir + "/profiles/repo_name")
	if name := strings.TrimSpace(text); name != "" {
		return name
	}
	return path.Base(dir)
}
