package macports

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
	"github.com/depview/depview/depgraph/sqlite"
)

// edited is the fixture after these statements, as files of a directory.
func edited(t testing.TB, statements ...string) (dir string, writer *sql.DB) {
	t.Helper()
	dir = t.TempDir()
	file := filepath.Join(dir, registryDB)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, fixture(t)[registryDB].Data, 0o644); err != nil {
		t.Fatal(err)
	}
	writer, err := sql.Open("sqlite", "file:"+file+"?_pragma=wal_autocheckpoint(0)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writer.Close() })
	for _, s := range statements {
		if _, err := writer.Exec(s); err != nil {
			t.Fatal(s, err)
		}
	}
	return dir, writer
}

// A machine on which much has happened: inactive ports, a port by another case, a
// universal one, kept files.
var machine = []string{
	"UPDATE ports SET location = '/opt/local/var/macports/software/zlib/zlib-1.3.1_0.darwin_23.arm64.tbz2', " +
		"portfile = 'abc-12', archs = 'arm64' WHERE name = 'zlib'",
	"INSERT INTO portgroups VALUES (1, 'github', '1.0', 34, 'def'), (1, 'bad', '../../../../../../x', 0, '..')",
	"INSERT INTO ports (id, name, epoch, version, revision, variants, state) VALUES " +
		"(10, 'Xft2', 0, '2.3', NULL, '+universal', 'installed'), (11, 'gone', 0, '1.9', 0, '', 'imaged'), " +
		"(12, 'gone', 0, '1.10', 2, '', 'imaged'), (13, 'GONE', 0, '1.2', 0, '', 'imaged'), (14, 'odd', 0, '1', 0, '', 'registered')",
	"INSERT INTO dependencies (id, name) VALUES (10, 'ZLIB'), (10, 'missing'), (10, 'xft2')",
	"INSERT INTO files (id, path, actual_path, active) VALUES " +
		"(10, '/a', '/opt/local/lib/ü ß.dylib', 1), (10, '/a', '/Library/LaunchDaemons/org.macports.x.plist', 1), " +
		"(10, '/a', '/opt//local/./etc/x/', 1), (10, '/a', '/opt/local/not-active', 0), (10, '/a', NULL, 1), (12, '/a', '/opt/local/bin/gone', 0)",
}

const machineSays = `Xft2 2.3_0+universal "" macports removed false needs [zlib missing Xft2]
  /opt/local/lib/ü ß.dylib
  /Library/LaunchDaemons/org.macports.x.plist
  /opt/local/etc/x
gone 1.10_2 "" macports removed true needs []
libpng 1.6.50_0 "" macports removed false needs [zlib]
  /opt/local/lib/libpng.dylib
  /opt/local/include/libpng16/png.h
openssl3 3.3.2_1 "" macports removed false needs []
  /opt/local/libexec/openssl3/lib/libssl.dylib
zlib 1.3.1_0 "arm64" macports removed false needs []
  /opt/local/lib/libz.dylib
  /opt/local/include/zlib.h
  /opt/local/var/macports/software/zlib/zlib-1.3.1_0.darwin_23.arm64.tbz2
  /opt/local/var/macports/registry/portfiles/zlib-1.3.1_0/abc-12/Portfile
  /opt/local/var/macports/registry/portgroups/def-34/github-1.0.tcl
`

func TestMachine(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		dir, _ := edited(t, append([]string{"PRAGMA journal_mode = " + mode}, machine...)...)
		if _, err := os.Stat(filepath.Join(dir, registryDB+"-wal")); (err == nil) != (mode == "wal") {
			t.Fatalf("%s: the log: %v", mode, err)
		}
		if got := describe(t, open(t, os.DirFS(dir), depgraph.Setting{})); got != machineSays {
			t.Errorf("%s: got\n%swant\n%s", mode, got, machineSays)
		}
	}
}

// TestWithoutLog reads what the last checkpoint left where a log is lost: the registry
// is whole without it.
func TestWithoutLog(t *testing.T) {
	dir, _ := edited(t, append([]string{"PRAGMA journal_mode = wal"}, machine...)...)
	if err := os.Remove(filepath.Join(dir, registryDB+"-wal")); err != nil {
		t.Fatal(err)
	}
	if got := describe(t, open(t, os.DirFS(dir), depgraph.Setting{})); got != fixtureSays {
		t.Errorf("got\n%s", got)
	}
}

// TestLater reads lists after MacPorts has written to the registry.
func TestLater(t *testing.T) {
	dir, writer := edited(t, "PRAGMA journal_mode = wal")
	db := open(t, os.DirFS(dir), depgraph.Setting{})
	if _, err := writer.Exec("UPDATE files SET actual_path = '/opt/local/lib/libz.1.dylib' WHERE actual_path LIKE '%libz.dylib'"); err != nil {
		t.Fatal(err)
	}
	files, err := db.Files(db.port("zlib"))
	if err != nil || !slices.Contains(files, "/opt/local/lib/libz.1.dylib") {
		t.Errorf("%q (%v)", files, err)
	}
}

// A MacPorts of other years.
func TestSchemas(t *testing.T) {
	old := []string{"DROP TABLE portgroups", "DROP TABLE snapshots", "DROP TABLE snapshot_ports", "DROP TABLE snapshot_files",
		"ALTER TABLE ports DROP COLUMN cxx_stdlib", "ALTER TABLE ports RENAME COLUMN requested_variants TO negated_variants"}
	for _, statements := range [][]string{
		append([]string{"UPDATE metadata SET value = 1.1 WHERE key = 'version'"}, old...),
		{"UPDATE metadata SET value = '1.299' WHERE key = 'version'", "ALTER TABLE ports ADD COLUMN new TEXT", "CREATE TABLE more (id INTEGER)"},
	} {
		dir, _ := edited(t, statements...)
		db := open(t, os.DirFS(dir), depgraph.Setting{})
		if got := describe(t, db); got != fixtureSays {
			t.Errorf("%s: got\n%s", statements[0], got)
		}
		if got := describe(t, rewritten(t, db, "zlib")); !strings.HasPrefix(got, "zlib ") {
			t.Errorf("%s: rewritten\n%s", statements[0], got)
		}
	}
}

func TestErrors(t *testing.T) {
	const at = "/" + registryDB + ": "
	for statement, want := range map[string]string{
		"UPDATE metadata SET value = '1.300' WHERE key = 'version'": at + "metadata: schema 1.300 is newer than this depview knows",
		"UPDATE metadata SET value = '2.0' WHERE key = 'version'":   at + "metadata: schema 2.0 is newer than this depview knows",
		"DELETE FROM metadata":                                                    at + "metadata: no version",
		"UPDATE metadata SET value = NULL":                                        at + "metadata: no version",
		"DROP TABLE metadata":                                                     at + "metadata: SQL logic error: no such table: metadata (1)",
		"DROP TABLE dependencies":                                                 at + "no table dependencies in it (schema 1.215)",
		"ALTER TABLE files RENAME COLUMN active TO on1":                           at + "files: no column active (schema 1.215)",
		"UPDATE ports SET name = NULL WHERE id = 4":                               at + `ports: id 4: bad name ""`,
		"UPDATE ports SET name = 'a/b' WHERE id = 4":                              at + `ports: id 4: bad name "a/b"`,
		"UPDATE ports SET state = 'installed'":                                    at + "ports: libpng is active twice: ids 2 and 3",
		"UPDATE dependencies SET name = '' WHERE id = 2":                          at + `dependencies: id 2: bad name ""`,
		"UPDATE files SET actual_path = 'opt/x' WHERE id = 4":                     at + `files: id 4 (openssl3): bad path "opt/x"`,
		"UPDATE files SET actual_path = '/opt/../../x' WHERE id = 4":              at + `files: id 4 (openssl3): bad path "/opt/../../x"`,
		"UPDATE files SET actual_path = '/' WHERE id = 4":                         at + `files: id 4 (openssl3): bad path "/"`,
		"UPDATE files SET actual_path = CAST(x'2f61002f62' AS TEXT) WHERE id = 4": at + `files: id 4 (openssl3): a path with a zero byte in it`,
	} {
		dir, _ := edited(t, statement)
		if err := whole(os.DirFS(dir)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", statement, err, want)
		}
	}
}

// whole reads all that there is to read.
func whole(root fs.FS) error {
	db, err := Open(root, depgraph.Setting{})
	if err != nil {
		return err
	}
	for _, p := range db.Packages() {
		if _, err := p.RunNeeds(); err != nil {
			return err
		}
		if _, err := db.Files(p); err != nil {
			return err
		}
	}
	list, err := db.Rewrites(func(*depgraph.Package) bool { return true }, nil)
	if err == nil {
		_, err = list[0].Data()
	}
	return err
}

func TestBroken(t *testing.T) {
	good := fixture(t)[registryDB].Data
	page := int(binary.BigEndian.Uint16(good[16:]))
	root := func(data []byte) fstest.MapFS { return fstest.MapFS{registryDB: {Data: data}} }
	for _, c := range []struct {
		name string
		root fs.FS
		want string
	}{
		{"empty", root(nil), "empty: not an SQLite database"},
		{"text", root([]byte("Package: zlib\n")), "not an SQLite database"},
		{"half", root(good[:len(good)/2]), "truncated"},
		{"a page less", root(good[:len(good)-page]), "truncated"},
		{"zeros within", root(slices.Concat(good[:page], make([]byte, len(good)-page))), "malformed"},
		{"a directory", fstest.MapFS{registryDB + "/x": {}}, "not a regular file"},
		{"another's", root(bytes.Replace(good, []byte("CREATE TABLE ports"), []byte("CREATE TABLE porks"), 1)), ""},
	} {
		err := whole(c.root)
		if err == nil || !strings.Contains(err.Error(), registryDB) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	hot := fixture(t)
	hot[registryDB+"-journal"] = &fstest.MapFile{Data: []byte("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7 and more")}
	if err := whole(hot); !errors.Is(err, sqlite.ErrBusy) || !strings.Contains(err.Error(), registryDB) {
		t.Errorf("with a hot journal: %v", err)
	}
}

// FuzzRegistry reads a database of which some bytes are others.
func FuzzRegistry(f *testing.F) {
	good := fixture(f)[registryDB].Data
	f.Add(0, []byte(nil), 0)
	f.Add(18, []byte{2, 2}, 0)
	f.Add(bytes.Index(good, []byte("/opt/local/lib/libz.dylib")), []byte("/../"), 0)
	f.Add(bytes.Index(good, []byte("CREATE TABLE files")), []byte("CREATE TABLE piles"), 0)
	f.Add(bytes.Index(good, []byte("1.215")), []byte("9.999"), 0)
	f.Add(4096*5, bytes.Repeat([]byte{255}, 40), 4096)
	f.Fuzz(func(t *testing.T, at int, bytes []byte, less int) {
		data := slices.Clone(good)
		data = data[:len(data)-min(max(less, 0), len(data))]
		if at >= 0 && at < len(data) {
			copy(data[at:], bytes)
		}
		sourcetest.Bounded(t, func() { look(t, fstest.MapFS{registryDB: {Data: data}}) })
	})
}

// look does with a registry of whatever content all that can be done.
func look(t *testing.T, root fs.FS) {
	db, err := Open(root, depgraph.Setting{})
	if err != nil {
		sourcetest.Names(t, err, registryDB)
		return
	}
	sourcetest.Sane(t, "macports", db, registryDB)
	if _, err := db.Need("path:lib/libz.dylib:none"); err != nil {
		sourcetest.Names(t, err, registryDB)
	}
	list, err := db.Rewrites(func(p *depgraph.Package) bool { return p.Name == "zlib" }, nil)
	if err == nil {
		_, err = list[0].Data()
	}
	if err != nil {
		sourcetest.Names(t, err, registryDB)
	}
}

// BenchmarkOpen opens a registry of 5,000 ports, of 40 files and 10 dependencies each.
func BenchmarkOpen(b *testing.B) {
	root := os.DirFS(large(b, 5000))
	for b.Loop() {
		if db := open(b, root, depgraph.Setting{}); len(db.Packages()) != 5003 {
			b.Fatal(len(db.Packages()))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/open")
}

// BenchmarkAll reads all lists and dependencies besides.
func BenchmarkAll(b *testing.B) {
	root := os.DirFS(large(b, 5000))
	for b.Loop() {
		db := open(b, root, depgraph.Setting{})
		for _, p := range db.Packages() {
			if _, err := db.Files(p); err != nil {
				b.Fatal(err)
			}
			if _, err := p.RunNeeds(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkRewrite filters it down to 100 ports.
func BenchmarkRewrite(b *testing.B) {
	db := open(b, os.DirFS(large(b, 5000)), depgraph.Setting{})
	for b.Loop() {
		n := 0
		list, _ := db.Rewrites(func(*depgraph.Package) bool { n++; return n <= 100 }, nil)
		if _, err := list[0].Data(); err != nil {
			b.Fatal(err)
		}
	}
}

func large(b *testing.B, ports int) (dir string) {
	numbers := "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	dir, writer := edited(b,
		"INSERT INTO ports (id, name, epoch, version, revision, variants, state, location, portfile, archs) "+
			fmt.Sprintf(numbers, ports-1)+"SELECT 100 + i, 'port-' || i, 0, '1.' || i, 0, '', 'installed', "+
			"'/opt/local/var/macports/software/port-' || i || '/port.tbz2', 'abcdef-' || i, 'arm64' FROM n",
		"INSERT INTO files (id, path, actual_path, active) "+fmt.Sprintf(numbers, ports*40-1)+
			"SELECT 100 + i / 40, p, p, 1 FROM (SELECT i, '/opt/local/share/port-' || (i / 40) || '/directory/file-' || (i % 40) AS p FROM n)",
		"INSERT INTO dependencies (id, name) "+fmt.Sprintf(numbers, ports*10-1)+
			fmt.Sprintf("SELECT 100 + i / 10, 'port-' || ((i * 7919) %% %d) FROM n", ports))
	if err := writer.Close(); err != nil {
		b.Fatal(err)
	}
	return dir
}
