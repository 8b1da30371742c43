package sqlite

import "fmt"

// check tells whether queries of the tables named, where they are there, are of tables,
// so that they do what they say and come to an end: there can be a view in a table's
// place, a column can be computed, and both can be any program. It also goes through the
// trees that are there: see checker.
func (db *DB) check(c *checker, tables []string) error {
	types, err := db.objects(c)
	if err != nil {
		return err
	}
	rows, err := db.Query("SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND name <> 'sqlite_schema'")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, is string
		if err := rows.Scan(&name, &is); err != nil {
			return err
		}
		if listed := types[name]; listed != is && (listed != "table" || is == "view") { // "virtual" and "shadow" are tables
			return fmt.Errorf("schema: %q is a %s, and listed as %q", name, is, listed)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, t := range tables {
		if _, err := db.columns(t); err != nil {
			return err
		}
	}
	return nil
}

// objects returns what there is by name, and goes through the trees.
func (db *DB) objects(c *checker) (map[string]string, error) {
	rows, err := db.Query("SELECT name, type, rootpage FROM sqlite_master WHERE name IS NOT NULL AND type IS NOT NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types := map[string]string{}
	for rows.Next() {
		var name, is string
		var root any
		if err := rows.Scan(&name, &is, &root); err != nil {
			return nil, err
		}
		if is == "table" || is == "view" {
			types[name] = is
		}
		if page, _ := root.(int64); page != 0 {
			if err := c.tree(uint32(min(max(page, 0), 1<<32-1))); err != nil {
				return nil, fmt.Errorf("%s %q: %w", is, name, err)
			}
		}
	}
	return types, rows.Err()
}

// Columns returns the names of a table's columns, none if there is no such table.
func (db *DB) Columns(table string) (map[string]bool, error) {
	columns, err := db.columns(table)
	if err != nil {
		err = fmt.Errorf("%s: %w", db.name, err)
	}
	return columns, err
}

func (db *DB) columns(table string) (map[string]bool, error) {
	rows, err := db.Query("SELECT c.name, c.hidden, t.type FROM pragma_table_list(?) t, pragma_table_xinfo(?) c WHERE t.schema = 'main'", table, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns := map[string]bool{}
	for rows.Next() {
		var name, is string
		var hidden int
		if err := rows.Scan(&name, &hidden, &is); err != nil {
			return nil, err
		}
		switch {
		case is != "table":
			return nil, fmt.Errorf("%q is a %s, and should be a table", table, is)
		case hidden != 0:
			return nil, fmt.Errorf("table %q: column %q is computed", table, name)
		}
		columns[name] = true
	}
	return columns, rows.Err()
}
