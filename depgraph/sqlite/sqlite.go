// Package sqlite reads a package manager's SQLite database as it was after the last
// commit, through an fs.FS, and locks and writes nothing.
//
//	FILE, FILE-wal ──snapshot──▶ SQLite ──▶ queries
//	                                 └────▶ an edited copy, for a view
//
// SQLite itself would write: a reader of a database in WAL mode makes FILE-shm, and
// one that finds a hot journal rolls it back. Neither is for a program that only
// looks, at a root that may be read-only or another machine's. So the pages of the log
// that are committed are laid over those of the file here, and SQLite is shown the
// result as a file that never changes. What the package manager writes meanwhile is
// noticed: see [DB.Unchanged]. The formats are those of
// https://sqlite.org/fileformat2.html.
package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/depview/depview/depgraph/rootfs"
	"modernc.org/sqlite"
	"modernc.org/sqlite/vfs"
)

// A DB is a database as of its last commit. Close it after use.
type DB struct {
	*sql.DB
	name string
	snap *snapshot
	vfs  *vfs.FS
}

// ErrChanged is wrapped by the error of [DB.Unchanged].
var ErrChanged = errors.New("changed while it was read")

// Files returns the patterns, as for fs.Glob, of the file called name and of those
// that SQLite keeps beside it and that change what it says.
func Files(name string) []string {
	pattern := rootfs.Pattern(name)
	return []string{pattern, pattern + "-wal", pattern + "-journal"}
}

// Sidecars are the endings of the files that SQLite keeps beside a database.
func Sidecars() []string { return []string{"-wal", "-shm", "-journal"} }

// Collation makes a collating sequence known that databases name in their schemas.
// Sources call it from init.
func Collation(name string, compare func(a, b string) int) {
	if err := sqlite.RegisterCollationUtf8(name, compare); err != nil {
		panic(err) // the name is taken
	}
}

// Open opens the database in the file called name, for queries of the tables named, which
// need not be there; what there is under another's name is refused, and so is a file that
// would have SQLite do more than what is in proportion to its size. Errors name the file.
// Without it, they wrap fs.ErrNotExist.
func Open(root fs.FS, name string, tables ...string) (*DB, error) {
	snap, err := openSnapshot(root, name)
	if err != nil {
		return nil, err
	}
	db := &DB{name: name, snap: snap}
	if err := db.connect(tables); err != nil {
		_ = snap.close() // it was only read
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return db, nil
}

func (db *DB) connect(tables []string) error {
	c := newChecker(db.snap)
	if err := c.tree(1); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	registered, v, err := vfs.New(db.snap)
	if err != nil {
		return err
	}
	db.vfs = v
	const settings = "&mode=ro&immutable=1&_pragma=temp_store(2)&_pragma=trusted_schema(0)&_pragma=cell_size_check(1)"
	opener, err := newConnector("file:db?vfs=" + registered + settings)
	if err != nil {
		return errors.Join(err, v.Close())
	}
	db.DB = sql.OpenDB(opener)
	if err := db.check(c, tables); err != nil {
		_, _ = db.DB.Close(), v.Close() // nothing was written
		return err
	}
	return nil
}

// Close closes the database.
func (db *DB) Close() error {
	return errors.Join(db.DB.Close(), db.vfs.Close(), db.snap.close())
}

// Unchanged tells whether all that was read until now belongs together: nobody wrote
// to the database since it was opened. Its error, if there is one, names the file.
func (db *DB) Unchanged() error {
	if err := db.snap.unchanged(); err != nil {
		return fmt.Errorf("%s: %w", db.name, err)
	}
	return nil
}

// Quote is a name of a table, column or index as SQL wants it.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
