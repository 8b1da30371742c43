package freebsd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sqlite"
)

// schema5 is what the tables were at first, schema25 before names were unique: by the
// history of libpkg/private/db_upgrades.h.
var schema5 = []string{
	`CREATE TABLE packages (id INTEGER PRIMARY KEY, origin TEXT UNIQUE NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
		comment TEXT NOT NULL, desc TEXT NOT NULL, mtree_id INTEGER REFERENCES mtree(id), message TEXT, arch TEXT NOT NULL,
		osversion TEXT NOT NULL, maintainer TEXT NOT NULL, www TEXT, prefix TEXT NOT NULL, flatsize INTEGER NOT NULL,
		automatic INTEGER NOT NULL, licenselogic INTEGER NOT NULL, pkg_format_version INTEGER)`,
	"CREATE TABLE mtree (id INTEGER PRIMARY KEY, content TEXT UNIQUE)",
	"CREATE TABLE scripts (package_id INTEGER REFERENCES packages(id), script TEXT, type INTEGER, PRIMARY KEY (package_id, type))",
	"CREATE TABLE options (package_id INTEGER REFERENCES packages(id), option TEXT, value TEXT, PRIMARY KEY (package_id, option))",
	`CREATE TABLE deps (origin TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, package_id INTEGER REFERENCES packages(id),
		PRIMARY KEY (package_id, origin))`,
	"CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT, package_id INTEGER REFERENCES packages(id))",
	"CREATE TABLE directories (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE)",
	`CREATE TABLE pkg_directories (package_id INTEGER REFERENCES packages(id), directory_id INTEGER REFERENCES directories(id),
		PRIMARY KEY (package_id, directory_id))`,
	"CREATE TABLE licenses (id INTERGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
	"CREATE TABLE pkg_licenses (package_id INTEGER REFERENCES packages(id), license_id INTEGER REFERENCES licenses(id))",
	"INSERT INTO mtree VALUES (1, 'tree of a'), (2, 'tree of b')",
	`INSERT INTO packages VALUES (1, 'x/a', 'a', '1', '', '', 1, NULL, 'freebsd:9:x86:64', '9', '', NULL, '/usr/local', 0, 0, 1, 1),
		(2, 'x/b', 'b', '2', '', '', 2, NULL, 'freebsd:9:x86:64', '9', '', NULL, '/opt', 0, 0, 1, 1)`,
	"INSERT INTO deps VALUES ('x/b', 'b', '1', 1)",
	"INSERT INTO files VALUES ('/usr/local/bin/a', '', 1), ('/opt/bin/b', '', 2)",
	"INSERT INTO directories VALUES (1, '/usr/local/share/a/'), (2, '/opt/share/b/')",
	"INSERT INTO pkg_directories VALUES (1, 1), (2, 2)",
	"INSERT INTO scripts VALUES (2, 'script of b', 1)",
	"INSERT INTO licenses VALUES (1, 'license of a'), (2, 'license of b')",
	"INSERT INTO pkg_licenses VALUES (1, 1), (2, 2)",
	"PRAGMA user_version = 5",
}

var schema9 = append(schema5[:len(schema5):len(schema5)],
	"CREATE TABLE shlibs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
	"CREATE TABLE pkg_shlibs (package_id INTEGER REFERENCES packages(id), shlib_id INTEGER REFERENCES shlibs(id), PRIMARY KEY (package_id, shlib_id))",
	"INSERT INTO shlibs VALUES (1, 'libb.so.1'), (2, 'libc.so.7')", "INSERT INTO pkg_shlibs VALUES (1, 1), (1, 2)",
	"PRAGMA user_version = 9")

var schema25 = append(schema9[:len(schema9):len(schema9)],
	"ALTER TABLE pkg_shlibs RENAME TO pkg_shlibs_required",
	"CREATE VIEW pkg_shlibs AS SELECT * FROM pkg_shlibs_required",
	"CREATE TRIGGER pkg_shlibs_delete INSTEAD OF DELETE ON pkg_shlibs FOR EACH ROW BEGIN DELETE FROM pkg_shlibs_required WHERE shlib_id = old.shlib_id; END",
	"CREATE TABLE pkg_shlibs_provided (package_id INTEGER NOT NULL REFERENCES packages(id), shlib_id INTEGER NOT NULL REFERENCES shlibs(id))",
	"INSERT INTO pkg_shlibs_provided VALUES (2, 1)",
	`INSERT INTO packages VALUES (3, 'y/b', 'b', '3', '', '', 2, NULL, 'freebsd:9:x86:64', '9', '', NULL, '/usr/local', 0, 0, 1, 1)`,
	"INSERT INTO deps VALUES ('y/b', 'b', '3', 2)",
	"ALTER TABLE pkg_directories ADD try INTEGER",
	"PRAGMA user_version = 25")

func TestOldSchemas(t *testing.T) {
	const files = "files /usr/local/bin/a /usr/local/share/a\n"
	for _, c := range []struct {
		sql           []string
		want, visible string // all, and what is left of it with a alone
	}{
		{schema5, `a 1 freebsd:9:x86:64 provides [{x/a 1}] needs [b | b] files /usr/local/bin/a /usr/local/share/a
b 2 freebsd:9:x86:64 provides [{x/b 2}] needs [] files /opt/bin/b /opt/share/b
`, "a 1 freebsd:9:x86:64 provides [{x/a 1}] needs [b | b] " + files},
		{schema9, `a 1 freebsd:9:x86:64 provides [{x/a 1}] needs [b | b] files /usr/local/bin/a /usr/local/share/a
b 2 freebsd:9:x86:64 provides [{x/b 2}] needs [] files /opt/bin/b /opt/share/b
`, "a 1 freebsd:9:x86:64 provides [{x/a 1}] needs [b | b] " + files},
		{schema25, `a 1 freebsd:9:x86:64 provides [{x/a 1}] needs [b | b libb.so.1] files /usr/local/bin/a /usr/local/share/a
b~pkg-renamed~2 2 freebsd:9:x86:64 provides [{x/b 2} {libb.so.1 }] needs [b | b] files /opt/bin/b /opt/share/b
b~pkg-renamed~3 3 freebsd:9:x86:64 provides [{y/b 3}] needs [] files` + " \n", "a 1 freebsd:9:x86:64 provides [{x/a 1}] needs [b | b] " + files},
	} {
		db := open(t, root(made(t, nil, c.sql...)))
		if got := all(t, db); got != c.want {
			t.Errorf("got\n%swant\n%s", got, c.want)
		}
		if got := satisfying(t, db, runNeeds(t, db.named["a"])[0], db.named["a"]); !strings.HasPrefix(got, "b") || strings.Contains(got, " ") {
			t.Errorf("a needs %q", got)
		}
		data := filtered(t, db, "a")
		if got := all(t, open(t, root(data))); got != c.visible {
			t.Errorf("filtered: got\n%swant\n%s", got, c.visible)
		}
		if strings.Contains(string(data), " of b") || !strings.Contains(string(data), "tree of a") {
			t.Error("the copy has more of the hidden package, or less of the other")
		}
	}
}

// TestFullText is about schemas 23 to 33, in which pkg(8) had a full-text index.
func TestFullText(t *testing.T) {
	tool, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("needs sqlite3: ", err)
	}
	dir := t.TempDir()
	shell := func(name string, data []byte, sql string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(tool, "-batch", name, sql).CombinedOutput()
		if strings.Contains(string(out), "no such module") {
			t.Skip("needs a sqlite3 with FTS4")
		}
		if err != nil {
			t.Fatalf("%s: %v %s", sql, err, out)
		}
		return string(out)
	}
	shell("whole", made(t, nil, schema25...), `CREATE VIRTUAL TABLE pkg_search USING fts4(id, name, origin);
		INSERT INTO pkg_search SELECT id, name || '-' || version, origin FROM packages;`)
	data, err := os.ReadFile(filepath.Join(dir, "whole"))
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, root(data))
	data = filtered(t, db, "a")
	if strings.Contains(string(data), "x/b") && strings.Contains(string(data), "b-2") {
		t.Error("the index tells of hidden packages")
	}
	if got := shell("filtered", data, `SELECT count(*) FROM pkg_search; INSERT INTO pkg_search VALUES (1, 'a-1', 'x/a');
		SELECT name FROM pkg_search WHERE pkg_search MATCH 'a*'; DROP TABLE pkg_search; PRAGMA integrity_check`); got != "0\na-1\nok\n" {
		t.Errorf("the index: %s", got)
	}
}

// TestNewerSchema reads a schema that this package has not seen and that pkg(8) would
// call compatible.
func TestNewerSchema(t *testing.T) {
	db := open(t, root(made(t, fixture(t), "PRAGMA user_version = 999",
		"CREATE TABLE colour (id INTEGER PRIMARY KEY, name TEXT)", "INSERT INTO colour VALUES (1, 'reddish'), (2, 'greenish')",
		"CREATE TABLE pkg_colour (package_id INTEGER REFERENCES packages(id), colour_id REFERENCES colour)", "INSERT INTO pkg_colour VALUES (1, 1), (2, 2)",
		`CREATE TABLE "odd ""one" (package_id INTEGER, note TEXT)`, `INSERT INTO "odd ""one" VALUES (1, 'noteworthy'), (2, 'negligible')`)))
	data := string(filtered(t, db, "zlib"))
	for text, want := range map[string]bool{"reddish": true, "greenish": false, "noteworthy": true, "negligible": false} {
		if strings.Contains(data, text) != want {
			t.Errorf("%s is in the copy: %t", text, !want)
		}
	}
}

func TestBadDatabases(t *testing.T) {
	good := fixture(t)
	for _, c := range []struct {
		about string
		root  fstest.MapFS
		want  string
	}{
		{"none", fstest.MapFS{}, "no package database of FreeBSD (/" + file + ") here: open " + file + ": file does not exist"},
		{"empty", root(nil), file + ": empty: not an SQLite database"},
		{"text", root([]byte("Package: a\n")), file + ": not an SQLite database"},
		{"truncated", root(good[:len(good)-1]), file + ": truncated: 356351 bytes, and the header tells of 356352"},
		{"another's", root(made(t, nil, "CREATE TABLE t (a)")), file + ": schema 0: no column packages.id (schemas 4 to 42 are known)"},
		{"newer", root(made(t, good, "PRAGMA user_version = 1000")), file + ": schema 1000 is of a pkg(8) that is not compatible: schemas before 1000 are known"},
		{"no table", root(made(t, good, "DROP TABLE pkg_directories")), file + ": schema 42: no column pkg_directories.package_id (schemas 4 to 42 are known)"},
		{"a view for a table", root(made(t, good, "ALTER TABLE deps RENAME TO d", "CREATE VIEW deps AS SELECT * FROM d")),
			file + ": schema 42: no column deps.name (schemas 4 to 42 are known)"},
		{"a computed column", root(made(t, good, "ALTER TABLE packages ADD x AS (hex(zeroblob(1000000)))")), file + `: table "packages": column "x" is computed`},
		{"no name", root(made(t, good, "UPDATE packages SET name = '' WHERE id = 2")), file + `: packages: id 2: bad name ""`},
		{"a name with a line break", root(made(t, good, "UPDATE packages SET name = 'a' || char(10) WHERE id = 1")), file + `: packages: id 1: bad name "a\n"`},
		{"a hot journal", fstest.MapFS{file: {Data: good}, file + "-journal": {Data: []byte("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7\x00\x00\x00\x01")}},
			file + ": " + sqlite.ErrBusy.Error()},
	} {
		_, err := Open(c.root, depgraph.Setting{})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v\nwant %s", c.about, err, c.want)
		}
		if errors.Is(err, fs.ErrNotExist) != (c.about == "none") {
			t.Errorf("%s: %v and fs.ErrNotExist", c.about, err)
		}
	}
}

func TestBadRecords(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{"INSERT INTO files (path, package_id) VALUES ('usr/x', 2)", `files of package foo: "usr/x" is no absolute path`},
		{"INSERT INTO files (path, package_id) VALUES ('/usr/../../x', 2)", `files of package foo: "/usr/../../x" leads up`},
		{"INSERT INTO files (path, package_id) VALUES (CAST(x'2f6100' AS TEXT), 2)", `files of package foo: "/a\x00" is no path`},
		{"UPDATE directories SET path = '/'", "files of package foo: the root is no package's"},
		{"UPDATE packages SET dep_formula = 'a >' WHERE id = 2", `package foo: dep_formula: "a >": bad version ">"`},
	} {
		db := open(t, root(made(t, fixture(t), c.sql)))
		p := db.named["foo"]
		_, err := db.Files(p)
		if err == nil {
			_, err = p.RunNeeds()
		}
		if err == nil || err.Error() != file+": "+c.want {
			t.Errorf("%s: %v\nwant %s: %s", c.sql, err, file, c.want)
		}
	}
}

// TestLocked reads a database that pkg(8) has its own lock on: what it committed counts.
// So does a log without the index that belongs to it.
func TestLocked(t *testing.T) {
	locked := made(t, fixture(t), "UPDATE pkg_lock SET exclusive = 1", "INSERT INTO pkg_lock_pid VALUES (1)")
	if got := len(open(t, root(locked)).Packages()); got != 2 {
		t.Errorf("%d packages", got)
	}
	m := root(fixture(t))
	m[file+"-wal"] = &fstest.MapFile{Data: []byte("not a log")}
	if got := len(open(t, m).Packages()); got != 2 {
		t.Errorf("%d packages beside a bad log", got)
	}
}

// TestChanged has pkg(8) write to the database after it was opened.
func TestChanged(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, file)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(data []byte) {
		if err := os.WriteFile(name+".new", data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(name+".new", name); err != nil {
			t.Fatal(err)
		}
	}
	write(fixture(t))
	db := open(t, os.DirFS(dir))
	write(made(t, fixture(t), "DELETE FROM deps", "DELETE FROM packages WHERE id = 1", "UPDATE packages SET id = 1", "UPDATE files SET package_id = NULL WHERE package_id = 1",
		"UPDATE files SET package_id = 1 WHERE package_id = 2", "UPDATE config_files SET package_id = 1", "UPDATE pkg_directories SET package_id = 1"))
	foo, err := db.Files(db.named["foo"])
	if err != nil || len(foo) != 6 {
		t.Errorf("files of foo: %v (%v)", foo, err)
	}
	zlib, err := db.Files(db.named["zlib"])
	if err != nil || zlib != nil {
		t.Errorf("files of zlib, which is gone: %v (%v)", zlib, err)
	}
	if got := all(t, open(t, root(filtered(t, db, "foo", "zlib")))); !strings.HasPrefix(got, "foo ") {
		t.Errorf("filtered: %s", got)
	}
	if needs := fmt.Sprint(runNeeds(t, db.named["foo"])); needs != "[]" {
		t.Errorf("foo needs %s", needs)
	}
}
