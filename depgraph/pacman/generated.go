package pacman

import (
	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/generated"
	"github.com/depview/depview/depgraph/rootfs"
)

// Generated implements [depgraph.Database] by the tables of generated_table.go, and for
// pacman's own directory. A path that is spelled /lib/… stands for /usr/lib/… in them.
func (db *Database) Generated(name string) (depgraph.Origin, bool) {
	if own, ok := rootfs.Under("/"+db.admin, name); ok {
		switch own {
		case ".", "local", "local/ALPM_DB_VERSION":
			return depgraph.Origin{}, true
		}
		if _, ok := rootfs.Under("sync", own); ok {
			return depgraph.Origin{Package: "pacman"}, true // what there is upstream
		}
	}
	return generatedTable().FindInUsr(name, db.installedAs)
}

var generatedTable = generated.NewTable(generatedFiles, generatedBeside)

// installedAs returns the name of an installed package, "" if there is none.
func (db *Database) installedAs(name string) string {
	if db.named()[name] == nil {
		return ""
	}
	return name
}

// Ignore is [depgraph.Database]'s: every program that speaks the user's language asks
// for the list of locales' other names, and every one that tells the time for the time
// zone, which libc knows by itself where it is UTC.
func (db *Database) Ignore() []string {
	return []string{
		"/etc/locale.alias", "/usr/share/locale/locale.alias",
		"/etc/localtime", "/usr/share/zoneinfo/UTC", "/usr/share/zoneinfo/Etc/UTC",
		"/usr/lib/libnss_*.so.2",                                           // what nsswitch.conf names besides files
		"/etc/ssl/openssl.cnf", "/usr/lib/ssl", "/usr/lib/ssl/openssl.cnf", // libcrypto, when it is loaded
		"/" + db.admin + "/**", // the database tells of packages, and is none
	}
}
