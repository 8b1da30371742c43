package rpm

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
)

// A fileList is what a package's header says of its files: their last names, each with
// the number of its directory in a list that is shorter (lib/rpmfi.c).
type fileList struct {
	names, dirs []string
	index       []uint32
	states      []uint32 // empty where all are as they should
}

// The states of a file that is there (rpmfileState in include/rpm/rpmfiles.h). Others
// are not wanted (documentation, another architecture's) or another package's now.
const (
	stateNormal    = 0
	stateNetShared = 3
)

func (db *Database) fileList(p *depgraph.Package) (f fileList, err error) {
	h, err := db.header(p)
	if err != nil {
		return f, err
	}
	if f, err = h.files(); err != nil {
		return f, fmt.Errorf("%s: %w", db.record(p.Detail.(*detail).number, bareName(p)), err)
	}
	return f, nil
}

func (h header) files() (f fileList, err error) {
	var errs [4]error
	f.names, errs[0] = h.texts(tagBaseNames)
	f.dirs, errs[1] = h.texts(tagDirNames)
	f.index, errs[2] = h.numbers(tagDirIndexes)
	f.states, errs[3] = h.numbers(tagFileStates)
	if err := cmp.Or(errs[:]...); err != nil {
		return f, err
	}
	if len(f.names) != len(f.index) {
		return f, fmt.Errorf("file list: %d names in %d directories", len(f.names), len(f.index))
	}
	for i, dir := range f.index {
		if int(dir) >= len(f.dirs) {
			return f, fmt.Errorf("file list: %q is in directory %d of %d", f.names[i], dir, len(f.dirs))
		}
		if full := f.path(i); !strings.HasPrefix(full, "/") || slices.Contains(strings.Split(full, "/"), "..") {
			return f, fmt.Errorf("file list: %q is no path on the root", full)
		}
	}
	return f, nil
}

func (f fileList) path(i int) string { return f.dirs[f.index[i]] + f.names[i] }

// installed returns the path of a file, if there is one of this number and it is on
// the disk.
func (f fileList) installed(i int) (string, bool) {
	if i < 0 || i >= len(f.names) {
		return "", false
	}
	ok := i >= len(f.states) || f.states[i] == stateNormal || f.states[i] == stateNetShared
	return path.Clean(f.path(i)), ok
}

// Files returns what rpm -ql does: whatever a package lists, that it is a %ghost, or was
// left out on installation, notwithstanding. The database has no files about one
// package.
func (db *Database) Files(p *depgraph.Package) ([]string, error) {
	f, err := db.fileList(p)
	if err != nil {
		return nil, err
	}
	paths := make([]string, len(f.names))
	for i := range paths {
		paths[i] = path.Clean(f.path(i))
	}
	return paths, nil
}
