package apk

import "github.com/depview/depview/depgraph/generated"

// generatedFiles are the files that no package lists although an installation makes
// them: see [generated.Files].
//
// The list is of Alpine's install scripts and triggers (aports), and of what setup-alpine
// and container engines write; it was not compared with a machine.
var generatedFiles = []generated.Files{
	{"accounts (alpine-baselayout, adduser, passwd)", "", `
		/etc/passwd /etc/group /etc/shadow /etc/shells /etc/subuid /etc/subgid
		/etc/passwd- /etc/group- /etc/shadow- /etc/subuid- /etc/subgid- /etc/.pwd.lock`},
	{"made by alpine-baselayout's scripts", "", `
		/etc/profile /etc/profile.d /etc/motd /etc/mtab /etc/fstab /etc/inittab /etc/securetty
		/etc/nsswitch.conf /etc/modules /etc/sysctl.conf /etc/os-release /etc/issue
		/etc/busybox-paths.d /var/lock /var/run /var/mail /var/spool/mail`},
	{"the machine: written by setup-alpine or the container's engine", "", `
		/etc/hostname /etc/hosts /etc/resolv.conf /etc/machine-id
		/etc/network /etc/network/interfaces /etc/conf.d/keymap /etc/keymap /etc/lbu/`},
	{"directories for the administrator", "", `
		/home /media /media/cdrom /media/floppy /media/usb /mnt /opt /srv /root /var/opt /var/local
		/usr/local /usr/local/bin /usr/local/etc /usr/local/include /usr/local/lib
		/usr/local/sbin /usr/local/share /usr/local/share/man`},
	{"musl's loader: where it looks for libraries", "", `/etc/ld-musl-*.path`},
	{"apk's configuration, keys and indexes; Rewrites filters world", "", `
		/etc/apk /etc/apk/arch /etc/apk/world /etc/apk/config /etc/apk/repositories
		/etc/apk/repositories.d/ /etc/apk/keys/ /etc/apk/protected_paths.d/ /etc/apk/cache
		/run/apk /run/apk/db.lock /usr/lib/apk/repositories.d/
		/var/cache/apk /var/cache/apk/APKINDEX.*.tar.gz /var/cache/apk/installed
		/var/cache/misc /var/log/apk.log`},
	{"abuild's configuration and keys", "abuild", `/etc/abuild.conf /etc/buildrepo /var/cache/distfiles`},

	// What scripts and triggers make.
	{"time zone (setup-timezone)", "tzdata|alpine-conf", `/etc/localtime /etc/timezone /etc/zoneinfo/`},
	{"certificates", "ca-certificates", `/etc/ca-certificates.conf /etc/ca-certificates/
		/etc/ssl/certs/ /usr/local/share/ca-certificates`},
	{"certificates", "ca-certificates-bundle", `/etc/ssl/certs /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem`},
	{"certificates", "java-cacerts", `/etc/ssl/certs/java/cacerts`},
	{"services that are enabled", "openrc", `/etc/runlevels/ /etc/rc.conf /var/lib/misc /usr/lib/rc/cache/
		/etc/init.d /etc/conf.d /etc/local.d`},
	{"host keys", "openssh-server-common|openssh-server|openssh", `/etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub`},
	{"machine id", "dbus", `/var/lib/dbus/machine-id`},
	{"mime cache", "shared-mime-info", `/usr/share/mime/`},
	{"mime cache", "desktop-file-utils", `/usr/share/applications/mimeinfo.cache`},
	{"font cache", "fontconfig", `/var/cache/fontconfig/`},
	{"font lists", "mkfontscale", `/usr/share/fonts/*/fonts.dir /usr/share/fonts/*/fonts.scale`},
	{"compiled schemas and modules", "glib", `/usr/share/glib-2.0/schemas/gschemas.compiled /usr/lib/gio/modules/giomodule.cache`},
	{"image loaders", "gdk-pixbuf", `/usr/lib/gdk-pixbuf-2.0/*/loaders.cache`},
	{"input methods", "gtk+2.0", `/usr/lib/gtk-2.0/*/immodules.cache`},
	{"input methods", "gtk+3.0", `/usr/lib/gtk-3.0/*/immodules.cache`},
	{"index of manual pages", "mandoc-apropos|mandoc", `/usr/share/man/mandoc.db /usr/local/share/man/mandoc.db`},
	{"index of manual pages", "man-db", `/var/cache/man/`},
	{"info directory", "texinfo", `/usr/share/info/dir /usr/share/info/dir.old`},
	{"XML catalogue", "docbook-xml|libxml2-utils|libxml2", `/etc/xml/catalog`},
	{"XML catalogue", "xmlcatmgr", `/etc/sgml/ /etc/xml/catalog.sgml`},
	{"parsers", "perl-xml-sax", `/usr/share/perl5/vendor_perl/XML/SAX/ParserDetails.ini`},
	{"package cache", "ghc", `/usr/lib/ghc-*/package.conf.d/package.cache /usr/lib/ghc-*/package.conf.d/package.cache.lock`},
	{"hardware database", "eudev|systemd-udevd|udev", `/etc/udev/hwdb.bin /usr/lib/udev/hwdb.bin`},
	{"initial ramdisk", "mkinitfs", `/boot/initramfs-*`},
	{"TeX formats, maps and file lists", "texlive", `/var/lib/texmf/ /usr/share/texmf-var/
		/usr/share/texmf/ls-R /usr/share/texmf-dist/ls-R`},
}

// generatedBeside are the files that are made for one other file, and are there where
// that is: see [generated.Beside].
var generatedBeside = []generated.Beside{
	{"bytecode, where no -pyc package has it", "/__pycache__/",
		`(/.*)/__pycache__/([^/]+?)\.[^./]+(?:\.opt-[0-9]+)?\.pyc`, `${1}/${2}.py`},
	{"bytecode of Python 2", ".py",
		`(/.*\.py)[co]`, `${1}`},
	{"bytecode of Emacs", ".elc",
		`(/usr/share/emacs.*\.el)c`, `${1}`},
	{"icon cache", "/icon-theme.cache",
		`(/usr/share/icons/[^/]+)/icon-theme\.cache`, `${1}/index.theme`},
	{"class data of a Java machine", ".jsa",
		`(/usr/lib/jvm/.*)/classes(?:_nocoops)?\.jsa`, `${1}/libjvm.so`},
	{"module index (depmod)", "/modules.",
		`(/usr/lib/modules/[^/]+)/modules\.[^/]+`, `${1}/modules.builtin`},
}
