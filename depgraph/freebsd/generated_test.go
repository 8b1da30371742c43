package freebsd

import (
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

func TestGenerated(t *testing.T) {
	db := open(t, root(made(t, fixture(t), insert(3, "perl5.38", "lang/perl5.38", "5.38"),
		`INSERT INTO packages (id, origin, name, version, comment, desc, arch, maintainer, prefix, flatsize, automatic, licenselogic)
			VALUES (4, 'a/b', 'b', '1', '', '', '', '', '/opt/pkg/', 0, 0, 1)`)))
	sourcetest.Generated(t, db, map[string]string{
		"/var/db/pkg":                            "base",
		"/var/db/pkg/repo-FreeBSD.sqlite":        "base",
		"/var/db":                                "base",
		"/var/db/dkg":                            "",
		"/var/run/ld-elf.so.hints":               "base",
		"/var/run/dbus/socket":                   "",
		"/var/cache/pkg/zlib-1.3.pkg":            "base",
		"/usr/local":                             "base",
		"/usr/local/share/locale/de/LC_MESSAGES": "base",
		"/usr/local/share/locale/de/LC_MESSAGES/stray.mo":                "",
		"/usr/local/man/man1":                                            "base",
		"/usr/local/man/man1/stray.1":                                    "",
		"/usr/local/etc/pkg/repos/own.conf":                              "base",
		"/usr/local/share/mime/mime.cache":                               "package shared-mime-info",
		"/opt/pkg/share/mime/mime.cache":                                 "package shared-mime-info",
		"/opt/pkg":                                                       "base",
		"/opt/pkgs/share/mime/mime.cache":                                "",
		"/usr/local/lib/perl5/5.38/mach/perllocal.pod":                   "package perl5.38",
		"/usr/local/share/glib-2.0/schemas/gschemas.compiled":            "package glib",
		"/usr/local/lib/python3.11/__pycache__/os.cpython-311.opt-1.pyc": "path /usr/local/lib/python3.11/os.py",
		"/opt/pkg/share/icons/x/icon-theme.cache":                        "path /opt/pkg/share/icons/x/index.theme",
		"/usr/local/etc/foo.conf":                                        "path /usr/local/etc/foo.conf.sample",
		"/usr/local/etc/bar.conf":                                        "",
		"/usr/local/bin/stray":                                           "",
	})
}

// A view asks by the paths that links lead to.
func TestGeneratedBehindLinks(t *testing.T) {
	link := func(target string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink}
	}
	data := made(t, fixture(t), `INSERT INTO packages (id, origin, name, version, comment, desc, arch, maintainer, prefix, flatsize, automatic, licenselogic)
		VALUES (4, 'a/b', 'b', '1', '', '', '', '', '/usr/local/inner', 0, 0, 1)`)
	db := open(t, fstest.MapFS{"data/pkg/local.sqlite": {Data: data}, "var/db": link("/data"), "usr/local": link("../home/l"), "home": link("/u")})
	sourcetest.Generated(t, db, map[string]string{
		"/data":                           "base",
		"/data/pkg/repo-FreeBSD.sqlite":   "base",
		"/data/x":                         "",
		"/u/l/man/man1":                   "base",
		"/u/l/man/man1/stray.1":           "",
		"/u/l/share/mime/mime.cache":      "package shared-mime-info",
		"/u/l/inner/share/mime":           "package shared-mime-info",
		"/u/l/inner/share/mime/x/icon.1":  "package shared-mime-info",
		"/u/l/p/__pycache__/a.cpy-31.pyc": "path /usr/local/p/a.py",
		"/u/l/etc/foo.conf":               "path /usr/local/etc/foo.conf.sample",
		"/u/l/etc/bar.conf":               "",
	})
}

func TestBase(t *testing.T) {
	for env, want := range map[string]int{"": 0, "/": 0, "rel": 0, "/ports/": 1} {
		db, err := Open(root(fixture(t)), depgraph.Setting{Getenv: func(name string) string { return map[string]string{"PORTSDIR": env}[name] }})
		if err != nil {
			t.Fatal(err)
		}
		paths := db.Base().Paths
		if len(paths) != len(basePaths)+want || want > 0 && paths[len(paths)-1] != "/ports" {
			t.Errorf("PORTSDIR=%s: %v", env, paths)
		}
	}
	for _, p := range basePaths {
		if p == usrLocal || p == "/usr" || p == "/var" {
			t.Error("packages are in ", p)
		}
	}
}

// BenchmarkOpen loads 5,000 packages of 40 files, 10 dependencies and 5 shared libraries
// each, and asks for the needs and files of 150 of them.
func BenchmarkOpen(b *testing.B) {
	m := root(many(b, 5000))
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			if n := len(open(b, m).Packages()); n != 5002 {
				b.Fatal(n)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
	})
	b.Run("Late", func(b *testing.B) {
		for b.Loop() {
			db := open(b, m)
			for _, p := range db.Packages()[1000:1150] {
				if needs := runNeeds(b, p); len(needs) != 15 {
					b.Fatal(needs)
				}
				if files, err := db.Files(p); err != nil || len(files) != 40 {
					b.Fatal(files, err)
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
	})
	b.Run("Rewrite", func(b *testing.B) {
		db := open(b, m)
		var names []string
		for _, p := range db.Packages()[1000:1150] {
			names = append(names, p.Name)
		}
		for b.Loop() {
			filtered(b, db, names...)
		}
		b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
	})
}

// many adds n packages to the fixture.
func many(t testing.TB, n int) []byte {
	count := func(n int) string {
		return fmt.Sprintf("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i < %d)", n)
	}
	of := func(k int) string {
		return fmt.Sprintf("%s, k(j) AS (SELECT 1 UNION ALL SELECT j+1 FROM k WHERE j < %d)", count(n), k)
	}
	return made(t, fixture(t), "BEGIN",
		`INSERT INTO packages (id, origin, name, version, comment, desc, arch, maintainer, prefix, flatsize, automatic, licenselogic) `+count(n)+`
			SELECT 10+i, 'cat/name-of-'||i, 'name-of-'||i, '1.'||i, 'a comment', 'a description', 'FreeBSD:14:amd64', 'x@example.org', '/usr/local', 0, 1, 1 FROM c`,
		`INSERT INTO deps `+of(10)+fmt.Sprintf(` SELECT 'cat/x', 'name-of-'||((i*7+j*13)%%%d), '1', 10+i FROM c, k`, n),
		`INSERT INTO files `+of(40)+` SELECT '/usr/local/share/name-of-'||i||'/some/file-'||j, '1$'||hex(randomblob(32)), 'root', 'wheel', 420, 0, 0, NULL, 10+i FROM c, k`,
		`INSERT INTO shlibs `+count(n)+` SELECT 10+i, 'libname-of-'||i||'.so.1' FROM c`,
		`INSERT INTO pkg_shlibs_provided `+count(n)+` SELECT 10+i, 10+i FROM c`,
		`INSERT INTO pkg_shlibs_required `+of(5)+fmt.Sprintf(` SELECT 10+i, 11+(i*7+j*13)%%%d FROM c, k`, n),
		`INSERT INTO annotation VALUES (1, 'flavor'), (2, 'py311'), (3, 'repository')`,
		`INSERT INTO pkg_annotation `+count(n)+` SELECT 10+i, 1+2*(i%2), 2 FROM c`,
		"COMMIT", "VACUUM")
}
