package macports

import (
	"database/sql"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sqlite"
)

// Files returns the files of an active port where they are, its archive, and the
// Portfile and PortGroups that the registry keeps for it. The registry lists no
// directories. An inactive port has no files but those.
func (db *Database) Files(p *depgraph.Package) (paths []string, err error) {
	d := p.Detail.(*detail)
	about := db.about(p)
	err = db.registry.read(func(q *sqlite.DB) (err error) {
		if paths, err = db.listed(q, p); err != nil {
			return err
		}
		groups, err := db.groups(q, d.id)
		paths = append(append(paths, about...), groups...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paths, nil
}

// listed reads the rows of files about p. They come as one, which is several times as
// fast.
func (db *Database) listed(q *sqlite.DB, p *depgraph.Package) (paths []string, err error) {
	id := p.Detail.(*detail).id
	var list sql.NullString
	var n int
	err = db.registry.each(q, func(row *sql.Rows) error { return row.Scan(&n, &list) },
		`SELECT count(*), group_concat(CAST(actual_path AS TEXT), char(0)) FROM files
		WHERE id = ? AND active AND actual_path IS NOT NULL`, id)
	if err != nil || n == 0 {
		return nil, err
	}
	paths = strings.Split(list.String, "\x00")
	for i, name := range paths {
		var ok bool
		if paths[i], ok = absolute(name); !ok {
			return nil, db.registry.errorf("files: id %d (%s): bad path %q", id, p.OwnName(), name)
		}
	}
	if len(paths) != n {
		return nil, db.registry.errorf("files: id %d (%s): a path with a zero byte in it", id, p.OwnName())
	}
	return paths, nil
}

// absolute returns the clean form of an absolute path that does not lead upwards.
func absolute(name string) (string, bool) {
	bad := !strings.HasPrefix(name, "/") || strings.IndexByte(name, 0) >= 0 || strings.Contains(name+"/", "/../")
	if bad || path.Clean(name) == "/" {
		return "", false
	}
	return path.Clean(name), true
}

// about returns the files that MacPorts keeps about p: what its archive unpacks to is
// listed, the archive is not (src/port1.0/portinstall.tcl, install_main).
func (db *Database) about(p *depgraph.Package) (paths []string) {
	d := p.Detail.(*detail)
	if location, ok := absolute(d.location); ok {
		paths = append(paths, location)
	}
	if d.portfile != "" {
		dir, _, _ := strings.Cut(p.Version, "+") // without variants
		if file, ok := absolute(db.data + "/registry/portfiles/" + p.OwnName() + "-" + dir + "/" + d.portfile + "/Portfile"); ok {
			paths = append(paths, file)
		}
	}
	return paths
}

// groups returns the kept PortGroups of the port with this id. Schemas before 1.200
// have none.
func (db *Database) groups(q *sqlite.DB, id int64) (paths []string, err error) {
	if !db.registry.keepsGroups {
		return nil, nil
	}
	err = db.registry.each(q, func(row *sql.Rows) error {
		var file sql.NullString
		if err := row.Scan(&file); err != nil {
			return db.registry.errorf("portgroups: %w", err)
		}
		if kept, ok := absolute(db.data + "/registry/portgroups/" + file.String); file.Valid && ok {
			paths = append(paths, kept)
		}
		return nil
	}, "SELECT sha256 || '-' || size || '/' || name || '-' || version || '.tcl' FROM portgroups WHERE id = ? ORDER BY rowid", id)
	return paths, err
}

// owner returns the active port that owns a file, nil if none does (src/cregistry/entry.c,
// reg_entry_owner).
func (db *Database) owner(file string) (*depgraph.Package, error) {
	query := `SELECT ports.name FROM files JOIN ports USING (id)
		WHERE files.actual_path = ? AND files.active AND ports.state = 'installed' LIMIT 1`
	if db.nocase() {
		query = strings.Replace(query, "= ?", "= ? COLLATE NOCASE", 1)
	}
	var name sql.NullString
	err := db.registry.read(func(q *sqlite.DB) error {
		return db.registry.each(q, func(row *sql.Rows) error { return row.Scan(&name) }, query, file)
	})
	if err != nil {
		return nil, err
	}
	return db.port(name.String), nil
}
