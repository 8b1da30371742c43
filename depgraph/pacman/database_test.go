package pacman

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// root is sourcetest's, with the format of the database.
func root(files map[string]string) fstest.MapFS {
	m := sourcetest.Root(files)
	if format := "var/lib/pacman/local/ALPM_DB_VERSION"; m[format] == nil {
		m[format] = &fstest.MapFile{Data: []byte("9\n"), Mode: 0o644}
	}
	return m
}

func open(t testing.TB, files map[string]string) *Database {
	t.Helper()
	db, err := Open(root(files), depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	return db.(*Database)
}

// entry adds a package "name version[ arch]" to files, with more blocks of its desc,
// "KEY value value…", and its files.
func entry(files map[string]string, head string, blocks []string, paths ...string) {
	words := append(strings.Fields(head), "x86_64")
	dir := "var/lib/pacman/local/" + words[0] + "-" + words[1]
	desc := fmt.Sprintf("%%NAME%%\n%s\n\n%%VERSION%%\n%s\n\n%%DESC%%\nsays %%DEPENDS%%\n\n%%ARCH%%\n%s\n\n", words[0], words[1], words[2])
	for _, b := range blocks {
		values := strings.Split(b, "|")
		desc += "%" + values[0] + "%\n" + strings.Join(values[1:], "\n") + "\n\n"
	}
	files[dir+"/desc"] = desc
	files[dir+"/files"] = "%FILES%\n" + strings.Join(paths, "\n") + "\n\n%BACKUP%\netc/x.conf\t0123\n\n"
}

// machine has the meta packages of today and members of the groups of before.
func machine() map[string]string {
	files := map[string]string{"var/lib/pacman/local/linked-1-1 -> ../zlib": "", "var/lib/pacman/local/notes": "", "var/lib/pacman/local/odd-1/": ""}
	entry(files, "base 3-2 any", []string{"DEPENDS|glibc|sh"})
	entry(files, "base-devel 1-2 any", []string{"DEPENDS|gcc"})
	entry(files, "old-make 4-1", []string{"GROUPS|other|base-devel", "REASON|1"})
	entry(files, "glibc 2.40+r1-1", nil, "usr/", "usr/lib/", "usr/lib/libc.so.6")
	entry(files, "bash 5.2.037-1", []string{"DEPENDS|glibc", "PROVIDES|sh", "OPTDEPENDS|completion: for\ttabs|zlib>=1: to: unpack"})
	entry(files, "gcc 14.2.1-1", []string{"DEPENDS|glibc>=2.27|zlib|libz.so=1-64|lib:libm.so.6", "XDATA|pkgtype=pkg|%DEPENDS%", "CONFLICTS|tcc<1"})
	entry(files, "zlib 1:1.3.1-2", []string{"PROVIDES|libz.so=1-64|zlib-abi<3|zlib-abi=2.5|unversioned="}, "usr/", "usr/lib/", "usr/lib/libz.so")
	entry(files, "lib32-zlib 1.3-1", []string{"PROVIDES|libz.so=1-32"})
	return files
}

func TestPackages(t *testing.T) {
	db := open(t, machine())
	var got string
	for _, p := range db.Packages() {
		needs, err := p.RunNeeds()
		if err != nil {
			t.Error(err)
		}
		got += fmt.Sprintf("%s %s %s needs %v provides %v", p.Name, p.Version, p.Arch, needs, p.Provides)
		if p.Optional != nil {
			optional, _ := p.Optional()
			got += fmt.Sprint(" optional ", optional)
		}
		got += "\n"
	}
	const want = `base 3-2 any needs [glibc sh] provides []
base-devel 1-2 any needs [gcc] provides []
bash 5.2.037-1 x86_64 needs [glibc] provides [{sh }] optional [completion zlib>=1]
gcc 14.2.1-1 x86_64 needs [glibc>=2.27 zlib libz.so=1-64 lib:libm.so.6] provides []
glibc 2.40+r1-1 x86_64 needs [] provides []
lib32-zlib 1.3-1 x86_64 needs [] provides [{libz.so 1-32}]
old-make 4-1 x86_64 needs [] provides []
zlib 1:1.3.1-2 x86_64 needs [] provides [{libz.so 1-64} {zlib-abi } {zlib-abi 2.5} {unversioned }]
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if base := fmt.Sprint(db.Base().Needs); base != "[base base-devel old-make]" {
		t.Errorf("base %s", base)
	}
	if db.arch != "x86_64" {
		t.Errorf("architecture %s", db.arch)
	}
}

func TestSatisfying(t *testing.T) {
	db := open(t, machine())
	own := []*depgraph.Package{{Name: "declared"}, {Name: "aged", Version: "1"}}
	g, err := depgraph.New(own, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ need, want string }{
		{"zlib", "zlib"},
		{"zlib>=1:1", "zlib"},
		{"zlib>=2", "zlib"}, // the epoch
		{"zlib<1:1.3.1", ""},
		{"zlib=1:1.3.1", "zlib"},
		{"zlib=1:1.3.1-1", ""},
		{"zlib>1:1.3.1-1", "zlib"},
		{"zlib<=1:1.3.1-2", "zlib"},
		{"libz.so", "lib32-zlib zlib"},
		{"libz.so=1-64", "zlib"},
		{"libz.so=1", "lib32-zlib zlib"},
		{"zlib-abi", "zlib"},
		{"zlib-abi=2.5", "zlib"},
		{"zlib-abi<2", ""},
		{"unversioned", "zlib"},
		{"unversioned>0", ""},
		{"sh", "bash"},
		{"sh>1", ""},
		{"lib:libm.so.6", ""},
		{"pacman:zlib>=1", "zlib"},
		{"zlib: to unpack", "zlib"},
		{"declared>=2", "declared"},
		{"aged>=2", ""},
		{"aged<2", "aged"},
	} {
		need, err := db.Need(c.need)
		if err != nil {
			if !strings.Contains(c.need, " ") {
				t.Error(err)
			}
			need = parseTerm(c.need).need()
		}
		var got []string
		for _, p := range g.Satisfying(need[0], nil) {
			if !slices.Contains(got, p.Name) {
				got = append(got, p.Name)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.need, got, c.want)
		}
	}
}

func TestNeedErrors(t *testing.T) {
	db := open(t, machine())
	for text, want := range map[string]string{
		"":            `bad dependency "": not a name, or NAME>=VERSION without spaces`,
		">=1":         `bad dependency ">=1": not a name, or NAME>=VERSION without spaces`,
		"zlib >= 1":   `bad dependency "zlib >= 1": not a name, or NAME>=VERSION without spaces`,
		"zlib>=":      `bad version "" in "zlib>="`,
		"zlib=>1":     `bad dependency "zlib=>1": not a name, or NAME>=VERSION without spaces`,
		"zlib>1<2":    `bad dependency "zlib>1<2": not a name, or NAME>=VERSION without spaces`,
		"zlib==1":     `bad version "=1" in "zlib==1"`,
		"zlib>=1.2-3": "",
	} {
		if _, err := db.Need(text); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestFiles(t *testing.T) {
	files := machine()
	entry(files, "odd 1-1", nil, "usr/", "usr/share/a b/", "usr/share/a b/ü\xff x", "opt/./x//y/", "./", "/abs", "%FILES%")
	files["var/lib/pacman/local/odd-1-1/mtree"] = ""
	files["var/lib/pacman/local/odd-1-1/install"] = ""
	entry(files, "nothing 1-1", nil)
	files["var/lib/pacman/local/nothing-1-1/files"] = ""
	entry(files, "lost 1-1", nil)
	delete(files, "var/lib/pacman/local/lost-1-1/files")
	entry(files, "last 1-1", nil)
	files["var/lib/pacman/local/last-1-1/files"] = "usr/no\n%BACKUP%\netc/x\t1\n\n%FILES%\netc/x"
	db := open(t, files)
	for name, want := range map[string]string{
		"odd":     "/usr;/usr/share/a b;/usr/share/a b/ü\xff x;/opt/x/y;/abs;/%FILES%;@;@/desc;@/files;@/install;@/mtree",
		"zlib":    "/usr;/usr/lib;/usr/lib/libz.so;@;@/desc;@/files",
		"nothing": "@;@/desc;@/files",
		"lost":    "@;@/desc",
		"last":    "/etc/x;@;@/desc;@/files",
	} {
		p := db.byName()[name]
		paths, err := db.Files(p)
		got := strings.ReplaceAll(strings.Join(paths, ";"), "/var/lib/pacman/local/"+name+"-"+p.Version, "@")
		if err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", name, got, err, want)
		}
	}
}

func TestFilesErrors(t *testing.T) {
	for text, want := range map[string]string{
		"%FILES%\nusr/\n../x\n":                         `/var/lib/pacman/local/a-1-1/files:3: bad path "../x"`,
		"%BACKUP%\n\n\n%FILES%\nusr/..\n":               `/var/lib/pacman/local/a-1-1/files:5: bad path "usr/.."`,
		"%FILES%\nusr/\x00\n":                           `/var/lib/pacman/local/a-1-1/files:2: bad path "usr/\x00"`,
		"%FILES%\n" + strings.Repeat("x\n", maxPaths+1): `/var/lib/pacman/local/a-1-1/files:1048578: more than 1048576 paths`,
		strings.Repeat("x", maxList+1):                  `pacman database: read /var/lib/pacman/local/a-1-1/files: larger than 24 MiB`,
	} {
		files := map[string]string{}
		entry(files, "a 1-1", nil)
		files["var/lib/pacman/local/a-1-1/files"] = text
		db := open(t, files)
		if _, err := db.Files(db.packages[0]); err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// What an interrupted pacman left is an error for those who need to know.
func TestBrokenEntries(t *testing.T) {
	const usual = "%NAME%\na\n\n%VERSION%\n1-1\n\n%DEPENDS%\nb\n\n"
	for _, c := range []struct{ desc, needs, want string }{
		{usual, "[b]", ""},
		{"%NAME%\nother\n\n%VERSION%\n2-1\n\n%DEPENDS%\nb\n\n", "[b]", ""}, // pacman goes by the directory
		{usual + "%DEPENDS%\nc", "", "/var/lib/pacman/local/a-1-1/desc:11: the file ends too soon: it was not written whole"},
		{usual[:9], "", "/var/lib/pacman/local/a-1-1/desc:3: the file ends too soon: it was not written whole"},
		{"", "", "/var/lib/pacman/local/a-1-1/desc:1: the file ends too soon: it was not written whole"},
		{usual + "\x00\x00", "", "/var/lib/pacman/local/a-1-1/desc:10: a zero byte: the file was not written whole"},
		{strings.ReplaceAll(usual, "\n", "\r\n"), "", "/var/lib/pacman/local/a-1-1/desc:10: the file ends too soon: it was not written whole"},
		{"missing", "", "/var/lib/pacman/local/a-1-1/desc: not there: pacman was interrupted while it installed a"},
	} {
		files := map[string]string{"var/lib/pacman/local/a-1-1/": "", "var/lib/pacman/local/a-1-1/desc": c.desc}
		if c.desc == "missing" {
			delete(files, "var/lib/pacman/local/a-1-1/desc")
		}
		p := open(t, files).packages[0]
		needs, err := p.RunNeeds()
		if p.Name != "a" || p.Version != "1-1" || (err == nil) != (c.want == "") || err != nil && err.Error() != c.want || err == nil && fmt.Sprint(needs) != c.needs {
			t.Errorf("%q: %s %s needs %v (%v), want %s", c.desc, p.Name, p.Version, needs, err, c.want)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := Open(fstest.MapFS{}, depgraph.Setting{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "/var/lib/pacman/local") {
		t.Errorf("without a database: %v", err)
	}
	const version = "var/lib/pacman/local/ALPM_DB_VERSION"
	with := func(more ...string) map[string]string {
		files := map[string]string{}
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = more[i+1]
		}
		return files
	}
	for want, files := range map[string]map[string]string{
		"/var/lib/pacman/local/ALPM_DB_VERSION:1: the database is of format 10, and only 9 is known":                                        with(version, "10\n"),
		"/var/lib/pacman/local/ALPM_DB_VERSION:1: the database is of the old format 8, which pacman-db-upgrade(8) turns into 9":             with(version, "8\n"),
		`/var/lib/pacman/local/ALPM_DB_VERSION:1: not a number: "nine"`:                                                                     with(version, "nine\nten\n"),
		`/var/lib/pacman/local/ALPM_DB_VERSION:1: not a number: ""`:                                                                         with(version, ""),
		"/var/lib/pacman/local: two entries are of a-b, a-b-1-1 and a-b-2-1: pacman was interrupted while it put one in place of the other": with("var/lib/pacman/local/a-b-1-1/", "", "var/lib/pacman/local/a-b-2-1/", ""),
		"pacman database: read /var/lib/pacman/local/a-1-1/desc: larger than 1 MiB":                                                         with("var/lib/pacman/local/a-1-1/desc", strings.Repeat("x", 1<<20+1)),
		"pacman database: read /etc/pacman.conf: larger than 1 MiB":                                                                         with("etc/pacman.conf", strings.Repeat("x", 1<<20+1)),
		"no pacman database (/elsewhere/local) here: open elsewhere/local: file does not exist":                                             with("etc/pacman.conf", "[options]\nDBPath = /elsewhere/\n"),
	} {
		if _, err := Open(root(files), depgraph.Setting{}); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	old := root(machine())
	delete(old, version)
	const want = "/var/lib/pacman/local/ALPM_DB_VERSION: not there: the database is of an old format, which pacman-db-upgrade(8) turns into 9"
	if _, err := Open(old, depgraph.Setting{}); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	fresh := fstest.MapFS{"var/lib/pacman/local": {Mode: fs.ModeDir}}
	if db, err := Open(fresh, depgraph.Setting{}); err != nil || len(db.Packages()) != 0 {
		t.Errorf("nothing installed yet: %v", err)
	}
}

func TestAdmin(t *testing.T) {
	for _, c := range []struct{ conf, prefix, want string }{
		{"", "", "var/lib/pacman"},
		{"[options]\n#DBPath = /a\nRootDir=/x\n [core]\nDBPath = /b\n[options]\n  DBPath= /c/d/ \nDBPath = /e\n", "", "c/d"},
		{"[options]\nDBPath = /c\n", "/own/../db", "db"},
		{"[options]\nDBPath =\n", "", "var/lib/pacman"},
		{"[options]\nDBPath = /../..\n", "", "."},
	} {
		set := depgraph.Setting{Prefix: c.prefix}
		m := root(map[string]string{"etc/pacman.conf": c.conf})
		if got, err := findAdmin(m, set); err != nil || got != c.want {
			t.Errorf("%q: %s (%v), want %s", c.conf, got, err, c.want)
		}
		if got := state(m, set)[0]; got != strings.TrimPrefix(c.want+"/local", "./") {
			t.Errorf("%q: state %s", c.conf, got)
		}
	}
	files := map[string]string{}
	for name, text := range machine() {
		files[strings.Replace(name, "var/lib/pacman", "srv/db", 1)] = text
	}
	files["srv/db/local/ALPM_DB_VERSION"] = " 9\n"
	db, err := Open(root(files), depgraph.Setting{Prefix: "/srv/db"})
	if err != nil {
		t.Fatal(err)
	}
	if paths, err := db.Files(db.Packages()[0]); err != nil || paths[0] != "/srv/db/local/base-3-2" {
		t.Errorf("%v (%v)", paths, err)
	}
	if o, ok := db.Generated("/srv/db/sync/core.db"); !ok || o.Package != "pacman" {
		t.Errorf("%v %v", o, ok)
	}
}

// A view asks by the paths that links lead to.
func TestGeneratedBehindLinks(t *testing.T) {
	m := root(map[string]string{"home -> u": "", "etc/pacman.conf": "[options]\nDBPath = /home/db/\n", "u/db/local/ALPM_DB_VERSION": "9\n"})
	db, err := Open(m, depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Generated(t, db, map[string]string{
		"/u/db": "base", "/u/db/local/ALPM_DB_VERSION": "base", "/u/db/sync/core.db": "package pacman", "/u/db/local/x": "", "/u/dbx": "",
	})
}

func TestGenerated(t *testing.T) {
	files := machine()
	entry(files, "texlive-core 2022-1", nil)
	db := open(t, files)
	for _, c := range []struct{ path, pkg, beside string }{
		{"/etc/passwd", "", ""},
		{"/var/lib/pacman", "", ""},
		{"/var/lib/pacman/local", "", ""},
		{"/var/lib/pacman/local/ALPM_DB_VERSION", "", ""},
		{"/var/lib/pacman/sync/core.db", "pacman", ""},
		{"/etc/pacman.d/gnupg/openpgp-revocs.d/x.rev", "pacman", ""},
		{"/etc/ssl/certs/0a.0", "ca-certificates-utils", ""},
		{"/usr/lib/locale/locale-archive", "glibc", ""},
		{"/lib/udev/hwdb.bin", "systemd", ""},
		{"/var/lib/texmf/web2c/pdftex.fmt", "texlive-core", ""},
		{"/usr/share/fonts/TTF/fonts.dir", "xorg-mkfontscale", ""},
		{"/etc/pacman.conf.pacnew", "", "/etc/pacman.conf"},
		{"/etc/my.pacnew.conf.pacsave.12", "", "/etc/my.pacnew.conf"},
		{"/usr/lib/p/__pycache__/a.b.cpython-313.opt-2.pyc", "", "/usr/lib/p/a.b.py"},
		{"/usr/share/icons/hicolor/icon-theme.cache", "", "/usr/share/icons/hicolor/index.theme"},
		{"/usr/lib/modules/6.12.1-arch1-1/modules.dep", "", "/usr/lib/modules/6.12.1-arch1-1/modules.builtin"},
	} {
		got, ok := db.Generated(c.path)
		if want := (depgraph.Origin{Package: c.pkg, Path: c.beside}); !ok || got != want {
			t.Errorf("%s: %+v %t, want %+v", c.path, got, ok, want)
		}
	}
	for _, path := range []string{"/", "/usr/local/bin/x", "/var/lib/pacman/db.lck", "/var/lib/pacman/local/x", "/var/lib/pacman2",
		"/var/log/pacman.log", "/var/cache/pacman/pkg/zlib-1-1-any.pkg.tar.zst", "/etc/x", "/opt/x", "/usr/bin/x.packet"} {
		if got, ok := db.Generated(path); ok {
			t.Errorf("%s: %+v", path, got)
		}
	}
	for _, b := range generatedBeside {
		regexp.MustCompile(b.Pattern)
	}
}
