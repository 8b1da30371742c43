package gentoo

import (
	"strings"

	"github.com/depview/depview/depgraph"
)

// accepts tells whether p is what the atom asks for, as match_from_list in Portage's
// lib/portage/dep/__init__.py does. Of a package that another source made, or
// deps.toml, only the version can be judged; without one it was put there to satisfy.
//
// An entry that cannot be read is accepted: it comes into the closure, and there the
// same error is met again, and told.
func (a *atom) accepts(p *depgraph.Package, provided *depgraph.Provide) bool {
	e, ours := p.Detail.(*entry)
	if !ours {
		have := p.Version
		if provided != nil {
			have = provided.Version
		}
		return have == "" || a.matchesVersion(have)
	}
	return a.matchesVersion(e.version) && a.matchesSlot(e) && a.matchesFlags(e) && a.matchesRepo(e)
}

// matchesSlot judges the slot. What stands in the database as ":slot/sub=" notes the
// sub-slot that the asker was built with; one that was upgraded since is still what it
// needs, as it still holds the libraries kept for it (preserve-libs): see reduction.
func (a *atom) matchesSlot(e *entry) bool {
	if a.slot == "" || e.readSlot() != nil {
		return true
	}
	return a.slot == e.slot && (a.sub == "" || a.sub == e.sub)
}

// matchesFlags judges the USE flags. One that the package does not have counts as the
// default says, or refuses it.
func (a *atom) matchesFlags(e *entry) bool {
	if len(a.flags) == 0 {
		return true
	}
	flags, err := e.readFlags()
	if err != nil {
		return true
	}
	for _, f := range a.flags {
		on := flags.on[f.name]
		if !flags.known[f.name] {
			if f.missing == 0 {
				return false
			}
			on = f.missing == '+'
		}
		if (f.kind == "" && !on) || (f.kind == "-" && on) {
			return false
		}
	}
	return true
}

// matchesRepo judges the repository that the package came from; one that is not known
// can be any.
func (a *atom) matchesRepo(e *entry) bool {
	if a.repo == "" {
		return true
	}
	text, err := e.read("repository")
	name := strings.TrimSpace(text)
	return err != nil || name == "" || name == a.repo
}

// matchesPrefix tells whether version have starts with the one before a star, which
// ends at the end of a part of it: 1.1* takes 1.1-r1 and 1.1.2, not 1.10. Zeros in
// front do not count.
func matchesPrefix(have, prefix string) bool {
	have, prefix = withoutZeros(have), withoutZeros(prefix)
	if !strings.HasPrefix(have, prefix) {
		return false
	}
	if len(have) == len(prefix) {
		return true
	}
	next := have[len(prefix)]
	return strings.IndexByte("._-", next) >= 0 || isDigit(next) != isDigit(prefix[len(prefix)-1])
}

func withoutZeros(v string) string {
	v = strings.TrimLeft(v, "0")
	if v == "" || !isDigit(v[0]) {
		v = "0" + v
	}
	return v
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
