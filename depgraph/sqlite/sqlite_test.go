package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// writer opens a database the ordinary way, in a new directory.
func writer(t *testing.T, mode string) (dir string, db *sql.DB) {
	t.Helper()
	dir = t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "a.db")+"?_pragma=journal_mode("+mode+")&_pragma=wal_autocheckpoint(0)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	exec(t, db, "CREATE TABLE t (name TEXT, size INTEGER)", "INSERT INTO t VALUES ('a', 1), ('b', 2)")
	return dir, db
}

func exec(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(s, err)
		}
	}
}

// names returns what is in t, or the error.
func names(root fs.FS) string {
	db, err := Open(root, "a.db")
	if err != nil {
		return err.Error()
	}
	defer db.Close()
	var all sql.NullString
	if err := db.QueryRow("SELECT group_concat(name, ' ') FROM t").Scan(&all); err != nil {
		return err.Error()
	}
	return all.String
}

// copyOf is what a crash leaves: the files as they are now.
func copyOf(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"a.db", "a.db-wal", "a.db-shm", "a.db-journal"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			files[name] = &fstest.MapFile{Data: data}
		}
	}
	return files
}

func TestModes(t *testing.T) {
	for _, mode := range []string{"delete", "wal", "truncate", "persist"} {
		dir, db := writer(t, mode)
		if got := names(os.DirFS(dir)); got != "a b" {
			t.Errorf("%s: %s", mode, got)
		}
		exec(t, db, "INSERT INTO t VALUES ('c', 3)", "DELETE FROM t WHERE name = 'a'")
		if got := names(os.DirFS(dir)); got != "b c" {
			t.Errorf("%s, later: %s", mode, got)
		}
	}
}

// TestWAL looks at a log with commits, a rollback, a checkpoint, and without the index
// that SQLite keeps beside it.
func TestWAL(t *testing.T) {
	dir, db := writer(t, "wal")
	files := copyOf(t, dir)
	if len(files["a.db-wal"].Data) == 0 {
		t.Fatal("there is no log")
	}
	delete(files, "a.db-shm")
	if got := names(files); got != "a b" {
		t.Errorf("without -shm: %s", got)
	}
	torn := copyOf(t, dir)
	torn["a.db-wal"].Data = torn["a.db-wal"].Data[:len(torn["a.db-wal"].Data)-1]
	if got := names(torn); !strings.Contains(got, "no such table: t") && got != "" {
		t.Errorf("without the last frame: %s", got)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("INSERT INTO t VALUES ('x', 0)"); err != nil {
		t.Fatal(err)
	}
	if got := names(os.DirFS(dir)); got != "a b" {
		t.Errorf("before the commit: %s", got)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	exec(t, db, "PRAGMA wal_checkpoint(TRUNCATE)", "INSERT INTO t VALUES ('y', 0)")
	if got := names(os.DirFS(dir)); got != "a b x y" {
		t.Errorf("after a checkpoint: %s", got)
	}
	exec(t, db, "PRAGMA wal_checkpoint(RESTART)", "DELETE FROM t WHERE size > 0") // frames of the last round stay behind
	if got := names(os.DirFS(dir)); got != "x y" {
		t.Errorf("after a restart of the log: %s", got)
	}
}

func TestReadsNothingElse(t *testing.T) {
	dir, _ := writer(t, "wal")
	files := copyOf(t, dir)
	before := len(files)
	if got := names(files); got != "a b" || len(files) != before {
		t.Errorf("%s, and %d files of %d", got, len(files), before)
	}
}

func TestBad(t *testing.T) {
	dir, db := writer(t, "delete")
	exec(t, db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 2000) INSERT INTO t SELECT 'some longer name ' || i, i FROM n")
	whole := copyOf(t, dir)["a.db"].Data
	page := func(edit func(b []byte)) []byte {
		b := append([]byte{}, whole...)
		edit(b)
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "a.db: empty: not an SQLite database"},
		{"text", []byte("hello\n"), "a.db: not an SQLite database"},
		{"header alone", whole[:100], "a.db: truncated: 100 bytes, and the header tells of "},
		{"half", whole[:len(whole)/2], "a.db: truncated: "},
		{"page size", page(func(b []byte) { b[16], b[17] = 0, 3 }), "a.db: header: 3 is no page size"},
		{"root page", page(func(b []byte) { clear(b[100:4096]) }), "a.db: "},
		{"other pages", page(func(b []byte) { clear(b[4096:]) }), "malformed"},
	} {
		if got := names(fstest.MapFS{"a.db": {Data: c.data}}); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	if _, err := Open(fstest.MapFS{}, "a.db"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if got := names(fstest.MapFS{"a.db/x": {}}); !strings.Contains(got, "a.db: not a regular file") {
		t.Error(got)
	}
}

func TestHotJournal(t *testing.T) {
	dir, db := writer(t, "delete")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("INSERT INTO t VALUES ('x', 0)"); err != nil {
		t.Fatal(err)
	}
	files := copyOf(t, dir)
	// SQLite writes the header of its journal when it spills or commits.
	files["a.db-journal"].Data = append([]byte("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"), make([]byte, 504)...)
	if _, err := Open(files, "a.db"); !errors.Is(err, ErrBusy) {
		t.Error(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := names(os.DirFS(dir)); got != "a b" {
		t.Error(got)
	}
}

func TestUnchanged(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		dir, w := writer(t, mode)
		db, err := Open(os.DirFS(dir), "a.db")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Unchanged(); err != nil {
			t.Error(mode, err)
		}
		exec(t, w, "INSERT INTO t VALUES ('x', 0)")
		if err := db.Unchanged(); !errors.Is(err, ErrChanged) || !strings.HasPrefix(err.Error(), "a.db: ") {
			t.Error(mode, err)
		}
	}
}

func TestEdited(t *testing.T) {
	dir, _ := writer(t, "wal")
	db, err := Open(os.DirFS(dir), "a.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	data, err := db.Edited(func(ctx context.Context, c *sql.Conn) error {
		_, err := c.ExecContext(ctx, "UPDATE t SET name = 'secret'; DELETE FROM t WHERE size = 1; UPDATE t SET name = 'left'")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(fstest.MapFS{"a.db": {Data: data}}); got != "left" {
		t.Error(got)
	}
	if data[18] != 1 || data[19] != 1 {
		t.Error("the copy is in WAL mode")
	}
	if strings.Contains(string(data), "secret") {
		t.Error("what was deleted is still there")
	}
	if got := names(os.DirFS(dir)); got != "a b" {
		t.Errorf("the database itself: %s", got)
	}
	columns, err := db.Columns("t")
	if err != nil || len(columns) != 2 || !columns["size"] {
		t.Error(columns, err)
	}
}

func FuzzOpen(f *testing.F) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		f.Fatal(err)
	}
	defer os.RemoveAll(dir)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "a.db")+"?_pragma=journal_mode(wal)&_pragma=page_size(512)")
	if err != nil {
		f.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE t (name TEXT, size INTEGER); INSERT INTO t VALUES ('a', 1)"); err != nil {
		f.Fatal(err)
	}
	main, _ := os.ReadFile(filepath.Join(dir, "a.db"))
	log, _ := os.ReadFile(filepath.Join(dir, "a.db-wal"))
	if err := db.Close(); err != nil {
		f.Fatal(err)
	}
	after, _ := os.ReadFile(filepath.Join(dir, "a.db"))
	f.Add(main, log)
	f.Add(after, []byte{})
	f.Fuzz(func(t *testing.T, main, log []byte) {
		db, err := Open(fstest.MapFS{"a.db": {Data: main}, "a.db-wal": {Data: log}}, "a.db")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "a.db: ") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		defer db.Close()
		rows, err := db.Query("SELECT * FROM t")
		if err != nil {
			return
		}
		defer rows.Close()
		for n := 0; rows.Next(); n++ {
			if n > 1<<20 {
				t.Fatal("a small file has a million rows")
			}
		}
	})
}

func TestOneLine(t *testing.T) {
	err := fmt.Errorf("x\n\ty: %w", fs.ErrNotExist)
	if got := oneLine(err); got.Error() != "x  y: file does not exist" || !errors.Is(got, fs.ErrNotExist) {
		t.Error(got)
	}
	if got := oneLine(fs.ErrExist); got != fs.ErrExist || oneLine(nil) != nil {
		t.Error(got)
	}
	if got := Quote(`a"b`); got != `"a""b"` {
		t.Error(got)
	}
}

func TestFiles(t *testing.T) {
	if got := fmt.Sprint(Files("a[b/c.db")); got != `[a\[b/c.db a\[b/c.db-wal a\[b/c.db-journal]` {
		t.Error(got)
	}
}
