package dpkg

import "github.com/depview/depview/depgraph/generated"

// generatedFiles are the files that no package lists although an installation
// makes them. An empty owner is the base OS: maintainer scripts of Essential
// packages, the installer and mmdebstrap(1) make them, so every root has them.
// Otherwise they are there where the owner is; "new|old" names a package that was
// renamed. A path that ends in a slash is a directory and all below it, and
// * stands for a part of one name.
//
// The list was made by comparing what is unowned on a Debian 12 machine with 770
// packages and in a fresh root of mmdebstrap --variant=buildd, and from the
// maintainer scripts there.
var generatedFiles = []generated.Files{
	{"accounts (base-passwd, passwd, adduser)", "", `
		/etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/subuid /etc/subgid
		/etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid-
		/etc/.pwd.lock /etc/shells /var/lib/shells.state`},
	{"made by base-files, login and PAM", "", `
		/etc/profile /etc/motd /etc/environment /etc/nsswitch.conf /etc/security/opasswd
		/etc/pam.d/common-* /var/lib/pam/ /etc/dpkg/origins/default
		/root/.bashrc /root/.profile /run/lock
		/var/log/btmp /var/log/faillog /var/log/lastlog /var/log/wtmp`},
	{"the machine: written by the installer, mmdebstrap or the container's engine", "", `
		/etc/hostname /etc/hosts /etc/resolv.conf /etc/fstab /etc/mtab /etc/machine-id
		/etc/adjtime /etc/locale.conf /etc/kernel-img.conf`},
	{"directories for the administrator (base-files)", "", `
		/media /mnt /opt /srv /usr/lib64 /etc/opt /var/opt /var/mail /var/spool/mail /var/local
		/usr/local /usr/local/bin /usr/local/etc /usr/local/games /usr/local/include
		/usr/local/lib /usr/local/man /usr/local/sbin /usr/local/share /usr/local/share/man
		/usr/local/src`},
	{"the dynamic loader (ldconfig)", "", `/etc/ld.so.cache /var/cache/ldconfig/`},
	{"dpkg's own database; Rewrites filters it", "", `
		/var/lib/dpkg /var/lib/dpkg/arch /var/lib/dpkg/arch-old
		/var/lib/dpkg/available /var/lib/dpkg/available-old /var/lib/dpkg/cmethopt
		/var/lib/dpkg/diversions /var/lib/dpkg/diversions-old
		/var/lib/dpkg/lock /var/lib/dpkg/lock-frontend
		/var/lib/dpkg/statoverride /var/lib/dpkg/statoverride-old
		/var/lib/dpkg/status /var/lib/dpkg/status-old
		/var/lib/dpkg/info /var/lib/dpkg/info/format
		/var/lib/dpkg/alternatives/ /var/lib/dpkg/parts /var/lib/dpkg/triggers/
		/var/lib/dpkg/updates /etc/alternatives`},

	// What maintainer scripts and triggers make.
	{"time zone", "tzdata", `/etc/localtime /etc/timezone`},
	{"compiled locales and the default", "locales", `/etc/default/locale /etc/locale.gen /usr/lib/locale/locale-archive`},
	{"copied from /usr/share", "readline-common", `/etc/inputrc`},
	{"copied from /usr/share", "netbase", `/etc/networks`},
	{"apt's configuration, lists and cache", "apt", `/etc/apt/ /var/lib/apt/ /var/cache/apt/`},
	{"debconf's answers", "debconf", `/var/cache/debconf/`},
	{"files handled by ucf", "ucf", `/var/lib/ucf/`},
	{"preformatted pages and index", "man-db", `/var/cache/man/ /var/lib/man-db/`},
	{"info directory; without the owner, Rewrites has base-files' own", "install-info", `/usr/share/info/dir /usr/share/info/dir.old`},
	{"certificates", "ca-certificates", `/etc/ca-certificates.conf /etc/ca-certificates.conf.dpkg-old
		/etc/ssl/certs/ca-certificates.crt /usr/local/share/ca-certificates`},
	{"certificates", "ca-certificates-java", `/etc/ssl/certs/java/cacerts`},
	{"snakeoil certificate", "ssl-cert", `/etc/ssl/certs/ssl-cert-snakeoil.pem /etc/ssl/private/ssl-cert-snakeoil.key`},
	{"host keys", "openssh-server", `/etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub`},
	{"mime cache", "shared-mime-info", `/usr/share/mime/`},
	{"mime cache", "desktop-file-utils", `/usr/share/applications/mimeinfo.cache`},
	{"mailcap", "mailcap|mime-support", `/etc/mailcap`},
	{"font cache", "fontconfig", `/var/cache/fontconfig/`},
	{"compiled schemas", "libglib2.0-0t64|libglib2.0-0", `/usr/share/glib-2.0/schemas/gschemas.compiled`},
	{"software catalogue", "appstream", `/var/cache/swcatalog/ /var/lib/swcatalog/ /var/lib/app-info
		/var/cache/app-info/`},
	{"XML catalogue", "xml-core", `/etc/xml/catalog /etc/xml/catalog.old /var/lib/xml-core/catalog`},
	{"SGML catalogue", "sgml-base", `/etc/sgml/ /var/lib/sgml-base/`},
	{"TeX formats, maps and file lists", "tex-common", `/var/lib/texmf/ /etc/texmf/
		/usr/share/texmf/ls-R /usr/share/texlive/texmf-dist/ls-R /usr/local/share/texmf/ls-R`},
	{"spelling dictionaries", "dictionaries-common", `/var/lib/dictionaries-common/ /etc/dictionaries-common/
		/var/cache/dictionaries-common/`},
	{"compiled word lists", "aspell", `/var/lib/aspell/`},
	{"compiled word lists", "ispell", `/var/lib/ispell/`},
	{"fonts", "ghostscript", `/var/lib/ghostscript/`},
	{"parsers", "libxml-sax-perl", `/etc/perl/XML/SAX/ParserDetails.ini /var/lib/libxml-sax-perl/`},
	{"configuration", "python3", `/etc/python3 /etc/python3/debian_config`},
	{"configuration", "python2-minimal|python2.7-minimal", `/etc/python /etc/python/debian_config`},
	{"interpreters that are set up", "python3-minimal", `/var/lib/python /var/lib/python/python3.*_installed`},
	{"local modules", "python3-minimal", `/usr/local/lib/python3.* /usr/local/lib/python3.*/dist-packages`},
	{"modules and their state", "php-common", `/etc/php/ /var/lib/php/`},
	{"package cache", "ghc", `/var/lib/ghc/package.conf.d/package.cache /var/lib/ghc/package.conf.d/package.cache.lock`},
	{"Emacs packages", "emacsen-common", `/var/lib/emacsen-common/`},
	{"Java preferences", "java-common", `/etc/.java/`},
	{"machine id", "dbus", `/var/lib/dbus/machine-id`},
	{"hardware database", "udev", `/etc/udev/hwdb.bin /usr/lib/udev/hwdb.bin`},
	{"journal catalogue and state", "systemd", `/var/lib/systemd/catalog/ /var/lib/systemd/coredump
		/var/lib/systemd/pstore /var/lib/private /var/cache/private /var/log/private /var/log/journal
		/var/log/README`},
	{"units that maintainer scripts mask", "systemd", `/usr/lib/systemd/system/*`},
	{"initial ramdisk", "initramfs-tools", `/boot/initrd.img-* /var/lib/initramfs-tools/`},
	{"interpreters known to the kernel", "binfmt-support", `/var/lib/binfmts/`},
}

// generatedBeside are the files that are made for one other thing, and are there
// where that is: a part of the path that tells quickly, a regular expression of
// the file, and a path, or the name of a package, made from its groups. Libraries
// stand for a package that has one name an architecture, or changes its name.
var generatedBeside = []generated.Beside{
	{"bytecode (py3compile)", "/__pycache__/",
		`(/.*)/__pycache__/([^/]+?)\.[^./]+(?:\.opt-[0-9]+)?\.pyc`, `${1}/${2}.py`},
	{"bytecode of Python 2", ".py",
		`(/.*\.py)[co]`, `${1}`},
	{"bytecode of Emacs", ".elc",
		`(/usr/share/emacs.*\.el)c`, `${1}`},
	{"state of a unit's instance (deb-systemd-helper)", "/deb-systemd-helper-",
		`/var/lib/systemd/deb-systemd-helper-(?:enabled|masked)/(?:.*/)?([^/@]+@)[^/]+(\.[a-z]+?)(?:\.dsh-also)?`,
		`/usr/lib/systemd/system/${1}${2}`},
	{"state of a unit", "/deb-systemd-helper-",
		`/var/lib/systemd/deb-systemd-helper-(?:enabled|masked)/(?:.*/)?([^/]+\.(?:mount|path|service|slice|socket|target|timer))(?:\.dsh-also)?`,
		`/usr/lib/systemd/system/${1}`},
	{"state of a user's unit", "/deb-systemd-user-helper-",
		`/var/lib/systemd/deb-systemd-user-helper-(?:enabled|masked)/(?:.*/)?([^/]+\.(?:mount|path|service|slice|socket|target|timer))(?:\.dsh-also)?`,
		`/usr/lib/systemd/user/${1}`},
	{"local additions to a profile (dh_apparmor)", "/etc/apparmor.d/local/",
		`/etc/apparmor\.d/local/([^/]+)`, `/etc/apparmor.d/${1}`},
	{"part of the XML catalogue (dh_installxmlcatalogs)", "/etc/xml/",
		`/etc/xml/([^/]+)\.xml(?:\.old)?`, `${1}`},
	{"part of the XML catalogue", "/var/lib/xml-core/",
		`/var/lib/xml-core/([^/]+)`, `${1}`},
	{"icon cache", "/icon-theme.cache",
		`(/usr/share/icons/[^/]+)/icon-theme\.cache`, `${1}/index.theme`},
	{"modules of GIO", "/giomodule.cache",
		`(/usr/lib/[^/]+)/gio/modules/giomodule\.cache`, `${1}/libgio-2.0.so.0`},
	{"image loaders", "/loaders.cache",
		`(/usr/lib/[^/]+)/gdk-pixbuf-2\.0/[^/]+/loaders\.cache`, `${1}/libgdk_pixbuf-2.0.so.0`},
	{"input methods of GTK 2", "/immodules.cache",
		`(/usr/lib/[^/]+)/gtk-2\.0/[^/]+/immodules\.cache`, `${1}/libgtk-x11-2.0.so.0`},
	{"input methods of GTK 3", "/immodules.cache",
		`(/usr/lib/[^/]+)/gtk-3\.0/[^/]+/immodules\.cache`, `${1}/libgtk-3.so.0`},
	{"class data of a Java machine", ".jsa",
		`(/usr/lib/jvm/.*)/classes(?:_nocoops)?\.jsa`, `${1}/libjvm.so`},
	{"module index (depmod)", "/modules.",
		`(/usr/lib/modules/[^/]+)/modules\.[^/]+`, `${1}/modules.builtin`},
}
