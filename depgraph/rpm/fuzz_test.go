package rpm

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// FuzzDatabase reads a file of whatever content.
func FuzzDatabase(f *testing.F) {
	good := database(f, machine...)
	f.Add(good, []byte{})
	f.Add(good[:len(good)/2], []byte{})
	f.Add(database(f), []byte("\x37\x7f\x06\x82 log"))
	f.Fuzz(func(t *testing.T, data, log []byte) {
		sourcetest.Bounded(t, func() {
			db, err := Open(fstest.MapFS{sysimage: {Data: data}, sysimage + "-wal": {Data: log}}, depgraph.Setting{})
			if err != nil {
				sourcetest.Names(t, err, "rpmdb.sqlite")
				return
			}
			defer db.(*Database).store.close()
			sourcetest.Sane(t, "rpm", db, "rpmdb.sqlite")
			rewrites, err := db.Rewrites(func(p *depgraph.Package) bool { return len(p.Name)%2 == 0 }, nil)
			if err == nil {
				_, err = rewrites[0].Data()
			}
			if err != nil {
				sourcetest.Names(t, err, "rpmdb.sqlite")
			}
		})
	})
}

// FuzzHeader reads two packages with headers of whatever content.
func FuzzHeader(f *testing.F) {
	for i, p := range machine {
		f.Add(blob(p.values()...), blob(machine[(i+1)%len(machine)].values()...))
	}
	f.Add(blob(), blob(tagValue{tagName, "a"}, tagValue{tagRequireName, []string{"(a or (b and /c))"}}))
	f.Add(blob(tagValue{tagName, "a"}, tagValue{tagBaseNames, []string{"x", ""}}, tagValue{tagDirIndexes, []byte{0, 1}}, tagValue{tagDirNames, []string{"/", "../"}}), []byte("\x00\x00\x00\x01\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		sourcetest.Bounded(t, func() {
			db := &Database{}
			for i, data := range [][]byte{a, b} {
				h, err := parseHeader(data)
				p := &depgraph.Package{Source: kind}
				if err == nil {
					err = db.fill(p, int64(i), h)
				}
				if err != nil {
					continue
				}
				db.packages = append(db.packages, p)
				paths := map[string]bool{}
				neededPaths(h, paths)
				for path := range paths {
					if !strings.HasPrefix(path, "/") {
						t.Errorf("needs the file %q", path)
					}
				}
				list, _, _ := h.capabilities(tagRequireName, tagRequireVersion, tagRequireFlags)
				for _, d := range list {
					needs, _ := d.needs()
					d.holds(p)
					for _, n := range needs {
						for _, a := range n {
							a.Accepts(p, nil)
						}
					}
				}
				files, err := h.files()
				if err != nil {
					continue
				}
				for i := range files.names {
					if path, _ := files.installed(i); !strings.HasPrefix(path, "/") || strings.Contains(path, "/../") || strings.Contains(path, "\x00") {
						t.Errorf("owns %q", path)
					}
				}
			}
			spell(db.packages, nativeArch(db.packages))
			if _, err := depgraph.New(nil, db.packages); err != nil {
				t.Error(err)
			}
		})
	})
}
