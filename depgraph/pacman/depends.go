package pacman

import (
	"fmt"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

// A term is a dependency: a name, and perhaps a version that it is compared with.
type term struct {
	text              string // without a description
	name              string
	operator, version string
}

// parseTerm reads a dependency as alpm_dep_from_string of libalpm's deps.c does, to
// which nothing is wrong: NAME[OPERATOR VERSION][: DESCRIPTION]. A name can be that of
// a library: "libz.so=1-64", "lib:libz.so.1".
func parseTerm(text string) term {
	text, _, _ = strings.Cut(text, ": ")
	t := term{text: text, name: text}
	for _, sign := range []string{"<", ">", "="} {
		name, rest, found := strings.Cut(text, sign)
		if !found {
			continue
		}
		t.name, t.operator, t.version = name, sign, rest
		if later, ok := strings.CutPrefix(rest, "="); ok && sign != "=" {
			t.operator, t.version = sign+"=", later
		}
		break
	}
	return t
}

// Need reads one dependency as in a PKGBUILD: "zlib>=1.2".
func (db *Database) Need(text string) (depgraph.Need, error) {
	t := parseTerm(text)
	if err := t.check(); err != nil {
		return nil, err
	}
	return t.need(), nil
}

// check tells what a person wrote from what cannot be meant (makepkg's
// lint_pkgbuild/depends.sh).
func (t term) check() error {
	switch {
	case t.name == "" || strings.ContainsAny(t.name, "<>=") || strings.ContainsAny(t.text, " \t\r\n\x00"):
		return fmt.Errorf("bad dependency %q: not a name, or NAME>=VERSION without spaces", t.text)
	case t.operator != "" && (t.version == "" || strings.ContainsAny(t.version, "<>=")):
		return fmt.Errorf("bad version %q in %q", t.version, t.text)
	}
	return nil
}

// needs reads dependencies of a package.
func needs(texts []string) []depgraph.Need {
	list := make([]depgraph.Need, len(texts))
	for i, text := range texts {
		list[i] = parseTerm(text).need()
	}
	return list
}

// need makes a need of t.
func (t term) need() depgraph.Need {
	a := depgraph.Alternative{Name: t.name, Text: t.text}
	if t.operator != "" {
		a.Accepts = t.accepts
	}
	return depgraph.Need{a}
}

// accepts judges by version. As for libalpm, a name that is provided without one does
// for those alone who ask for none; a package of deps.toml without one was put there to
// satisfy.
func (t term) accepts(p *depgraph.Package, provided *depgraph.Provide) bool {
	have := p.Version
	if provided != nil {
		have = provided.Version
	}
	if have == "" {
		return provided == nil
	}
	return version.RelationOf(t.operator).Holds(version.Pacman(have, t.version))
}
