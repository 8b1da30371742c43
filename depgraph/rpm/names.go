package rpm

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

// anyArch tells whether packages of this architecture run on every machine; the header
// of a key (gpg-pubkey) has none.
func anyArch(arch string) bool { return arch == "noarch" || arch == "" || arch == "(none)" }

// nativeArch is the architecture of rpm itself; without it in the root, the one that
// most packages have.
func nativeArch(packages []*depgraph.Package) string {
	counts := map[string]int{}
	for _, p := range packages {
		if !anyArch(p.Arch) {
			counts[p.Arch]++
			if p.Name == "rpm" {
				return p.Arch
			}
		}
	}
	var most string
	for arch, n := range counts {
		if c := cmp.Compare(n, counts[most]); c > 0 || c == 0 && arch > most {
			most = arch
		}
	}
	return most
}

// spell gives each package a name of its own. Several can be installed under one name:
// for several architectures, and in several versions where nothing conflicts, as
// kernels and keys. As dnf writes it, the native one keeps the bare name, others have
// their architecture behind it, and versions where that is not enough. Among those of
// one name the native ones rank before others, and newer ones before older.
func spell(packages []*depgraph.Package, native string) {
	byName := map[string][]*depgraph.Package{}
	for _, p := range packages {
		byName[p.Name] = append(byName[p.Name], p)
	}
	taken := make(map[string]bool, len(packages))
	var several [][]*depgraph.Package
	for name, group := range byName {
		if len(group) == 1 {
			taken[name] = true
		} else {
			several = append(several, group)
		}
	}
	slices.SortFunc(several, func(a, b []*depgraph.Package) int { return cmp.Compare(a[0].Name, b[0].Name) })
	for _, group := range several {
		spellGroup(group, native, taken)
	}
}

// spellGroup names several packages of one name.
func spellGroup(group []*depgraph.Package, native string, taken map[string]bool) {
	foreign := func(p *depgraph.Package) bool { return p.Arch != native && !anyArch(p.Arch) }
	slices.SortStableFunc(group, func(a, b *depgraph.Package) int {
		if foreign(a) != foreign(b) {
			if foreign(a) {
				return 1
			}
			return -1
		}
		return cmp.Or(version.RPM(b.Version, a.Version), cmp.Compare(a.Arch, b.Arch))
	})
	perArch, natives := map[string]int{}, 0
	for _, p := range group {
		perArch[p.Arch]++
		if !foreign(p) {
			natives++
		}
	}
	for i, p := range group {
		d := p.Detail.(*detail)
		p.Rank = i
		full := d.name + "-" + d.evr
		var choices []string
		switch {
		case !foreign(p) && natives == 1:
			choices = []string{d.name}
		case !foreign(p):
			choices = []string{full, full + "." + p.Arch}
		case perArch[p.Arch] == 1:
			choices = []string{d.name + "." + p.Arch}
		}
		choices = append(choices, full+"."+p.Arch, fmt.Sprintf("%s.%s#%d", full, p.Arch, d.number))
		for _, name := range choices {
			if p.Name = name; !taken[name] {
				break
			}
		}
		for taken[p.Name] {
			p.Name += "#" // no distribution's packages have such names
		}
		taken[p.Name] = true
		if p.Name != d.name && !slices.Contains(p.Provides, depgraph.Provide{Name: d.name, Version: d.evr}) {
			p.Provides = append(p.Provides, depgraph.Provide{Name: d.name, Version: d.evr})
		}
	}
}
