package dpkg

import (
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
)

// Generated implements [depgraph.Database] by the tables of generated_table.go
// and by the registry of ucf(1). A path that is spelled /lib/… stands for
// /usr/lib/… in them, as /bin and /sbin do.
func (db *Database) Generated(name string) (depgraph.Origin, bool) {
	for _, top := range []string{"/bin/", "/lib/", "/sbin/"} {
		if strings.HasPrefix(name, top) {
			name = "/usr" + name
		}
	}
	index := generatedIndex()
	if owner, ok := index.lookup(name); ok {
		return depgraph.Origin{Package: db.installedOf(owner)}, true
	}
	for _, rule := range index.beside {
		if !strings.Contains(name, rule.part) {
			continue
		}
		pattern := rule.pattern()
		if match := pattern.FindStringSubmatchIndex(name); match != nil {
			origin := string(pattern.ExpandString(nil, rule.origin, name, match))
			if !strings.HasPrefix(origin, "/") {
				return depgraph.Origin{Package: db.installedOf(origin)}, true
			}
			return depgraph.Origin{Path: origin}, true
		}
	}
	if owner := db.ucf()[name]; owner != "" {
		return depgraph.Origin{Package: db.installedOf(owner)}, true
	}
	return depgraph.Origin{}, false
}

// installedOf chooses among names of one package over the years, "new|old": the
// first that is installed, spelled as in the database, else the first.
func (db *Database) installedOf(names string) string {
	for name := range strings.SplitSeq(names, "|") {
		if p, ok := db.installed(name); ok {
			return p.Name
		}
	}
	first, _, _ := strings.Cut(names, "|")
	return first
}

// readUcf reads which package put which file in place by ucf(1), which keeps an
// administrator's changes to a file that is in no package: lines of package and
// path. An unreadable registry names nothing.
func (db *Database) readUcf() map[string]string {
	text, _ := db.read("var/lib/ucf/registry")
	owners := map[string]string{}
	for line := range strings.Lines(text) {
		if owner, path, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok {
			owners[strings.TrimSpace(path)] = owner
		}
	}
	return owners
}

// A tableIndex answers for generated_table.go: whole paths by a map, trees by
// the map and a walk up the path, patterns one by one.
type tableIndex struct {
	paths  map[string]string // path, or "tree/", to owner
	globs  []generatedGlob
	beside []besideRule
}

type generatedGlob struct{ prefix, pattern, owner string }

type besideRule struct {
	part    string
	pattern func() *regexp.Regexp // compiled when a path has the part
	origin  string
}

// generatedIndex compiles the tables when they are first asked.
var generatedIndex = sync.OnceValue(func() *tableIndex {
	index := &tableIndex{paths: map[string]string{}}
	for _, g := range generatedFiles {
		for _, p := range strings.Fields(g.paths) {
			if prefix, _, glob := strings.Cut(p, "*"); glob {
				index.globs = append(index.globs, generatedGlob{prefix, p, g.owner})
			} else {
				index.paths[p] = g.owner
			}
		}
	}
	for _, b := range generatedBeside {
		index.beside = append(index.beside, besideRule{b.part, sync.OnceValue(func() *regexp.Regexp {
			return regexp.MustCompile("^" + b.pattern + "$")
		}), b.origin})
	}
	return index
})

// lookup finds the owner of a path; the deepest tree around it counts.
func (x *tableIndex) lookup(name string) (owner string, ok bool) {
	if owner, ok = x.paths[name]; ok {
		return owner, true
	}
	for _, g := range x.globs {
		if strings.HasPrefix(name, g.prefix) {
			if ok, _ := path.Match(g.pattern, name); ok {
				return g.owner, true
			}
		}
	}
	for dir := name; len(dir) > 1; dir = path.Dir(dir) {
		if owner, ok = x.paths[dir+"/"]; ok {
			return owner, true
		}
	}
	return "", false
}

// Ignore is [depgraph.Database]'s: every program that libselinux is linked to asks
// whether there is a policy (selinux_config(5)), every one that speaks the user's
// language for the list of locales' other names, and every one that tells the time
// for the time zone.
func (db *Database) Ignore() []string {
	return []string{
		"/etc/locale.alias", "/usr/share/locale/locale.alias", // any gettext
		"/etc/localtime", "/usr/share/zoneinfo/UTC", "/usr/share/zoneinfo/Etc/UTC", // libc knows UTC by itself
		"/etc/selinux",
		"/usr/lib/*/libnss_*.so.2",                                         // what nsswitch.conf names besides files
		"/etc/ssl/openssl.cnf", "/usr/lib/ssl", "/usr/lib/ssl/openssl.cnf", // libcrypto, when it is loaded
		"/var/lib/dpkg/**", // the database tells of packages, and is none
	}
}
