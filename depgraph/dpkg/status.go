package dpkg

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
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
	state
	provides field
}

// A field is a value with the place it stands, for messages.
type field struct {
	where string
	line  int
	name  string
	value string
}

// A state is what became of a package; the zero state is that nothing is installed.
type state struct{ listed, satisfies bool }

// states says what each of dpkg's package states means here: dpkg(1), "Package
// states". Only a configured package satisfies a dependency, as for dpkg itself;
// one that has triggers to process is configured. The others are Removed
// packages to depgraph: their files are theirs, and nobody can depend on them.
var states = map[string]state{
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
	text, err := rootfs.Read(db.root, admin+"/status", maxFile)
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
	db.packages = make([]*depgraph.Package, 0, len(entries))
	memory := make([]depgraph.Package, len(entries))
	for i, e := range entries {
		if !e.listed {
			continue
		}
		if err := db.fill(&memory[i], e); err != nil {
			return err
		}
		db.packages = append(db.packages, &memory[i])
	}
	return nil
}

// parseStatus reads the fields that matter of each stanza (deb822(5),
// deb-control(5)), a long text in as many parts as there are processors.
func parseStatus(file, text string) ([]*entry, error) {
	const short = 256 << 10
	parts := min(runtime.GOMAXPROCS(0), len(text)/short+1)
	entries, errs := make([][]*entry, parts), make([]error, parts)
	var wait sync.WaitGroup
	rest, lines := text, 0
	for i := range parts {
		part := rest
		if i < parts-1 {
			part = stanzas(rest, len(rest)/(parts-i))
		}
		before := lines
		wait.Go(func() { entries[i], errs[i] = parseStanzas(file, part, before) })
		rest, lines = rest[len(part):], lines+strings.Count(part, "\n")
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return slices.Concat(entries...), nil
}

// stanzas returns the first stanzas of text, in at least so many bytes.
func stanzas(text string, bytes int) string {
	if end := strings.Index(text[bytes:], "\n\n"); end >= 0 {
		return text[:bytes+end+2]
	}
	return text
}

// parseStanzas reads part of a status file, with so many lines before it.
func parseStanzas(file, text string, before int) ([]*entry, error) {
	n := strings.Count(text, "\nPackage:") + 1 // as dpkg spells it
	entries, memory := make([]*entry, 0, n), make([]entry, 0, n)
	s := newScanner(file, text)
	s.lines = before
	for s.stanza() {
		memory = append(memory, entry{})
		e := &memory[len(memory)-1]
		first := s.lines + 1
		for s.field() {
			at := field{file, s.line, s.name, s.value}
			switch {
			case s.is("Package"):
				e.name = s.value
			case s.is("Status"):
				if s.value == "install ok installed" { // as nearly all
					e.state = states["installed"]
					continue
				}
				words := strings.Fields(s.value) // want, error flag, state
				if len(words) != 3 {
					return nil, s.errorf("want three words, not %q", s.value)
				}
				var known bool
				if e.state, known = states[words[2]]; !known {
					return nil, s.errorf("unknown package state %q", words[2])
				}
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
		e.text = s.stanzaText()
		entries = append(entries, e)
	}
	return entries, s.err
}

// replayUpdates applies the journal: dpkg appends a numbered file to updates/
// for each change, and folds them into status later (dpkg's dbmodify.c).
func (db *Database) replayUpdates(entries []*entry) ([]*entry, error) {
	files, err := fs.ReadDir(db.root, admin+"/updates")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
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
			entries = append(entries[:at], append([]*entry{c}, entries[min(at+1, len(entries)):]...)...)
		}
	}
	return entries, nil
}

// nativeArch is the architecture of dpkg itself; without it in the root, the
// first that dpkg --add-architecture knows, then the first that is in use.
func (db *Database) nativeArch(entries []*entry) (string, error) {
	var inUse string
	for _, e := range entries {
		if e.name == "dpkg" && e.satisfies {
			return e.arch, nil
		}
		if inUse == "" && e.arch != "all" && e.listed {
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

// fill makes a package of a stanza. A foreign one also provides its bare name, for
// dependencies to accept or refuse by architecture.
func (db *Database) fill(p *depgraph.Package, e *entry) error {
	*p = depgraph.Package{
		Name:    db.packageName(e.name, e.arch),
		Version: e.version,
		Arch:    e.arch,
		Source:  "dpkg",
		Rank:    rank(e.essential, e.priority),
		Removed: !e.satisfies,
		Detail:  &e.detail,
	}
	if p.Name != e.name {
		p.Provides = append(p.Provides, depgraph.Provide{Name: e.name, Version: e.version})
	}
	provided, err := parseRelations(e.provides)
	if err != nil {
		return err
	}
	for _, group := range provided {
		for _, t := range group.terms {
			p.Provides = append(p.Provides, depgraph.Provide{Name: t.name, Version: t.version})
			if t.qualifier == "any" {
				e.anyArch = append(e.anyArch, t.name)
			}
		}
	}
	p.Optional = func() ([]depgraph.Need, error) { return db.optional(&e.detail, e.arch) }
	if len(e.depends) > 0 {
		p.Late = func() ([]depgraph.Need, error) { return db.needs(e.depends, e.arch) }
	}
	return nil
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

// optional reads the weak dependencies of a package, which its stanza still has.
func (db *Database) optional(d *detail, arch string) ([]depgraph.Need, error) {
	var fields []field
	s := newScanner("/"+admin+"/status", d.text)
	for s.stanza() {
		for s.field() {
			if s.is("Recommends") || s.is("Suggests") {
				fields = append(fields, field{s.file, s.line, s.name, s.value})
			}
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	return db.needs(fields, arch)
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
