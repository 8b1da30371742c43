package pkgsrc

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
)

// pkgpath returns the PKGPATH, "devel/zlib", that a text is: that, or "../../devel/zlib".
func pkgpath(text string) (string, bool) {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "../../"), "/")
	category, name, ok := strings.Cut(text, "/")
	if !ok || category == "" || name == "" || strings.ContainsAny(text, `*?[]{}<>$\`) || strings.Contains(name, "/") || climbs(text) {
		return "", false
	}
	return text, true
}

// readPaths finds packages by the directory of the pkgsrc tree that they were built in.
// Several can be of one: lang/py-foo makes a package for each Python.
func (db *Database) readPaths() map[string][]*depgraph.Package {
	found := map[string][]*depgraph.Package{}
	for _, p := range db.packages {
		if at := db.pathOf(p); at != "" {
			found[at] = append(found[at], p)
		}
	}
	for _, list := range found {
		slices.SortFunc(list, order)
	}
	return found
}

// pathOf returns the PKGPATH of p, empty where its build information does not tell.
func (db *Database) pathOf(p *depgraph.Package) string {
	text, _ := db.read(p, "+BUILD_INFO")
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "PKGPATH="); ok { // "VAR=value" or "VAR= value": lib/var.c
			at, _ := pkgpath(strings.TrimSpace(value))
			return at
		}
	}
	return ""
}

// needPath makes a need of a package that was built in a directory of the pkgsrc tree, or
// else has the name of that.
func (db *Database) needPath(at string) depgraph.Need {
	p := &pattern{text: at, alternatives: []string{path.Base(at)}}
	return p.need(at, db.byPath()[at])
}

// declare returns the line of a Makefile that asks for the named packages, without
// knowing the categories that they are in: see [Database.Declare].
func declare(names []string) string {
	return declareWith(names, func(string) string { return "" })
}

func declareWith(names []string, pathOf func(name string) string) string {
	var words []string
	for _, name := range names {
		at := pathOf(name)
		if at == "" {
			at = "CATEGORY/" + name
		}
		words = append(words, name+"-[0-9]*:../../"+at)
	}
	return "DEPENDS+= " + strings.Join(words, " ")
}

// Declare returns the line that asks for the named packages in a Makefile of the pkgsrc
// tree: by the buildlink3.mk of the one, if /usr/pkgsrc has it, or else by name and
// directory.
func (db *Database) Declare(names []string) string {
	bare := make([]string, len(names))
	for i, name := range names {
		bare[i] = strings.TrimPrefix(name, kind+":")
	}
	pathOf := func(name string) string {
		if p := db.byName[name]; p != nil {
			return db.pathOf(p)
		}
		return ""
	}
	if len(bare) == 1 {
		include := pathOf(bare[0]) + "/" + buildlink
		if _, err := fs.Stat(db.root, realpath(db.root, path.Join("/usr/pkgsrc", include))); err == nil && include[0] != '/' {
			return `.include "../../` + include + `"`
		}
	}
	return declareWith(bare, pathOf)
}
