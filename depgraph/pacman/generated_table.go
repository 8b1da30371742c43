package pacman

import "github.com/depview/depview/depgraph/generated"

// generatedFiles are the files that no package lists although an installation makes
// them: see [generated.Files].
//
// The list was made from the install scripts, hooks and tmpfiles.d of Arch's packages,
// and from what lostfiles(1) knows to be unowned (its lostfiles.conf). It was not
// compared with a machine's. What an administrator does afterwards (the initial ramdisk,
// network profiles, host keys) is no part of a clean root, nor are pacman's log and the
// packages in its cache.
var generatedFiles = []generated.Files{
	{"accounts (filesystem lists some of them, systemd-sysusers changes them)", "", `
		/etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/subuid /etc/subgid /etc/shells
		/etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid- /etc/.pwd.lock`},
	{"the machine: written by the installer, arch-chroot or the container's engine", "", `
		/etc/hostname /etc/hosts /etc/resolv.conf /etc/fstab /etc/mtab /etc/machine-id /etc/adjtime
		/etc/locale.conf /etc/vconsole.conf /etc/localtime /etc/timezone`},
	{"directories of filesystem's, in systems that have another package for them", "", `
		/media /mnt /opt /srv /run/lock /var/empty /var/lock /var/mail /var/run /var/spool/mail
		/usr/local /usr/local/bin /usr/local/etc /usr/local/games /usr/local/include /usr/local/lib
		/usr/local/man /usr/local/sbin /usr/local/share /usr/local/share/man /usr/local/src
		/var/log/btmp /var/log/faillog /var/log/lastlog /var/log/tallylog /var/log/wtmp`},
	{"the dynamic loader (ldconfig, which pacman itself runs)", "", `/etc/ld.so.cache /var/cache/ldconfig/`},
	{"keys (pacman-key --init)", "pacman", `/etc/pacman.d/gnupg/`},
	{"directories for the administrator, and for packages that are downloaded", "pacman", `
		/etc/pacman.d /etc/pacman.d/hooks /var/cache/pacman /var/cache/pacman/pkg`},
	{"packages' servers", "pacman-mirrorlist", `/etc/pacman.d/mirrorlist`},

	// What install scripts, hooks and tmpfiles.d make.
	{"compiled locales and their list (locale-gen)", "glibc", `/usr/lib/locale/locale-archive /etc/locale.gen`},
	{"certificates (update-ca-trust)", "ca-certificates-utils", `/etc/ca-certificates/extracted/
		/etc/ca-certificates/trust-source/ /etc/ssl/cert.pem /etc/ssl/certs/ /etc/ssl/certs/java/cacerts`},
	{"done with an update", "systemd", `/etc/.updated /var/.updated`},
	{"hardware database (systemd-hwdb)", "systemd", `/etc/udev/hwdb.bin /usr/lib/udev/hwdb.bin`},
	{"journal catalogue and state", "systemd", `/var/lib/systemd/ /var/lib/private /var/cache/private
		/var/log/private /var/log/journal /var/log/README /var/lib/machines /var/lib/portables
		/etc/credstore /etc/credstore.encrypted`},
	{"machine id", "dbus", `/var/lib/dbus/machine-id`},
	{"mime cache", "shared-mime-info", `/usr/share/mime/`},
	{"mime cache", "desktop-file-utils", `/usr/share/applications/mimeinfo.cache`},
	{"compiled schemas, modules of GIO", "glib2", `/usr/share/glib-2.0/schemas/gschemas.compiled
		/usr/lib/gio/modules/giomodule.cache`},
	{"image loaders", "gdk-pixbuf2", `/usr/lib/gdk-pixbuf-2.0/2.10.0/loaders.cache`},
	{"input methods", "gtk2", `/usr/lib/gtk-2.0/2.10.0/immodules.cache`},
	{"input methods", "gtk3", `/usr/lib/gtk-3.0/3.0.0/immodules.cache`},
	{"media and print modules", "gtk4", `/usr/lib/gtk-4.0/4.0.0/media/giomodule.cache
		/usr/lib/gtk-4.0/4.0.0/printbackends/giomodule.cache`},
	{"font cache", "fontconfig", `/var/cache/fontconfig/`},
	{"fonts of a directory (mkfontscale)", "xorg-mkfontscale|xorg-fonts-encodings", `/usr/share/fonts/*/fonts.dir
		/usr/share/fonts/*/fonts.scale`},
	{"marks of a directory", "fontconfig", `/usr/share/fonts/.uuid /usr/share/fonts/*/.uuid`},
	{"directory of info pages", "texinfo", `/usr/share/info/dir`},
	{"preformatted pages and index", "man-db", `/var/cache/man/`},
	{"XML catalogue", "libxml2|docbook-xml", `/etc/xml/catalog`},
	{"SGML catalogue", "sgml-common", `/etc/sgml/`},
	{"TeX formats, maps and file lists", "texlive-basic|texlive-core|texlive-bin", `/var/lib/texmf/ /etc/texmf/
		/usr/share/texmf/ls-R /usr/share/texmf-dist/ls-R`},
	{"parsers", "perl-xml-sax", `/usr/share/perl5/vendor_perl/XML/SAX/ParserDetails.ini`},
	{"help tags", "vim-runtime", `/usr/share/vim/vimfiles/doc/tags`},
	{"plugins", "graphviz", `/usr/lib/graphviz/config6`},
	{"plugins", "vlc|vlc-plugins-base", `/usr/lib/vlc/plugins/plugins.dat`},
	{"package cache", "ghc-libs|ghc", `/usr/lib/ghc-*/package.conf.d/package.cache
		/usr/lib/ghc-*/lib/package.conf.d/package.cache`},
	{"certificates", "mono", `/usr/share/.mono/`},
	{"presets of the initial ramdisk", "mkinitcpio", `/etc/mkinitcpio.d /etc/mkinitcpio.d/*.preset`},
}

// generatedBeside are the files that are made for one other thing, and are there where
// that is: see [generated.Beside].
var generatedBeside = []generated.Beside{
	{"a configuration file's other version (pacman(8))", ".pac",
		`(/.*)\.pac(?:new|orig|save(?:\.[0-9]+)?)`, `${1}`},
	{"bytecode of Python", "/__pycache__/",
		`(/.*)/__pycache__/([^/]+?)\.[^./]+(?:\.opt-[0-9]+)?\.pyc`, `${1}/${2}.py`},
	{"bytecode of Python 2", ".py",
		`(/.*\.py)[co]`, `${1}`},
	{"icon cache", "/icon-theme.cache",
		`(/usr/share/icons/[^/]+)/icon-theme\.cache`, `${1}/index.theme`},
	{"class data of a Java machine", ".jsa",
		`(/usr/lib/jvm/.*)/classes(?:_nocoops)?\.jsa`, `${1}/libjvm.so`},
	{"module index (depmod)", "/modules.",
		`(/usr/lib/modules/[^/]+)/modules\.[^/]+`, `${1}/modules.builtin`},
}
