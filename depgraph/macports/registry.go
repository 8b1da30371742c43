package macports

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
	"github.com/depview/depview/depgraph/sqlite"
	"github.com/depview/depview/depgraph/version"
)

// The registry's tables that count here (src/cregistry/sql.c, create_tables); all
// schemas since 1.0 have these columns.
//
//	metadata      key, value: the schema's "version"
//	ports         one row a version and choice of variants of a port. The state is
//	              "installed" where it is active, else "imaged"
//	files         path, where it is on the root (actual_path), and whether it is there
//	              (active); directories are not listed
//	dependencies  the names of the ports that satisfied depends_lib and depends_run when
//	              the port was installed
var tables = []struct {
	name    string
	columns []string
}{
	{"ports", []string{"id", "name", "version", "revision", "variants", "epoch", "state", "location", "portfile", "archs"}},
	{"files", []string{"id", "actual_path", "active"}},
	{"dependencies", []string{"id", "name"}},
}

// tablesRead are all that are asked for.
var tablesRead = []string{"metadata", "ports", "files", "dependencies", "portgroups"}

// The first schema that is unknown. Changes to the third digits have added tables and
// columns; MacPorts itself refuses whatever is newer than it is.
const unknownSchema = "1.300"

// A registry is the database file, read as of its last commit.
type registry struct {
	root fs.FS
	name string // absolute
	mu   sync.Mutex
	open *opened

	keepsGroups bool // whether there is a table portgroups
}

// opened is apart from the registry, which is in use where it is not.
type opened struct{ db *sqlite.DB }

func openRegistry(root fs.FS, name string) *registry {
	r := &registry{root: root, name: name, open: &opened{}}
	runtime.AddCleanup(r, func(o *opened) { o.close() }, r.open)
	return r
}

func (o *opened) close() {
	if o.db != nil {
		_ = o.db.Close()
	}
	o.db = nil
}

// read calls f with the database. If MacPorts wrote to it meanwhile, it does so again.
func (r *registry) read(f func(*sqlite.DB) error) (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range 3 {
		if r.open.db == nil {
			if r.open.db, err = sqlite.Open(r.root, rootfs.Relative(rootfs.Real(r.root, r.name)), tablesRead...); err != nil {
				return err
			}
		}
		err = f(r.open.db)
		changed := r.open.db.Unchanged()
		if changed == nil {
			break
		}
		r.open.close()
		err = changed
	}
	return err
}

// errorf returns an error about a place in the registry.
func (r *registry) errorf(format string, args ...any) error {
	return fmt.Errorf("%s: "+format, append([]any{r.name}, args...)...)
}

// each calls row for each row of a query's answer.
func (r *registry) each(db *sqlite.DB, row func(*sql.Rows) error, query string, args ...any) error {
	rows, err := db.Query(query, args...)
	if err != nil {
		return r.errorf("%w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return r.errorf("%w", err)
	}
	return nil
}

// check tells whether the database is a registry of a known schema.
func (r *registry) check(db *sqlite.DB) error {
	var schema sql.NullString
	switch err := db.QueryRow("SELECT value FROM metadata WHERE key = 'version'").Scan(&schema); {
	case errors.Is(err, sql.ErrNoRows), err == nil && schema.String == "":
		return r.errorf("metadata: no version")
	case err != nil:
		return r.errorf("metadata: %w", err)
	case version.MacPorts(schema.String, unknownSchema) >= 0:
		return r.errorf("metadata: schema %s is newer than this depview knows", schema.String)
	}
	for _, t := range tables {
		have, err := db.Columns(t.name)
		if err != nil {
			return err
		}
		if len(have) == 0 {
			return r.errorf("no table %s in it (schema %s)", t.name, schema.String)
		}
		for _, c := range t.columns {
			if !have[c] {
				return r.errorf("%s: no column %s (schema %s)", t.name, c, schema.String)
			}
		}
	}
	groups, err := db.Columns("portgroups")
	r.keepsGroups = groups["sha256"]
	return err
}

// detail is what the registry says beyond a depgraph.Package.
type detail struct {
	id       int64
	epoch    int64
	version  string // without revision and variants
	revision int64
	location string // of the archive that the port was activated from
	portfile string // SHA256-SIZE of the Portfile it was built from
}

// readPorts makes the packages.
func (db *Database) readPorts() error {
	r := db.registry
	return r.read(func(q *sqlite.DB) error {
		if err := r.check(q); err != nil {
			return err
		}
		db.packages, db.named = nil, map[string]*depgraph.Package{}
		return r.each(q, db.addPort, `SELECT id, name, epoch, version, revision, variants, state, location, portfile, archs
			FROM ports WHERE state IN ('installed', 'imaged')`)
	})
}

// addPort makes a package of a row of ports. A name has one: of its active version, or
// else the newest.
func (db *Database) addPort(row *sql.Rows) error {
	var d detail
	var name, number, variants, state, location, portfile, archs sql.NullString
	var epoch, revision any // what is no number counts as 0
	if err := row.Scan(&d.id, &name, &epoch, &number, &revision, &variants, &state, &location, &portfile, &archs); err != nil {
		return db.registry.errorf("ports: %w", err)
	}
	if !isName(name.String) {
		return db.registry.errorf("ports: id %d: bad name %q", d.id, name.String)
	}
	d.epoch, _ = epoch.(int64)
	d.revision, _ = revision.(int64)
	d.version, d.location, d.portfile = number.String, location.String, portfile.String
	p := &depgraph.Package{
		Name:    name.String,
		Version: fmt.Sprintf("%s_%d%s", d.version, d.revision, variants.String), // as port installed prints it
		Arch:    archs.String,
		Source:  "macports",
		Removed: state.String != "installed",
		Detail:  &d,
	}
	if !p.Removed {
		p.Late = func() ([]depgraph.Need, error) { return db.needs(d.id) }
	}
	before := db.port(p.Name)
	if before == nil {
		db.packages = append(db.packages, p)
		db.named[fold(p.Name)] = p
		return nil
	}
	other := before.Detail.(*detail)
	switch {
	case !p.Removed && !before.Removed:
		return db.registry.errorf("ports: %s is active twice: ids %d and %d", p.Name, other.id, d.id)
	case !p.Removed || before.Removed && d.compare(other) >= 0:
		*before = *p
	}
	return nil
}

// compare orders versions of a port, the newest last.
func (d *detail) compare(e *detail) int {
	return cmp.Or(cmp.Compare(d.epoch, e.epoch), version.MacPorts(d.version, e.version), cmp.Compare(d.revision, e.revision))
}

// needs returns what the port with this id needs at run time.
func (db *Database) needs(id int64) (needs []depgraph.Need, err error) {
	r := db.registry
	err = r.read(func(q *sqlite.DB) error {
		needs = nil
		return r.each(q, func(row *sql.Rows) error {
			var name sql.NullString
			if err := row.Scan(&name); err != nil {
				return r.errorf("dependencies: %w", err)
			}
			if !isName(name.String) {
				return r.errorf("dependencies: id %d: bad name %q", id, name.String)
			}
			needs = append(needs, depgraph.Named(db.spelled(name.String)))
			return nil
		}, "SELECT name FROM dependencies WHERE id = ? ORDER BY rowid", id)
	})
	return needs, err
}

// spelled returns a port's name as the registry spells it.
func (db *Database) spelled(name string) string {
	if p := db.port(name); p != nil {
		return p.OwnName()
	}
	return name
}

// isName tells whether s can name a port: it is a word of a dependency. What
// src/port1.0/portdepends.tcl (validate_depends_options) takes is less: letters,
// digits, and "-._".
func isName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(`/:,;$[]{}"\\`, s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}
