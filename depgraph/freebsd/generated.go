package freebsd

import (
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/generated"
	"github.com/depview/depview/depgraph/rootfs"
)

// Generated implements [depgraph.Database] by the tables of generated_table.go. A path
// of another prefix than /usr/local is looked up as if it were in that. What a package
// installs as FILE.sample is copied to FILE where there is none yet.
func (db *Database) Generated(name string) (depgraph.Origin, bool) {
	dir := "/" + db.dir
	if _, in := rootfs.Under(dir, name); in || strings.HasPrefix(dir, name+"/") {
		return depgraph.Origin{}, true
	}
	prefix, name := db.prefixOf(name)
	spelled := func(s string) string { // as in the prefix it is from
		if rest, ok := strings.CutPrefix(s, usrLocal+"/"); ok {
			return prefix + "/" + rest
		}
		return s
	}
	if origin, ok := generatedTable().Find(name, db.installedAs); ok {
		origin.Path = spelled(origin.Path)
		return origin, true
	}
	if sample := spelled(name) + ".sample"; strings.Contains(name, "/etc/") && db.listed(sample) {
		return depgraph.Origin{Path: sample}, true
	}
	return depgraph.Origin{}, false
}

// prefixOf finds the prefix that a path is in, the innermost one, and returns the path as
// it would be in /usr/local. A path in none stays as it is.
func (db *Database) prefixOf(name string) (prefixName, inLocal string) {
	prefixName, inLocal = usrLocal, name
	real := ""
	for _, p := range db.prefixes {
		if rest, ok := rootfs.Under(p.real, name); ok && len(p.real) > len(real) {
			prefixName, inLocal, real = p.name, path.Join(usrLocal, rest), p.real
		}
	}
	return prefixName, inLocal
}

var generatedTable = generated.NewTable(generatedFiles, generatedBeside)

// installedAs returns the name of an installed package, "" if there is none.
func (db *Database) installedAs(name string) string {
	if db.named[name] == nil {
		return ""
	}
	return name
}

// Ignore is [depgraph.Database]'s: what the dynamic loader (libmap.conf(5)), malloc(3),
// catopen(3), iconv(3) and tzset(3) look for at every start and do without.
func (db *Database) Ignore() []string {
	return []string{
		"/etc/libmap*.conf", "/usr/local/etc/libmap.d", "/usr/local/etc/libmap.d/**", "/var/run/ld-elf*.so.hints",
		"/etc/malloc.conf", "/etc/localtime", "/usr/share/zoneinfo/**",
		"/usr/share/nls/**", "/usr/local/share/nls/**", "/usr/share/i18n/**",
		"/usr/local/etc/pkg.conf", "/" + db.dir + "/**", // the database tells of packages, and is none
	}
}
