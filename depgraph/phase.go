package depgraph

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Phase is a step of a port's build, and what it may see and do.
type Phase struct {
	Name     string // empty: the whole build in one step
	Kinds    []Kind // of direct dependency that are visible, in the order of [Kinds]
	Network  bool
	Capture  bool     // false: writing outside of Writable and --work fails with EROFS
	Writable []string // absolute paths, written in place instead of captured
}

// ErrUnknownPhase is wrapped by the error of [Config.Phase] for a name that is
// neither built in nor in deps.toml.
var ErrUnknownPhase = errors.New("unknown phase")

// builtin has the phases that need no deps.toml, in the order they run. Names and
// kinds are those of MacPorts (portfile(7), "Dependencies": depends_fetch,
// depends_extract, depends_patch, depends_lib, depends_build, depends_run,
// depends_test).
var builtin = []Phase{
	{Name: "fetch", Kinds: []Kind{Fetch}, Network: true},
	{Name: "checksum", Kinds: []Kind{Fetch}},
	{Name: "extract", Kinds: []Kind{Fetch, Extract}},
	{Name: "patch", Kinds: []Kind{Fetch, Extract, Patch}},
	{Name: "configure", Kinds: []Kind{Fetch, Extract, Patch, Lib, Build}},
	{Name: "build", Kinds: []Kind{Fetch, Extract, Patch, Lib, Build}},
	{Name: "destroot", Kinds: []Kind{Fetch, Extract, Patch, Lib, Build, Run}, Capture: true},
	{Name: "test", Kinds: []Kind{Fetch, Extract, Patch, Lib, Build, Run, Test}},
	{Name: "install", Kinds: []Kind{Lib, Run}, Capture: true},
}

// Phase returns the phase called name: deps.toml's, or else the built-in one. The
// empty name is the whole build: every kind visible, no network, everything
// captured. The error wraps [ErrUnknownPhase] and lists the known ones.
//
// The zero Config has the built-in phases.
func (c *Config) Phase(name string) (Phase, error) {
	if name == "" {
		return Phase{Kinds: Kinds(), Capture: true}, nil
	}
	if p, ok := phaseIn(c.Phases, name); ok {
		return p, nil
	}
	if p, ok := phaseIn(builtin, name); ok {
		return p, nil
	}
	return Phase{}, fmt.Errorf("%w %q (known: %s)", ErrUnknownPhase, name, strings.Join(c.PhaseNames(), ", "))
}

// PhaseNames lists the built-in phases in the order they run, then those that
// deps.toml adds, by name.
func (c *Config) PhaseNames() []string {
	var names, added []string
	for _, p := range builtin {
		names = append(names, p.Name)
	}
	for _, p := range c.Phases {
		if !slices.Contains(names, p.Name) {
			added = append(added, p.Name)
		}
	}
	slices.Sort(added)
	return append(names, added...)
}

// phaseIn returns a copy that shares nothing with phases.
func phaseIn(phases []Phase, name string) (Phase, bool) {
	for _, p := range phases {
		if p.Name == name {
			p.Kinds, p.Writable = slices.Clone(p.Kinds), slices.Clone(p.Writable)
			return p, true
		}
	}
	return Phase{}, false
}

// Select returns those of direct whose kind the phase sees.
func (p Phase) Select(direct []Direct) []Direct {
	var seen []Direct
	for _, d := range direct {
		if slices.Contains(p.Kinds, d.Kind) {
			seen = append(seen, d)
		}
	}
	return seen
}

// runtime tells whether a dependency of kind k is needed by who uses the package,
// not only by who builds it.
func (k Kind) runtime() bool { return k == Lib || k == Run }

// sortKinds puts kinds in the order of [Kinds], each once.
func sortKinds(kinds []Kind) []Kind {
	order := Kinds()
	slices.SortFunc(kinds, func(a, b Kind) int {
		return cmp.Compare(slices.Index(order, a), slices.Index(order, b))
	})
	return slices.Compact(kinds)
}
