package macports

import (
	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/generated"
	"github.com/depview/depview/depgraph/rootfs"
)

// Generated implements [depgraph.Database] by the tables of generated_table.go. A path
// is the real one, so what is below /private stands for its namesake in the root.
func (db *Database) Generated(name string) (depgraph.Origin, bool) {
	for _, in := range []struct {
		dir   string
		table *generated.Table
	}{
		{db.at(), generatedPrefix()},
		{db.registryAt(), generatedRegistry()},
	} {
		if below, ok := rootfs.Under(in.dir, name); ok {
			if origin, ok := in.table.Find(below, db.activeAs); ok {
				return origin, true
			}
		}
	}
	if origin, ok := generatedSystem().Find(name, db.activeAs); ok {
		return origin, true
	}
	if below, ok := rootfs.Under("/private", name); ok {
		if origin, ok := generatedSystem().Find("/"+below, db.activeAs); ok {
			return origin, true
		}
	}
	for _, prefix := range []string{db.prefix, db.at()} { // the way there
		if _, ok := rootfs.Under(name, prefix); ok {
			return depgraph.Origin{}, true
		}
	}
	return depgraph.Origin{}, false
}

// activeAs returns the name of the active port that is called so, "" if there is none.
func (db *Database) activeAs(name string) string {
	if p := db.port(name); p != nil && !p.Removed {
		return p.OwnName()
	}
	return ""
}
