package gentoo

import (
	"crypto/md5"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/depview/depview/depgraph"
)

// An ebuild is what there is to know of one. Bash alone can read its text, so what it
// says is taken from where Portage noted it.
type ebuild struct {
	category, pf  string // the category is empty where nothing tells
	name, version string
	fields        map[string]field
	eapi, iuse    string
	slot          string
}

// A field is a value with the place it stands.
type field struct {
	origin
	segments []segment
}

func (f field) text() string {
	var b strings.Builder
	for _, s := range f.segments {
		b.WriteString(s.text)
	}
	return b.String()
}

// Recipe reads what an ebuild asks for. The file's path has to end as in a repository,
// CATEGORY/NAME/PF.ebuild, or in the database, CATEGORY/PF/PF.ebuild; where it has no
// category, that is the one with an ebuild of this very text. The dependencies are
//
//   - those in a repository's metadata cache, metadata/md5-cache/CATEGORY/PF (PMS 14),
//     where that was made of this very text;
//   - else those of the installed package, if this text was installed;
//   - else what the text assigns, as far as that can be read without running it: see
//     readEbuild.
//
// Kinds: what is in DEPEND and RDEPEND is Lib, in DEPEND or BDEPEND alone Build, in
// RDEPEND, PDEPEND or IDEPEND alone Run. What is there for "test?" is Test; the flag is
// off unless a build has it on: see [Database.flagsOf].
func (db *Database) Recipe(name string, text []byte) (*depgraph.Recipe, error) {
	e, err := nameEbuild(name)
	if err != nil {
		return nil, err
	}
	found, err := db.findMetadata(e, text)
	if err == nil && !found {
		err = db.readEbuild(e, name, string(text))
	}
	if err != nil {
		return nil, err
	}
	r := &depgraph.Recipe{Name: db.targetName(e), Version: e.version}
	r.Direct, err = db.direct(e)
	return r, err
}

// nameEbuild takes category, name and version from the path of an ebuild.
func nameEbuild(file string) (*ebuild, error) {
	parts := strings.Split(path.Clean(filepath.ToSlash(file)), "/")
	pf := strings.TrimSuffix(parts[len(parts)-1], ".ebuild")
	e := &ebuild{pf: pf, fields: map[string]field{}}
	var ok bool
	if e.name, e.version, ok = splitVersion(pf); !ok {
		return nil, fmt.Errorf("%s: no name of an ebuild: want NAME-VERSION.ebuild", file)
	}
	if n := len(parts); n >= 3 && (parts[n-2] == e.name || parts[n-2] == pf) && isCategory(parts[n-3]) {
		e.category = parts[n-3]
	}
	return e, nil
}

// targetName is the name that the database has for what the ebuild makes, so that it
// is known as the target.
func (db *Database) targetName(e *ebuild) string {
	if e.category == "" {
		return e.name
	}
	name := e.category + "/" + e.name
	slot, _ := splitSlot(e.slot)
	for _, installed := range db.named[name] {
		if installed.readSlot() == nil && installed.slot == slot {
			return installed.p.OwnName()
		}
	}
	return name
}

// findMetadata looks for what Portage noted of an ebuild of this text.
func (db *Database) findMetadata(e *ebuild, text []byte) (found bool, err error) {
	category := e.category
	if category == "" {
		category = "*"
	}
	sum := fmt.Sprintf("%x", md5.Sum(text))
	for _, repo := range db.repositories() {
		files, _ := fs.Glob(db.root, quoted(repo)+"/metadata/md5-cache/"+category+"/"+e.pf)
		for _, file := range files {
			if ok, err := db.readCache(e, file, sum); ok || err != nil {
				e.category = path.Base(path.Dir(file))
				return ok, err
			}
		}
	}
	files, _ := fs.Glob(db.root, quoted(db.at(vdb))+"/"+category+"/"+e.pf+"/"+e.pf+".ebuild")
	for _, file := range files {
		if noted, err := db.read(file); err == nil && noted == string(text) {
			dir := path.Dir(file)
			e.category = path.Base(path.Dir(dir))
			return true, db.readEntry(e, dir)
		}
	}
	return false, nil
}

// quoted is a path as part of a pattern that stands for it alone.
func quoted(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// readCache reads a file of a metadata cache: lines KEY=VALUE, among them the MD5 sum
// of the ebuild that they are about. It tells whether that has the given sum.
func (db *Database) readCache(e *ebuild, file, sum string) (bool, error) {
	text, err := db.read(file)
	if err != nil || !slices.Contains(strings.Split(text, "\n"), "_md5_="+sum) {
		return false, err
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			e.set(key, field{origin{"/" + file, key}, []segment{{value, number}}})
		}
	}
	return true, nil
}

// readEntry reads what the database has of an installed package.
func (db *Database) readEntry(e *ebuild, dir string) error {
	for _, key := range append([]string{"EAPI", "IUSE", "SLOT"}, dependFields...) {
		text, err := db.read(dir + "/" + key)
		if err != nil {
			return err
		}
		e.set(key, field{origin{"/" + dir + "/" + key, key}, []segment{{text, 1}}})
	}
	return nil
}

// eapiNumber is the number that the EAPI starts with; none is 0 (PMS 7.3.1).
func (e *ebuild) eapiNumber() int {
	number, _, _ := strings.Cut(e.eapi, "-")
	n, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return n
}

// dependFields are the variables with dependencies (PMS 8.1).
var dependFields = []string{"BDEPEND", "DEPEND", "RDEPEND", "PDEPEND", "IDEPEND"}

func (e *ebuild) set(key string, f field) {
	switch key {
	case "EAPI":
		e.eapi = strings.TrimSpace(f.text())
	case "IUSE":
		e.iuse = f.text()
	case "SLOT":
		e.slot = strings.TrimSpace(f.text())
	default:
		if slices.Contains(dependFields, key) {
			e.fields[key] = f
		}
	}
}

// direct sorts the dependencies by kind.
func (db *Database) direct(e *ebuild) (direct []depgraph.Direct, err error) {
	r := db.newReduction(db.flagsOf(e))
	r.emptyFails = e.eapiNumber() >= 7
	clauses := map[string][]clause{}
	names := map[string]map[string]bool{} // what a field asks for at all, but for tests
	for _, key := range dependFields {
		f := e.fields[key]
		nodes, err := parseWords(f.origin, words(f.segments))
		if err != nil {
			return nil, err
		}
		clauses[key], names[key] = r.all(nodes, false), map[string]bool{}
		for _, c := range clauses[key] {
			if !c.test {
				names[key][c.names()] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, key := range dependFields {
		for _, c := range clauses[key] {
			d := depgraph.Direct{Kind: kindOf(key, c, names), Need: db.need(c), Where: e.fields[key].at(c.line)}
			if id := string(d.Kind) + " " + d.Need.String(); !seen[id] {
				seen[id] = true
				direct = append(direct, d)
			}
		}
	}
	return direct, nil
}

// kindOf says what kind of dependency a clause of a field is.
func kindOf(key string, c clause, names map[string]map[string]bool) depgraph.Kind {
	switch {
	case c.test:
		return depgraph.Test
	case key == "BDEPEND":
		return depgraph.Build
	case key == "DEPEND" && names["RDEPEND"][c.names()], key == "RDEPEND" && names["DEPEND"][c.names()]:
		return depgraph.Lib
	case key == "DEPEND":
		return depgraph.Build
	}
	return depgraph.Run
}

// names are those of a clause's packages, whatever versions it asks for.
func (c clause) names() string {
	var names []string
	for _, a := range c.atoms {
		names = append(names, a.name)
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}
