package gentoo

import "slices"

// A clause is atoms of which any satisfies it; of all clauses each has to be satisfied.
type clause struct {
	atoms []*atom
	line  int
	test  bool // it is there for USE=test alone
}

// A reduction turns a dependency string into clauses, for given USE flags.
//
// An any-of group of all-of groups, || ( ( a b ) c ), is distributed: a or c, b or c.
// That multiplies: what would make more than maxClauses of one group, or more than
// maxAtoms in all, is taken for its first option that is installed as a whole, else
// for its first. That is what Portage would choose on the machine as it is.
type reduction struct {
	on        map[string]bool
	installed func(*atom) bool
	// built says that the string is of an installed package: see matchesSlot.
	built bool
	// emptyFails says that an any-of group that the flags left nothing of is not
	// satisfied: EAPI 7 and later (PMS 8.2.3).
	emptyFails bool
	budget     int // atoms that may still be made by distribution
}

const (
	maxClauses = 1 << 10
	maxAtoms   = 1 << 16
)

func (db *Database) newReduction(on map[string]bool) *reduction {
	return &reduction{on: on, installed: db.installed, budget: maxAtoms}
}

// never is the atom that nothing satisfies.
var never = &atom{text: "|| ( )", name: "|| ( )"}

// all returns the clauses of nodes that all have to hold. Blockers say what may not be
// there, and ask for nothing.
func (r *reduction) all(nodes []*node, test bool) (clauses []clause) {
	for _, n := range nodes {
		switch {
		case n.op == opAtom && !n.atom.blocker:
			clauses = append(clauses, clause{[]*atom{r.evaluate(n.atom)}, n.line, test})
		case n.op == opAll:
			clauses = append(clauses, r.all(n.children, test)...)
		case n.op == opUse && r.active(n):
			clauses = append(clauses, r.all(n.children, test || n.flag == "test" && !n.off)...)
		case n.op == opAny:
			clauses = append(clauses, r.any(n, test)...)
		}
	}
	return clauses
}

func (r *reduction) evaluate(a *atom) *atom {
	a = a.evaluated(r.on)
	if r.built && a.rebuild && a.sub != "" {
		b := *a
		b.sub = ""
		a = &b
	}
	return a
}

func (r *reduction) active(n *node) bool { return r.on[n.flag] != n.off }

// any returns the clauses of an any-of group.
func (r *reduction) any(n *node, test bool) []clause {
	options := r.options(nil, n.children, test)
	switch {
	case len(options) == 0 && r.emptyFails:
		return []clause{{[]*atom{never}, n.line, test}}
	case len(options) == 0:
		return nil
	case len(options) == 1:
		return options[0]
	}
	product, atoms := 1, 0
	for _, o := range options {
		product = min(product*len(o), maxClauses+1)
	}
	for _, o := range options {
		for _, c := range o {
			atoms += len(c.atoms) * product / len(o)
		}
	}
	if product > 1 {
		if product > maxClauses || atoms > r.budget {
			return r.first(options)
		}
		r.budget -= atoms
	}
	return distribute(options, product, n.line, test)
}

// options lists what each child asks for; those that ask for nothing are none, as for
// Portage (use_reduce), and any-of groups within the group are part of it.
func (r *reduction) options(list [][]clause, children []*node, test bool) [][]clause {
	for _, n := range children {
		if n.op == opAny {
			list = r.options(list, n.children, test)
		} else if o := r.all([]*node{n}, test); len(o) > 0 {
			list = append(list, o)
		}
	}
	return list
}

// first returns the first option that is installed, else the first.
func (r *reduction) first(options [][]clause) []clause {
	for _, o := range options {
		if !slices.ContainsFunc(o, func(c clause) bool { return !slices.ContainsFunc(c.atoms, r.installed) }) {
			return o
		}
	}
	return options[0]
}

// distribute takes one clause of each option in every way there is, product ways.
func distribute(options [][]clause, product, line int, test bool) []clause {
	clauses := make([]clause, 0, product)
	for i := range product {
		c := clause{line: line, test: test}
		seen := map[string]bool{}
		way := product
		for _, o := range options { // the first option's choice changes most slowly
			way /= len(o)
			for _, a := range o[i/way%len(o)].atoms {
				if !seen[a.text] {
					seen[a.text] = true
					c.atoms = append(c.atoms, a)
				}
			}
		}
		clauses = append(clauses, c)
	}
	return clauses
}
