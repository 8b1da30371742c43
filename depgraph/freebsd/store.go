package freebsd

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph/sqlite"
)

// A store is the open file. It is read as of one commit; where pkg(8) has written to it
// since, it is opened anew for the next question, and a package is found by its name.
type store struct {
	root fs.FS
	name string // of the file, relative to the root

	mu      sync.Mutex
	db      *sqlite.DB
	version int
	tables  map[string]map[string]bool // columns by table
	rows    []row                      // packages
	ids     map[string]int64           // packages.id by name
}

// A row is a package's, in the table packages.
type row struct {
	id                                           int64
	name, version, origin, arch, prefix, formula string
}

// do asks. The answer is of one state of the database: ask is called again where it was
// written to meanwhile.
func (s *store) do(ask func(*store) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for range 3 {
		if err = s.open(); err != nil {
			return err
		}
		err = ask(s)
		changed := s.db.Unchanged()
		if changed == nil {
			return s.wrap(err)
		}
		s.close()
		err = changed
	}
	return err
}

// wrap names the file in an error.
func (s *store) wrap(err error) error {
	if err == nil || strings.HasPrefix(err.Error(), s.name+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", s.name, err)
}

// open opens the file if it is not, or was written to.
func (s *store) open() error {
	if s.db != nil {
		if s.db.Unchanged() == nil {
			return nil
		}
		s.close()
	}
	db, err := sqlite.Open(s.root, s.name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no package database of FreeBSD (/%s) here: %w", s.name, err)
	}
	if err != nil {
		return s.wrap(err)
	}
	s.db = db
	if err = s.readSchema(); err == nil {
		err = s.readRows()
	}
	if err == nil {
		return nil
	}
	if changed := db.Unchanged(); changed != nil {
		err = changed
	}
	s.close()
	return s.wrap(err)
}

// close closes the file, if it is open. Nothing was written.
func (s *store) close() {
	if s.db != nil {
		s.db.Close()
		s.db = nil
	}
}

// The newest schema that was read for this package, and the oldest. pkg(8) takes a
// newer one to be compatible below the next thousand (DBVERSION in pkgdb.c).
const newest, oldest, major = 42, 4, 1000

// readSchema finds what tables and columns there are. A view in the place of a table,
// or a column that is computed, is none that pkg(8) made.
func (s *store) readSchema() error {
	if err := s.db.QueryRow("PRAGMA user_version").Scan(&s.version); err != nil {
		return err
	}
	if s.version >= major {
		return fmt.Errorf("schema %d is of a pkg(8) that is not compatible: schemas before %d are known", s.version, major)
	}
	s.tables = map[string]map[string]bool{}
	err := s.rowsOf(func(scan func(...any) error) error {
		var table, column string
		var hidden int
		if err := scan(&table, &column, &hidden); err != nil {
			return err
		}
		if hidden != 0 {
			return fmt.Errorf("table %q: column %q is computed", table, column)
		}
		if s.tables[table] == nil {
			s.tables[table] = map[string]bool{}
		}
		s.tables[table][column] = true
		return nil
	}, `SELECT m.name, c.name, c.hidden FROM pragma_table_list m, pragma_table_xinfo(m.name) c
		WHERE m.schema = 'main' AND m.type = 'table' AND m.name NOT LIKE 'sqlite^_%' ESCAPE '^'`)
	if err != nil {
		return err
	}
	for _, t := range []struct{ table, columns string }{
		{"packages", "id name version origin arch prefix"}, {"deps", "name origin package_id"}, {"files", "path package_id"},
		{"directories", "id path"}, {"pkg_directories", "package_id directory_id"},
	} {
		for column := range strings.FieldsSeq(t.columns) {
			if !s.has(t.table, column) {
				return fmt.Errorf("schema %d: no column %s.%s (schemas %d to %d are known)", s.version, t.table, column, oldest, newest)
			}
		}
	}
	return nil
}

// has tells whether there is a table with these columns.
func (s *store) has(table string, columns ...string) bool {
	for _, c := range columns {
		if !s.tables[table][c] {
			return false
		}
	}
	return s.tables[table] != nil
}

// readRows reads the table of packages. Names are unique since schema 29; those of an
// older one that are not get their ids added, as pkg(8) does at its upgrade.
func (s *store) readRows() error {
	formula := "NULL"
	if s.has("packages", "dep_formula") {
		formula = "dep_formula"
	}
	s.rows, s.ids = nil, map[string]int64{}
	var again map[string]bool
	err := s.rowsOf(func(scan func(...any) error) error {
		var r row
		var f sql.NullString
		if err := scan(&r.id, &r.name, &r.version, &r.origin, &r.arch, &r.prefix, &f); err != nil {
			return err
		}
		r.formula = f.String
		if !isName(r.name) {
			return fmt.Errorf("packages: id %d: bad name %q", r.id, r.name)
		}
		if _, ok := s.ids[r.name]; ok {
			if again == nil {
				again = map[string]bool{}
			}
			again[r.name] = true
		}
		s.ids[r.name] = r.id
		s.rows = append(s.rows, r)
		return nil
	}, `SELECT id, CAST(name AS TEXT), CAST(version AS TEXT), CAST(origin AS TEXT), CAST(arch AS TEXT), CAST(prefix AS TEXT), `+formula+`
		FROM packages ORDER BY id`)
	if err != nil || again == nil {
		return err
	}
	for i := range s.rows {
		if r := &s.rows[i]; again[r.name] {
			delete(s.ids, r.name)
			r.name = fmt.Sprintf("%s~pkg-renamed~%X", r.name, r.id)
			s.ids[r.name] = r.id
		}
	}
	return nil
}

// isName tells whether s can be a package's name.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '/' || r == 0x7f })
}

// rowsOf calls each for every row that a query gives.
func (s *store) rowsOf(each func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := s.db.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// texts returns the texts that a query gives, NULLs left out.
func (s *store) texts(query string, args ...any) (list []string, err error) {
	err = s.rowsOf(func(scan func(...any) error) error {
		var text sql.NullString
		err := scan(&text)
		if text.Valid {
			list = append(list, text.String)
		}
		return err
	}, query, args...)
	return list, err
}
