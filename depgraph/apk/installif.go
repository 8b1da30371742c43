package apk

import (
	"slices"

	"github.com/depview/depview/depgraph"
)

// A package can follow others: apk installs it by itself where all that its install_if
// names is installed (apk-package(5)): py3-foo-pyc where py3-foo and pyc are, foo-openrc
// where foo and openrc are. A clean root holds what follows, so a view does.
//
// It becomes a need of those packages that satisfy one of its conditions, the leader,
// which holds where the other conditions do. One is enough: without a leader it does not
// follow. The leader is what it is a part of, if there is such: the package that it
// names with its very version.
//
// That something is not installed ("!foo") is no condition that a need can have. What
// follows then has done so on this machine, if nothing here is what it excludes;
// otherwise it is here for another reason, and does not follow.

// A follower is a package that follows others, and what makes it a need of its leader's.
type follower struct {
	*depgraph.Package
	need depgraph.Need // nil where it does not follow by itself
	part bool          // whether it is a part of the leader
}

// followers finds the packages that follow others, by their leaders.
func (db *Database) followers() map[*depgraph.Package][]follower {
	found := map[*depgraph.Package][]follower{}
	for _, p := range db.packages {
		conditions, err := db.dependencies("i", p.Detail.(*detail).installIf)
		if err != nil {
			continue // apk does without one that it cannot read
		}
		at := leader(conditions)
		if at < 0 {
			continue
		}
		f := follower{p, db.follows(p, conditions, at), conditions[at].operator == equal}
		for _, leads := range db.satisfying(conditions[at]) {
			if leads != p {
				found[leads] = append(found[leads], f)
			}
		}
	}
	return found
}

// leader chooses one of the conditions, -1 if it cannot.
func leader(conditions []dependency) int {
	at := slices.IndexFunc(conditions, func(d dependency) bool { return !d.conflict && d.operator == equal })
	if at < 0 {
		at = slices.IndexFunc(conditions, func(d dependency) bool { return !d.conflict })
	}
	return at
}

// follows makes the need for p where the conditions hold but for the one of its leader.
func (db *Database) follows(p *depgraph.Package, conditions []dependency, leader int) depgraph.Need {
	itself := func(_ *depgraph.Package, provided *depgraph.Provide) bool { return provided == nil }
	need := depgraph.Need{{Name: p.OwnName(), Text: p.OwnName() + " (install_if)", Accepts: itself}}
	for i, d := range conditions {
		switch {
		case i == leader:
		case !d.conflict:
			a := d.alternative()
			a.Condition = true
			need = append(need, a)
		case len(db.satisfying(d)) > 0:
			return nil
		}
	}
	return need
}

// optional returns the parts of p that apk installs by install_if: p does without.
func (db *Database) optional(p *depgraph.Package) (needs []depgraph.Need) {
	for _, f := range db.following()[p] {
		if f.part {
			needs = append(needs, depgraph.Named(f.OwnName()))
		}
	}
	return needs
}
