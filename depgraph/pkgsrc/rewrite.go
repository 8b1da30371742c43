package pkgsrc

import (
	"io/fs"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
)

// byFile is the database of which package a file is of, that pkg_info -F asks.
const byFile = "pkgdb.byfile.db"

// Rewrites implements [depgraph.Database]. The directory of a hidden package is hidden
// with its files; what is left names it in two places.
//
// The +REQUIRED_BY of a visible package is without the hidden ones, and as before anybody
// needed it where none is left. pkgdb.byfile.db, a B-tree of Berkeley DB 1.85, is not
// there, as in a prefix whose packages were installed without it: pkg_info -F finds
// nothing, and pkg_add(1) begins a new one. "pkg_admin rebuild" makes it of the packages
// that are visible.
func (db *Database) Rewrites(visible func(*depgraph.Package) bool, _ func(string) []*depgraph.Package) ([]depgraph.Rewrite, error) {
	hidden := map[string]bool{}
	var shown []*depgraph.Package
	for _, p := range db.packages {
		if visible(p) {
			shown = append(shown, p)
		} else {
			hidden[pkgname(p)] = true
		}
	}
	if len(hidden) == 0 {
		return nil, nil
	}
	var rewrites []depgraph.Rewrite
	if _, err := fs.Stat(db.root, path.Join(db.real, byFile)); err == nil {
		rewrites = append(rewrites, depgraph.Rewrite{Path: path.Join(db.dir, byFile), Gone: true})
	}
	for _, p := range shown {
		text, err := db.read(p, "+REQUIRED_BY")
		if err != nil {
			return nil, err
		}
		if left := without(text, hidden); left != text {
			r := depgraph.Rewrite{Path: db.called(p, "+REQUIRED_BY"), Gone: left == ""}
			if !r.Gone {
				r.Data = func() ([]byte, error) {
					text, err := db.read(p, "+REQUIRED_BY")
					return []byte(without(text, hidden)), err
				}
			}
			rewrites = append(rewrites, r)
		}
	}
	return rewrites, nil
}

// without returns the lines of text that do not name one of the packages.
func without(text string, packages map[string]bool) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !packages[strings.TrimSpace(line)] {
			b.WriteString(line)
		}
	}
	return b.String()
}
