package pacman

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// No package's list of files is longer, in bytes and in paths.
const (
	maxList  = 24 << 20
	maxPaths = 1 << 20
)

// Files returns what p's list names, and p's entry in the database with the files in it.
// A package without a list has no files, as pacman sees it too once it has complained.
func (db *Database) Files(p *depgraph.Package) ([]string, error) {
	dir := p.Detail.(*detail).dir
	about, err := fs.ReadDir(db.root, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("pacman database: %w", err)
	}
	text, err := rootfs.ReadAny(db.root, dir+"/files", maxList)
	if err != nil {
		return nil, fmt.Errorf("pacman database: %w", err)
	}
	paths, err := parseFiles("/"+dir+"/files", text)
	if err != nil {
		return nil, err
	}
	paths = append(paths, "/"+dir)
	for _, f := range about {
		paths = append(paths, "/"+dir+"/"+f.Name())
	}
	return paths, nil
}

// parseFiles reads a list: the lines after %FILES% up to an empty one, each a path below
// the root, a directory's with a slash at its end. There may be other lists before it
// and after.
func parseFiles(file, text string) (paths []string, err error) {
	line := 0
	listed := false
	// One text for all paths: "\n/" stands for each end of a line.
	for p := range strings.SplitSeq("/"+strings.ReplaceAll(text, "\n", "\n/"), "\n") {
		line++
		switch {
		case p == "/":
			listed = false
			continue
		case !listed:
			listed = p == "/%FILES%"
			continue
		case len(paths) == maxPaths:
			return nil, fmt.Errorf("%s:%d: more than %d paths", file, line, maxPaths)
		}
		if p, err = clean(p); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, line, err)
		}
		if p != "/" {
			paths = append(paths, p)
		}
	}
	return paths, nil
}

// clean takes the slash from a directory's path. What else a path has that it can do
// without goes too; one that may lead out of the root is an error.
func clean(p string) (string, error) {
	if strings.IndexByte(p, 0) >= 0 || strings.Contains(p+"/", "/../") {
		return "", fmt.Errorf("bad path %q", p[1:])
	}
	return path.Clean(p), nil
}
