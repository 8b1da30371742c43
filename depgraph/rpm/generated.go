package rpm

import (
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/generated"
)

// Generated implements [depgraph.Database] by the tables of generated_table.go. A path
// that is spelled /lib/… stands for /usr/lib/… in them.
func (db *Database) Generated(name string) (depgraph.Origin, bool) {
	if db.own(generated.InUsr(name)) {
		return depgraph.Origin{}, true
	}
	return generatedTable().FindInUsr(name, db.installedAs)
}

var generatedTable = generated.NewTable(generatedFiles, generatedBeside)

// installedAs returns the name of the installed package that is called so, "" if there
// is none.
func (db *Database) installedAs(name string) string {
	if p := db.labels()[name]; p != nil {
		return p.OwnName()
	}
	return ""
}

// own tells whether a path is the database's directory or a file of rpm's in it, which
// the package rpm owns where it is that of a distribution.
func (db *Database) own(name string) bool {
	dir := "/" + db.dir
	for _, place := range append([]string{dir}, "/"+usualPlaces[0], "/"+usualPlaces[1]) {
		if name == place {
			return true
		}
	}
	rest, ok := strings.CutPrefix(name, dir+"/")
	return ok && (strings.HasPrefix(rest, fileName) || rest == ".rpm.lock" || rest == ".migratedb" || rest == ".rebuilddb")
}

// Ignore is [depgraph.Database]'s: what libc, libselinux, libcrypto and rpm itself look
// for at every start.
func (db *Database) Ignore() []string {
	return []string{
		"/etc/locale.alias", "/usr/share/locale/locale.alias", // any gettext
		"/etc/localtime", "/usr/share/zoneinfo/UTC", "/usr/share/zoneinfo/Etc/UTC", // libc knows UTC by itself
		"/etc/selinux", "/etc/selinux/config",
		"/usr/lib64/libnss_*.so.2", "/usr/lib/libnss_*.so.2", // what nsswitch.conf names besides files
		"/etc/pki/tls/openssl.cnf", "/etc/ssl/openssl.cnf", "/etc/crypto-policies/**", // libcrypto, when it is loaded
		"/" + db.dir + "/**", // the database tells of packages, and is none
	}
}
