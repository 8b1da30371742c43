package pkgsrc

import (
	"strings"

	"github.com/depview/depview/depgraph/generated"
	"github.com/depview/depview/depgraph/rootfs"
)

// standard are the directories of any prefix: bootstrap and the first packages make them,
// and whoever searches the prefix expects them (the pkgsrc guide, "Directory layout of
// the installed files").
var standard = func() map[string]bool {
	set := map[string]bool{}
	for _, dir := range strings.Fields(`
		bin emul etc include info lib libdata libexec man sbin share var
		libexec/cgi-bin share/doc share/examples share/examples/rc.d share/info share/locale share/man
		var/db var/log var/run`) {
		set[dir] = true
	}
	for _, man := range []string{"man/", "share/man/"} {
		for _, section := range strings.Fields("1 2 3 3f 3lua 4 5 6 7 8 9 l n") {
			set[man+"man"+section], set[man+"cat"+section] = true, true
		}
	}
	return set
}()

// isStandard tells whether a path is a prefix, or one of the standard directories in it.
func isStandard(prefix, name string) bool {
	rest, ok := rootfs.Under(prefix, name)
	return ok && (rest == "." || standard[rest])
}

// dbFiles are what pkg_install keeps in PKG_DBDIR beside the packages (lib/iterate.c,
// pkg_db_iter).
var dbFiles = []string{"pkgdb.byfile.db", ".cookie", "pkg-vulnerabilities"}

// generatedFiles are the files that no packing list and no +INSTALL names although there
// is a package that makes them, or a bootstrap: relative to the prefix, or absolute.
var generatedFiles = []generated.Files{
	{"configuration that bootstrap writes", "", `etc/mk.conf etc/mk.conf.example etc/pkg_install.conf`},
	{"tools that a bootstrap can leave unregistered (mk/tools/replace.mk on mtree)", "", `
		sbin/pkg_add sbin/pkg_admin sbin/pkg_create sbin/pkg_delete sbin/pkg_info sbin/mtree
		bin/bmake bin/nawk bin/nbsed bin/pdksh share/mk/`},
	{"directory of info pages (mk/pkginstall/info-files)", "", `info/dir share/info/dir`},
	{"indexes of manual pages", "", `
		man/whatis man/whatis.db man/mandoc.db man/man.db
		share/man/whatis share/man/whatis.db share/man/mandoc.db share/man/man.db`},
	{"where NetBSD keeps databases", "", `/var/db`},
	{"binary packages known", "pkgin", `/var/db/pkgin/ var/db/pkgin/`},
	{"applications by type", "desktop-file-utils", `share/applications/mimeinfo.cache`},
	{"types of files", "shared-mime-info", `
		share/mime/XMLnamespaces share/mime/aliases share/mime/generic-icons share/mime/globs share/mime/globs2
		share/mime/icons share/mime/magic share/mime/mime.cache share/mime/subclasses share/mime/treemagic
		share/mime/types share/mime/version share/mime/*/*.xml`},
	{"compiled schemas and modules", "glib2", `
		share/glib-2.0/schemas/gschemas.compiled lib/gio/modules/giomodule.cache`},
	{"image loaders", "gdk-pixbuf2", `lib/gdk-pixbuf-2.0/*/loaders.cache`},
	{"input methods", "gtk2+", `lib/gtk-2.0/*/immodules.cache`},
	{"input methods", "gtk3+", `lib/gtk-3.0/*/immodules.cache`},
	{"font caches", "fontconfig", `/var/cache/fontconfig/ var/cache/fontconfig/`},
	{"catalogues", "xmlcatmgr", `share/xml/catalog share/sgml/catalog etc/xml/catalog etc/sgml/catalog`},
	{"certificates by their hashes", "mozilla-rootcerts-openssl|mozilla-rootcerts|openssl", `etc/openssl/certs/`},
	{"indexes and formats of TeX", "kpathsea", `
		share/texmf-dist/ls-R share/texmf-local/ls-R share/texmf-var/ etc/texmf/ls-R`},
	{"documentation of installed modules", "perl", `lib/perl5/perllocal.pod`},
	{"where stub libraries are", "ocaml", `lib/ocaml/ld.conf`},
	{"packages of Octave", "octave", `share/octave/octave_packages`},
	{"schemas that are registered", "GConf", `etc/gconf/gconf.xml.defaults/ etc/gconf/gconf.xml.mandatory/`},
	{"documents that are registered", "rarian|scrollkeeper", `var/scrollkeeper/ libdata/scrollkeeper/ share/scrollkeeper/`},
}

// generatedBeside are the files that are made for one other path, and are there where that
// is.
var generatedBeside = []generated.Beside{
	{"bytecode", "/__pycache__/",
		`(/.*)/__pycache__/([^/]+?)\.[^./]+(?:\.opt-[0-9]+)?\.pyc`, `${1}/${2}.py`},
	{"bytecode of Python 2", ".py", `(/.*\.py)[co]`, `${1}`},
	{"bytecode of Emacs", ".elc", `(/.*\.el)c`, `${1}`},
	{"icon cache (mk/pkginstall/icon-themes)", "/icon-theme.cache",
		`(/.*/share/icons/[^/]+)/icon-theme\.cache`, `${1}/index.theme`},
	{"font indexes (mk/pkginstall/fonts)", "/fonts.",
		`(/.*)/fonts\.(?:alias|cache-1|dir|list|scale)`, `${1}`},
	{"font encodings", "/encodings.dir", `(/.*)/encodings\.dir`, `${1}`},
	{"packages of GHC", "/package.conf.d/",
		`(/.*/package\.conf\.d)/package\.cache(?:\.lock)?`, `${1}`},
}
