package pacman

import (
	"io/fs"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
)

// Rewrites implements [depgraph.Database]. Nothing of the database reads differently:
// each package's entry is its own and is there where the package is, and pacman knows of
// what it finds. Only the Java machine that is taken by default may be another.
func (db *Database) Rewrites(_ func(*depgraph.Package) bool, owners func(path string) []*depgraph.Package) (rewrites []depgraph.Rewrite, err error) {
	for link, insides := range map[string][]string{"default": {"", "jre"}, "default-runtime": {"jre", ""}} {
		if to := db.javaDefault(link, insides, owners); to != "" {
			rewrites = append(rewrites, depgraph.Rewrite{Path: "/" + javaMachines + "/" + link, Link: to})
		}
	}
	return rewrites, nil
}

const javaMachines = "usr/lib/jvm"

// javaDefault returns where a link to the default Java machine points where the one it
// points to is hidden and others are not, as the install script of the first of them
// would have made it (archlinux-java set): to the machine, or to the run-time part of it.
func (db *Database) javaDefault(link string, insides []string, owners func(path string) []*depgraph.Package) string {
	runs := func(machine string) bool {
		return len(owners(path.Join("/", javaMachines, machine, "bin/java"))) > 0
	}
	target, err := fs.ReadLink(db.root, javaMachines+"/"+link)
	if err != nil || runs(strings.TrimPrefix(target, "/"+javaMachines)) {
		return ""
	}
	machines, err := fs.ReadDir(db.root, javaMachines)
	if err != nil {
		return "" // nothing can be read there in the view either
	}
	for _, m := range machines {
		for _, inside := range insides {
			if to := path.Join(m.Name(), inside); m.IsDir() && runs(to) {
				return to
			}
		}
	}
	return ""
}
