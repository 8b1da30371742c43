package apk

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

// A dependency is one word of a list: [!]name[@tag][operator version] (apk-tools'
// src/package.c, apk_dep_parse and apk_blob_pull_dep). A name can have a namespace, so:,
// cmd: or pc:, or be a path, /bin/sh: to apk all of these are names that others provide.
type dependency struct {
	text     string // as written
	name     string
	conflict bool // that is not to be installed
	operator version.Relation
	version  string
}

// An operator is any mix of <, = and >, and ~ for a version that only continues the one
// asked for (src/version.c, apk_version_result_mask_blob).
const (
	less     = version.Less
	equal    = version.Equal
	greater  = version.Greater
	fuzzy    = greater << 1
	whatever = less | equal | greater
	digest   = less | greater // "><" and a package's digest, as world has for a local file
)

const (
	separators = " \n" // between the words of a list
	operators  = "<=>~"
)

// words walks a list.
func words(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for list != "" {
			word := list
			if i := strings.IndexAny(list, separators); i >= 0 {
				word, list = list[:i], list[i+1:]
			} else {
				list = ""
			}
			if word != "" && !yield(word) {
				return
			}
		}
	}
}

// parseDependency reads a word. Only what a person wrote can have a tag, which names
// the repository to install from.
func parseDependency(text string, tagged bool) (dependency, error) {
	d := dependency{text: text, operator: whatever}
	d.name, d.conflict = strings.CutPrefix(text, "!")
	if i := strings.IndexAny(d.name, operators); i >= 0 {
		d.version = strings.TrimLeft(d.name[i:], operators)
		d.operator = relationOf(d.name[i : len(d.name)-len(d.version)])
		if d.name = d.name[:i]; d.version == "" {
			return d, fmt.Errorf("bad dependency %q: no version", text)
		}
	}
	name, _, hasTag := strings.Cut(d.name, "@")
	switch {
	case hasTag && !tagged:
		return d, fmt.Errorf("bad dependency %q: a repository's tag is for world alone", text)
	case name == "" || strings.IndexByte(name, 0) >= 0:
		return d, fmt.Errorf("bad dependency %q: no name", text)
	}
	d.name = name
	return d, nil
}

func relationOf(operator string) (r version.Relation) {
	for _, c := range operator {
		switch c {
		case '<':
			r |= less
		case '=':
			r |= equal
		case '>':
			r |= greater
		case '~':
			r |= equal | fuzzy
		}
	}
	return r
}

// alternative makes the one alternative of a need.
func (d dependency) alternative() depgraph.Alternative {
	return depgraph.Alternative{Name: d.name, Text: d.text, Accepts: d.accepts}
}

// accepts judges by version, as apk_dep_is_provided does. A name that is provided
// without a version has any; a package of deps.toml without one was put there to
// satisfy.
func (d dependency) accepts(p *depgraph.Package, provided *depgraph.Provide) bool {
	if d.operator == digest {
		own, ours := p.Detail.(*detail)
		sum, err := parseDigest(d.version)
		return !ours || err == nil && own.digest == sum
	}
	have := p.Version
	if provided != nil {
		have = provided.Version
	}
	if d.operator&whatever == whatever || have == "" {
		return true
	}
	compare := version.Apk
	if d.operator&fuzzy != 0 {
		compare = version.ApkFuzzy
	}
	return d.operator.Holds(compare(have, d.version))
}

// dependencies reads the lines D: or i: of a package.
func (db *Database) dependencies(key string, fields []field) (list []dependency, err error) {
	for _, f := range fields {
		for word := range words(f.value) {
			d, err := parseDependency(word, false)
			if err != nil {
				return nil, fmt.Errorf("/%s:%d: %s: %w", db.installed(), f.line, key, err)
			}
			list = append(list, d)
		}
	}
	return list, nil
}

// needs reads what p needs at run time: what it depends on, and what apk installs
// because p is there.
func (db *Database) needs(p *depgraph.Package, d *detail) ([]depgraph.Need, error) {
	list, err := db.dependencies("D", d.depends)
	if err != nil {
		return nil, err
	}
	needs := make([]depgraph.Need, 0, len(list))
	for _, d := range list {
		if !d.conflict {
			needs = append(needs, depgraph.Need{d.alternative()})
		}
	}
	for _, f := range db.following()[p] {
		if f.need != nil {
			needs = append(needs, f.need)
		}
	}
	return needs, nil
}

// A candidate has a name of its own or provides it.
type candidate struct {
	*depgraph.Package
	provide *depgraph.Provide
}

// byName finds who has or provides a name, the best first: the package of that name,
// then by provider priority, then by name.
func (db *Database) byName() map[string][]candidate {
	found := make(map[string][]candidate, 2*len(db.packages))
	for _, p := range db.packages {
		found[p.OwnName()] = append(found[p.OwnName()], candidate{p, nil})
	}
	sorted := slices.Clone(db.packages)
	slices.SortStableFunc(sorted, func(a, b *depgraph.Package) int {
		if a.Rank != b.Rank {
			return a.Rank - b.Rank
		}
		return strings.Compare(a.OwnName(), b.OwnName())
	})
	for _, p := range sorted {
		for i := range p.Provides {
			v := &p.Provides[i]
			found[v.Name] = append(found[v.Name], candidate{p, v})
		}
	}
	return found
}

// satisfying returns who satisfies d, the best first.
func (db *Database) satisfying(d dependency) (found []*depgraph.Package) {
	for _, c := range db.names()[d.name] {
		if d.accepts(c.Package, c.provide) {
			found = append(found, c.Package)
		}
	}
	return found
}
