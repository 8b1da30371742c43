package rpm

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph/sqlite"
)

// A store is the opened file. Headers are large and most are never looked at again, so
// they are read when they are asked for, and again where rpm changed the file since: a
// record's number is never used for another package.
type store struct {
	root fs.FS
	name string
	mu   sync.Mutex
	db   *sqlite.DB
	get  *sql.Stmt
}

func openStore(root fs.FS, name string) (*store, error) {
	s := &store{root: root, name: name}
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *store) open() error {
	db, err := sqlite.Open(s.root, s.name, "Packages", "Basenames", "Supplementname", "Enhancename")
	if err != nil {
		return fmt.Errorf("rpm database: %w", err)
	}
	columns, err := db.Columns("Packages")
	if err == nil && (!columns["hnum"] || !columns["blob"]) {
		err = fmt.Errorf("%s: no table Packages of hnum and blob, which rpm since 4.16 has: another program's file, or a newer rpm's", s.name)
	}
	if err == nil {
		s.get, err = db.Prepare("SELECT blob FROM Packages WHERE hnum = ?")
	}
	if err != nil {
		db.Close()
		return fmt.Errorf("rpm database: %w", err)
	}
	s.db = db
	return nil
}

func (s *store) close() { s.db.Close() }

// failed wraps an error of SQLite's, which does not name the file.
func (s *store) failed(err error) error {
	return fmt.Errorf("rpm database: %s: %w", s.name, err)
}

// read runs a query on one state of the database, on the newest if it changed.
func (s *store) read(query func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for attempt := 1; ; attempt++ {
		err := query()
		changed := s.db.Unchanged()
		if changed == nil {
			return err
		}
		if attempt == maxAttempts || !errors.Is(changed, sqlite.ErrChanged) {
			return fmt.Errorf("rpm database: %w", changed)
		}
		old := s.db // and it stays, to ask again, where the new one cannot be opened
		if err := s.open(); err != nil {
			return err
		}
		old.Close()
	}
}

// header returns the header of one record.
func (s *store) header(number int64) (h header, err error) {
	err = s.read(func() error {
		var blob []byte
		switch err := s.get.QueryRow(number).Scan(&blob); {
		case errors.Is(err, sql.ErrNoRows):
			return errors.New("is no longer there")
		case err != nil:
			return err
		}
		h, err = parseHeader(blob)
		return err
	})
	return h, err
}

// each goes through all records in their order. The header is gone after the call.
func (s *store) each(do func(number int64, h header, err error) error) error {
	rows, err := s.db.Query("SELECT hnum, blob FROM Packages ORDER BY hnum")
	if err != nil {
		return s.failed(err)
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		var blob sql.RawBytes
		if err := rows.Scan(&number, &blob); err != nil {
			return s.failed(err)
		}
		h, err := parseHeader(blob)
		if err := do(number, h, err); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return s.failed(err)
	}
	if err := s.db.Unchanged(); err != nil {
		return fmt.Errorf("rpm database: %w", err)
	}
	return nil
}

// A place of a file in its package's list.
type filePlace struct {
	number int64
	index  int
}

// named finds the files that have one of these names, in whatever directory, through
// rpm's own index.
func (s *store) named(names []string) (places []filePlace, err error) {
	const many = 500 // SQLite takes 32,766 parameters
	err = s.read(func() error {
		places = nil
		for rest := names; len(rest) > 0; {
			some := rest[:min(many, len(rest))]
			rest = rest[len(some):]
			keys := make([]any, len(some))
			for i, name := range some {
				keys[i] = name
			}
			query := "SELECT hnum, idx FROM Basenames WHERE key IN (?" + strings.Repeat(",?", len(some)-1) + ") ORDER BY hnum, idx"
			rows, err := s.db.Query(query, keys...)
			if err != nil {
				return s.failed(err)
			}
			for rows.Next() {
				var p filePlace
				if err = rows.Scan(&p.number, &p.index); err != nil {
					break
				}
				places = append(places, p)
			}
			if err = cmp.Or(err, rows.Err(), rows.Close()); err != nil {
				return s.failed(err)
			}
		}
		return nil
	})
	return places, err
}

// supplements tells which packages are there to go with what: the numbers of those
// whose Supplements and Enhances name a capability, conditions of rich ones included.
func (s *store) supplements() (by map[string][]int64, err error) {
	err = s.read(func() error {
		by = map[string][]int64{}
		for _, table := range []string{"Supplementname", "Enhancename"} {
			columns, err := s.db.Columns(table)
			if err != nil || !columns["key"] || !columns["hnum"] {
				continue // rpm makes the table when it first writes
			}
			rows, err := s.db.Query("SELECT DISTINCT key, hnum FROM " + table)
			if err != nil {
				return s.failed(err)
			}
			for rows.Next() {
				var key string
				var number int64
				if err = rows.Scan(&key, &number); err != nil {
					break
				}
				by[key] = append(by[key], number)
			}
			if err = cmp.Or(err, rows.Err(), rows.Close()); err != nil {
				return s.failed(err)
			}
		}
		return nil
	})
	return by, err
}
