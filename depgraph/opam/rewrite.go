package opam

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/depview/depview/depgraph"
)

// Rewrites implements [depgraph.Database]: switch-state names visible packages only,
// environment and reinstall tell of no others, and the cache of all recipes is gone,
// which opam can do without. The files about one package are that package's own.
func (db *Database) Rewrites(visible func(*depgraph.Package) bool, _ func(path string) []*depgraph.Package) ([]depgraph.Rewrite, error) {
	s := &selection{db, map[string]bool{}}
	for _, p := range db.packages {
		if visible(p) {
			s.names[p.OwnName()] = true
		}
	}
	var rewrites []depgraph.Rewrite
	for _, f := range []struct {
		name   string
		filter func(name, text string) (string, error)
	}{
		{"switch-state", s.filterState},
		{"environment", s.filterEnvironment},
		{"reinstall", s.filterReinstall},
	} {
		name := db.meta + "/" + f.name
		if exists(db.root, name) {
			rewrites = append(rewrites, depgraph.Rewrite{Path: "/" + name, Data: func() ([]byte, error) {
				text, err := read(db.root, name)
				if err == nil {
					text, err = f.filter("/"+name, text)
				}
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return nil, fmt.Errorf("opam switch: %w", err)
				}
				return []byte(text), err
			}})
		}
	}
	if cache := db.meta + "/packages/cache"; exists(db.root, cache) {
		rewrites = append(rewrites, depgraph.Rewrite{Path: "/" + cache, Gone: true})
	}
	return rewrites, nil
}

// A selection is the database as it would be with only some of its packages.
type selection struct {
	db    *Database
	names map[string]bool
}

// knows tells whether a package, "NAME.VERSION", is in the selection. One that is pinned
// need not be installed, and is then in none.
func (s *selection) knows(nv string) bool {
	name, _, _ := strings.Cut(nv, ".")
	return s.names[name]
}

// filterState writes switch-state anew, unless nothing is left out.
func (s *selection) filterState(name, text string) (string, error) {
	items, err := parse(name, text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	whole := true
	for _, i := range items {
		if i.section != nil {
			continue
		}
		if v, ok := i.value.str(); ok && i.name == "opam-version" {
			fmt.Fprintf(&b, "%s: %s\n", i.name, quote(v))
			continue
		}
		fmt.Fprintf(&b, "%s: [", i.name)
		for _, e := range i.value.elements() {
			if nv, ok := e.str(); ok && s.knows(nv) {
				fmt.Fprintf(&b, "\n  %s", quote(nv))
			} else {
				whole = false
			}
		}
		b.WriteString("\n]\n")
	}
	if whole {
		return text, nil
	}
	return b.String(), nil
}

// updatedBy finds the package in the last of the four fields of a line of environment,
// which says who sets the variable; blanks are quoted there.
var updatedBy = regexp.MustCompile(`\tUpdated\\? by\\? package\\? ([^\s\\]+)\n?$`)

// filterEnvironment leaves out what hidden packages set.
func (s *selection) filterEnvironment(_, text string) (string, error) {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if m := updatedBy.FindStringSubmatch(line); m == nil || s.knows(m[1]) {
			b.WriteString(line)
		}
	}
	return b.String(), nil
}

// filterReinstall leaves out hidden packages of those that are to be built again: a
// package, and perhaps its version, a line.
func (s *selection) filterReinstall(_, text string) (string, error) {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 0 || s.knows(words[0]) {
			b.WriteString(line)
		}
	}
	return b.String(), nil
}
