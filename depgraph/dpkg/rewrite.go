package dpkg

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/depview/depview/depgraph"
)

// A selection is the database as it would be with only some of its packages.
type selection struct {
	db         *Database
	packages   []*depgraph.Package
	names      map[string]bool // of those packages, as their tools spell them
	bare       map[string]bool // the same without architecture
	diversions []diversion     // that stand
	owned      map[string]bool // of the paths that were asked about: owned by those packages
}

// Rewrites implements [depgraph.Database]. File lists are read of visible
// packages only; contents are made when they are asked for.
func (db *Database) Rewrites(visible func(*depgraph.Package) bool) ([]depgraph.Rewrite, error) {
	s := db.newSelection(visible)
	alternatives, err := db.readAlternatives()
	if err != nil {
		return nil, err
	}
	overrides, err := db.read(admin + "/statoverride")
	if err != nil {
		return nil, err
	}
	for _, a := range alternatives {
		a.paths(s.ask)
	}
	for _, d := range db.diversions {
		s.ask(d.from)
		s.ask(d.to)
	}
	for line := range strings.Lines(overrides) {
		s.ask(overridden(line))
	}
	s.ask(infoDefault)
	if err := s.findOwned(); err != nil {
		return nil, err
	}

	rewrites := s.databaseFiles()
	triggers, err := s.triggerFiles()
	if err != nil {
		return nil, err
	}
	rewrites = append(rewrites, triggers...)
	for _, d := range db.diversions {
		rewrites = append(rewrites, s.undivert(d)...)
	}
	for _, a := range alternatives {
		rewrites = append(rewrites, s.rewriteAlternative(a)...)
	}
	return append(rewrites, s.infoDirectory()...), nil
}

func (db *Database) newSelection(visible func(*depgraph.Package) bool) *selection {
	s := &selection{db: db, names: map[string]bool{}, bare: map[string]bool{}, owned: map[string]bool{}}
	for _, p := range db.packages {
		if visible(p) {
			s.packages = append(s.packages, p)
			s.names[p.Name] = true
			s.bare[p.Detail.(*detail).name] = true
		}
	}
	for _, d := range db.diversions {
		if d.local() || s.bare[d.by] {
			s.diversions = append(s.diversions, d)
		}
	}
	return s
}

// knows tells whether the selection has the package that a file of dpkg's names:
// "name", or "name:arch" where it can be installed for several.
func (s *selection) knows(name string) bool {
	return s.bare[name] || s.names[strings.TrimSuffix(name, ":"+s.db.native)]
}

// ask prepares the question whether the selection owns path.
func (s *selection) ask(path string) {
	if path != "" {
		s.owned[s.db.merged.real(path)] = false
	}
}

// findOwned answers what was asked, from the file lists of the selection.
func (s *selection) findOwned() error {
	for _, p := range s.packages {
		list, err := s.db.list(p)
		if err != nil {
			return err
		}
		moved := displaced(s.diversions, p.Detail.(*detail).name)
		for path := range listed(list) {
			path = s.db.merged.real(moved(path))
			if _, asked := s.owned[path]; asked {
				s.owned[path] = true
			}
		}
	}
	return nil
}

// owns tells whether a package of the selection owns path, which was asked.
func (s *selection) owns(path string) bool { return s.owned[s.db.merged.real(path)] }

// exists tells whether something is at path on the root.
func (s *selection) exists(path string) bool {
	_, err := fs.Lstat(s.db.root, relative(path))
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
	if d.local() || s.bare[d.by] || !s.owns(d.from) || !s.exists(d.to) {
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

// relative is an absolute path as fs.FS wants it.
func relative(path string) string { return strings.TrimPrefix(path, "/") }
