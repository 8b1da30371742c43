package freebsd

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sqlite"
)

// Rewrites implements [depgraph.Database]. The database is made when it is read. What
// SQLite keeps beside the real one is not for the other.
func (db *Database) Rewrites(visible func(*depgraph.Package) bool, _ func(path string) []*depgraph.Package) ([]depgraph.Rewrite, error) {
	var names []string
	for _, p := range db.packages {
		if visible(p) {
			names = append(names, p.OwnName())
		}
	}
	file := "/" + db.store.name
	rewrites := []depgraph.Rewrite{{Path: file, Data: func() (data []byte, err error) {
		err = db.store.do(func(s *store) error {
			data, err = s.filtered(names)
			return err
		})
		return data, err
	}}}
	for _, ending := range sqlite.Sidecars() {
		rewrites = append(rewrites, depgraph.Rewrite{Path: file + ending, Gone: true})
	}
	return rewrites, nil
}

// filtered returns a copy of the file that knows of the named packages alone.
func (s *store) filtered(names []string) ([]byte, error) {
	ids := make([]int64, 0, len(names))
	for _, name := range names {
		if id, ok := s.ids[name]; ok {
			ids = append(ids, id)
		}
	}
	return s.db.Edited(func(ctx context.Context, conn *sql.Conn) error {
		f := &filter{conn: conn, ctx: ctx}
		f.run(ids)
		return f.err
	})
}

// A filter deletes from a copy of the database what is about other packages. It goes by
// the columns and references that the schema has, so that tables of a newer one are
// filtered too: a table with a column package_id is about packages, and one that such
// tables refer to holds what they share. Tables stay, if empty: pkg(8) prepares
// statements for all of them.
type filter struct {
	conn *sql.Conn
	ctx  context.Context
	err  error // the first
}

func (f *filter) exec(query string, args ...any) {
	if f.err == nil {
		if _, err := f.conn.ExecContext(f.ctx, query, args...); err != nil {
			f.err = fmt.Errorf("filtering: %w", err)
		}
	}
}

// query returns the rows of a query, all of texts; NULL is the empty one.
func (f *filter) query(columns int, query string, args ...any) (list [][]string) {
	if f.err != nil {
		return nil
	}
	rows, err := f.conn.QueryContext(f.ctx, query, args...)
	if err != nil {
		f.err = fmt.Errorf("filtering: %w", err)
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		values, to := make([]sql.NullString, columns), make([]any, columns)
		for i := range values {
			to[i] = &values[i]
		}
		if f.err = rows.Scan(to...); f.err != nil {
			return nil
		}
		row := make([]string, columns)
		for i, v := range values {
			row[i] = v.String
		}
		list = append(list, row)
	}
	f.err = rows.Err()
	return list
}

func (f *filter) run(ids []int64) {
	f.exec("PRAGMA foreign_keys = OFF")
	f.exec("BEGIN")
	f.exec("CREATE TEMP TABLE visible (id INTEGER PRIMARY KEY)")
	for _, id := range ids {
		f.exec("INSERT INTO temp.visible VALUES (?)", id)
	}
	tables := f.tables()
	var about []string // packages and what is about them
	for _, t := range tables {
		columns := f.columns(t)
		switch {
		case t == "packages":
			f.keep(t, "id IN (SELECT id FROM temp.visible)")
		case slices.Contains(columns, "package_id"):
			where := "package_id IN (SELECT id FROM temp.visible)"
			if slices.Contains(columns, "conflict_id") { // another package's id
				where += " AND conflict_id IN (SELECT id FROM temp.visible)"
			}
			f.keep(t, where)
		default:
			continue
		}
		about = append(about, t)
	}
	for _, t := range tables {
		if !slices.Contains(about, t) {
			f.keepShared(t, about)
		}
	}
	f.unlock(tables)
	f.exec("DROP TABLE temp.visible")
	f.exec("COMMIT")
	f.exec("VACUUM")
}

// tables returns the names of the tables. Those that hold a full-text index, which
// pkg(8) had in schemas 23 to 33 for its search, are emptied: the index is made of all
// packages, and can be read and written by who knows its module only.
func (f *filter) tables() (names []string) {
	var virtual []string
	for _, row := range f.query(2, "SELECT name, sql FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'") {
		if len(row[1]) > 14 && strings.EqualFold(row[1][:14], "CREATE VIRTUAL") {
			virtual = append(virtual, row[0])
		} else {
			names = append(names, row[0])
		}
	}
	return slices.DeleteFunc(names, func(name string) bool {
		shadow := slices.ContainsFunc(virtual, func(v string) bool { return strings.HasPrefix(name, v+"_") })
		if shadow {
			f.exec("DELETE FROM main." + sqlite.Quote(name))
		}
		return shadow
	})
}

// columns returns the names of a table's columns.
func (f *filter) columns(table string) (names []string) {
	for _, row := range f.query(1, "SELECT name FROM pragma_table_info(?)", table) {
		names = append(names, row[0])
	}
	return names
}

// keep deletes all rows of a table but some. Those are few as a rule: it is quicker to
// put them back than to delete the others one by one.
func (f *filter) keep(table, where string) {
	f.exec("CREATE TEMP TABLE kept AS SELECT * FROM main." + sqlite.Quote(table) + " WHERE " + where)
	f.exec("DELETE FROM main." + sqlite.Quote(table))
	f.exec("INSERT INTO main." + sqlite.Quote(table) + " SELECT * FROM temp.kept")
	f.exec("DROP TABLE temp.kept")
}

// keepShared deletes the rows of a table that no row of the others refers to any more.
func (f *filter) keepShared(table string, about []string) {
	var used []string
	for _, from := range about {
		for _, row := range f.query(3, `SELECT "table", "from", "to" FROM pragma_foreign_key_list(?)`, from) {
			if to := row[2]; strings.EqualFold(row[0], table) {
				if to == "" {
					to = "rowid"
				}
				used = append(used, sqlite.Quote(to)+" IN (SELECT "+sqlite.Quote(row[1])+" FROM main."+sqlite.Quote(from)+")")
			}
		}
	}
	if used != nil {
		f.keep(table, strings.Join(used, " OR "))
	}
}

// unlock takes back pkg(8)'s locks, which are processes outside.
func (f *filter) unlock(tables []string) {
	if slices.Contains(tables, "pkg_lock_pid") {
		f.exec("DELETE FROM main.pkg_lock_pid")
	}
	if slices.Contains(tables, "pkg_lock") {
		f.exec("UPDATE main.pkg_lock SET exclusive = 0, advisory = 0, read = 0")
	}
}
