package macports

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
)

// rewritten is what a view of the named ports has for a registry.
func rewritten(t testing.TB, db *Database, names ...string) *Database {
	t.Helper()
	return open(t, fstest.MapFS{registryDB: {Data: data(t, db, names...)}}, depgraph.Setting{})
}

func data(t testing.TB, db *Database, names ...string) []byte {
	t.Helper()
	list, err := db.Rewrites(func(p *depgraph.Package) bool { return slices.Contains(names, p.Name) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Path != "/"+registryDB {
		t.Fatalf("%+v", list[0])
	}
	data, err := list[0].Data()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRewrites(t *testing.T) {
	dir, _ := edited(t, append(slices.Clone(machine), "PRAGMA journal_mode = wal",
		"INSERT INTO snapshots (note) VALUES ('before')", "INSERT INTO snapshot_ports (snapshots_id, port_name) VALUES (1, 'secret')",
		"INSERT INTO snapshot_files VALUES (1, '/opt/local/bin/secret')",
		"INSERT INTO files (id, path, actual_path, active) VALUES (99, '/orphan', '/orphan', 1)")...)
	db := open(t, os.DirFS(dir), depgraph.Setting{})

	all := rewritten(t, db, "Xft2", "libpng", "openssl3", "zlib", "gone")
	_, active, _ := strings.Cut(machineSays, "gone 1.10_2 \"\" macports removed true needs []\n")
	head, _, _ := strings.Cut(machineSays, "gone 1.10_2")
	if got := describe(t, all); got != head+active {
		t.Errorf("with all: got\n%s", got)
	}
	some := data(t, db, "libpng", "zlib")
	if got := describe(t, rewritten(t, db, "libpng", "zlib")); strings.Contains(got, "openssl3") || strings.Contains(got, "Xft2") || !strings.Contains(got, "libpng.dylib") {
		t.Errorf("with two: got\n%s", got)
	}
	for _, hidden := range []string{"openssl3", "Xft2", "secret", "before", "gone", "orphan", "1.6.40"} {
		if strings.Contains(string(some), hidden) {
			t.Errorf("%q is left in the file", hidden)
		}
	}
	if got := describe(t, rewritten(t, db)); got != "" {
		t.Errorf("with none: got\n%s", got)
	}

	list, err := db.Rewrites(func(*depgraph.Package) bool { return true }, nil)
	var gone []string
	for _, r := range list[1:] {
		if r.Gone {
			gone = append(gone, filepath.Base(r.Path))
		}
	}
	if err != nil || strings.Join(gone, " ") != "registry.db-wal registry.db-shm" {
		t.Errorf("gone: %q (%v)", gone, err)
	}
}

// TestRewrittenIsSound asks SQLite, by itself and by the sqlite3 command, with queries of
// MacPorts' (src/cregistry/entry.c).
func TestRewrittenIsSound(t *testing.T) {
	dir, _ := edited(t, machine...)
	content := data(t, open(t, os.DirFS(dir), depgraph.Setting{}), "libpng", "zlib")
	file := filepath.Join(t.TempDir(), "registry.db")
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if strings.Join(answers(t, file, "PRAGMA integrity_check"), " ") != "ok" {
		t.Error("the database is not sound")
	}
	for query, want := range map[string]string{
		"SELECT name FROM ports INDEXED BY port_name WHERE state='installed' AND name='LIBPNG'":                               "libpng",
		"SELECT name FROM ports WHERE (state='imaged' OR state='installed') ORDER BY name":                                    "libpng zlib",
		"SELECT id FROM files INDEXED BY file_actual WHERE (actual_path = '/opt/local/lib/libpng.dylib') AND active":          "2",
		"SELECT id FROM files INDEXED BY file_actual_nocase WHERE (actual_path = '/OPT/local/lib/libz.dylib' COLLATE NOCASE)": "1",
		"SELECT name FROM dependencies WHERE id = 2":                                                                          "zlib",
		"SELECT value FROM metadata WHERE key = 'version'":                                                                    "1.215",
	} {
		if got := strings.Join(answers(t, file, query), " "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		if _, err := exec.LookPath("sqlite3"); err != nil || strings.Contains(query, "port_name") {
			continue // it is not there, or does not know the collating sequence of that index
		}
		out, err := exec.Command("sqlite3", "-readonly", file, query).CombinedOutput()
		if got := strings.Join(strings.Fields(string(out)), " "); err != nil || got != want {
			t.Errorf("sqlite3: %s: %s (%v), want %s", query, got, err, want)
		}
	}
}

func answers(t *testing.T, file, query string) (list []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}
