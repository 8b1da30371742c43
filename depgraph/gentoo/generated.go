package gentoo

import (
	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// Generated implements [depgraph.Database] by the tables of generated_table.go. In a
// prefix they are about what is below it.
func (db *Database) Generated(name string) (depgraph.Origin, bool) {
	before := ""
	if db.prefix != "" {
		before = "/" + db.prefix
		rest, ok := rootfs.Under(before, name)
		if !ok || rest == "." { // the prefix itself
			return depgraph.Origin{}, ok
		}
		name = "/" + rest
	}
	origin, ok := generatedTable().FindInUsr(name, db.newest)
	if origin.Path != "" {
		origin.Path = before + origin.Path
	}
	return origin, ok
}

// newest returns the name of the newest installed package of those called name.
func (db *Database) newest(name string) string {
	if list := db.named[name]; len(list) > 0 {
		return list[0].p.OwnName()
	}
	return ""
}

// Ignore is [depgraph.Database]'s: what every program asks for that speaks the user's
// language, tells the time, looks for the user's name, or is linked to libselinux or
// libcrypto; and the database, which tells of packages and is none.
func (db *Database) Ignore() []string {
	ignore := []string{
		"/etc/locale.alias", "/usr/share/locale/locale.alias",
		"/etc/localtime", "/usr/share/zoneinfo/UTC", "/usr/share/zoneinfo/Etc/UTC",
		"/etc/selinux",
		"/lib64/libnss_*.so.2", "/usr/lib64/libnss_*.so.2", "/lib/libnss_*.so.2", "/usr/lib/libnss_*.so.2",
		"/etc/ssl/openssl.cnf",
	}
	if db.prefix != "" {
		for i := range ignore {
			ignore = append(ignore, "/"+db.prefix+ignore[i])
		}
	}
	return append(ignore, "/"+db.at(vdb)+"/**")
}
