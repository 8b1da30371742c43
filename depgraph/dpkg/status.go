package dpkg

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/depview/depview/depgraph"
)

// detail is what the package database says beyond a depgraph.Package.
type detail struct {
	name      string // without architecture
	multiArch string // "same", "foreign", "allowed" or empty
	essential bool
	anyArch   []string // provided as "name:any"
	text      string   // the stanza in the status file
	depends   []field  // Pre-Depends and Depends, read when they are asked for
}

// An entry is a stanza of the status file, unparsed where it can be.
type entry struct {
	detail
	version, arch, priority string
	state                   string
	provides                field
}

// A field is a value with the place it stands, for messages.
type field struct {
	where string
	line  int
	name  string
	value string
}

// states says what each of dpkg's package states means here: dpkg(1), "Package
// states". Only a configured package satisfies a dependency, as for dpkg itself;
// one that has triggers to process is configured. The others are Removed
// packages to depgraph: their files are theirs, and nobody can depend on them.
var states = map[string]struct{ listed, satisfies bool }{
	"not-installed":    {},
	"config-files":     {listed: true},
	"half-installed":   {listed: true},
	"unpacked":         {listed: true},
	"half-configured":  {listed: true},
	"triggers-awaited": {listed: true, satisfies: true},
	"triggers-pending": {listed: true, satisfies: true},
	"installed":        {listed: true, satisfies: true},
}

// readStatus reads the status file and the journal of a dpkg that was stopped
// half-way, and makes the packages of them.
func (db *Database) readStatus() error {
	text, err := readText(db.root, admin+"/status")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no dpkg database (/%s/status) here: %w", admin, err)
	} else if err != nil {
		return fmt.Errorf("dpkg database: %w", err)
	}
	entries, err := parseStatus("/"+admin+"/status", text)
	if err != nil {
		return err
	}
	if entries, err = db.replayUpdates(entries); err != nil {
		return err
	}
	if db.native, err = db.nativeArch(entries); err != nil {
		return err
	}
	seen := make(map[string]bool, len(entries))
	for i := range entries {
		e := &entries[i]
		if !states[e.state].listed {
			continue
		}
		p, err := db.newPackage(e)
		if err != nil {
			return err
		}
		if seen[p.Name] {
			return fmt.Errorf("/%s/status: package %q is listed twice", admin, p.Name)
		}
		seen[p.Name] = true
		db.packages = append(db.packages, p)
	}
	return nil
}

// parseStatus reads the fields that matter of each stanza (deb822(5),
// deb-control(5)).
func parseStatus(file, text string) ([]entry, error) {
	entries := make([]entry, 0, len(text)/900+1)
	s := newScanner(file, text)
	for s.stanza() {
		var e entry
		first := s.lines + 1
		for s.field() {
			at := field{file, s.line, s.name, s.value}
			switch {
			case s.is("Package"):
				e.name = s.value
			case s.is("Status"):
				words := strings.Fields(s.value) // want, error flag, state
				if len(words) != 3 {
					return nil, s.errorf("want three words, not %q", s.value)
				}
				if _, known := states[words[2]]; !known {
					return nil, s.errorf("unknown package state %q", words[2])
				}
				e.state = words[2]
			case s.is("Version"):
				e.version = s.value
			case s.is("Architecture"):
				e.arch = s.value
			case s.is("Multi-Arch"):
				e.multiArch = s.value
			case s.is("Priority"):
				e.priority = s.value
			case s.is("Essential"):
				e.essential = s.value == "yes"
			case s.is("Depends"), s.is("Pre-Depends"):
				e.depends = append(e.depends, at)
			case s.is("Provides"):
				e.provides = at
			}
		}
		if s.err == nil && e.name == "" {
			return nil, fmt.Errorf("%s:%d: stanza has no Package field", file, first)
		}
		e.state = cmp.Or(e.state, "not-installed")
		e.text = s.stanzaText()
		entries = append(entries, e)
	}
	return entries, s.err
}

// replayUpdates applies the journal: dpkg appends a numbered file to updates/
// for each change, and folds them into status later (dpkg's dbmodify.c).
func (db *Database) replayUpdates(entries []entry) ([]entry, error) {
	files, err := fs.ReadDir(db.root, admin+"/updates")
	if err != nil && !isMissing(err) {
		return nil, fmt.Errorf("dpkg database: %w", err)
	}
	for _, f := range files {
		if f.IsDir() || strings.Trim(f.Name(), "0123456789") != "" {
			continue // tmp.i, still being written
		}
		name := admin + "/updates/" + f.Name()
		text, err := db.read(name)
		if err != nil {
			return nil, err
		}
		changes, err := parseStatus("/"+name, text)
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			at := len(entries)
			for i := range entries {
				if entries[i].name == c.name && entries[i].arch == c.arch {
					at = i
				}
			}
			entries = append(entries[:at], append([]entry{c}, entries[min(at+1, len(entries)):]...)...)
		}
	}
	return entries, nil
}

// nativeArch is the architecture of dpkg itself; without it in the root, the
// first that dpkg --add-architecture knows, then the first that is in use.
func (db *Database) nativeArch(entries []entry) (string, error) {
	var inUse string
	for i := range entries {
		e := &entries[i]
		if e.name == "dpkg" && states[e.state].satisfies {
			return e.arch, nil
		}
		if inUse == "" && e.arch != "all" && states[e.state].listed {
			inUse = e.arch
		}
	}
	known, err := db.read(admin + "/arch")
	if err != nil {
		return "", err
	}
	known, _, _ = strings.Cut(known, "\n")
	return cmp.Or(strings.TrimSpace(known), inUse), nil
}

// packageName is how dpkg's tools spell a package: bare for the native
// architecture and for all.
func (db *Database) packageName(name, arch string) string {
	if arch == db.native || arch == "all" || arch == "" {
		return name
	}
	return name + ":" + arch
}

// newPackage makes a package of a stanza. A foreign one also provides its bare
// name, for dependencies to accept or refuse by architecture.
func (db *Database) newPackage(e *entry) (*depgraph.Package, error) {
	p := &depgraph.Package{
		Name:    db.packageName(e.name, e.arch),
		Version: e.version,
		Arch:    e.arch,
		Source:  "dpkg",
		Rank:    rank(e.essential, e.priority),
		Removed: !states[e.state].satisfies,
		Detail:  &e.detail,
	}
	if p.Name != e.name {
		p.Provides = append(p.Provides, depgraph.Provide{Name: e.name, Version: e.version})
	}
	provided, err := parseRelations(e.provides)
	if err != nil {
		return nil, err
	}
	for _, group := range provided {
		for _, t := range group.terms {
			p.Provides = append(p.Provides, depgraph.Provide{Name: t.name, Version: t.version})
			if t.qualifier == "any" {
				e.anyArch = append(e.anyArch, t.name)
			}
		}
	}
	if len(e.depends) > 0 {
		p.Late = func() ([]depgraph.Need, error) { return db.needs(e.depends, e.arch) }
	}
	return p, nil
}

// needs reads dependency fields of a package of architecture arch.
func (db *Database) needs(fields []field, arch string) (needs []depgraph.Need, err error) {
	for _, f := range fields {
		groups, err := parseRelations(f)
		if err != nil {
			return nil, err
		}
		for _, group := range groups {
			needs = append(needs, db.need(group.terms, arch))
		}
	}
	return needs, nil
}

// rank puts Essential packages first, then goes by Priority (policy 2.5).
func rank(essential bool, priority string) int {
	if essential {
		return 0
	}
	switch priority {
	case "required":
		return 1
	case "important":
		return 2
	case "standard":
		return 3
	case "extra":
		return 5
	default:
		return 4 // optional
	}
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
