package apk

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
	"github.com/depview/depview/depgraph/sourcetest"
)

func TestInstalledErrors(t *testing.T) {
	const id = "C:X1" + "0000000000000000000000000000000000000000\n"
	const head = id + "P:a\nV:1\n"
	const at = "/lib/apk/db/installed:"
	for text, want := range map[string]string{
		head + "D:b\n":                 at + "5: the file is cut off: an empty line ends the last record",
		head + "D:b":                   at + "4: the file is cut off: an empty line ends the last record",
		head + "rubbish\n\n":           at + `4: not a field: "rubbish"`,
		head + "x\n\n":                 at + `4: not a field: "x"`,
		head + "\r\n\n":                at + `4: not a field: "\r"`,
		id + "V:1\n\n":                 at + "1: record has no name (P:)",
		"\n\n" + id + "P:a\n\n":        at + `3: package "a" has no version (V:)`,
		"P:a\nV:1\n\n":                 at + `1: package "a" has no identity (C:)`,
		"C:Q1\n\n":                     at + `1: C: bad digest "Q1": too short`,
		"C:Z1AA\n\n":                   at + `1: C: bad digest "Z1AA": neither Q… nor X…`,
		"C:Q1?\n\n":                    at + `1: C: bad digest "Q1?": illegal base64 data at input byte 0`,
		"P:a b\n\n":                    at + `1: P: bad name "a b"`,
		"P:\n\n":                       at + `1: P: bad name ""`,
		"F:usr\nP:a\n\n":               at + "1: F: a file before the name of the package (P:)",
		head + "R:x\n\n":               at + "4: R: a file without a directory (F:) above it",
		head + "M:0:0:755\n\n":         at + "4: M: a mode without a directory (F:) above it",
		head + "F:usr\na:0:0:755\n\n":  at + "5: a: a line about a file without one (R:) above it",
		head + "F:usr\nZ:Q1\n\n":       at + "5: Z: a line about a file without one (R:) above it",
		head + "F:usr\nR:a/b\n\n":      at + `5: R: bad file name "a/b"`,
		head + "F:usr\nR:..\n\n":       at + `5: R: bad file name ".."`,
		head + "F:usr\nR:\n\n":         at + `5: R: bad file name ""`,
		head + "F:usr\nR:a\x00b\n\n":   at + `5: R: bad file name "a\x00b"`,
		head + "F:/usr\n\n":            at + `4: F: bad directory "/usr"`,
		head + "F:usr/../..\n\n":       at + `4: F: bad directory "usr/../.."`,
		head + "F:usr//lib\n\n":        at + `4: F: bad directory "usr//lib"`,
		head + "F:/\n\n":               at + `4: F: bad directory "/"`,
		head + "F:usr\nx:y\n\n":        at + "5: x: the package comes from a newer apk: no such line among files is known",
		head + "p:b=\n\n":              at + `4: p: bad dependency "b=": no version`,
		head + "k:high\n\n":            at + `4: k: strconv.ParseUint: parsing "high": invalid syntax`,
		head + "\n" + head + "\n":      at + `5: package "a" is listed twice, first in line 1`,
		head + "D:b =1\n\n":            at + `4: D: bad dependency "=1": no name`,
		head + "D:c !b\nD:b@edge\n\n":  at + `5: D: bad dependency "b@edge": a repository's tag is for world alone`,
		head + "X:not known\nD:b>\n\n": at + `5: D: bad dependency "b>": no version`,
	} {
		db, err := Open(root(map[string]string{"lib/apk/db/installed": text}), depgraph.Setting{})
		if err == nil {
			_, err = db.Packages()[0].RunNeeds() // dependencies are read late
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// What apk lets pass, depview does.
func TestOddRecords(t *testing.T) {
	db := opened(t, "\n\n", pkg("a 1", "X:unknown", "D: b  c ", "F:", "R:top", "F:usr/", "R:x", "M:0:0:755", "a:0:0:1", "Z:Q1", "f:fsxS", "D:d"), "\n", pkg("c 1-custom"))
	if got, want := show(t, db), "a 1 x86_64 rank 0 provides [] needs [b c d]\n\t/top\n\t/usr\n\t/usr/x\nc 1-custom x86_64 rank 0 provides [] needs []\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := show(t, opened(t, "")); got != "" {
		t.Errorf("of nothing: %s", got)
	}
}

func TestTooLong(t *testing.T) {
	lower(t)
	m := root(map[string]string{"lib/apk/db/installed": strings.Repeat("\n", int(limit)+1)})
	if _, err := Open(m, depgraph.Setting{}); err == nil || err.Error() != "apk database: read /lib/apk/db/installed: larger than 1 MiB" {
		t.Errorf("%v", err)
	}
}

// lower lowers the limit of what is read to 1 MiB.
func lower(t *testing.T) {
	before := limit
	limit = 1 << 20
	t.Cleanup(func() { limit = before })
}

// A long text is read in parts, and an error in the last has its line.
func TestLongText(t *testing.T) {
	var text strings.Builder
	for i := range 10000 {
		text.WriteString(pkg(fmt.Sprintf("p%d %d", i, i), "F:usr", "R:x"))
	}
	packages, err := parseInstalled("f", text.String())
	if err != nil || len(packages) != 10000 {
		t.Fatalf("%d packages (%v)", len(packages), err)
	}
	for i, p := range packages {
		if p.Name != fmt.Sprintf("p%d", i) || p.Version != fmt.Sprint(i) || p.Detail.(*detail).line != 7*i+1 {
			t.Fatalf("package %d: %+v", i, p)
		}
	}
	for more, want := range map[string]string{
		"rubbish\n":    `f:70001: not a field: "rubbish"`,
		pkg("p1 2"):    `f:70001: package "p1" is listed twice, first in line 8`,
		"P:q\nV:1\n\n": `f:70001: package "q" has no identity (C:)`,
	} {
		if _, err := parseInstalled("f", text.String()+more); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", more, err, want)
		}
	}
}

func FuzzInstalled(f *testing.F) {
	for _, name := range []string{"installed-4pkgs", "lib/apk/db/installed"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "foo "+identity("a"))
	}
	f.Add(pkg("a 1", "i:b a=1", "p:c=1 d", "k:3")+pkg("b 2~ab-r1", "D:!x c~1 d>~2"), "a b=2 !x")
	f.Fuzz(func(t *testing.T, text, world string) {
		sourcetest.Bounded(t, func() { readAndWrite(t, text, world) })
	})
}

// readAndWrite reads a database of whatever content, and again what is made of it.
func readAndWrite(t *testing.T, text, world string) {
	const installed = "/lib/apk/db/installed"
	m := root(map[string]string{rootfs.Relative(installed): text, "lib/apk/db/triggers": world, "lib/apk/db/scripts.tar": text, "etc/apk/world": world})
	db, err := Open(m, depgraph.Setting{})
	if err != nil {
		sourcetest.Names(t, err, installed+":")
		return
	}
	sourcetest.Sane(t, "apk", db, installed+":")
	for _, p := range db.Packages() {
		p.Optional()
		files, _ := db.Files(p)
		for _, name := range files {
			db.Generated(name)
		}
	}
	rewrites, err := db.Rewrites(everything, nil)
	if err != nil {
		t.Fatal(err)
	}
	again := fstest.MapFS{}
	for _, r := range rewrites {
		data, err := r.Data()
		if err != nil {
			sourcetest.Names(t, err, r.Path+":")
		}
		again[rootfs.Relative(r.Path)] = &fstest.MapFile{Data: data}
	}
	reread, err := Open(again, depgraph.Setting{})
	if err != nil || !slices.EqualFunc(db.Packages(), reread.Packages(), func(a, b *depgraph.Package) bool {
		return a.Name == b.Name && a.Version == b.Version && a.Rank == b.Rank && slices.Equal(a.Provides, b.Provides)
	}) {
		t.Errorf("%q reads differently from its own records (%v)", text, err)
	}
}

// BenchmarkOpen opens a database of 5,000 packages, of 40 files and 10 dependencies each.
func BenchmarkOpen(b *testing.B) {
	var text strings.Builder
	for i := range 5000 {
		lines := []string{"S:926", "I:10", "T:a library of some use", "U:https://example.org", "L:MIT", fmt.Sprintf("o:p%d", i), "t:1700000000",
			fmt.Sprintf("p:so:libp%d.so.1=1.%d cmd:p%d=1.%d-r0", i, i, i, i), "D:"}
		for d := range 10 {
			lines[len(lines)-1] += fmt.Sprintf("so:libp%d.so.1 ", (i*7+d*13)%5000)
		}
		for f := range 40 {
			if f%8 == 0 {
				lines = append(lines, fmt.Sprintf("F:usr/share/p%d/directory-%d", i, f))
			}
			lines = append(lines, fmt.Sprintf("R:file-of-some-length-%d.h", f), "a:0:0:755", "Z:Q1vZcb7IgUmVZFihD8nF7LPrmd1FI=")
		}
		text.WriteString(pkg(fmt.Sprintf("p%d 1.%d-r0", i, i), lines...))
	}
	dir := b.TempDir()
	if err := os.MkdirAll(dir+"/lib/apk/db", 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(dir+"/lib/apk/db/installed", []byte(text.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		db, err := Open(os.DirFS(dir), depgraph.Setting{})
		if err != nil || len(db.Packages()) != 5000 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
}
