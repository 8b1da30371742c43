package freebsd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

// filtered returns the file of a database with only the named packages.
func filtered(t testing.TB, db *Database, names ...string) []byte {
	t.Helper()
	rewrites, err := db.Rewrites(func(p *depgraph.Package) bool { return slices.Contains(names, p.Name) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	var rest string
	for _, r := range rewrites {
		if r.Data == nil {
			rest += fmt.Sprintf("%s %t\n", r.Path, r.Gone)
			continue
		}
		if r.Path != "/"+file {
			t.Errorf("rewrites %s", r.Path)
		}
		if data, err = r.Data(); err != nil {
			t.Fatal(err)
		}
	}
	if rest != "/var/db/pkg/local.sqlite-wal true\n/var/db/pkg/local.sqlite-shm true\n/var/db/pkg/local.sqlite-journal true\n" {
		t.Errorf("rewrites besides the database: %s", rest)
	}
	return data
}

func TestRewrites(t *testing.T) {
	db := open(t, root(made(t, fixture(t), more...)))
	before := all(t, db)
	data := filtered(t, db, "zlib", "app", "bar")
	var want string
	for line := range strings.Lines(before) {
		if name, _, _ := strings.Cut(line, " "); slices.Contains([]string{"zlib", "app", "bar"}, name) {
			want += line
		}
	}
	if got := all(t, open(t, root(data))); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for _, hidden := range []string{"vim", "nano", "MIT-", "foo.conf", "py39", "VIM"} {
		switch hidden {
		case "vim", "nano": // app's formula and requirements name them
			hidden = "echo " + hidden
		}
		if strings.Contains(string(data), hidden) {
			t.Errorf("the copy still holds %q", hidden)
		}
	}
	everything := []string{}
	for _, p := range db.Packages() {
		everything = append(everything, p.Name)
	}
	if got := all(t, open(t, root(filtered(t, db, everything...)))); got != before {
		t.Errorf("with nothing hidden: got\n%swant\n%s", got, before)
	}
	if got := all(t, open(t, root(filtered(t, db)))); got != "" {
		t.Errorf("with all hidden: %s", got)
	}
}

// queries are what pkg(8) asks: pkgdb_query.c and pkgdb_iterator.c.
var queries = []struct{ command, sql, want string }{
	{"pkg info", `WITH flavors AS
		(SELECT package_id, value.annotation AS flavor FROM pkg_annotation
		 LEFT JOIN annotation tag ON pkg_annotation.tag_id = tag.annotation_id
		 LEFT JOIN annotation value ON pkg_annotation.value_id = value.annotation_id
		 WHERE tag.annotation = 'flavor')
		SELECT DISTINCT p.name, version, flavor FROM packages AS p
		LEFT JOIN pkg_categories ON p.id = pkg_categories.package_id
		LEFT JOIN categories ON categories.id = pkg_categories.category_id
		LEFT JOIN flavors ON flavors.package_id = p.id ORDER BY p.name`,
		"app|2.0|\nbar|1|\npy311-six|1.16_1|py311\nzlib|1.3|\n"},
	{"pkg which", `SELECT p.name FROM packages AS p LEFT JOIN files AS f ON p.id = f.package_id
		WHERE f.path IN ('/usr/local/bin/vim', '/usr/local/lib/libbar.so.1', '/usr/local/lib/libfoo.so.1') GROUP BY p.id`, "bar\n"},
	{"pkg info -l", `SELECT path FROM files JOIN packages ON package_id = id ORDER BY path`,
		"/usr/local/include/zlib.h\n/usr/local/lib/libbar.so\n/usr/local/lib/libbar.so.1\n/usr/local/lib/libz.so.1\n"},
	{"pkg info -l", `SELECT path FROM config_files`, ""},
	{"pkg info -l", `SELECT path FROM pkg_directories, directories WHERE directory_id = directories.id`, "/usr/local/share/app/\n"},
	{"pkg info -d", `SELECT DISTINCT d.name, d.origin, p.version, 0 FROM deps AS d
		LEFT JOIN packages AS p ON (p.origin = d.origin AND p.name = d.name) WHERE d.package_id = 5 ORDER BY d.origin DESC`,
		"gone|x/y||0\npy311-six|devel/py-six|1.16_1|0\n"},
	{"pkg info -r", `SELECT p.name FROM packages AS p INNER JOIN deps AS d ON (p.id = d.package_id) WHERE d.name = 'zlib'`, ""},
	{"pkg info -b", `SELECT s.name FROM packages AS p, pkg_shlibs_provided AS ps, shlibs AS s WHERE p.id = ps.package_id AND ps.shlib_id = s.id ORDER BY s.name`,
		"libbar.so.1\nlibz.so.1\n"},
	{"pkg shlib -R", `SELECT name FROM shlibs ORDER BY name`, "libbar.so.1\nlibc.so.7\nlibz.so.1\n"},
	{"pkg info -f", `SELECT name FROM licenses UNION ALL SELECT name FROM categories UNION ALL SELECT script FROM script`, "MIT\narchivers\necho both\n"},
	{"conflicts", `SELECT package_id, conflict_id FROM pkg_conflicts`, "5|9\n"},
	{"pkg annotate", `SELECT annotation FROM annotation ORDER BY 1`, "flavor\npy311\npy39\nrepo_type\n"},
	{"the lock", `SELECT * FROM pkg_lock, (SELECT count(*) FROM pkg_lock_pid)`, "0|0|0|0\n"},
	{"schema", `PRAGMA user_version`, "42\n"},
	{"integrity", `PRAGMA integrity_check`, "ok\n"},
	{"integrity", `PRAGMA foreign_key_check`, ""},
	{"journal", `PRAGMA journal_mode`, "delete\n"},
}

// TestQueries puts the questions of pkg(8)'s commands to SQLite's own shell.
func TestQueries(t *testing.T) {
	tool, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("needs sqlite3: ", err)
	}
	name := filepath.Join(t.TempDir(), "local.sqlite")
	data := filtered(t, open(t, root(made(t, fixture(t), more...))), "zlib", "app", "bar", "py311-six")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		out, err := exec.Command(tool, "-batch", name, q.sql).CombinedOutput()
		if err != nil || string(out) != q.want {
			t.Errorf("%s: got %q (%v), want %q", q.command, out, err, q.want)
		}
	}
}
