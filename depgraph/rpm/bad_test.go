package rpm

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

const (
	sysimage = "usr/lib/sysimage/rpm/rpmdb.sqlite"
	varLib   = "var/lib/rpm/rpmdb.sqlite"
)

func link(target string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(target), Mode: os.ModeSymlink | 0o777}
}

func TestPlace(t *testing.T) {
	data := database(t, pack{name: "a", evr: "1-1"})
	good := &fstest.MapFile{Data: data, Mode: 0o644}
	for _, c := range []struct {
		name   string
		files  fstest.MapFS
		prefix string
		want   string // the error, or where the database is
		state  string
	}{
		{"none", fstest.MapFS{}, "", "no rpm database (/usr/lib/sysimage/rpm/rpmdb.sqlite or /var/lib/rpm/rpmdb.sqlite) here: file does not exist", ""},
		{"new", fstest.MapFS{sysimage: good}, "", "/" + sysimage, sysimage},
		{"old", fstest.MapFS{varLib: good}, "", "/" + varLib, varLib},
		{"linked", fstest.MapFS{sysimage: good, "var/lib/rpm": link("../../usr/lib/sysimage/rpm")}, "", "/" + sysimage, sysimage},
		{"linked the other way", fstest.MapFS{varLib: good, "usr/lib/sysimage/rpm": link("/var/lib/rpm")}, "", "/" + varLib, varLib},
		{"linked to a third", fstest.MapFS{"usr/share/rpm/rpmdb.sqlite": good, "var/lib/rpm": link("../../usr/share/rpm")}, "", "/usr/share/rpm/rpmdb.sqlite", "usr/share/rpm/rpmdb.sqlite"},
		{"two", fstest.MapFS{sysimage: good, varLib: good}, "",
			"two rpm databases, /usr/lib/sysimage/rpm/rpmdb.sqlite and /var/lib/rpm/rpmdb.sqlite: --from rpm:ROOT@/var/lib/rpm, with the one or the other, chooses", sysimage},
		{"two, one chosen", fstest.MapFS{sysimage: good, varLib: good}, "/var/lib/rpm", "/" + varLib, varLib},
		{"an unusual place", fstest.MapFS{"opt/db/rpmdb.sqlite": good}, "/opt/db/", "/opt/db/rpmdb.sqlite", "opt/db/rpmdb.sqlite"},
		{"none there", fstest.MapFS{varLib: good}, "/opt/db", "no rpm database (/opt/db/rpmdb.sqlite) here: file does not exist", ""},
		{"Berkeley DB", fstest.MapFS{"var/lib/rpm/Packages": file("x")}, "",
			"/var/lib/rpm/Packages: an rpm database of the Berkeley DB format, and only sqlite is read: rpmdb --rebuilddb --define '_db_backend sqlite', by rpm 4.16 or newer, converts it", "var/lib/rpm/Packages"},
		{"ndb", fstest.MapFS{"usr/lib/sysimage/rpm/Packages.db": file("RpmP")}, "",
			"/usr/lib/sysimage/rpm/Packages.db: an rpm database of the ndb format, and only sqlite is read: rpmdb --rebuilddb --define '_db_backend sqlite', by rpm 4.16 or newer, converts it", "usr/lib/sysimage/rpm/Packages.db"},
		{"what a conversion left", fstest.MapFS{sysimage: good, "var/lib/rpm/Packages": file("x")}, "", "/" + sysimage, sysimage},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := depgraph.Setting{Prefix: c.prefix}
			db, err := Open(c.files, s)
			got := ""
			if err == nil {
				got = "/" + db.(*Database).store.name
			} else {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			state := append(depgraph.State("rpm", c.files, s), "")
			if state[0] != c.state || depgraph.Present("rpm", c.files, s) != (c.state != "") || c.state == "" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("state %q", state)
			}
		})
	}
}

// TestLoop has links that lead nowhere.
func TestLoop(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{os.MkdirAll(dir+"/var/lib", 0o755), os.Symlink("rpm", dir+"/var/lib/rpm"), os.Symlink("/usr", dir+"/usr")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if db, err := Open(os.DirFS(dir), depgraph.Setting{}); err == nil {
		t.Errorf("opened %s", db.(*Database).store.name)
	}
	state(os.DirFS(dir), depgraph.Setting{})
}

// TestBadFile has files that are no database of rpm's.
func TestBadFile(t *testing.T) {
	good := database(t, machine...)
	other := database(t)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":     {nil, "rpm database: " + sysimage + ": empty: not an SQLite database"},
		"text":      {[]byte(strings.Repeat("no database ", 50)), "rpm database: " + sysimage + ": not an SQLite database"},
		"cut":       {good[:len(good)/2], "rpm database: " + sysimage + ": truncated: "},
		"page size": {slices.Concat(good[:16], []byte{3, 3}, good[18:]), "rpm database: " + sysimage + ": header: 771 is no page size"},
		"schema":    {[]byte(strings.ReplaceAll(string(other), "hnum INTEGER PRIMARY KEY", "hdrn INTEGER PRIMARY KEY")), "rpm database: " + sysimage + ": no table Packages of hnum and blob"},
	} {
		_, err := Open(fstest.MapFS{sysimage: {Data: c.data}}, depgraph.Setting{})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	// Damage in the middle is found, or does no harm; it is never taken for less packages.
	for at := 0; at < len(good); at += 509 {
		data := slices.Clone(good)
		for i := at; i < min(at+64, len(data)); i++ {
			data[i] ^= 0x5a
		}
		db, err := Open(fstest.MapFS{sysimage: {Data: data}}, depgraph.Setting{})
		if err != nil {
			sourcetest.Names(t, err, "rpmdb.sqlite")
			continue
		}
		sourcetest.Sane(t, "rpm", db, "rpmdb.sqlite")
		db.(*Database).store.close()
	}
}

func TestBadHeader(t *testing.T) {
	name := []tagValue{{tagName, "a"}, {tagVersion, "1"}, {tagRelease, "1"}}
	with := func(values ...tagValue) []byte { return blob(append(name[:3:3], values...)...) }
	whole := with(tagValue{tagRequireName, []string{"b", "c"}})
	change := func(at int, b byte) []byte {
		data := slices.Clone(whole)
		data[at] = b
		return data
	}
	for want, blob := range map[string][]byte{
		"/" + sysimage + ": record 1: a header of 0 bytes":                                                     {},
		"/" + sysimage + ": record 1: a header of 7 bytes":                                                     whole[:7],
		"/" + sysimage + ": record 1: a header of 81 bytes tells of 4 tags and 10 bytes of data":               whole[:len(whole)-1],
		"/" + sysimage + ": record 1: a header of 82 bytes tells of 5 tags and 10 bytes of data":               change(3, 5),
		"/" + sysimage + ": record 1: a header of 82 bytes tells of 0 tags and 10 bytes of data":               change(3, 0),
		"/" + sysimage + ": record 1: a header of 82 bytes tells of 2130706436 tags and 10 bytes of data":      change(0, 0x7f),
		"/" + sysimage + ": record 1: tag 1000 (NAME): 1 values at offset 255 of 10":                           change(8+11, 255),
		"/" + sysimage + ": record 1: tag 1000 (NAME): a value of type 4":                                      change(8+7, 4),
		"/" + sysimage + ": record 1: tag 1000 (NAME): 0 values at offset 0 of 10":                             change(8+15, 0),
		"/" + sysimage + ": record 1: tag 1002 (RELEASE): the string has no end":                               func() []byte { b := blob(name...); b[len(b)-1] = 'x'; return b }(),
		"/" + sysimage + ": record 1 (a): tag 1049 (REQUIRENAME): fewer than 9 strings":                        change(8+16*3+15, 9),
		"/" + sysimage + ": record 1 (a): tag 1049 (REQUIRENAME): a value of type 7":                           change(8+16*3+7, 7),
		"/" + sysimage + `: record 1: "" is no package name`:                                                   blob(tagValue{tagVersion, "1"}),
		"/" + sysimage + `: record 1: "a b" is no package name`:                                                blob(tagValue{tagName, "a b"}),
		"/" + sysimage + `: record 1: "../a" is no package name`:                                               blob(tagValue{tagName, "../a"}),
		"/" + sysimage + ": record 1: tag 1003 (EPOCH): a value of type 6":                                     with(tagValue{tagEpoch, "1"}),
		"/" + sysimage + ": record 1: tag 1113 (PROVIDEVERSION): a value of type 4":                            with(tagValue{tagProvideName, "x"}, tagValue{tagProvideVersion, []uint32{1}}),
		"/" + sysimage + ": record 1 (a): tag 1048 (REQUIREFLAGS): a value of type 6":                          with(tagValue{tagRequireName, "x"}, tagValue{tagRequireFlags, "y"}),
		"/" + sysimage + ": record 1 (a): file list: 2 names in 1 directories":                                 with(tagValue{tagBaseNames, []string{"x", "y"}}, tagValue{tagDirIndexes, []uint32{0}}, tagValue{tagDirNames, []string{"/"}}),
		"/" + sysimage + `: record 1 (a): file list: "x" is in directory 7 of 1`:                               with(tagValue{tagBaseNames, []string{"x"}}, tagValue{tagDirIndexes, []uint32{7}}, tagValue{tagDirNames, []string{"/"}}),
		"/" + sysimage + `: record 1 (a): file list: "usr/x" is no path on the root`:                           with(tagValue{tagBaseNames, []string{"x"}}, tagValue{tagDirIndexes, []uint32{0}}, tagValue{tagDirNames, []string{"usr/"}}),
		"/" + sysimage + `: record 1 (a): file list: "/usr/../../x" is no path on the root`:                    with(tagValue{tagBaseNames, []string{"x"}}, tagValue{tagDirIndexes, []uint32{0}}, tagValue{tagDirNames, []string{"/usr/../../"}}),
		"/" + sysimage + ": record 1 (a): too complex: (" + strings.Repeat("(x and y) or ", 20) + "(x and y))": with(tagValue{tagRequireName, "(" + strings.Repeat("(x and y) or ", 20) + "(x and y))"}),
		"/" + sysimage + ": record 1 (a): file list: 3 names in 1 directories":                                 with(tagValue{tagBaseNames, []string{"x", "y", "z"}}, tagValue{tagDirIndexes, []byte{0}}, tagValue{tagDirNames, []string{"/"}}),
	} {
		db, err := Open(fstest.MapFS{sysimage: {Data: databaseOf(t, [][]byte{blob}, nil)}}, depgraph.Setting{})
		if err == nil {
			if _, err = db.Packages()[0].RunNeeds(); err == nil {
				_, err = db.Files(db.Packages()[0])
			}
		}
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// TestIndexLies has an index that names files that no package has.
func TestIndexLies(t *testing.T) {
	packages := []pack{
		{name: "a", evr: "1-1", requires: []string{"/bin/x"}},
		{name: "b", evr: "1-1", files: []string{"/bin/y"}},
	}
	blobs := [][]byte{blob(packages[0].values()...), blob(packages[1].values()...)}
	packages[1].files = []string{"/bin/y", "/bin/x"}
	packages = append(packages, pack{name: "gone", files: []string{"/bin/x"}})
	data := databaseOf(t, blobs, packages)
	db, err := Open(fstest.MapFS{sysimage: {Data: data}}, depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	if need, err := db.Need("/bin/x"); err != nil || met(graph(t, db.(*Database)), need) != "" {
		t.Errorf("/bin/x: %s (%v)", need, err)
	}
}

// TestChanged installs and removes packages behind an opened database.
func TestChanged(t *testing.T) {
	dir := t.TempDir()
	file := dir + "/rpmdb.sqlite"
	write := func(packages ...pack) {
		if err := os.WriteFile(file, database(t, packages...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	a, b := pack{name: "a", evr: "1-1", files: []string{"/a"}}, pack{name: "b", evr: "1-1", files: []string{"/b"}}
	write(a, b)
	db, err := Open(os.DirFS(dir), depgraph.Setting{Prefix: "/"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.(*Database).store.close()
	write(a)
	for i, want := range []string{"[/a] <nil>", "[] /rpmdb.sqlite: record 2 (b): is no longer there"} {
		list, err := db.Files(db.Packages()[i])
		if got := strings.TrimSpace(strings.Join([]string{"[" + strings.Join(list, " ") + "]", errorText(err)}, " ")); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return "<nil>"
	}
	return err.Error()
}
