package freebsd

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// detail is what the package database says beyond a depgraph.Package.
type detail struct {
	origin, flavor string // "devel/py-six", "py311"
	formula        string
	old            bool // the schema is of the time when packages depended on origins
}

// readPackages makes the packages of the rows. What they need is read when it is asked
// for. Each provides its shared libraries, what it says it provides, and its origin,
// with and without its flavor.
func (db *Database) readPackages(s *store) error {
	db.packages = make([]*depgraph.Package, 0, len(s.rows))
	db.named = make(map[string]*depgraph.Package, len(s.rows))
	byID := make(map[int64]*depgraph.Package, len(s.rows))
	prefixes := map[string]bool{}
	memory, details := make([]depgraph.Package, len(s.rows)), make([]detail, len(s.rows))
	for i, r := range s.rows {
		p, d := &memory[i], &details[i]
		*d = detail{origin: r.origin, formula: r.formula, old: s.version < 29}
		*p = depgraph.Package{Name: r.name, Version: r.version, Arch: r.arch, Source: kind, Detail: d}
		name := r.name
		p.Late = sync.OnceValues(func() ([]depgraph.Need, error) { return db.needs(name, d) })
		db.packages = append(db.packages, p)
		db.named[name], byID[r.id] = p, p
		prefixes[r.prefix] = true
	}
	db.setPrefixes(prefixes)
	if err := s.readFlavors(byID); err != nil {
		return err
	}
	for i := range memory {
		if p, d := &memory[i], &details[i]; strings.Contains(d.origin, "/") {
			p.Provides = append(p.Provides, depgraph.Provide{Name: d.origin, Version: p.Version})
			if d.flavor != "" {
				p.Provides = append(p.Provides, depgraph.Provide{Name: join(d.origin, d.flavor), Version: p.Version})
			}
		}
	}
	var err error
	db.provided, err = s.readProvides(byID)
	return err
}

// A prefix is a directory that packages are installed in, as they name it and as it is
// on the root with links resolved.
type prefix struct{ name, real string }

// setPrefixes keeps the prefixes that are paths, and /usr/local.
func (db *Database) setPrefixes(found map[string]bool) {
	names := []string{usrLocal}
	for name := range found {
		if name = path.Clean(name); strings.HasPrefix(name, "/") && name != "/" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[1:])
	db.prefixes = nil
	for _, name := range names {
		db.prefixes = append(db.prefixes, prefix{name, rootfs.Real(db.root, name)})
	}
}

const usrLocal = "/usr/local"

// readFlavors reads the annotation that tells a flavor: ports(7).
func (s *store) readFlavors(byID map[int64]*depgraph.Package) error {
	if !s.has("pkg_annotation", "package_id", "tag_id", "value_id") || !s.has("annotation", "annotation_id", "annotation") {
		return nil
	}
	return s.pairs(func(p *depgraph.Package, flavor string) {
		p.Detail.(*detail).flavor = flavor
	}, byID, `SELECT a.package_id, v.annotation FROM annotation t
		JOIN pkg_annotation a ON a.tag_id = t.annotation_id JOIN annotation v ON v.annotation_id = a.value_id
		WHERE t.annotation = 'flavor'`)
}

// readProvides adds what packages provide. It returns the shared libraries among that.
func (s *store) readProvides(byID map[int64]*depgraph.Package) (shlibs map[string]bool, err error) {
	shlibs = map[string]bool{}
	if s.has("pkg_shlibs_provided", "package_id", "shlib_id") && s.has("shlibs", "id", "name") {
		err = s.pairs(func(p *depgraph.Package, name string) {
			shlibs[name] = true
			p.Provides = append(p.Provides, depgraph.Provide{Name: name})
		}, byID, `SELECT p.package_id, s.name FROM pkg_shlibs_provided p JOIN shlibs s ON s.id = p.shlib_id`)
	}
	if err == nil && s.has("pkg_provides", "package_id", "provide_id") && s.has("provides", "id", "provide") {
		err = s.pairs(func(p *depgraph.Package, name string) {
			p.Provides = append(p.Provides, depgraph.Provide{Name: name})
		}, byID, `SELECT p.package_id, s.provide FROM pkg_provides p JOIN provides s ON s.id = p.provide_id`)
	}
	return shlibs, err
}

// pairs calls each for every row of a package's id and a text.
func (s *store) pairs(each func(p *depgraph.Package, text string), byID map[int64]*depgraph.Package, query string) error {
	return s.rowsOf(func(scan func(...any) error) error {
		var id int64
		var text string
		if err := scan(&id, &text); err != nil {
			return err
		}
		if p := byID[id]; p != nil && text != "" {
			each(p, text)
		}
		return nil
	}, query)
}

// Files returns the files, configuration files and directories of p. The directories
// are those that p says are its own; parents of its files are none of them.
func (db *Database) Files(p *depgraph.Package) (files []string, err error) {
	name := p.OwnName()
	err = db.store.do(func(s *store) error {
		files = nil
		id, ok := s.ids[name]
		if !ok {
			return nil // it was deinstalled
		}
		query := `SELECT CAST(path AS TEXT) FROM files WHERE package_id = ?1
			UNION SELECT CAST(path AS TEXT) FROM pkg_directories, directories WHERE package_id = ?1 AND directory_id = directories.id`
		if s.has("config_files", "path", "package_id") {
			query += ` UNION SELECT CAST(path AS TEXT) FROM config_files WHERE package_id = ?1`
		}
		list, err := s.texts(query, id)
		for _, file := range list {
			clean, err := cleanPath(file)
			if err != nil {
				return fmt.Errorf("files of package %s: %w", name, err)
			}
			files = append(files, clean)
		}
		return err
	})
	return files, err
}

// cleanPath checks a path of the database. Old ones end directories in a slash.
func cleanPath(file string) (string, error) {
	switch {
	case !strings.HasPrefix(file, "/"):
		return "", fmt.Errorf("%q is no absolute path", file)
	case strings.Contains(file, "\x00"):
		return "", fmt.Errorf("%q is no path", file)
	case slices.Contains(strings.Split(file, "/"), ".."):
		return "", fmt.Errorf("%q leads up", file)
	}
	if file = path.Clean(file); file == "/" {
		return "", errors.New("the root is no package's")
	}
	return file, nil
}

// owners returns the names of the packages that list a file.
func (db *Database) owners(file string) (names []string, err error) {
	err = db.store.do(func(s *store) error {
		names = nil
		return s.rowsOf(func(scan func(...any) error) error {
			var id int64
			if err := scan(&id); err != nil {
				return err
			}
			for _, r := range s.rows {
				if r.id == id {
					names = append(names, r.name)
				}
			}
			return nil
		}, "SELECT package_id FROM files WHERE path = ? AND package_id IS NOT NULL", file)
	})
	return names, err
}

// listed tells whether a package lists a file.
func (db *Database) listed(file string) bool {
	names, err := db.owners(file)
	return err == nil && len(names) > 0
}
