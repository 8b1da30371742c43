package pkgsrc

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// FuzzDatabase opens a database of three packages, of which one has these files, and asks
// it everything.
func FuzzDatabase(f *testing.F) {
	for _, c := range directiveTable {
		f.Add(c.list, "", "", "")
	}
	f.Add(gettextTools, installScript, "PKGPATH=devel/gettext-tools\nREQUIRES=/usr/pkg/lib/libxml2.so\n", "q-1\nr-2\n")
	f.Add("@cwd /usr/pkg\n@pkgdep q>=1<2\n@pkgdep {a,q}-[0-9]*\nbin/..\n", "# FILE: x c y\n# DIR: ../z m\n", "PKGPATH= ../..\n", "q-1")
	f.Fuzz(func(t *testing.T, contents, install, build, required string) {
		m := fstest.MapFS{}
		for name, text := range map[string]string{
			"p-1/+CONTENTS": contents, "p-1/+INSTALL": install, "p-1/+BUILD_INFO": build, "p-1/+REQUIRED_BY": required,
			"q-1/+CONTENTS": "@name q-1\n@cwd /usr/pkg\n", "q-1/+REQUIRED_BY": required, "q-2/+CONTENTS": "", byFile: "",
		} {
			m["usr/pkg/pkgdb/"+name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
		}
		sourcetest.Bounded(t, func() {
			opened, err := Open(m, depgraph.Setting{})
			if err != nil {
				t.Fatal(err)
			}
			sourcetest.Sane(t, kind, opened, "/usr/pkg/pkgdb/p-1/+CONTENTS:", "/usr/pkg/pkgdb/p-1/+INSTALL:")
			probe(t, opened.(*Database))
		})
	})
}

// probe asks a database what no list of its packages tells.
func probe(t *testing.T, db *Database) {
	t.Helper()
	p := db.Packages()[0]
	needs, _ := p.RunNeeds()
	for _, need := range needs {
		if len(need) == 0 {
			t.Error("an empty need")
		}
	}
	files, _ := db.Files(p)
	for _, name := range files {
		db.Generated(name)
	}
	rewrites, err := db.Rewrites(func(x *depgraph.Package) bool { return x != p }, nil)
	if err != nil {
		t.Error(err)
	}
	for _, r := range rewrites {
		if r.Data != nil {
			if text, err := r.Data(); err != nil || strings.Contains("\n"+string(text)+"\n", "\np-1\n") {
				t.Errorf("%s: %q (%v)", r.Path, text, err)
			}
		}
	}
	db.Base()
	if line := db.Declare([]string{"p"}); strings.Contains(line, "\n") {
		t.Errorf("declares %q", line)
	}
}
