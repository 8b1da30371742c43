package rpm

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
	"github.com/depview/depview/depgraph/sqlite"
)

const fileName = "rpmdb.sqlite"

// usualPlaces are the values of %_dbpath: what Fedora and openSUSE have, and what was
// before, which is a link to the other there.
var usualPlaces = []string{"usr/lib/sysimage/rpm", "var/lib/rpm"}

// oldFormats are the files of rpm's other database formats (lib/backend), and what
// rpm calls them.
var oldFormats = []struct{ file, name string }{
	{"Packages", "Berkeley DB"},
	{"Packages.db", "ndb"},
}

// places lists the directories that can hold the database, and the files that it is in
// if it is there, links resolved.
func places(root fs.FS, s depgraph.Setting) (dirs, files []string) {
	usual := usualPlaces
	if s.Prefix != "" {
		usual = []string{s.Prefix}
	}
	links := rootfs.NewLinks(root)
	for _, dir := range usual {
		if dir = links.Real(dir); !slices.Contains(dirs, dir[1:]) {
			dirs = append(dirs, dir[1:])
			if file := links.Real(path.Join(dir, fileName))[1:]; exists(root, file) && !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	return dirs, files
}

func exists(root fs.FS, name string) bool {
	_, err := fs.Stat(root, name)
	return !errors.Is(err, fs.ErrNotExist)
}

// place returns the path of the database, relative to the root.
func place(root fs.FS, s depgraph.Setting) (string, error) {
	dirs, files := places(root, s)
	switch len(files) {
	case 1:
		return files[0], nil
	case 0:
		return "", oldFormat(root, dirs)
	}
	return "", fmt.Errorf("two rpm databases, /%s and /%s: --from rpm:ROOT@/%s, with the one or the other, chooses",
		files[0], files[1], path.Dir(files[1]))
}

// oldFormat says that there is no database, or one of another format.
func oldFormat(root fs.FS, dirs []string) error {
	var tried []string
	for _, dir := range dirs {
		for _, old := range oldFormats {
			if file := path.Join(dir, old.file); exists(root, file) {
				return fmt.Errorf("/%s: an rpm database of the %s format, and only sqlite is read: rpmdb --rebuilddb --define '_db_backend sqlite', by rpm 4.16 or newer, converts it",
					file, old.name)
			}
		}
		tried = append(tried, path.Join("/", dir, fileName))
	}
	return fmt.Errorf("no rpm database (%s) here: %w", strings.Join(tried, " or "), fs.ErrNotExist)
}

// state is the State of [depgraph.Source]: the file that Open reads, or stumbles over.
func state(root fs.FS, s depgraph.Setting) (patterns []string) {
	dirs, files := places(root, s)
	for _, file := range files {
		patterns = append(patterns, sqlite.Files(file)...)
	}
	for _, dir := range dirs {
		for _, old := range oldFormats {
			if file := path.Join(dir, old.file); len(files) == 0 && exists(root, file) {
				patterns = append(patterns, rootfs.Pattern(file))
			}
		}
	}
	return patterns
}
