package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// A serializer is what the driver's connections are.
type serializer interface {
	Serialize() ([]byte, error)
	Deserialize([]byte) error
}

// What an edit is given: the copy is in memory, up to three times, and what a hostile
// schema has SQLite compute for each row (the expressions of an index) comes to an end.
const (
	maxEdited = 1 << 30
	editTime  = 5 * time.Minute
)

// Edited returns the content of a copy of the file on which edit has worked. What edit
// deletes leaves no trace in it. The copy is in rollback-journal mode, so that it can
// be read where nothing can be written. The edit's statements must be of its own making:
// those in the schema are the file's.
func (db *DB) Edited(edit func(context.Context, *sql.Conn) error) ([]byte, error) {
	data, err := db.edited(edit)
	if err == nil {
		err = db.snap.unchanged()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", db.name, oneLine(err))
	}
	return data, nil
}

func (db *DB) edited(edit func(context.Context, *sql.Conn) error) (data []byte, err error) {
	if err := db.noTriggers(); err != nil {
		return nil, err
	}
	if db.snap.size > maxEdited {
		return nil, fmt.Errorf("%d bytes are more than can be edited", db.snap.size)
	}
	if data, err = db.snap.content(); err != nil {
		return nil, err
	}
	memory, err := sql.Open("sqlite", "file::memory:?_pragma=temp_store(2)&_pragma=trusted_schema(0)&_pragma=ignore_check_constraints(1)")
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	ctx, cancel := context.WithTimeoutCause(context.Background(), editTime, fmt.Errorf("it took more than %s to edit", editTime))
	defer cancel()
	conn, err := memory.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.Raw(func(c any) error { return c.(serializer).Deserialize(data) }); err != nil {
		return nil, err
	}
	if _, err := sqlite.Limit(conn, lib.SQLITE_LIMIT_LENGTH, len(data)+1<<20); err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "PRAGMA secure_delete = ON"); err != nil {
		return nil, err // it is the database's own setting, which has just come
	}
	if err := edit(ctx, conn); err != nil {
		if context.Cause(ctx) != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	err = conn.Raw(func(c any) error {
		data, err = c.(serializer).Serialize()
		return err
	})
	return data, err
}

// noTriggers fails where editing a table would do more than that. Triggers on views are
// no matter of an edit's.
func (db *DB) noTriggers() error {
	var trigger, table string
	switch err := db.QueryRow(`SELECT t.name, t.tbl_name FROM sqlite_master t JOIN sqlite_master m
		ON m.name = t.tbl_name COLLATE NOCASE AND m.type = 'table' WHERE t.type = 'trigger' LIMIT 1`).Scan(&trigger, &table); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("schema: the trigger %q on %q would do nobody knows what", trigger, table)
}
