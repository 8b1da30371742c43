package opam

import (
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// standard are the directories that every switch has (OpamSwitchAction.create_empty_switch),
// in the prefix.
var standard = setOf(`. bin doc etc lib lib/stublibs lib/toplevel man sbin share
	man/man1 man/man1M man/man2 man/man3 man/man4 man/man5 man/man6 man/man7 man/man9`)

// kept are the directories and files of a switch's database that tell of no package, or
// of those that are visible only: see Rewrites. What a build leaves in build/, sources/
// or backup/ is nobody's.
var kept = setOf(`. backup build config environment install lock overlay packages reinstall
	remove sources switch-config switch-state`)

// keptTrees are what opam itself needs of its root to answer: its configuration, and
// what the repositories have, which is not what is installed.
var keptTrees = []string{"config", "config.lock", "lock", "opam-init", "repo"}

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}

// Generated implements [depgraph.Database].
func (db *Database) Generated(name string) (depgraph.Origin, bool) {
	if rest, ok := rootfs.Under("/"+db.meta, name); ok {
		return db.generatedMeta(rest)
	}
	if rest, ok := rootfs.Under("/"+db.prefix, name); ok {
		if standard[rest] {
			return depgraph.Origin{}, true
		}
		return compiled(name)
	}
	if rest, ok := rootfs.Under("/"+db.opamRoot, name); ok {
		if rest == "." {
			return depgraph.Origin{}, true
		}
		for _, tree := range keptTrees {
			if _, ok := rootfs.Under(tree, rest); ok {
				return depgraph.Origin{}, true
			}
		}
	}
	return depgraph.Origin{}, false
}

// generatedMeta judges a path of the switch's database, relative to .opam-switch.
func (db *Database) generatedMeta(rest string) (depgraph.Origin, bool) {
	if kept[rest] {
		return depgraph.Origin{}, true
	}
	top, below, _ := strings.Cut(rest, "/")
	of, _, _ := strings.Cut(below, "/")
	switch top {
	case "packages": // packages/NAME.VERSION
		bare, _, _ := strings.Cut(of, ".")
		if p := db.installed[bare]; p != nil && p.Detail.(*detail).nv == of {
			return depgraph.Origin{Package: bare}, true
		}
	case "overlay": // overlay/NAME, of one that is pinned
		if db.installed[of] != nil {
			return depgraph.Origin{Package: of}, true
		}
	}
	return depgraph.Origin{}, false
}

// compiled judges the bytecode that Python makes of a package's modules when they are
// first used: DIR/__pycache__/NAME.TAG.pyc of DIR/NAME.py.
func compiled(name string) (depgraph.Origin, bool) {
	dir, base := path.Split(name)
	parent, ok := strings.CutSuffix(dir, "/__pycache__/")
	module, tagged := strings.CutSuffix(base, ".pyc")
	if !ok || !tagged {
		return depgraph.Origin{}, false
	}
	if short, optimized := cutLast(module, ".opt-"); optimized {
		module = short
	}
	if module, ok = cutLast(module, "."); !ok {
		return depgraph.Origin{}, false
	}
	return depgraph.Origin{Path: parent + "/" + module + ".py"}, true
}

// cutLast returns what is before the last sep.
func cutLast(s, sep string) (before string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], true
	}
	return s, false
}
