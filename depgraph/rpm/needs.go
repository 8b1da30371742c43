package rpm

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
)

// header reads a package's header.
func (db *Database) header(p *depgraph.Package) (header, error) {
	d, ok := p.Detail.(*detail)
	if !ok {
		return header{}, fmt.Errorf("%s: %w", p.Name, errNotOurs)
	}
	h, err := db.store.header(d.number)
	if err != nil {
		return header{}, fmt.Errorf("%s: %w", db.record(d.number, d.name), err)
	}
	return h, nil
}

// needs reads what p requires, for its scriptlets too: a clean root is one into which
// it was installed. What rpm itself must be able to do, and what p provides, is left
// out.
func (db *Database) needs(p *depgraph.Package) ([]depgraph.Need, error) {
	h, err := db.header(p)
	if err != nil {
		return nil, err
	}
	list, bits, err := h.capabilities(tagRequireName, tagRequireVersion, tagRequireFlags)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", db.record(p.Detail.(*detail).number, bareName(p)), err)
	}
	var needs []depgraph.Need
	seen := make(map[dep]bool, len(list))
	for i, d := range list {
		if bits[i]&(flagRPMLib|flagConfig|flagMissingOK) != 0 || strings.HasPrefix(d.name, "rpmlib(") || seen[d] || d.holds(p) {
			continue
		}
		seen[d] = true
		more, err := d.needs()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", db.record(p.Detail.(*detail).number, bareName(p)), err)
		}
		needs = append(needs, more...)
	}
	return needs, nil
}

// optional reads the weak dependencies of p, and those of others on it: it makes use of
// what supplements it.
func (db *Database) optional(p *depgraph.Package) ([]depgraph.Need, error) {
	h, err := db.header(p)
	if err != nil {
		return nil, err
	}
	var needs []depgraph.Need
	for _, tags := range [][3]tag{
		{tagRecommendName, tagRecommendVers, tagRecommendFlags},
		{tagSuggestName, tagSuggestVersion, tagSuggestFlags},
		{tagRequireName, tagRequireVersion, tagRequireFlags},
	} {
		list, bits, err := h.capabilities(tags[0], tags[1], tags[2])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", db.record(p.Detail.(*detail).number, bareName(p)), err)
		}
		for i, d := range list {
			if tags[0] == tagRequireName && bits[i]&flagMissingOK == 0 {
				continue
			}
			if more, err := d.needs(); err == nil {
				needs = append(needs, more...)
			}
		}
	}
	more, err := db.supplementing(p)
	return append(needs, more...), err
}

// supplementing names the packages that say of themselves that they go with p.
func (db *Database) supplementing(p *depgraph.Package) ([]depgraph.Need, error) {
	by, err := db.reverse()
	if err != nil || len(by) == 0 {
		return nil, err
	}
	var numbers []int64
	numbers = append(numbers, by[bareName(p)]...)
	for i := range p.Provides {
		numbers = append(numbers, by[p.Provides[i].Name]...)
	}
	slices.Sort(numbers)
	var needs []depgraph.Need
	for _, number := range slices.Compact(numbers) {
		if p := db.numbered(number); p != nil {
			needs = append(needs, depgraph.Named(p.OwnName()))
		}
	}
	return needs, nil
}

// needs makes needs of a requirement. A rich one that cannot be read asks for nothing,
// as for rpm where the package is installed.
func (d dep) needs() ([]depgraph.Need, error) {
	if !strings.HasPrefix(d.name, "(") {
		return []depgraph.Need{{{Name: d.name, Text: d.String(), Accepts: d.accepts}}}, nil
	}
	e, err := parseExpr(d.name)
	if err != nil {
		return nil, nil
	}
	return e.needs()
}

// needs makes needs of an expression. That something must not be there is none: a
// database in which it is, and a package conflicts with it, is as rpm left it.
func (e expr) needs() ([]depgraph.Need, error) {
	clauses, err := e.clauses(false)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, e.text)
	}
	var needs []depgraph.Need
	for _, c := range clauses {
		var need depgraph.Need
		wants := false
		for _, l := range c {
			l.alternative.Condition = l.absent
			wants = wants || !l.absent
			need = append(need, l.alternative)
		}
		if wants {
			needs = append(needs, need)
		}
	}
	return needs, nil
}

// Need reads a dependency as it stands in a .spec file or on dnf's command line: a name
// with a version or without, a file, a rich dependency, name.arch, name-version-release.
// One with an "and" is several needs, and cannot be written here.
func (db *Database) Need(text string) (depgraph.Need, error) {
	needs, err := db.written(text)
	switch {
	case err != nil:
		return nil, err
	case len(needs) == 1:
		return needs[0], nil
	case len(needs) == 0:
		return nil, fmt.Errorf("%q asks for nothing", text)
	}
	return nil, fmt.Errorf("%q is %d dependencies: write each by itself", text, len(needs))
}

// written reads a dependency that a person wrote.
func (db *Database) written(text string) ([]depgraph.Need, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "(") {
		text = spaced(text)
	}
	e, err := parseExpr(text)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(text, "(") {
		return e.needs()
	}
	if strings.HasPrefix(e.name, "/") && e.sense == 0 {
		need, err := db.owning(e.name)
		return []depgraph.Need{need}, err
	}
	if need := db.labelled(e); need != nil {
		return []depgraph.Need{need}, nil
	}
	return e.needs()
}

// spaced puts spaces around the operator, which rpm wants and people leave out. What is
// in parentheses is part of a name: "font(:lang=de)".
func spaced(text string) string {
	depth := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && strings.IndexByte("<=>", c) >= 0:
			rest := strings.TrimLeft(text[i:], "<=>")
			return strings.TrimSpace(text[:i]) + " " + strings.TrimSpace(text[i:len(text)-len(rest)]+" "+strings.TrimSpace(rest))
		}
	}
	return text
}

// labelled is the need for one package, where a name is none but for an architecture or
// a version behind it.
func (db *Database) labelled(e expr) depgraph.Need {
	p := db.labels()[e.name]
	if p == nil || e.name == bareName(p) || db.knows(e.name) {
		return nil
	}
	return depgraph.Need{exactly(p, e.text, e.dep)}
}

// exactly is the alternative for one package, not for others that provide its name.
func exactly(p *depgraph.Package, text string, d dep) depgraph.Alternative {
	return depgraph.Alternative{Name: p.OwnName(), Text: text, In: kind, Accepts: func(q *depgraph.Package, v *depgraph.Provide) bool {
		return v == nil && d.accepts(q, nil)
	}}
}

// knows tells whether a package has or provides this name.
func (db *Database) knows(name string) bool {
	return slices.ContainsFunc(db.packages, func(p *depgraph.Package) bool {
		return p.OwnName() == name || providesPath(p, name)
	})
}

// owning is the need for a file: for any of the packages that own it, or provide its
// path.
func (db *Database) owning(file string) (depgraph.Need, error) {
	asked := depgraph.Need{{Name: file}}
	if db.knows(file) {
		return asked, nil
	}
	places, err := db.store.named([]string{path.Base(file)})
	if err != nil {
		return nil, err
	}
	var need depgraph.Need
	err = db.installedAt(places, func(p *depgraph.Package, have string) {
		if db.links.Same(file, have) {
			need = append(need, exactly(p, file, dep{name: file}))
		}
	})
	if len(need) == 0 {
		need = asked
	}
	return need, err
}
