package pkgsrc

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/depview/depview/depgraph"
)

// needs returns what p needs at run time, its @pkgdep patterns. What it was built with,
// @blddep, is no matter of those who use it; and the libraries that +BUILD_INFO names in
// REQUIRES are not either: pkg_add(1) installs what @pkgdep says, and so does a clean
// root.
func (db *Database) needs(p *depgraph.Package) ([]depgraph.Need, error) {
	text, err := db.read(p, contents)
	if err != nil {
		return nil, err
	}
	var needs []depgraph.Need
	packages := 0
	for e, err := range entries(text) {
		if err == nil && e.directive == "pkgdep" {
			var need depgraph.Need
			if need, err = db.need(e.argument); err == nil {
				needs = append(needs, need)
			}
			if packages += len(need); packages > maxDependencies {
				err = fmt.Errorf("dependencies on more than %d packages", maxDependencies)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", db.called(p, contents), e.line, err)
		}
	}
	return needs, nil
}

// need makes a need of a pattern. Its alternatives are the packages that match, in the
// order in which pkg_install would take them; behind them are the names that the pattern
// has itself, for what is installed and not in this database, and for messages.
func (db *Database) need(text string) (depgraph.Need, error) {
	p, err := compile(text)
	if err != nil {
		return nil, err
	}
	return p.need(text, db.matching(p)), nil
}

// need makes a need that the packages found satisfy, and others of the names that the
// pattern has, by their versions.
func (p *pattern) need(text string, found []*depgraph.Package) depgraph.Need {
	need := make(depgraph.Need, 0, len(found)+1)
	add := func(name, only string) {
		if !slices.ContainsFunc(need, func(a depgraph.Alternative) bool { return a.Name == name }) {
			need = append(need, depgraph.Alternative{Name: name, Text: text, Accepts: func(q *depgraph.Package, provided *depgraph.Provide) bool {
				if own := pkgname(q); own != "" {
					return own == only
				}
				return p.accepts(name, q, provided)
			}})
		}
	}
	for _, q := range found {
		add(q.OwnName(), pkgname(q))
	}
	for _, a := range p.alternatives {
		add(baseOf(a), "")
	}
	return need
}

// accepts judges a package that is not of this database by its version. One of deps.toml
// without was put there to satisfy.
func (p *pattern) accepts(name string, q *depgraph.Package, provided *depgraph.Provide) bool {
	have := q.Version
	if provided != nil {
		have = provided.Version
	}
	return have == "" || p.matches(name+"-"+have)
}

// matching returns the installed packages that a pattern names, preferred ones first. The
// packages are sorted by PKGNAME, and most patterns begin with one.
func (db *Database) matching(p *pattern) (found []*depgraph.Package) {
	for _, a := range p.alternatives {
		prefix := prefixOf(a)
		first := sort.Search(len(db.packages), func(i int) bool { return pkgname(db.packages[i]) >= prefix })
		for _, q := range db.packages[first:] {
			if !strings.HasPrefix(pkgname(q), prefix) {
				break
			}
			if match(a, pkgname(q)) && !slices.Contains(found, q) {
				found = append(found, q)
			}
		}
	}
	slices.SortFunc(found, order)
	return found
}
