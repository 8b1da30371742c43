package suggest

import (
	"encoding/json"
	"io"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/record"
)

// jsonVersion changes when a reader of the shape below would go wrong. Members may
// be added without.
const jsonVersion = 1

// JSON writes the suggestion as one object:
//
//	{"version": 1, "target": "jq", "learned": true,
//	 "suggested":  [{"kind": "build", "depends": "libonig-dev", "package": "libonig-dev",
//	                 "declared": "debian/control:7: Build-Depends", "declared_kind": "build",
//	                 "declare": "", "judged": true, "evidence": [EVIDENCE…]}],
//	 "unused":     [{"kind": "build", "depends": "help2man", "declared": "debian/control:7: …"}],
//	 "implied":    [{"kind": …, "depends": …, "declared": …, "by": "libfoo-extra-dev"}],
//	 "through":    [{"package": "libpng-dev", "chain": ["libgd-dev", "libpng-dev"],
//	                 "by_its_own": false, "evidence": [EVIDENCE…]}],
//	 "masked":     [{"package": "libtest-perl", "evidence": [EVIDENCE…]}],
//	 "itself":     [EVIDENCE…], "stray": [EVIDENCE…],
//	 "unresolved": [{"file": "/usr/bin/jq", "need": NEED}]}
//
// EVIDENCE is {"how": "read", "package": …, "path": …, "exe": …, "argv": […], "phase": …},
// where how is read, run or linked, or {"how": "needs", "package": …, "file": …,
// "need": NEED}; NEED is {"kind": "library", "name": "libonig.so.5", "machine": …}. "declared"
// and "declared_kind" are empty where a dependency is to be added, and "declare" where it
// need not be. Every list is there. Paths, names of needs, arguments and lines to write are
// as in the record: a string, or {"base64": …} for what is no UTF-8.
func (s *Suggestion) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(s.wire())
}

type (
	wireSuggestion struct {
		Version    int            `json:"version"`
		Target     record.Text    `json:"target"`
		Learned    bool           `json:"learned"`
		Suggested  []wireDirect   `json:"suggested"`
		Unused     []wireDeclared `json:"unused"`
		Implied    []wireDeclared `json:"implied"`
		Through    []wireUsed     `json:"through"`
		Masked     []wireUsed     `json:"masked"`
		Itself     []wireEvidence `json:"itself"`
		Stray      []wireEvidence `json:"stray"`
		Unresolved []wireCaptured `json:"unresolved"`
	}
	wireDeclared struct {
		Kind     depgraph.Kind `json:"kind"`
		Depends  record.Text   `json:"depends"`
		Declared record.Text   `json:"declared"`
		By       record.Text   `json:"by,omitempty"`
	}
	wireDirect struct {
		wireDeclared
		Package      record.Text    `json:"package"`
		DeclaredKind depgraph.Kind  `json:"declared_kind"`
		Declare      record.Text    `json:"declare"`
		Judged       bool           `json:"judged"`
		Evidence     []wireEvidence `json:"evidence"`
	}
	wireUsed struct {
		Package  record.Text    `json:"package"`
		Chain    []record.Text  `json:"chain,omitempty"`
		ByItsOwn bool           `json:"by_its_own,omitempty"`
		Evidence []wireEvidence `json:"evidence"`
	}
	wireEvidence struct {
		How     How           `json:"how"`
		Package record.Text   `json:"package,omitempty"`
		Path    record.Text   `json:"path,omitempty"`
		File    record.Text   `json:"file,omitempty"`
		Need    *wireNeed     `json:"need,omitempty"`
		Exe     record.Text   `json:"exe,omitempty"`
		Argv    []record.Text `json:"argv,omitempty"`
		Phase   record.Text   `json:"phase,omitempty"`
	}
	wireNeed struct {
		Kind    string      `json:"kind"`
		Name    record.Text `json:"name"`
		Machine string      `json:"machine,omitempty"`
	}
	wireCaptured struct {
		File record.Text `json:"file"`
		Need wireNeed    `json:"need"`
	}
)

func (s *Suggestion) wire() wireSuggestion {
	return wireSuggestion{
		Version: jsonVersion, Target: record.Text(s.Target), Learned: s.Learned,
		Suggested: each(s.Suggested, func(one Suggested) wireDirect {
			d := wireDirect{
				wireDeclared: declared(one.Direct), Package: record.Text(one.Package), Declare: record.Text(one.Declare),
				Judged: one.Judged, Evidence: each(one.Evidence, Evidence.wire),
			}
			switch {
			case one.Was != "":
				d.DeclaredKind = one.Was
			case one.Where != "":
				d.DeclaredKind = one.Kind
			}
			return d
		}),
		Unused: each(s.Unused, declared),
		Implied: each(s.Implied, func(i Implied) wireDeclared {
			d := declared(i.Direct)
			d.By = record.Text(i.By)
			return d
		}),
		Through: each(s.Through, func(t Through) wireUsed {
			u := t.wire()
			u.ByItsOwn = t.ByItsOwn
			u.Chain = each(t.Chain.Steps, func(s depgraph.Step) record.Text { return record.Text(s.Package.Name) })
			return u
		}),
		Masked: each(s.Masked, Used.wire),
		Itself: each(s.Itself, Evidence.wire),
		Stray:  each(s.Stray, Evidence.wire),
		Unresolved: each(s.Unresolved, func(c Captured) wireCaptured {
			return wireCaptured{record.Text(c.File), wireNeed{string(c.Need.Kind), record.Text(c.Need.Name), c.Need.Machine}}
		}),
	}
}

func declared(d depgraph.Direct) wireDeclared {
	return wireDeclared{Kind: d.Kind, Depends: record.Text(d.Need.String()), Declared: record.Text(d.Where)}
}

func (u Used) wire() wireUsed {
	return wireUsed{Package: record.Text(u.Package), Evidence: each(u.Evidence, Evidence.wire)}
}

func (e Evidence) wire() wireEvidence {
	w := wireEvidence{How: e.How, Package: record.Text(e.Package), Exe: record.Text(e.Exe), Argv: record.Texts(e.Argv), Phase: record.Text(e.Phase)}
	if e.How == Needs {
		w.File = record.Text(e.Path)
		w.Need = &wireNeed{string(e.Need.Kind), record.Text(e.Need.Name), e.Need.Machine}
	} else {
		w.Path = record.Text(e.Path)
	}
	return w
}

// each is never nil: an empty list is [] in JSON.
func each[T, W any](list []T, wire func(T) W) []W {
	all := make([]W, len(list))
	for i := range list {
		all[i] = wire(list[i])
	}
	return all
}
