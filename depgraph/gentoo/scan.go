package gentoo

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

// scan finds the packages: each directory CATEGORY/PF. What is no such name is left
// out as Portage leaves it out, which merges a package in -MERGING-PF first.
func (db *Database) scan() error {
	dir := db.at(vdb)
	categories, err := fs.ReadDir(db.root, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no Gentoo package database (/%s) here: %w", dir, err)
	} else if err != nil {
		return fmt.Errorf("gentoo package database: %w", err)
	}
	var entries []entry
	for _, c := range categories {
		if !isCategory(c.Name()) || slices.Contains(excluded, c.Name()) || !isDir(db.root, dir, c) {
			continue
		}
		packages, err := fs.ReadDir(db.root, path.Join(dir, c.Name()))
		if err != nil {
			return fmt.Errorf("gentoo package database: %w", err)
		}
		for _, p := range packages {
			name, v, ok := splitVersion(p.Name())
			if ok && isDir(db.root, path.Join(dir, c.Name()), p) {
				full := c.Name() + "/" + p.Name()
				entries = append(entries, entry{
					db: db, full: full, name: full[:len(c.Name())+1+len(name)], version: v,
				})
			}
		}
	}
	if len(entries) == 0 {
		return fmt.Errorf("no Gentoo package database here: no package in /%s: %w", dir, fs.ErrNotExist)
	}
	return db.fill(entries)
}

// fill makes packages of the entries.
func (db *Database) fill(entries []entry) error {
	db.named = make(map[string][]*entry, len(entries))
	for i := range entries {
		e := &entries[i]
		db.named[e.name] = append(db.named[e.name], e)
	}
	memory := make([]depgraph.Package, len(entries))
	db.packages = make([]*depgraph.Package, len(entries))
	for i := range entries {
		e, p := &entries[i], &memory[i]
		*p = depgraph.Package{Name: e.name, Version: e.version, Source: "gentoo", Late: e.needs, Detail: e}
		e.p = p
		db.packages[i] = p
	}
	for name, list := range db.named {
		if len(list) > 1 {
			if err := distinguish(name, list); err != nil {
				return err
			}
		}
	}
	return nil
}

// distinguish names several packages of one name by their slots; two in one slot, as
// an interrupted emerge leaves them, by their versions. All answer to the bare name,
// the newest first, which Portage prefers.
func distinguish(name string, list []*entry) error {
	slices.SortStableFunc(list, func(a, b *entry) int { return version.Gentoo(b.version, a.version) })
	slots := map[string]int{}
	for _, e := range list {
		if err := e.readSlot(); err != nil {
			return err
		}
		slots[e.slot]++
	}
	for i, e := range list {
		e.p.Name = name + ":" + e.slot
		if slots[e.slot] > 1 {
			e.p.Name = "=" + e.full
		}
		e.p.Rank = i
		e.p.Provides = []depgraph.Provide{{Name: name, Version: e.version}}
	}
	return nil
}

// splitVersion splits PF, name and version: "foo-2.0-r1". A name that seems to end in
// a version is none (PMS 3.1.2).
func splitVersion(pf string) (name, v string, ok bool) {
	i := strings.LastIndexByte(pf, '-')
	if i > 0 && pf[i+1:] != "" && pf[i+1] == 'r' {
		i = strings.LastIndexByte(pf[:i], '-')
	}
	if i <= 0 || !version.IsGentoo(pf[i+1:]) || !isName(pf[:i]) {
		return "", "", false
	}
	return pf[:i], pf[i+1:], true
}

// isName tells whether s can name a package (PMS 3.1.2).
func isName(s string) bool {
	if !isWord(s, "+_-") || s[0] == '-' {
		return false
	}
	i := strings.LastIndexByte(s, '-')
	if i > 0 && i+1 < len(s) && s[i+1] == 'r' {
		if j := strings.LastIndexByte(s[:i], '-'); j > 0 && version.IsGentoo(s[j+1:]) {
			return false
		}
	}
	return i <= 0 || !version.IsGentoo(s[i+1:])
}

// isCategory tells whether s can name a category (PMS 3.1.1).
func isCategory(s string) bool { return isWord(s, "+_.-") && s[0] != '-' && s[0] != '.' }

// excluded are directories of the file system's and of old tools, which Portage skips.
var excluded = []string{"CVS", "lost+found"}

// isWord tells whether s has letters, digits and the given others alone, and some.
func isWord(s, others string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || '9' < c) && (c|0x20 < 'a' || c|0x20 > 'z') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return s != ""
}

// isDir tells whether an entry of dir is a directory or a symbolic link to one.
func isDir(root fs.FS, dir string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := fs.Stat(root, path.Join(dir, e.Name()))
	return err == nil && info.IsDir()
}
