package rpm

import (
	"context"
	"database/sql"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sqlite"
)

// Rewrites implements [depgraph.Database]: the file without the records of hidden
// packages, in the table and in every index of it. The content is made when it is
// asked for.
func (db *Database) Rewrites(visible func(*depgraph.Package) bool, _ func(path string) []*depgraph.Package) ([]depgraph.Rewrite, error) {
	var kept []int64
	for _, p := range db.packages {
		if visible(p) {
			kept = append(kept, p.Detail.(*detail).number)
		}
	}
	file := "/" + db.store.name
	rewrites := []depgraph.Rewrite{{Path: file, Data: func() ([]byte, error) { return db.store.only(kept) }}}
	for _, ending := range sqlite.Sidecars() {
		if exists(db.root, db.store.name+ending) {
			rewrites = append(rewrites, depgraph.Rewrite{Path: file + ending, Gone: true})
		}
	}
	return rewrites, nil
}

// only returns the file as it is with these records alone.
func (s *store) only(kept []int64) (data []byte, err error) {
	err = s.read(func() (err error) {
		data, err = s.db.Edited(func(ctx context.Context, conn *sql.Conn) error { return keep(ctx, conn, kept) })
		return err
	})
	return data, err
}

// keep takes all other records out of Packages, and out of every table that refers to
// them by their number: each index has a column hnum. A build sees few packages of many,
// so the tables are emptied, which SQLite does by the page, and those few put back.
func keep(ctx context.Context, conn *sql.Conn, kept []int64) error {
	do := func(query string, args ...any) error {
		_, err := conn.ExecContext(ctx, query, args...)
		return err
	}
	if err := do("CREATE TEMP TABLE depview_kept (hnum INTEGER PRIMARY KEY)"); err != nil {
		return err
	}
	for rest := kept; len(rest) > 0; {
		some := rest[:min(500, len(rest))]
		rest = rest[len(some):]
		values := make([]any, len(some))
		for i, number := range some {
			values[i] = number
		}
		if err := do("INSERT INTO depview_kept VALUES (?)"+strings.Repeat(",(?)", len(some)-1), values...); err != nil {
			return err
		}
	}
	tables, err := indexed(ctx, conn)
	if err != nil {
		return err
	}
	for _, table := range tables {
		name := "main." + sqlite.Quote(table)
		for _, query := range []string{
			"CREATE TEMP TABLE depview_rows AS SELECT * FROM " + name + " WHERE hnum IN (SELECT hnum FROM depview_kept) ORDER BY rowid",
			"DELETE FROM " + name,
			"INSERT INTO " + name + " SELECT * FROM depview_rows ORDER BY rowid",
			"DROP TABLE depview_rows",
		} {
			if err := do(query); err != nil {
				return err
			}
		}
	}
	if err := do("DROP TABLE depview_kept"); err != nil {
		return err
	}
	return do("VACUUM")
}

// indexed lists the tables with a column hnum.
func indexed(ctx context.Context, conn *sql.Conn) (tables []string, err error) {
	rows, err := conn.QueryContext(ctx, `SELECT m.name FROM main.sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = 'hnum' ORDER BY m.name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		tables = append(tables, name)
	}
	return tables, rows.Err()
}
