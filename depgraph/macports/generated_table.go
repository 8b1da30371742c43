package macports

import "github.com/depview/depview/depgraph/generated"

// generatedPrefix are the files below the prefix that no port owns although MacPorts
// or a port's activation makes them. An empty owner is MacPorts itself, which no
// registry lists: see [generated.Files].
//
// Not here, and so hidden, is what MacPorts keeps of other ports: var/macports/build,
// distfiles, incoming, logs and software, but for the directories themselves.
var generatedPrefix = generated.NewTable([]generated.Files{
	{"the hierarchy (doc/prefix.mtree.in, doc/base.mtree.in)", "", `
		. bin etc include lib lib/pkgconfig libexec sbin
		share share/doc share/info share/man share/man/cat* share/man/man* share/nls share/nls/* share/skel
		var var/cache var/db var/log var/run var/spool www
		Library Library/Frameworks man info doc
		var/macports var/macports/build var/macports/distfiles var/macports/home
		var/macports/incoming var/macports/logs var/macports/registry var/macports/software`},
	{"programs (src/port/Makefile.in, src/programs)", "", `
		bin/daemondo bin/port bin/port-tclsh bin/portf bin/portindex bin/portmirror`},
	{"libraries, with their Tcl", "", `libexec/macports/ share/macports/`},
	{"configuration", "", `etc/macports/ etc/select`},
	{"manual (doc/Makefile.in)", "", `
		share/man/man1/port.1.gz share/man/man1/port-*.1.gz
		share/man/man5/macports.conf.5.gz share/man/man5/pubkeys.conf.5.gz
		share/man/man5/sources.conf.5.gz share/man/man5/variants.conf.5.gz
		share/man/man5/archive_sites.conf.5.gz
		share/man/man7/portfile.7.gz share/man/man7/portgroup.7.gz share/man/man7/porthier.7.gz
		share/man/man7/portstyle.7.gz share/man/man7/portundocumented.7.gz`},
	{"ports trees", "", `var/macports/sources/`},

	// What activation makes of several ports' files.
	{"info directory", "texinfo", `share/info/dir`},
	{"mime cache", "shared-mime-info", `share/mime/`},
	{"desktop files' index", "desktop-file-utils", `share/applications/mimeinfo.cache`},
	{"compiled schemas", "glib2|glib2-devel", `share/glib-2.0/schemas/gschemas.compiled`},
	{"modules of GIO", "glib2|glib2-devel", `lib/gio/modules/giomodule.cache`},
	{"image loaders", "gdk-pixbuf2", `lib/gdk-pixbuf-2.0/*/loaders.cache`},
	{"input methods", "gtk3|gtk3-devel", `lib/gtk-3.0/*/immodules.cache`},
	{"input methods", "gtk2|gtk2-devel", `lib/gtk-2.0/*/immodules.cache`},
	{"font cache", "fontconfig", `var/cache/fontconfig/`},
	{"XML catalogue", "xmlcatmgr", `etc/xml/catalog etc/sgml/catalog`},
	{"TeX formats, maps and file lists", "texlive-common", `
		var/db/texmf/ share/texmf/ls-R share/texmf-texlive/ls-R etc/texmf/`},
	{"machine id", "dbus", `var/lib/dbus var/lib/dbus/machine-id etc/machine-id`},
}, nil)

// generatedRegistry are those in portdbpath's directory registry.
var generatedRegistry = generated.NewTable([]generated.Files{
	{"the database (src/registry2.0/registry.tcl)", "", `. registry.db .registry.lock portfiles portgroups`},
}, nil)

// generatedSystem are directories that are there on every Mac, and empty in a clean
// one, and files that go with one other file, wherever they are.
var generatedSystem = generated.NewTable([]generated.Files{
	{"for applications, homes and volumes", "", `/Applications /Applications/MacPorts /Users /Users/Shared /Volumes`},
	{"for temporary files", "", `/private /private/tmp /tmp /var /var/db /var/tmp`},
	{"for those of each user (confstr(3), _CS_DARWIN_USER_TEMP_DIR)", "", `
		/var/folders /var/folders/* /var/folders/*/* /var/folders/*/*/0 /var/folders/*/*/C
		/var/folders/*/*/T /var/folders/*/*/X`},
}, []generated.Beside{
	{"bytecode of Python", "/__pycache__/",
		`(/.*)/__pycache__/([^/]+?)\.[^./]+(?:\.opt-[0-9]+)?\.pyc`, `${1}/${2}.py`},
	{"bytecode of Python 2", ".py",
		`(/.*\.py)[co]`, `${1}`},
	{"icon cache", "/icon-theme.cache",
		`(/.*/share/icons/[^/]+)/icon-theme\.cache`, `${1}/index.theme`},
})
