package freebsd

import (
	"fmt"

	"github.com/depview/depview/depgraph"
)

// needs reads what the named package needs at run time: the packages that it names, the
// shared libraries that another package brings, what it requires, and its formula. A
// library that no package provides is one of the base OS's: so pkg(8) takes it too.
func (db *Database) needs(name string, d *detail) (needs []depgraph.Need, err error) {
	err = db.store.do(func(s *store) error {
		needs = nil
		id, ok := s.ids[name]
		if !ok {
			return nil // it was deinstalled
		}
		if err := s.rowsOf(func(scan func(...any) error) error {
			var dep, origin string
			if err := scan(&dep, &origin); err != nil {
				return err
			}
			needs = append(needs, d.dep(dep, origin))
			return nil
		}, "SELECT DISTINCT CAST(name AS TEXT), CAST(origin AS TEXT) FROM deps WHERE package_id = ? ORDER BY name", id); err != nil {
			return err
		}
		libraries, err := s.shlibs(id)
		for _, library := range libraries {
			if db.provided[library] {
				needs = append(needs, virtual(library))
			}
		}
		if err != nil || !s.has("pkg_requires", "package_id", "require_id") || !s.has("requires", "id", "require") {
			return err
		}
		required, err := s.texts(`SELECT require FROM pkg_requires, requires WHERE package_id = ? AND id = require_id ORDER BY require`, id)
		for _, text := range required {
			needs = append(needs, virtual(text))
		}
		return err
	})
	if err != nil || d.formula == "" {
		return needs, err
	}
	more, err := parseFormula(d.formula)
	if err != nil {
		return nil, fmt.Errorf("%s: package %s: dep_formula: %w", db.store.name, name, err)
	}
	return append(needs, more...), nil
}

// shlibs returns the shared libraries that a package needs. Before schema 14, the table
// of that was pkg_shlibs; a view of that name came later.
func (s *store) shlibs(id int64) ([]string, error) {
	table := "pkg_shlibs_required"
	if !s.has(table, "package_id", "shlib_id") {
		table = "pkg_shlibs"
	}
	if !s.has(table, "package_id", "shlib_id") || !s.has("shlibs", "id", "name") {
		return nil, nil
	}
	return s.texts(`SELECT name FROM `+table+`, shlibs WHERE package_id = ? AND id = shlib_id ORDER BY name`, id)
}

// dep is the need for a package that another one names. In an old schema its origin
// tells which, and its name may not be unique.
func (d *detail) dep(name, origin string) depgraph.Need {
	if d.old {
		return depgraph.Need{{Name: origin, Text: name}, {Name: name}}
	}
	return depgraph.Need{{Name: name, Accepts: byName}}
}

// virtual is the need for what a package provides.
func virtual(name string) depgraph.Need {
	return depgraph.Need{{Name: name, Accepts: func(p *depgraph.Package, provided *depgraph.Provide) bool {
		return provided != nil || !ours(p)
	}}}
}

// byName accepts a package by its own name: what pkg(8) calls a dependency is never
// satisfied by what another package provides.
func byName(p *depgraph.Package, provided *depgraph.Provide) bool { return provided == nil || !ours(p) }

// ours tells whether a package is of such a database, and not of deps.toml.
func ours(p *depgraph.Package) bool {
	_, ok := p.Detail.(*detail)
	return ok
}
