package gentoo

import (
	"fmt"
	"strings"

	"github.com/depview/depview/depgraph/version"
)

// An atom is a package dependency specification (PMS 8.3):
//
//	[!|!!][operator]category/name[-version][*][:slot][::repository][[flag,…]]
type atom struct {
	text     string // as written, but for conditional flags, which are evaluated
	name     string // "dev-libs/zlibx"
	operator string // empty, or < <= = =* ~ >= >
	version  string
	slot     string // empty for any
	sub      string // the sub-slot, empty for any
	rebuild  bool   // ":=", "depends on the slot or sub-slot that is there now"
	repo     string
	flags    []flagDep
	blocker  bool
}

// A flagDep is one element of a USE dependency (PMS 8.3.4).
type flagDep struct {
	name string
	// kind is what is asked for: "" on, "-" off; or, of the asker's own flag of that
	// name, "?" on if that is, "!?" off if that is off, "=" the same, "!=" the other.
	kind string
	// missing is how a package without such a flag counts: '+' on, '-' off, 0 not at all.
	missing byte
}

// parseAtom reads an atom; the error is about the whole of it.
func parseAtom(text string) (*atom, error) {
	a := &atom{text: text}
	rest := text
	if strings.HasPrefix(rest, "!") {
		a.blocker = true
		rest = strings.TrimPrefix(rest[1:], "!")
	}
	a.operator = operatorOf(rest)
	rest = rest[len(a.operator):]
	if i := strings.IndexByte(rest, '['); i >= 0 {
		if !a.setFlags(rest[i:]) {
			return nil, fmt.Errorf("bad USE dependency in %q", shortened(text))
		}
		rest = rest[:i]
	}
	if i := strings.Index(rest, "::"); i >= 0 {
		if a.repo = rest[i+2:]; !isWord(a.repo, "_-") || a.repo[0] == '-' {
			return nil, fmt.Errorf("bad repository in %q", shortened(text))
		}
		rest = rest[:i]
	}
	if i := strings.IndexByte(rest, ':'); i >= 0 {
		if !a.setSlot(rest[i+1:]) {
			return nil, fmt.Errorf("bad slot in %q", shortened(text))
		}
		rest = rest[:i]
	}
	if !a.setName(rest) {
		return nil, fmt.Errorf("bad atom %q", shortened(text))
	}
	return a, nil
}

func operatorOf(s string) string {
	for _, operator := range []string{">=", "<=", ">", "<", "=", "~"} {
		if strings.HasPrefix(s, operator) {
			return operator
		}
	}
	return ""
}

// setName reads category/name, and the version that goes with an operator.
func (a *atom) setName(s string) bool {
	category, pf, ok := strings.Cut(s, "/")
	if !ok || !isCategory(category) {
		return false
	}
	if a.operator == "" {
		a.name = s
		return isName(pf)
	}
	if before, star := strings.CutSuffix(pf, "*"); star && a.operator == "=" {
		a.operator, pf = "=*", before
	}
	name, v, ok := splitVersion(pf)
	if a.name, a.version = category+"/"+name, v; !ok {
		return false
	}
	return a.operator != "~" || withoutRevision(v) == v // "~" is about all revisions
}

// setSlot reads what follows the colon (PMS 8.3.3): slot[/sub-slot][=], * or =.
func (a *atom) setSlot(s string) bool {
	if s == "*" {
		return true
	}
	if s, a.rebuild = strings.CutSuffix(s, "="); s == "" {
		return a.rebuild
	}
	slot, sub, both := strings.Cut(s, "/")
	a.slot, a.sub = slot, sub
	return isSlot(slot) && (!both || isSlot(sub))
}

// setFlags reads "[ssl,-doc,static?,!x(+)=]".
func (a *atom) setFlags(s string) bool {
	inner, ok := strings.CutSuffix(s[1:], "]")
	if !ok || strings.Count(s, ",") > 1000 {
		return false
	}
	for word := range strings.SplitSeq(inner, ",") {
		f, ok := parseFlagDep(word)
		if !ok {
			return false
		}
		a.flags = append(a.flags, f)
	}
	return true
}

func parseFlagDep(s string) (f flagDep, ok bool) {
	rest, off := strings.CutPrefix(s, "-")
	rest, not := strings.CutPrefix(rest, "!")
	for _, kind := range []string{"?", "="} {
		if before, ok := strings.CutSuffix(rest, kind); ok {
			rest, f.kind = before, kind
			break
		}
	}
	switch {
	case off && not, off && f.kind != "", not && f.kind == "":
		return f, false
	case off:
		f.kind = "-"
	case not:
		f.kind = "!" + f.kind
	}
	if before, ok := strings.CutSuffix(rest, "(+)"); ok {
		rest, f.missing = before, '+'
	} else if before, ok := strings.CutSuffix(rest, "(-)"); ok {
		rest, f.missing = before, '-'
	}
	f.name = rest
	return f, isFlag(rest)
}

// isFlag tells whether s can name a USE flag (PMS 3.1.4).
func isFlag(s string) bool { return isWord(s, "+_@-") && isWord(s[:1], "") }

// String spells the element as in an atom.
func (f flagDep) String() string {
	var missing string
	if f.missing != 0 {
		missing = "(" + string(f.missing) + ")"
	}
	prefix := strings.TrimRight(f.kind, "?=")
	return prefix + f.name + missing + f.kind[len(prefix):]
}

// evaluated returns the atom that a package with the given flags on asks for.
func (a *atom) evaluated(on map[string]bool) *atom {
	conditional := false
	for _, f := range a.flags {
		conditional = conditional || f.kind != "" && f.kind != "-"
	}
	if !conditional {
		return a
	}
	b := *a
	b.flags = nil
	var words []string
	for _, f := range a.flags {
		kind, asked := f.kind, true
		switch has := on[f.name]; f.kind {
		case "?":
			kind, asked = "", has
		case "!?":
			kind, asked = "-", !has
		case "=", "!=":
			if kind = "-"; has == (f.kind == "=") {
				kind = ""
			}
		}
		if asked {
			f.kind = kind
			b.flags = append(b.flags, f)
			words = append(words, f.String())
		}
	}
	b.text, _, _ = strings.Cut(a.text, "[")
	if len(words) > 0 {
		b.text += "[" + strings.Join(words, ",") + "]"
	}
	return &b
}

// withoutRevision cuts "-r1" off a version.
func withoutRevision(v string) string {
	before, _, _ := strings.Cut(v, "-")
	return before
}

// matchesVersion judges a version by the operator (PMS 8.3.1).
func (a *atom) matchesVersion(have string) bool {
	switch a.operator {
	case "":
		return true
	case "=*":
		return matchesPrefix(have, a.version)
	case "~":
		return version.Gentoo(withoutRevision(have), a.version) == 0
	}
	return version.RelationOf(a.operator).Holds(version.Gentoo(have, a.version))
}
