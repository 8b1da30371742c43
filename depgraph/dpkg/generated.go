package dpkg

import (
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/generated"
)

// Generated implements [depgraph.Database] by the tables of generated_table.go
// and by the registry of ucf(1). A path that is spelled /lib/… stands for
// /usr/lib/… in them.
func (db *Database) Generated(name string) (depgraph.Origin, bool) {
	if origin, ok := generatedTable().FindInUsr(name, db.installedAs); ok {
		return origin, true
	}
	if owner := db.ucf()[generated.InUsr(name)]; owner != "" {
		return depgraph.Origin{Package: generated.First(owner, db.installedAs)}, true
	}
	return depgraph.Origin{}, false
}

var generatedTable = generated.NewTable(generatedFiles, generatedBeside)

// installedAs returns the name of the installed package that is called so, "" if there
// is none.
func (db *Database) installedAs(name string) string {
	if p, ok := db.installed(name); ok {
		return p.OwnName()
	}
	return ""
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

const debhelper = "/usr/share/perl5/Debian/Debhelper/Buildsystem/"

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
		// Build systems of other packages that dh tries in every build, to find out which
		// one it is (Dh_Buildsystems.pm, @THIRD_PARTY_BUILDSYSTEMS). Who names one there
		// hears from dh that it is not to be had.
		debhelper + "maven.pm", debhelper + "gradle.pm", debhelper + "mkcmake.pm", debhelper + "bmake.pm", debhelper + "golang.pm",
		"/var/lib/dpkg/**", // the database tells of packages, and is none
	}
}
