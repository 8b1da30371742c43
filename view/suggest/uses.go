package suggest

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/record"
)

// uses are what a record says, by package.
type uses struct {
	in       Input
	learned  bool
	phases   map[string]bool // of the commands
	packages map[string]*use
	shared   map[string]*sharedUse // by the names of the owners
	stray    use
	brings   map[string]map[string]bool // package → what it brings, itself included
	plugins  map[int]map[string]bool    // process → owners of the libraries that it found by listing
}

// A use is how one package was used.
type use struct {
	evidence []Evidence
	weights  []int
	phases   map[string]bool
	direct   bool // by somebody whose package does not need it
}

// A sharedUse is the use of files that several packages own: any of them would do.
type sharedUse struct {
	owners []string
	use
}

// readUses goes through the events once.
func readUses(in Input) (*uses, error) {
	u := &uses{
		in: in, phases: map[string]bool{}, packages: map[string]*use{}, shared: map[string]*sharedUse{},
		brings: map[string]map[string]bool{}, plugins: map[int]map[string]bool{},
	}
	phase := ""
	for e, err := range in.Events {
		if err != nil {
			return nil, err
		}
		switch e.Kind {
		case record.Start:
			phase = e.Phase
			u.phases[phase] = true
			u.learned = u.learned || e.Mode == record.Learn || e.Mode == record.Confirm
		case record.Used:
			u.notePlugin(e)
			if e.Use() > record.Probed && (in.Ignore == nil || !in.Ignore(e.Path)) && !u.withPlugin(e) {
				u.take(e, phase)
			}
		}
	}
	return u, nil
}

// notePlugin notes a library that a process found by listing a directory, as ar and ld
// find what is in bfd-plugins: nobody asked for it.
func (u *uses) notePlugin(e record.Event) {
	if !e.Listed || e.What() != record.ALibrary {
		return
	}
	if u.plugins[e.PID] == nil {
		u.plugins[e.PID] = map[string]bool{}
	}
	for _, name := range e.Owners {
		u.plugins[e.PID][name] = true
	}
}

// withPlugin tells whether a library was loaded because a plugin needs it.
func (u *uses) withPlugin(e record.Event) bool {
	if e.What() != record.ALibrary {
		return false
	}
	for plugin := range u.plugins[e.PID] {
		brought := u.bring(plugin)
		if slices.ContainsFunc(e.Owners, func(name string) bool { return brought[name] }) {
			return true
		}
	}
	return false
}

func (u *uses) take(e record.Event, phase string) {
	owners := slices.Compact(slices.Sorted(slices.Values(e.Owners)))
	switch {
	case e.Verdict == record.Stray:
		u.stray.add(e, "", phase, true)
	case e.Verdict != record.Dependency && e.Verdict != record.Undeclared, len(owners) == 0:
	case e.Verdict == record.Undeclared && e.OptionalFor != "":
		// Its asker does without.
	case len(owners) == 1:
		name := owners[0]
		if u.packages[name] == nil {
			u.packages[name] = &use{}
		}
		u.packages[name].add(e, name, phase, u.direct(e, name))
	default:
		key := strings.Join(owners, "\x00")
		if u.shared[key] == nil {
			u.shared[key] = &sharedUse{owners: owners}
		}
		u.shared[key].add(e, "", phase, true)
	}
}

// fewEvidence is how much evidence is kept for a package.
const fewEvidence = 3

// add keeps what tells the most; of equals, what was first.
func (u *use) add(e record.Event, name, phase string, direct bool) {
	if u.phases == nil {
		u.phases = map[string]bool{}
	}
	u.phases[phase] = true
	u.direct = u.direct || direct
	evidence := Evidence{How: Read, Package: name, Path: e.Path, Exe: e.Exe, Argv: e.Argv, Phase: phase}
	weight := 0
	switch {
	case e.Call == record.Exec:
		evidence.How, weight = Run, 3
	case e.Linked():
		evidence.How, weight = Linked, 2
	case e.What() != record.AData && e.What() != record.ADirectory:
		weight = 1
	}
	if direct {
		weight += 10
	}
	same := func(o Evidence) bool { return o.Path == e.Path }
	if at := slices.IndexFunc(u.evidence, same); at >= 0 {
		if u.weights[at] >= weight {
			return
		}
		u.evidence, u.weights = slices.Delete(u.evidence, at, at+1), slices.Delete(u.weights, at, at+1)
	}
	at := slices.IndexFunc(u.weights, func(w int) bool { return w < weight })
	if at < 0 {
		at = len(u.weights)
	}
	u.evidence, u.weights = slices.Insert(u.evidence, at, evidence), slices.Insert(u.weights, at, weight)
	n := min(len(u.evidence), fewEvidence)
	u.evidence, u.weights = u.evidence[:n], u.weights[:n]
}

// direct tells whether the asker of a used file belongs to no package that needs the
// one called name: git reads the libraries that it is linked with, and that is no
// use by the build. What an interpreter does, the script's package does. A linker
// comes to a library with a version in its name by a link, or by what another library
// needs, and whoever has that is the one that the build uses.
func (u *uses) direct(e record.Event, name string) bool {
	if e.Linked() && strings.Contains(path.Base(e.Path), ".so.") {
		return false
	}
	if u.in.Owners == nil || e.Exe == "" || e.Exe == e.Path {
		return true
	}
	askers := u.in.Owners(e.Exe)
	for _, arg := range e.Argv[min(1, len(e.Argv)):min(4, len(e.Argv))] {
		if path.IsAbs(arg) {
			askers = append(slices.Clip(askers), u.in.Owners(path.Clean(arg))...)
			break
		}
	}
	return !slices.ContainsFunc(askers, func(asker string) bool { return u.bring(asker)[name] })
}

// bring returns what a package brings.
func (u *uses) bring(name string) map[string]bool {
	brought, ok := u.brings[name]
	if !ok {
		brought = map[string]bool{name: true}
		c, err := u.in.Graph.Closure(depgraph.Request{Direct: []depgraph.Direct{{Need: depgraph.Named(name)}}})
		if err == nil { // a package that is gone brings nothing
			for _, p := range c.Dependencies() {
				brought[p.Name] = true
			}
		}
		u.brings[name] = brought
	}
	return brought
}

// settle gives each shared use to one of its owners: one that was used anyway, or
// that is visible, or the first.
func (u *uses) settle(visible func(name string) bool) {
	for _, key := range slices.Sorted(maps.Keys(u.shared)) {
		s := u.shared[key]
		at := slices.IndexFunc(s.owners, func(name string) bool { return u.packages[name] != nil })
		if at < 0 {
			at = max(0, slices.IndexFunc(s.owners, visible))
		}
		name := s.owners[at]
		for i := range s.evidence {
			s.evidence[i].Package = name
		}
		if have := u.packages[name]; have == nil {
			u.packages[name] = &s.use
		} else {
			maps.Copy(have.phases, s.phases)
			have.direct = true
		}
	}
}

// evidence returns the evidence for a package, none if it was not used.
func (u *uses) evidence(name string) []Evidence {
	if use := u.packages[name]; use != nil {
		return use.evidence
	}
	return nil
}

// used returns the known packages that were used in phases of which tests is true
// of all (only the test phase) or not.
func (u *uses) used(testsOnly bool) []*depgraph.Package {
	var list []*depgraph.Package
	for name, use := range u.packages {
		only := len(use.phases) == 1 && use.phases["test"]
		if p := u.in.Graph.Package(name); p != nil && only == testsOnly {
			list = append(list, p)
		}
	}
	return list
}
