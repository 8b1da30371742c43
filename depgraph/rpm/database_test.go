package rpm

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

// A pack is a package of a test's database. Capabilities are spelled as rpm prints
// them; a "?" before a requirement makes it one that may be missing.
type pack struct {
	name, evr, arch                                    string
	requires, provides, recommends, suggests, supplies []string // supplies: Supplements
	files                                              []string
	states                                             []byte
}

// A tagValue is one entry of a header.
type tagValue struct {
	tag   tag
	value any // string, []string, []uint32 or []byte
}

// blob makes a header of values.
func blob(values ...tagValue) []byte {
	var entries, data bytes.Buffer
	for _, v := range values {
		var kind, count int
		var encoded []byte
		switch x := v.value.(type) {
		case string:
			kind, count, encoded = typeString, 1, []byte(x+"\x00")
		case []string:
			kind, count, encoded = typeStringArray, len(x), []byte(strings.Join(x, "\x00")+"\x00")
		case []byte:
			kind, count, encoded = typeChar, len(x), x
		case []uint32:
			for data.Len()%4 != 0 {
				data.WriteByte(0)
			}
			kind, count = typeInt32, len(x)
			for _, n := range x {
				encoded = binary.BigEndian.AppendUint32(encoded, n)
			}
		}
		for _, n := range []int{int(v.tag), kind, data.Len(), count} {
			entries.Write(binary.BigEndian.AppendUint32(nil, uint32(n)))
		}
		data.Write(encoded)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(len(values)))
	b = binary.BigEndian.AppendUint32(b, uint32(data.Len()))
	return slices.Concat(b, entries.Bytes(), data.Bytes())
}

func (p pack) values() []tagValue {
	epoch, v, release := version.SplitRPM(p.evr)
	values := []tagValue{{tagName, p.name}, {tagVersion, v}, {tagRelease, release}}
	if epoch != "" {
		values = append(values, tagValue{tagEpoch, []uint32{uint32(epoch[0] - '0')}})
	}
	if p.arch != "" {
		values = append(values, tagValue{tagArch, p.arch})
	}
	for _, c := range []struct {
		list                  []string
		names, versions, bits tag
	}{
		{p.requires, tagRequireName, tagRequireVersion, tagRequireFlags},
		{p.provides, tagProvideName, tagProvideVersion, tagProvideFlags},
		{p.recommends, tagRecommendName, tagRecommendVers, tagRecommendFlags},
		{p.suggests, tagSuggestName, tagSuggestVersion, tagSuggestFlags},
	} {
		values = append(values, capabilityValues(c.list, c.names, c.versions, c.bits)...)
	}
	var names, dirs []string
	var index []uint32
	for _, f := range p.files {
		dir, name := f[:strings.LastIndexByte(f, '/')+1], f[strings.LastIndexByte(f, '/')+1:]
		i := slices.Index(dirs, dir)
		if i < 0 {
			i, dirs = len(dirs), append(dirs, dir)
		}
		names, index = append(names, name), append(index, uint32(i))
	}
	if len(names) > 0 {
		values = append(values, tagValue{tagDirIndexes, index}, tagValue{tagBaseNames, names}, tagValue{tagDirNames, dirs})
	}
	if p.states != nil {
		values = append(values, tagValue{tagFileStates, p.states})
	}
	return values
}

func capabilityValues(list []string, names, versions, bits tag) []tagValue {
	if len(list) == 0 {
		return nil
	}
	var all, evrs []string
	var flags []uint32
	for _, text := range list {
		text, missing := strings.CutPrefix(text, "?")
		words := strings.Fields(text)
		if len(words) != 3 || text[0] == '(' {
			words = []string{text, "", ""}
		}
		all, evrs = append(all, words[0]), append(evrs, words[2])
		f := uint32(operators[words[1]])
		if missing {
			f |= flagMissingOK
		}
		flags = append(flags, f)
	}
	return []tagValue{{names, all}, {versions, evrs}, {bits, flags}}
}

// schema is what rpm 4.18 makes, but for tables that nothing here looks at.
const schema = `
CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL);
CREATE TABLE 'Name' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL, FOREIGN KEY (hnum) REFERENCES 'Packages'(hnum));
CREATE INDEX 'Name_key_idx' ON 'Name'(key ASC);
CREATE TABLE 'Basenames' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL, FOREIGN KEY (hnum) REFERENCES 'Packages'(hnum));
CREATE INDEX 'Basenames_key_idx' ON 'Basenames'(key ASC);
CREATE INDEX 'Basenames_hnum_idx' ON 'Basenames'(hnum ASC);
CREATE TABLE 'Requirename' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL, FOREIGN KEY (hnum) REFERENCES 'Packages'(hnum));
CREATE TABLE 'Supplementname' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL, FOREIGN KEY (hnum) REFERENCES 'Packages'(hnum));
`

// database writes a database file, and returns its content.
func database(t testing.TB, packages ...pack) []byte {
	t.Helper()
	var blobs [][]byte
	for _, p := range packages {
		blobs = append(blobs, blob(p.values()...))
	}
	return databaseOf(t, blobs, packages)
}

// databaseOf writes a database file of these headers, with the indexes of packages.
func databaseOf(t testing.TB, blobs [][]byte, packages []pack) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), fileName)
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(delete)&_pragma=synchronous(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec := func(query string, args ...any) {
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(query, err)
		}
	}
	exec(schema)
	exec("BEGIN")
	for i, b := range blobs {
		exec("INSERT INTO Packages VALUES (?, ?)", i+1, b)
	}
	for i, p := range packages {
		exec("INSERT INTO Name VALUES (?, ?, 0)", p.name, i+1)
		for n, f := range p.files {
			exec("INSERT INTO Basenames VALUES (?, ?, ?)", filepath.Base(f), i+1, n)
		}
		for n, r := range p.requires {
			exec("INSERT INTO Requirename VALUES (?, ?, ?)", r, i+1, n)
		}
		for n, r := range p.supplies {
			exec("INSERT INTO Supplementname VALUES (?, ?, ?)", r, i+1, n)
		}
	}
	exec("COMMIT")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// root is a root with a database of these packages, and links "path -> target".
func root(t testing.TB, packages []pack, links ...string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{"usr/lib/sysimage/rpm/rpmdb.sqlite": {Data: database(t, packages...), Mode: 0o644}}
	for _, l := range links {
		path, target, _ := strings.Cut(l, " -> ")
		files[path] = &fstest.MapFile{Data: []byte(target), Mode: os.ModeSymlink | 0o777}
	}
	return files
}

func opened(t testing.TB, packages []pack, links ...string) *Database {
	t.Helper()
	db, err := Open(root(t, packages, links...), depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.(*Database).store.close)
	return db.(*Database)
}

func graph(t testing.TB, db *Database) *depgraph.Graph {
	t.Helper()
	g, err := depgraph.New(nil, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// needsOf lists what a package needs, one a word where nobody has spaces.
func needsOf(t testing.TB, p *depgraph.Package) string {
	t.Helper()
	needs, err := p.RunNeeds()
	if err != nil {
		t.Fatal(err)
	}
	return listed(needs)
}

func listed(needs []depgraph.Need) string {
	var all []string
	for _, n := range needs {
		all = append(all, n.String())
	}
	return strings.Join(all, "; ")
}

// met lists the packages that satisfy a need.
func met(g *depgraph.Graph, need depgraph.Need) string {
	var names []string
	for _, a := range need {
		if a.Condition {
			continue
		}
		for _, p := range g.Satisfying(a, nil) {
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	return strings.Join(names, " ")
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), Mode: 0o644} }
