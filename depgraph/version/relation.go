package version

// A Relation is what an operator asks of two versions: the orders that it accepts.
type Relation uint8

// The orders, of which a relation has any.
const (
	Less Relation = 1 << iota
	Equal
	Greater
)

// Holds tells whether r accepts an order, as the functions of this package return it.
func (r Relation) Holds(order int) bool {
	switch {
	case order < 0:
		return r&Less != 0
	case order > 0:
		return r&Greater != 0
	}
	return r&Equal != 0
}

var relations = map[string]Relation{
	"<": Less, "<=": Less | Equal, "=": Equal, "==": Equal, "!=": Less | Greater, ">=": Equal | Greater, ">": Greater,
}

// RelationOf returns the relation of an operator in its usual meaning, 0 if it has none.
// Which operators there are, each package manager knows.
func RelationOf(operator string) Relation { return relations[operator] }
