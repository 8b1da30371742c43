package dpkg

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// A selection is the database as it would be with only some of its packages.
type selection struct {
	db       *Database
	packages []*depgraph.Package
	names    map[string]bool // of those packages, as their tools spell them
	bare     map[string]bool // the same without architecture
	undone   []diversion     // by packages that are hidden
	owners   func(path string) []*depgraph.Package
}

// Rewrites implements [depgraph.Database]. Contents are made when they are asked
// for.
func (db *Database) Rewrites(visible func(*depgraph.Package) bool, owners func(path string) []*depgraph.Package) ([]depgraph.Rewrite, error) {
	s := db.newSelection(visible, owners)
	alternatives, err := db.readAlternatives()
	if err != nil {
		return nil, err
	}
	rewrites := s.databaseFiles()
	triggers, err := s.triggerFiles()
	if err != nil {
		return nil, err
	}
	rewrites = append(rewrites, triggers...)
	for _, d := range s.undone {
		rewrites = append(rewrites, s.undivert(d)...)
	}
	for _, a := range alternatives {
		rewrites = append(rewrites, s.rewriteAlternative(a)...)
	}
	return append(rewrites, s.infoDirectory()...), nil
}

func (db *Database) newSelection(visible func(*depgraph.Package) bool, owners func(path string) []*depgraph.Package) *selection {
	s := &selection{db: db, names: map[string]bool{}, bare: map[string]bool{}, owners: owners}
	for _, p := range db.packages {
		if visible(p) {
			s.packages = append(s.packages, p)
			s.names[p.OwnName()] = true
			s.bare[p.Detail.(*detail).name] = true
		}
	}
	for _, d := range db.diversions {
		if !d.local() && !s.bare[d.by] {
			d.from, d.to = db.merged.real(d.from), db.merged.real(d.to)
			s.undone = append(s.undone, d)
		}
	}
	return s
}

// knows tells whether the selection has the package that a file of dpkg's names:
// "name", or "name:arch" where it can be installed for several.
func (s *selection) knows(name string) bool {
	return s.bare[name] || s.names[strings.TrimSuffix(name, ":"+s.db.native)]
}

// owns tells whether a package of the selection owns path where only the
// diversions of the selection stand. The owners know of all diversions; where one
// of a hidden package's is about path, the lists tell.
func (s *selection) owns(path string) bool {
	path = s.db.merged.real(path)
	for _, d := range s.undone {
		switch path {
		case d.from:
			return s.lists(path, d.to) || s.lists(path, d.from)
		case d.to:
			return s.lists(path, d.to)
		}
	}
	return len(s.owners(path)) > 0
}

// lists tells whether one of the packages that own a file at the path where names
// the file path in its list.
func (s *selection) lists(path, where string) bool {
	for _, p := range s.owners(where) {
		list, err := s.db.list(p)
		if err != nil {
			continue // the index was made of it: it is as good as gone
		}
		for line := range listed(list) {
			if s.db.merged.real(line) == path {
				return true
			}
		}
	}
	return false
}

// exists tells whether something is at path on the root.
func (s *selection) exists(path string) bool {
	_, err := fs.Lstat(s.db.root, rootfs.Relative(path))
	return err == nil
}

// databaseFiles filters the files of the database itself. The lists that apt
// keeps of packages are its own: they are there only with it.
func (s *selection) databaseFiles() (rewrites []depgraph.Rewrite) {
	for _, f := range []struct {
		name   string
		filter func(name, text string) ([]byte, error)
	}{
		{admin + "/status", s.filterStatus},
		{admin + "/status-old", s.filterStanzas},
		{admin + "/available", s.filterStanzas},
		{admin + "/available-old", s.filterStanzas},
		{admin + "/diversions", s.filterDiversions},
		{admin + "/diversions-old", s.filterDiversions},
		{admin + "/statoverride", s.filterOverrides},
		{admin + "/statoverride-old", s.filterOverrides},
		{aptStates, s.filterStanzas},
	} {
		if f.name == aptStates && !s.bare["apt"] || !s.exists("/"+f.name) {
			continue
		}
		if strings.HasPrefix(f.name, admin+"/statoverride") && s.nothingOverridden(f.name) {
			rewrites = append(rewrites, depgraph.Rewrite{Path: "/" + f.name, Gone: true})
			continue
		}
		rewrites = append(rewrites, depgraph.Rewrite{
			Path: "/" + f.name,
			Data: func() ([]byte, error) {
				text, err := s.db.read(f.name)
				if err != nil {
					return nil, err
				}
				return f.filter(f.name, text)
			},
		})
	}
	return rewrites
}

// aptStates says which packages apt installed by itself (apt-mark(8)).
const aptStates = "var/lib/apt/extended_states"

// filterStatus gives the stanzas that the database was opened with, whatever
// became of the file since.
func (s *selection) filterStatus(string, string) ([]byte, error) {
	var b []byte
	for _, p := range s.packages {
		b = append(append(b, p.Detail.(*detail).text...), '\n')
	}
	return b, nil
}

// filterStanzas keeps the stanzas about packages of the selection.
func (s *selection) filterStanzas(name, text string) ([]byte, error) {
	var b []byte
	for sc := newScanner("/"+name, text); ; {
		if !sc.stanza() {
			return b, sc.err
		}
		var bare, arch string
		for sc.field() {
			switch {
			case sc.is("Package"):
				bare = sc.value
			case sc.is("Architecture"):
				arch = sc.value
			}
		}
		if s.names[s.db.packageName(bare, arch)] {
			b = append(append(b, sc.stanzaText()...), '\n')
		}
	}
}

// filterOverrides keeps the permissions, "user group mode path", of paths that
// the selection owns: dpkg-statoverride(1).
func (s *selection) filterOverrides(_, text string) ([]byte, error) {
	var b []byte
	for line := range strings.Lines(text) {
		if s.owns(overridden(line)) {
			b = append(b, line...)
		}
	}
	return b, nil
}

// nothingOverridden tells whether nothing is left of a file of overrides: dpkg
// makes none before the first override.
func (s *selection) nothingOverridden(name string) bool {
	text, err := s.db.read(name)
	if err != nil {
		return false // who reads the file shall hear of it
	}
	left, _ := s.filterOverrides(name, text)
	return len(left) == 0
}

// overridden is the path of a line of statoverride; it may hold spaces.
func overridden(line string) string {
	if words := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4); len(words) == 4 {
		return words[3]
	}
	return ""
}

// filterDiversions keeps the diversions that stand.
func (s *selection) filterDiversions(name, _ string) ([]byte, error) {
	diversions, err := s.db.readDiversions(strings.TrimPrefix(name, admin+"/"))
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, d := range diversions {
		if d.local() || s.bare[d.by] {
			b = fmt.Appendf(b, "%s\n%s\n%s\n", d.from, d.to, d.by)
		}
	}
	return b, nil
}

// undivert puts a file back that a hidden package's diversion moved aside.
func (s *selection) undivert(d diversion) []depgraph.Rewrite {
	if !s.owns(d.from) || !s.exists(d.to) {
		return nil
	}
	back := []depgraph.Rewrite{{Path: d.from, From: d.to}}
	if !s.owns(d.to) {
		back = append(back, depgraph.Rewrite{Path: d.to, Gone: true})
	}
	return back
}

// The directory of info pages: base-files installs the default once, and
// install-info keeps it from then on.
const (
	infoDir     = "/usr/share/info/dir"
	infoDefault = "/usr/share/base-files/info.dir"
)

// infoDirectory puts the default back where install-info is hidden.
func (s *selection) infoDirectory() []depgraph.Rewrite {
	if s.bare["install-info"] || !s.owns(infoDefault) || !s.exists(infoDefault) || !s.exists(infoDir) {
		return nil
	}
	return []depgraph.Rewrite{{Path: infoDir, From: infoDefault}}
}
