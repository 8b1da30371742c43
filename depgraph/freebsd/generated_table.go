package freebsd

import "github.com/depview/depview/depgraph/generated"

// generatedFiles are the files that no package lists although an installation makes
// them. An empty owner is the base OS: its own mtree(5) files, services and pkg(8) make
// them. Otherwise they are there where the owner is; "new|old" names a package that was
// renamed. A path that ends in a slash is a directory and all below it, and * stands
// for a part of one name.
//
// The list is made from the base OS's etc/mtree, from the keywords and triggers of the
// ports tree (Keywords/, Mk/Uses/), and from hier(7); it was not compared with a machine.
var generatedFiles = []generated.Files{
	{"mount points and directories of the base OS (BSD.root.dist)", "", `
		/dev /compat /home /media /mnt /net /proc /sys /tmp /usr /usr/compat /usr/home /usr/obj /usr/wrkdirs /distfiles`},
	{"directories of the base OS (BSD.var.dist)", "", `
		/var /var/account /var/at /var/at/jobs /var/at/spool /var/audit /var/authpf /var/backups /var/cache
		/var/crash /var/cron /var/cron/tabs /var/db /var/db/entropy /var/db/freebsd-update /var/db/ipf /var/db/ntp
		/var/db/ports /var/empty /var/games /var/heimdal /var/log /var/mail /var/msgs /var/preserve /var/quotas
		/var/run /var/run/ppp /var/rwho /var/spool /var/spool/clientmqueue /var/spool/lock /var/spool/lpd
		/var/spool/mqueue /var/spool/opielocks /var/spool/output /var/tmp /var/tmp/vi.recover /var/unbound /var/yp`},
	{"the dynamic loader's (ldconfig)", "", `/var/run/ld-elf.so.hints /var/run/ld-elf32.so.hints /var/run/ld.so.hints`},
	{"which system it is (service os-release)", "", `/var/run/os-release`},
	{"databases that the base OS makes of /etc and of manual pages", "", `
		/var/db/services.db /usr/local/man/mandoc.db /usr/local/share/man/mandoc.db /usr/local/man/whatis
		/usr/local/lib/perl5/site_perl/man/mandoc.db`},
	{"options of ports, as they were chosen", "", `/var/db/ports/`},
	{"pkg(8): configuration, cache and catalogues; Rewrites filters the database", "", `
		/usr/local/etc/pkg /usr/local/etc/pkg/repos/ /usr/local/etc/pkg.conf /var/cache/pkg/`},
	{"directories for packages (BSD.local.dist)", "", `
		/usr/local /usr/local/bin /usr/local/etc /usr/local/etc/pam.d /usr/local/etc/rc.d /usr/local/include
		/usr/local/info /usr/local/lib /usr/local/libdata /usr/local/libdata/ldconfig /usr/local/libdata/ldconfig32
		/usr/local/libdata/pkgconfig /usr/local/libexec /usr/local/man /usr/local/man/man* /usr/local/sbin
		/usr/local/share /usr/local/share/aclocal /usr/local/share/dict /usr/local/share/doc /usr/local/share/emacs
		/usr/local/share/emacs/site-lisp /usr/local/share/examples /usr/local/share/info /usr/local/share/java
		/usr/local/share/java/classes /usr/local/share/locale /usr/local/share/locale/*
		/usr/local/share/locale/*/LC_MESSAGES /usr/local/share/man /usr/local/share/man/man* /usr/local/share/misc
		/usr/local/share/nls /usr/local/share/nls/* /usr/local/share/sgml /usr/local/share/skel /usr/local/share/xml
		/usr/local/www`},

	// What keywords and triggers make.
	{"info directory (@info)", "indexinfo", `/usr/local/info/dir /usr/local/share/info/dir`},
	{"compiled schemas (@glib-schemas)", "glib", `/usr/local/share/glib-2.0/schemas/gschemas.compiled`},
	{"modules of GIO", "glib", `/usr/local/lib/gio/modules/giomodule.cache`},
	{"image loaders", "gdk-pixbuf2", `/usr/local/lib/gdk-pixbuf-2.0/2.10.0/loaders.cache`},
	{"input methods and print modules", "gtk2", `/usr/local/lib/gtk-2.0/2.10.0/immodules.cache`},
	{"input methods and print modules", "gtk3", `/usr/local/lib/gtk-3.0/3.0.0/immodules.cache`},
	{"input methods and print modules", "gtk4", `/usr/local/lib/gtk-4.0/4.0.0/media/giomodule.cache
		/usr/local/lib/gtk-4.0/4.0.0/printbackends/giomodule.cache /usr/local/lib/gtk-4.0/4.0.0/immodules/giomodule.cache`},
	{"mime cache (@shared-mime-info)", "shared-mime-info", `/usr/local/share/mime/`},
	{"mime cache (@desktop-file-utils)", "desktop-file-utils", `/usr/local/share/applications/mimeinfo.cache`},
	{"font cache (@fc)", "fontconfig", `/var/db/fontconfig/ /usr/local/share/fonts/.uuid /usr/local/share/fonts/*/.uuid`},
	{"font directories (@fontsdir)", "mkfontscale", `/usr/local/share/fonts/*/fonts.dir /usr/local/share/fonts/*/fonts.scale`},
	{"catalogues (@xmlcatmgr)", "xmlcatmgr", `
		/usr/local/share/xml/catalog /usr/local/share/xml/catalog.ports /usr/local/share/sgml/catalog
		/usr/local/share/sgml/catalog.ports`},
	{"settings", "gconf2", `/usr/local/etc/gconf/gconf.xml.defaults/ /usr/local/etc/gconf/gconf.xml.mandatory/`},
	{"virtual machines (@javavm)", "javavmwrapper", `/usr/local/etc/javavms`},
	{"TeX formats, maps and file lists (@fmtutil)", "texlive-base|tex-kpathsea", `
		/usr/local/share/texmf-var/ /usr/local/share/texmf-config/ /usr/local/share/texmf/ls-R
		/usr/local/share/texmf-dist/ls-R /usr/local/share/texmf-local/ls-R`},
	{"installed modules", "octave", `/usr/local/share/octave/octave_packages`},
	{"index of modules", "perl5|perl5.42|perl5.40|perl5.38|perl5.36", `/usr/local/lib/perl5/5.*/mach/perllocal.pod
		/usr/local/lib/perl5/5.*/perl/man/mandoc.db`},
	{"package cache", "ghc", `/usr/local/lib/ghc-*/package.conf.d/package.cache
		/usr/local/lib/ghc-*/lib/package.conf.d/package.cache /usr/local/lib/ghc-*/lib/package.conf.d/package.cache.lock`},
	{"machine id", "dbus", `/var/lib/dbus /var/lib/dbus/machine-id /etc/machine-id`},
	{"certificates, linked to by trust stores", "ca_root_nss", `/usr/local/etc/ssl/cert.pem /usr/local/openssl/cert.pem`},
}

// generatedBeside are the files that are made for one other thing, and are there where
// that is: a part of the path that tells quickly, a regular expression of the file, and
// a path made from its groups.
var generatedBeside = []generated.Beside{
	{"bytecode", "/__pycache__/",
		`(/.*)/__pycache__/([^/]+?)\.[^./]+(?:\.opt-[0-9]+)?\.pyc`, `${1}/${2}.py`},
	{"bytecode of Python 2", ".py",
		`(/.*\.py)[co]`, `${1}`},
	{"bytecode of Emacs", ".elc",
		`(/usr/local/share/emacs.*\.el)c`, `${1}`},
	{"icon cache", "/icon-theme.cache",
		`(/usr/local/share/icons/[^/]+)/icon-theme\.cache`, `${1}/index.theme`},
	{"loadable modules (@kld)", "/linker.hints",
		`(/boot/[^/]+)/linker\.hints`, `${1}`},
}
