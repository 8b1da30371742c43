package suggest

import (
	"cmp"
	"slices"

	"github.com/depview/depview/depgraph"
)

// New makes the suggestion. Its errors are the first of the events, and those of
// [depgraph.Graph.Cover] for the base and the declared dependencies.
func New(in Input) (*Suggestion, error) {
	if in.Phase == nil {
		in.Phase = (&depgraph.Config{}).Phase
	}
	u, err := readUses(in)
	if err != nil {
		return nil, err
	}
	all, err := in.Graph.Closure(depgraph.Request{Base: in.Base, Direct: in.Declared})
	if err != nil {
		return nil, err
	}
	in.Declared = asTurnedOut(all, in.Declared)
	u.settle(func(name string) bool { return all.Class(in.Graph.Package(name)) != depgraph.Outside })
	m := &maker{in: in, uses: u, s: &Suggestion{Target: in.Target, Learned: u.learned, Stray: u.stray.evidence}, seen: map[key]bool{}}
	m.readCaptured()
	if err := m.cover(); err != nil {
		return nil, err
	}
	if err := m.judge(); err != nil {
		return nil, err
	}
	if in.Target != "" {
		m.s.Itself = u.evidence(in.Target)
	}
	m.sort()
	return m.s, nil
}

// asTurnedOut returns dependencies without their conditions, and without those whose
// conditions do not hold.
func asTurnedOut(c *depgraph.Closure, direct []depgraph.Direct) (plain []depgraph.Direct) {
	for _, d := range direct {
		if d.Need = c.Unconditional(d.Need); len(d.Need) > 0 {
			plain = append(plain, d)
		}
	}
	return plain
}

// A maker makes a [Suggestion].
type maker struct {
	in     Input
	uses   *uses
	run    map[string][]Evidence // by package: what captured files need
	direct []depgraph.Direct     // suggested so far
	seen   map[key]bool          // declared ones that are in a list of the suggestion
	s      *Suggestion
}

// A key tells declared dependencies apart.
type key struct {
	kind        depgraph.Kind
	need, where string
}

func keyOf(d depgraph.Direct) key { return key{d.Kind, d.Need.String(), d.Where} }

// readCaptured sorts the needs of captured files by package.
func (m *maker) readCaptured() {
	m.run = map[string][]Evidence{}
	for _, c := range m.in.Captured {
		if c.Package == "" {
			m.s.Unresolved = append(m.s.Unresolved, c)
			continue
		}
		if list := m.run[c.Package]; len(list) < fewEvidence {
			m.run[c.Package] = append(list, Evidence{How: Needs, Package: c.Package, Path: c.File, Need: c.Need})
		}
	}
}

// cover finds the dependencies: those of the build, then what else is needed to run,
// then what else the tests use.
func (m *maker) cover() error {
	if err := m.coverPart(depgraph.Build, m.in.Declared, m.uses.used(false)); err != nil {
		return err
	}
	var declared []depgraph.Direct
	for _, d := range m.in.Declared {
		if d.Kind == depgraph.Lib || d.Kind == depgraph.Run {
			declared = append(declared, d)
		}
	}
	var needed []*depgraph.Package
	for name := range m.run {
		if p := m.in.Graph.Package(name); p != nil {
			needed = append(needed, p)
		}
	}
	if err := m.coverPart(depgraph.Run, declared, needed); err != nil {
		return err
	}
	return m.coverPart(depgraph.Test, m.in.Declared, m.uses.used(true))
}

// coverPart adds to the suggestion what covers the packages that were used. Of what
// is there, only what is there at run time covers what is needed then.
func (m *maker) coverPart(kind depgraph.Kind, declared []depgraph.Direct, used []*depgraph.Package) error {
	demand := depgraph.Demand{Target: m.in.Target, Base: m.in.Base, Used: used}
	for _, d := range m.direct {
		if kind != depgraph.Run || d.Kind == depgraph.Lib || d.Kind == depgraph.Run {
			demand.Given = append(demand.Given, d)
		}
	}
	for _, d := range declared {
		if !m.seen[keyOf(d)] {
			demand.Declared = append(demand.Declared, d)
		}
	}
	cover, err := m.in.Graph.Cover(demand)
	if err != nil {
		return err
	}
	for _, d := range cover.Direct {
		m.add(kind, d, cover, used)
	}
	if kind != depgraph.Run {
		m.through(cover)
	}
	for _, p := range cover.Masked {
		if !slices.ContainsFunc(m.s.Masked, func(u Used) bool { return u.Package == p.Name }) {
			m.s.Masked = append(m.s.Masked, Used{p.Name, m.evidence(p.Name)})
		}
	}
	return nil
}

// add adds one dependency, with the evidence for what it brings.
func (m *maker) add(kind depgraph.Kind, d depgraph.Direct, cover *depgraph.Cover, used []*depgraph.Package) {
	one := Suggested{Direct: d, Package: resolved(m.in.Graph, cover.Closure, d), Judged: true}
	brought := []string{one.Package}
	for _, p := range used {
		if steps := cover.Closure.Chain(p).Steps; len(steps) > 0 && steps[0].Package.Name == one.Package && p.Name != one.Package {
			brought = append(brought, p.Name)
		}
	}
	slices.Sort(brought[1:])
	for _, name := range brought {
		if kind == depgraph.Run {
			one.Evidence = append(one.Evidence, m.run[name]...)
		} else {
			one.Evidence = append(one.Evidence, m.uses.evidence(name)...)
		}
	}
	one.Kind = m.kind(kind, d, brought)
	if one.Kind == depgraph.Lib && kind != depgraph.Run {
		one.Evidence = append(one.Evidence[:min(fewEvidence, len(one.Evidence))], m.run[one.Package]...)
	} else {
		one.Evidence = one.Evidence[:min(fewEvidence, len(one.Evidence))]
	}
	switch {
	case d.Where != "":
		m.seen[keyOf(d)] = true
		if d.Kind != one.Kind {
			one.Was = d.Kind
		}
	case m.in.Declare != nil:
		one.Declare = m.in.Declare(one.Kind, []string{one.Package})
	}
	m.s.Suggested = append(m.s.Suggested, one)
	m.direct = append(m.direct, one.Direct)
}

// kind decides of which kind a dependency is to be that a part of the cover holds.
func (m *maker) kind(part depgraph.Kind, d depgraph.Direct, brought []string) depgraph.Kind {
	_, atRunTime := m.run[brought[0]]
	switch {
	case part == depgraph.Build && atRunTime:
		return depgraph.Lib
	case part == depgraph.Run:
		return cmp.Or(d.Kind, part)
	case d.Kind != "" && m.serves(d.Kind, brought):
		return d.Kind
	}
	return part
}

// serves tells whether every phase that used one of the packages sees dependencies
// of a kind. A phase that is not known any more may have.
func (m *maker) serves(kind depgraph.Kind, packages []string) bool {
	for _, name := range packages {
		if use := m.uses.packages[name]; use != nil {
			for phase := range use.phases {
				if !m.sees(phase, kind) {
					return false
				}
			}
		}
	}
	return true
}

func (m *maker) sees(phase string, kind depgraph.Kind) bool {
	p, err := m.in.Phase(phase)
	return err != nil || slices.Contains(p.Kinds, kind)
}

// through notes packages that nothing written down names.
func (m *maker) through(cover *depgraph.Cover) {
	for _, chain := range cover.Through {
		name := chain.Steps[len(chain.Steps)-1].Package.Name
		use := m.uses.packages[name]
		m.s.Through = append(m.s.Through, Through{Used{name, use.evidence}, chain, !use.direct})
	}
}

func (m *maker) evidence(name string) []Evidence {
	if list := m.uses.evidence(name); len(list) > 0 {
		return list
	}
	return m.run[name]
}

// resolved is the package that a dependency comes to in a closure.
func resolved(g *depgraph.Graph, c *depgraph.Closure, d depgraph.Direct) string {
	for _, a := range d.Need {
		for _, p := range g.Satisfying(a, nil) {
			if c.Class(p) != depgraph.Outside {
				return p.Name
			}
		}
	}
	return ""
}
