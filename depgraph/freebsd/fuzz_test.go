package freebsd

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// FuzzDatabase changes some bytes of a database: no answer is to be a surprise.
func FuzzDatabase(f *testing.F) {
	small := []string{"PRAGMA page_size = 512", "VACUUM"}
	whole := made(f, fixture(f), slices.Concat(more, small)...)
	old := made(f, nil, slices.Concat(schema25, small)...)
	f.Add(false, uint32(0), []byte("SQLite format 4"), uint32(100), []byte{13})
	f.Add(true, uint32(60), []byte{0, 0, 3, 232}, uint32(4096), []byte{0})
	f.Add(false, uint32(bytes.Index(whole, []byte("nano < 8"))), []byte("a, | +"), uint32(bytes.Index(whole, []byte("/usr/local/bin/vim"))), []byte("../../.."))
	f.Add(true, uint32(bytes.Index(old, []byte("CREATE TABLE deps"))), []byte("CREATE VIEW"), uint32(bytes.Index(old, []byte("/usr/local/bin/a"))), []byte("\x00"))
	f.Add(true, uint32(bytes.Index(old, []byte("CREATE TABLE deps"))+20), []byte("\"-"), uint32(60), []byte{0}) // SQLite quotes the schema
	f.Fuzz(func(t *testing.T, first bool, at uint32, b []byte, at2 uint32, b2 []byte) {
		data := slices.Clone(whole)
		if first {
			data = slices.Clone(old)
		}
		copy(data[int(at)%len(data):], b)
		copy(data[int(at2)%len(data):], b2)
		sourcetest.Bounded(t, func() {
			db, err := Open(root(data), depgraph.Setting{})
			if err != nil {
				sourcetest.Names(t, err, file)
				return
			}
			defer db.(*Database).store.close()
			sourcetest.Sane(t, kind, db, file)
			checkCopy(t, db.(*Database))
		})
	})
}

// checkCopy looks at what the database is in a view.
func checkCopy(t *testing.T, db *Database) {
	rewrites, err := db.Rewrites(func(p *depgraph.Package) bool { return p.Name != "vim" }, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := rewrites[0].Data()
	if err != nil {
		sourcetest.Names(t, err, file)
		return
	}
	again, err := Open(fstest.MapFS{file: {Data: data}}, depgraph.Setting{})
	if err != nil {
		return // broken where it was before
	}
	defer again.(*Database).store.close()
	for _, p := range again.Packages() {
		if p.Name == "vim" {
			t.Error("vim is still known")
		}
	}
}

// FuzzRecipe reads Makefiles, and what dependencies are written as.
func FuzzRecipe(f *testing.F) {
	f.Add(plain)
	for _, s := range []string{"PORTNAME=a\nRUN_DEPENDS=${A}\nA=${B}\nB=x ${A}\n", "PORTNAME=a\n.if 1\nUSES=qt\n.endif", "PORTNAME=a\nUSES=pkgconfig:both \\\n gmake",
		"py3*-six>0<2", "libz.so:archivers/zlib", "/usr/local/bin/foo:devel/foo:install", "devel/py-six@py39", "name3 > 1.0 < 2.0 != 1.5, name4 +opt1 -opt2 | c"} {
		f.Add(s)
	}
	whole := made(f, fixture(f), more...)
	opened, err := Open(root(whole), depgraph.Setting{})
	if err != nil {
		f.Fatal(err)
	}
	db := opened.(*Database)
	f.Fuzz(func(t *testing.T, text string) {
		var r *depgraph.Recipe
		var err error
		sourcetest.Bounded(t, func() { r, err = db.Recipe("x/Makefile", []byte(text)) })
		if err != nil && !strings.HasPrefix(err.Error(), "x/Makefile:") {
			t.Errorf("the error does not name the file: %v", err)
		}
		if err == nil && r.Name == "" {
			t.Error("no name")
		}
		if err == nil {
			for _, d := range r.Direct {
				checkNeed(t, d.Need)
				if !strings.HasPrefix(d.Where, "x/Makefile:") {
					t.Errorf("it stands %s", d.Where)
				}
			}
		}
		if need, err := db.Need(text); err == nil {
			checkNeed(t, need)
		} else if errors.Unwrap(err) == nil && err.Error() == "" {
			t.Error("an error without a word")
		}
		needs, err := parseFormula(text)
		for _, need := range needs {
			if err == nil {
				checkNeed(t, need)
			}
		}
	})
}

// checkNeed looks at a need, and has it judge a package.
func checkNeed(t *testing.T, need depgraph.Need) {
	if len(need) == 0 {
		t.Error("a need of nothing")
	}
	for _, a := range need {
		if a.Name == "" || strings.ContainsAny(a.Name, "\x00\n ") {
			t.Errorf("a need of %q", a.Name)
		}
		if a.Accepts != nil {
			a.Accepts(&depgraph.Package{Version: "1.0_1,2"}, nil)
		}
	}
}
