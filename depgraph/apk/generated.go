package apk

import (
	"path"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/generated"
)

// Generated implements [depgraph.Database] by the tables of generated_table.go. A path
// that is spelled /lib/… stands for /usr/lib/… in them. The links to busybox that its
// trigger makes need no entry: a link that nobody owns is there where what it leads to is.
func (db *Database) Generated(name string) (depgraph.Origin, bool) {
	if db.own()[name] {
		return depgraph.Origin{}, true
	}
	return generatedTable().FindInUsr(name, db.installedAs)
}

var generatedTable = generated.NewTable(generatedFiles, generatedBeside)

// installedAs returns the name of the installed package that is called so, "" if there
// is none.
func (db *Database) installedAs(name string) string {
	for _, c := range db.names()[name] {
		if c.provide == nil {
			return name
		}
	}
	return ""
}

// ownFiles are those of the database's directory that apk writes; exec holds scripts
// while they run.
var ownFiles = []string{"", "/installed", "/lock", "/scripts.tar", "/scripts.tar.gz", "/triggers"}

// ownPaths are the paths of the database, which Rewrites filters; of a second database
// nothing is shown.
func (db *Database) ownPaths() map[string]bool {
	own := map[string]bool{}
	for _, file := range ownFiles {
		own["/"+db.dir+file] = true
	}
	above := path.Dir("/" + db.dir)
	own[above], own[above+"/exec"] = true, true
	return own
}

// Ignore is [depgraph.Database]'s: musl's loader asks for its search path and every
// program that tells the time for the time zone, and libcrypto and busybox for their
// configuration, when they start.
func (db *Database) Ignore() []string {
	return []string{
		"/etc/ld-musl-*.path",
		"/etc/localtime", "/etc/zoneinfo/**", "/usr/share/zoneinfo/UTC",
		"/etc/busybox.conf",
		"/etc/ssl/openssl.cnf", "/etc/ssl1.1/openssl.cnf",
		"/" + db.dir + "/**", // the database tells of packages, and is none
	}
}
