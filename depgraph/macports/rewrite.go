package macports

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
	"github.com/depview/depview/depgraph/sqlite"
)

// Rewrites implements [depgraph.Database]. What port(1) lists in a view are the active
// ports that are visible there: inactive ones are in nobody's clean root, and neither
// are snapshots, which list all that was installed.
func (db *Database) Rewrites(visible func(*depgraph.Package) bool, _ func(string) []*depgraph.Package) ([]depgraph.Rewrite, error) {
	var keep []any
	for _, p := range db.packages {
		if !p.Removed && visible(p) {
			keep = append(keep, p.Detail.(*detail).id)
		}
	}
	rewrites := []depgraph.Rewrite{{Path: db.file, Data: func() ([]byte, error) { return db.filtered(keep) }}}
	for _, ending := range sqlite.Sidecars() {
		if _, err := fs.Lstat(db.root, rootfs.Relative(db.file+ending)); err == nil {
			rewrites = append(rewrites, depgraph.Rewrite{Path: db.file + ending, Gone: true})
		}
	}
	return rewrites, nil
}

// filtered returns the registry with the ports of these ids alone.
func (db *Database) filtered(keep []any) (data []byte, err error) {
	err = db.registry.read(func(q *sqlite.DB) error {
		var tables []string
		err := db.registry.each(q, func(row *sql.Rows) error {
			var name string
			err := row.Scan(&name)
			tables = append(tables, name)
			return err
		}, "SELECT name FROM sqlite_master WHERE type = 'table'")
		if err != nil {
			return err
		}
		data, err = q.Edited(func(ctx context.Context, c *sql.Conn) error { return filter(ctx, c, tables, keep) })
		return err
	})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// Tables besides ports (src/cregistry/sql.c): those whose id is a port's, so that what
// is about a port that is gone goes too, and those that go whole.
var (
	aboutPorts = []string{"files", "dependencies", "portgroups"}
	snapshots  = []string{"snapshot_files", "snapshot_ports", "snapshots"}
)

// filter deletes what is not about the ports with these ids. Indexes are made anew:
// that is faster than taking out of them nearly all that is in them, and leaves them in
// the order that [version.MacPorts] gives.
func filter(ctx context.Context, c *sql.Conn, tables []string, keep []any) error {
	do := func(statement string, args ...any) error {
		if _, err := c.ExecContext(ctx, statement, args...); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
		return nil
	}
	indexes, err := namedIndexes(ctx, c)
	if err != nil {
		return err
	}
	statements := []string{"PRAGMA foreign_keys = OFF", "BEGIN", "CREATE TEMP TABLE keep (id INTEGER PRIMARY KEY)"}
	for name := range indexes {
		statements = append(statements, "DROP INDEX "+sqlite.Quote(name))
	}
	for _, s := range statements {
		if err := do(s); err != nil {
			return err
		}
	}
	for len(keep) > 0 {
		n := min(len(keep), 500)
		if err := do("INSERT INTO keep VALUES (?)"+strings.Repeat(", (?)", n-1), keep[:n]...); err != nil {
			return err
		}
		keep = keep[n:]
	}
	statements = []string{"REINDEX ports", "DELETE FROM ports WHERE id NOT IN (SELECT id FROM keep)"}
	for _, name := range tables {
		switch {
		case slices.Contains(aboutPorts, name):
			statements = append(statements, "DELETE FROM "+name+" WHERE id IS NULL OR id NOT IN (SELECT id FROM keep)")
		case slices.Contains(snapshots, name):
			statements = append(statements, "DELETE FROM "+name)
		}
	}
	for _, definition := range indexes {
		statements = append(statements, definition)
	}
	for _, s := range append(statements, "DROP TABLE keep", "COMMIT", "VACUUM") {
		if err := do(s); err != nil {
			return err
		}
	}
	return nil
}

// namedIndexes returns the definitions of the indexes that have one, by name. SQLite itself
// reads the first statement of a definition alone; those of MacPorts have no others.
func namedIndexes(ctx context.Context, c *sql.Conn) (map[string]string, error) {
	rows, err := c.QueryContext(ctx, "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	indexes := map[string]string{}
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			return nil, err
		}
		if strings.Contains(definition, ";") || strings.Contains(definition, "\x00") {
			return nil, fmt.Errorf("schema: the index %q is no single statement: %.80q", name, definition)
		}
		indexes[name] = definition
	}
	return indexes, rows.Err()
}
