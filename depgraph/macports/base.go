package macports

import (
	"strings"

	"github.com/depview/depview/depgraph"
)

// What trace mode allows outside of the prefix (src/port1.0/porttrace.tcl,
// trace_start). Not here are what a view has of its own or by the user's word: the
// port's directories, temporary ones (their places are there, see generated_table.go),
// the home directory and its ccache. /usr/local is in neither list, so it is hidden.
const (
	systemPaths = `
		/bin /sbin /dev
		/usr/bin /usr/sbin /usr/include /usr/lib /usr/libexec /usr/share
		/System/Library
		/Library
		/etc
		/var/empty /var/run
		/var/db/timezone/zoneinfo /var/db/mds /var/db/launchd.db
	`
	// Third parties install there.
	notSystem = `/Library/Frameworks`

	// Xcode is Apple's. Trace mode shows it to ports that say use_xcode, and hides it
	// from others; here no port is to find a compiler's driver without its Xcode.
	xcodePaths = `/Applications/Xcode.app /var/db/xcode_select_link`

	// What programs need before the first library call that trace mode could hook:
	// the shared cache of libraries, and the shell that /bin/sh stands for.
	loaderPaths = `/System/Cryptexes /System/Volumes/Preboot/Cryptexes /var/db/dyld /var/select`
)

// Base returns macOS. On a root where /etc and /var are the links into /private that
// they are on a Mac, the trees behind them are meant.
func (db *Database) Base() depgraph.Base {
	base := depgraph.Base{Except: strings.Fields(notSystem)}
	for _, p := range strings.Fields(systemPaths + xcodePaths + " " + loaderPaths) {
		base.Paths = append(base.Paths, p)
		if p == "/etc" || strings.HasPrefix(p, "/var/") {
			base.Paths = append(base.Paths, "/private"+p)
		}
	}
	return base
}

// Ignore is [depgraph.Database]'s: what clang and ld look for by themselves in every
// run, and the registry, which tells of ports and is none.
func (db *Database) Ignore() []string {
	return []string{
		"/AppleInternal", "/AppleInternal/**",
		"/usr/local/include", "/usr/local/lib", "/Library/Frameworks",
		db.data + "/registry/**",
	}
}
