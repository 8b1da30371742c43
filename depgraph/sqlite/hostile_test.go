package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// made is a database with the table t of 2,000 rows, in pages of 512 bytes, after more
// statements.
func made(t *testing.T, statements ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "a.db")+"?_pragma=page_size(512)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	exec(t, db, append([]string{
		"CREATE TABLE t (name TEXT, size INTEGER)",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 2000) INSERT INTO t SELECT 'some longer name ' || i, i FROM n",
	}, statements...)...)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return copyOf(t, dir)["a.db"].Data
}

// opened is Open's error for a file, and then Edited's.
func opened(t *testing.T, data []byte) string {
	t.Helper()
	began := time.Now()
	db, err := Open(fstest.MapFS{"a.db": {Data: data}}, "a.db", "t", "missing")
	if err == nil {
		defer db.Close()
		_, err = db.Edited(func(ctx context.Context, c *sql.Conn) error {
			_, err := c.ExecContext(ctx, "DELETE FROM t WHERE size > 10")
			return err
		})
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

const forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT 'x' AS name, i AS size FROM n"

// TestHostileSchema has a program in the place of a table.
func TestHostileSchema(t *testing.T) {
	for _, c := range []struct{ statements, want string }{
		{"CREATE VIEW v AS " + forever, ""},
		{"CREATE VIEW v AS SELECT 1; CREATE TRIGGER x INSTEAD OF DELETE ON v BEGIN SELECT 1; END", ""},
		{"CREATE VIRTUAL TABLE search USING fts5(name)", ""},
		{"DROP TABLE t; CREATE VIEW t AS " + forever, `a.db: "t" is a view, and should be a table`},
		{"DROP TABLE t; CREATE VIRTUAL TABLE t USING fts5(name)", `a.db: "t" is a virtual, and should be a table`},
		{"CREATE TABLE t2 (name, size AS (printf('%.*c', 1000000000, 'x'))); DROP TABLE t; ALTER TABLE t2 RENAME TO t", `a.db: table "t": column "size" is computed`},
		{"CREATE TRIGGER x AFTER DELETE ON T BEGIN INSERT INTO t " + forever + "; END", `a.db: schema: the trigger "x" on "T" would do nobody knows what`},
		{"CREATE TABLE t2 (name, size); PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE VIEW t2 AS SELECT 1' WHERE name = 't2'", "a.db: "},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE TABLE t (' || char(10, 27) || '[31m nonsense(('", "a.db: database disk image is malformed: malformed database schema (t) - unrecognized token"},
	} {
		got := opened(t, made(t, c.statements))
		if (got == "") != (c.want == "") || !strings.HasPrefix(got, c.want) || strings.ContainsAny(got, "\n\x1b") || len(got) > 600 {
			t.Errorf("%s:\n%q, want %q", c.statements, got, c.want)
		}
	}
}

// lastLeaf is the last page of t.
func lastLeaf(b []byte) []byte {
	for at := 512; ; at = 512 * int(binary.BigEndian.Uint32(b[at+8:])-1) {
		if b[at] == leafTable {
			return b[at : at+512]
		}
	}
}

// TestHostileTrees has pages in which there is more than the file holds.
func TestHostileTrees(t *testing.T) {
	const size = 512
	root := 1 // of t, an interior page: its number is 2
	for name, c := range map[string]struct {
		edit func(b []byte)
		want string
	}{
		"untouched": {func([]byte) {}, ""},
		"one child many times": {func(b []byte) {
			page := b[root*size:]
			for i := range int(binary.BigEndian.Uint16(page[3:])) {
				at := binary.BigEndian.Uint16(page[12+2*i:])
				copy(page[at:], page[8:12])
			}
		}, `a.db: table "t": malformed: page `},
		"its own child":  {func(b []byte) { binary.BigEndian.PutUint32(b[root*size+8:], 2) }, `a.db: table "t": malformed: page 2 is used twice`},
		"the schema":     {func(b []byte) { binary.BigEndian.PutUint32(b[root*size+8:], 1) }, `a.db: table "t": malformed: page 1 is used twice`},
		"beyond the end": {func(b []byte) { binary.BigEndian.PutUint32(b[root*size+8:], 1<<31) }, `a.db: table "t": malformed: there is no page 2147483648`},
		"one large row many times": {func(b []byte) {
			page := lastLeaf(b)
			at := binary.BigEndian.Uint16(page[8:])
			copy(page[at:], "\x85\xf5\x40") // 96,960 bytes
			for i := range int(binary.BigEndian.Uint16(page[3:])) {
				binary.BigEndian.PutUint16(page[8+2*i:], at)
			}
		}, "the rows hold more than the file"},
		"a row of 2⁶³ bytes": {func(b []byte) {
			page := lastLeaf(b)
			copy(page[binary.BigEndian.Uint16(page[8:]):], "\xff\xff\xff\xff\xff\xff\xff\xff\xff")
		}, "the rows hold more than the file"},
		"a cell beyond its page": {func(b []byte) { binary.BigEndian.PutUint16(b[root*size+12:], 510) }, "cell 0 is beyond its end"},
		"many cells":             {func(b []byte) { binary.BigEndian.PutUint16(b[root*size+3:], 60000) }, "60000 cells are too many"},
	} {
		b := made(t)
		c.edit(b)
		if got := opened(t, b); (got == "") != (c.want == "") || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestSpecial has files that cannot be read to the end, if at all.
func TestSpecial(t *testing.T) {
	for _, name := range []string{"a.db", "a.db-wal", "a.db-journal"} {
		files := fstest.MapFS{"a.db": {Data: made(t)}}
		files[name] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
		if _, err := Open(files, "a.db"); err == nil || err.Error() != name+": not a regular file (p---------)" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLongLog has a log of which little is committed: the rest is not read.
func TestLongLog(t *testing.T) {
	dir, _ := writer(t, "wal")
	if err := os.Truncate(filepath.Join(dir, "a.db-wal"), 3<<30); err != nil {
		t.Fatal(err)
	}
	if got := names(os.DirFS(dir)); got != "a b" {
		t.Error(got)
	}
}
