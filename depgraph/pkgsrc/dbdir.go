package pkgsrc

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// Where databases are. pkgsrc's bootstrap puts one into the prefix; NetBSD had it in
// /var/db/pkg until December 2020, and still looks there (lib/pkgdb.c,
// pkgdb_get_dir). FreeBSD and Gentoo have databases of another form in /var/db/pkg.
var (
	prefixes  = []string{"/usr/pkg", "/opt/pkg", "/opt/local"}
	inPrefix  = []string{"pkgdb", ".pkgdb"}
	formerDir = "/var/db/pkg"
)

const configFile = "etc/pkg_install.conf"

// locate returns PKG_DBDIR. What the caller chose decides: a prefix or the directory
// itself; or else the environment's PKG_DBDIR, as for pkg_install. Otherwise it is the
// one directory with packages among the usual ones. Two are an error: which one a tool
// reads depends on how the tool was built.
func locate(root fs.FS, s depgraph.Setting) (string, error) {
	switch {
	case s.Prefix != "":
		return locateIn(root, path.Clean("/"+s.Prefix))
	case s.Env("PKG_DBDIR") != "":
		dir := s.Env("PKG_DBDIR")
		if !path.IsAbs(dir) || !isDir(root, path.Clean(dir)) {
			return "", fmt.Errorf("no pkgsrc database in PKG_DBDIR, %s: %w", dir, fs.ErrNotExist)
		}
		return path.Clean(dir), nil
	}
	places := usual(root)
	found := withPackages(root, places)
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no pkgsrc database here (looked for packages in %s): %w", strings.Join(places, ", "), fs.ErrNotExist)
	case 1:
		return found[0], nil
	}
	return "", claimed(found)
}

// claimed says that several databases do for one root.
func claimed(dirs []string) error {
	return fmt.Errorf("several pkgsrc databases claim this root, %s: choose one, as in --from %s@%s",
		strings.Join(dirs, " and "), kind, dirs[0])
}

// locateIn finds the database that the caller means by a prefix, or by its own name. In a
// prefix that was chosen it may be empty.
func locateIn(root fs.FS, prefix string) (string, error) {
	if len(withPackages(root, []string{prefix})) > 0 {
		return prefix, nil
	}
	places := ofPrefix(root, prefix)
	if found := withPackages(root, places); len(found) == 1 {
		return found[0], nil
	} else if len(found) > 1 {
		return "", claimed(found)
	}
	for _, dir := range places {
		if isDir(root, dir) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no pkgsrc database in %s (looked for %s): %w", prefix, strings.Join(places, ", "), fs.ErrNotExist)
}

// ofPrefix lists where the database of a prefix may be: where its own configuration says
// so, nowhere else.
func ofPrefix(root fs.FS, prefix string) (dirs []string) {
	if dir := configured(root, path.Join(prefix, configFile)); dir != "" {
		return []string{dir}
	}
	for _, name := range inPrefix {
		dirs = append(dirs, path.Join(prefix, name))
	}
	return dirs
}

// usual lists where databases of a root may be.
func usual(root fs.FS) (dirs []string) {
	for _, prefix := range prefixes {
		dirs = append(dirs, ofPrefix(root, prefix)...)
	}
	if dir := configured(root, "/"+configFile); dir != "" {
		return append(dirs, dir)
	}
	return append(dirs, formerDir)
}

// configured returns what a pkg_install.conf(5) says of PKG_DBDIR, empty if nothing that
// can be a directory.
func configured(root fs.FS, file string) string {
	text, err := rootfs.Read(root, rootfs.Real(root, file), maxFile)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "PKG_DBDIR="); ok {
			if value = strings.TrimSpace(value); path.IsAbs(value) {
				return path.Clean(value)
			}
		}
	}
	return ""
}

// withPackages returns those of the directories that hold packages of pkgsrc, each once.
func withPackages(root fs.FS, dirs []string) (found []string) {
	var seen []string
	for _, dir := range dirs {
		real := realpath(root, dir)
		if !slices.Contains(seen, real) && holdsPackages(root, real) {
			seen, found = append(seen, real), append(found, dir)
		}
	}
	return found
}

// holdsPackages tells whether a directory has a subdirectory with a packing list.
func holdsPackages(root fs.FS, dir string) bool {
	entries, _ := fs.ReadDir(root, dir)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return isPackage(root, dir, e) })
}

// isPackage tells whether an entry of PKG_DBDIR is an installed package: a directory, and
// pkg_add(1) takes it for one by its packing list (add/perform.c,
// check_already_installed).
func isPackage(root fs.FS, dir string, e fs.DirEntry) bool {
	if !e.IsDir() {
		return false
	}
	info, err := fs.Stat(root, path.Join(dir, e.Name(), contents))
	return err == nil && !info.IsDir()
}

func isDir(root fs.FS, dir string) bool {
	info, err := fs.Stat(root, realpath(root, dir))
	return err == nil && info.IsDir()
}

// state is the source's State: the packages are the directories in PKG_DBDIR, their files
// what is in the packing lists. Where several databases claim the root, it is the first
// one's, so that the root is seen to have one and Open tells what is the matter.
func state(root fs.FS, s depgraph.Setting) []string {
	dir, err := locate(root, s)
	if err != nil {
		found := withPackages(root, usual(root))
		if s.Prefix != "" || errors.Is(err, fs.ErrNotExist) || len(found) == 0 {
			return nil
		}
		dir = found[0]
	}
	real := realpath(root, dir)
	patterns := []string{rootfs.Pattern(real)}
	for _, prefix := range slices.Concat(prefixes, []string{"/"}) {
		patterns = append(patterns, rootfs.Relative(path.Join(prefix, configFile)))
	}
	entries, _ := fs.ReadDir(root, real)
	for _, e := range entries {
		if e.IsDir() {
			patterns = append(patterns, rootfs.Pattern(path.Join(real, e.Name(), contents)))
		}
	}
	return patterns
}

// realpath is a path as fs.FS wants it, with the symbolic links in it resolved.
func realpath(root fs.FS, name string) string { return rootfs.Relative(rootfs.Real(root, name)) }
