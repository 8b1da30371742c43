package gentoo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// Rewrites implements [depgraph.Database]. The database itself needs none: a hidden
// package's directory is its own file and hides with it, and a category's directory is
// there for what is visible in it. What is filtered is what Portage keeps beside it,
// when it is asked for:
//
//	var/lib/portage/world                    packages that somebody asked for
//	var/lib/portage/config                   checksums of protected configuration files
//	var/lib/portage/preserved_libs_registry  libraries that outlived their packages
//	var/cache/edb/vdb_metadata*              a cache of the database, which Portage does without
//	var/cache/edb/mtimedb                    among others, what an emerge was about to install
func (db *Database) Rewrites(visible func(*depgraph.Package) bool, owners func(path string) []*depgraph.Package) (rewrites []depgraph.Rewrite, err error) {
	s := &selection{db: db, visible: visible, owners: owners}
	for _, f := range []struct {
		name   string
		filter func(text string) ([]byte, error)
	}{
		{"var/lib/portage/world", s.filterWorld},
		{"var/lib/portage/config", s.filterConfig},
		{"var/lib/portage/preserved_libs_registry", s.filterPreserved},
		{"var/cache/edb/vdb_metadata.pickle", nil},
		{"var/cache/edb/vdb_metadata_delta.json", nil},
		{"var/cache/edb/mtimedb", nil},
	} {
		name := db.at(f.name)
		if _, err := fs.Lstat(db.root, name); err != nil {
			continue
		}
		r := depgraph.Rewrite{Path: "/" + name, Gone: f.filter == nil}
		if f.filter != nil {
			r.Data = func() ([]byte, error) {
				text, err := rootfs.Read(db.root, name, maxContents)
				if err != nil {
					return nil, fmt.Errorf("gentoo package database: %w", err)
				}
				return f.filter(text)
			}
		}
		rewrites = append(rewrites, r)
	}
	return rewrites, nil
}

// A selection is the packages that are visible.
type selection struct {
	db      *Database
	visible func(*depgraph.Package) bool
	owners  func(path string) []*depgraph.Package
}

// has tells whether a visible package is what an atom asks for.
func (s *selection) has(a *atom) bool {
	return slices.ContainsFunc(s.db.named[a.name], func(e *entry) bool { return s.visible(e.p) && a.accepts(e.p, nil) })
}

// filterWorld keeps the atoms of visible packages, and what is no atom: sets, comments.
func (s *selection) filterWorld(text string) ([]byte, error) {
	var b []byte
	for line := range strings.Lines(text) {
		if a, err := parseAtom(strings.TrimSpace(line)); err != nil || s.has(a) {
			b = append(b, line...)
		}
	}
	return b, nil
}

// filterConfig keeps the lines "PATH MD5" of files that visible packages own.
func (s *selection) filterConfig(text string) ([]byte, error) {
	var b []byte
	for line := range strings.Lines(text) {
		if name, _, ok := cutLast(strings.TrimSpace(line), " "); ok && len(s.owners(name)) > 0 {
			b = append(b, line...)
		}
	}
	return b, nil
}

// filterPreserved keeps the entries of visible packages: {"cat/pkg:slot": ["cat/pf",
// "counter", ["/path", …]], …}. An older Portage pickled them; it is given none.
func (s *selection) filterPreserved(text string) ([]byte, error) {
	var registry map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &registry) != nil {
		return []byte("{}"), nil
	}
	maps.DeleteFunc(registry, func(name string, _ json.RawMessage) bool {
		a, err := parseAtom(name)
		return err != nil || !s.has(a)
	})
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(registry); err != nil {
		return nil, fmt.Errorf("gentoo package database: preserved_libs_registry: %w", err)
	}
	return b.Bytes(), nil
}
