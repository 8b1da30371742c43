package gentoo

import "github.com/depview/depview/depgraph/generated"

var generatedTable = generated.NewTable(generatedFiles, generatedBeside)

// generatedFiles are the files that no CONTENTS lists although an installation makes
// them. An empty owner is the base OS: a stage3 has them, or Portage, catalyst or the
// handbook's first steps make them. The paths are in the prefix; /lib, /lib64, /bin and
// /sbin are spelled /usr/….
//
// The list is from what is generally known of ebuilds, Portage and eselect; it was not
// compared with a machine.
var generatedFiles = []generated.Files{
	{"accounts (baselayout's pkg_postinst, acct-user.eclass)", "", `
		/etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/subuid /etc/subgid
		/etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid- /etc/.pwd.lock`},
	{"made of /etc/env.d by env-update", "", `
		/etc/profile.env /etc/csh.env /etc/environment.d /etc/environment.d/10-gentoo-env.conf
		/etc/ld.so.conf /etc/prelink.conf.d/portage.conf`},
	{"the dynamic loader (ldconfig)", "", `/etc/ld.so.cache /var/cache/ldconfig/`},
	{"the machine: written by the installer or the container's engine", "", `
		/etc/hostname /etc/hosts /etc/resolv.conf /etc/fstab /etc/mtab /etc/machine-id /etc/adjtime
		/etc/locale.conf /etc/vconsole.conf /etc/conf.d/hostname /etc/conf.d/net
		/etc/kernel/cmdline /etc/default/grub`},
	{"directories (baselayout's pkg_preinst makes them outside its image)", "", `
		/boot /home /media /mnt /opt /srv /root /proc /run /sys /dev /tmp /var /var/tmp /var/lock /var/run
		/var/cache /var/db /var/empty /var/lib /var/lib/misc /var/log /var/spool /var/mail /var/spool/mail
		/etc /etc/conf.d /etc/env.d /etc/opt /etc/profile.d /etc/skel /etc/sysctl.d /etc/modprobe.d
		/etc/modules-load.d /etc/tmpfiles.d /etc/binfmt.d /etc/sandbox.d /etc/ld.so.conf.d
		/usr /usr/bin /usr/include /usr/lib /usr/lib32 /usr/lib64 /usr/libx32 /usr/libexec /usr/sbin
		/usr/share /usr/share/doc /usr/share/info /usr/share/man /usr/share/misc /usr/src
		/bin /lib /lib32 /lib64 /libx32 /sbin
		/usr/local /usr/local/bin /usr/local/games /usr/local/include /usr/local/lib /usr/local/lib64
		/usr/local/sbin /usr/local/share /usr/local/share/doc /usr/local/share/man /usr/local/src`},
	{"logs of the accounts", "", `/var/log/btmp /var/log/faillog /var/log/lastlog /var/log/wtmp /var/log/tallylog`},
	{"the database of installed packages; what is in it is Files' and Rewrites'", "", `
		/var/db/pkg /var/db/.pkg.portage_lockfile /var/lib/portage /var/lib/portage/world
		/var/lib/portage/world_sets /var/lib/portage/config /var/lib/portage/preserved_libs_registry
		/var/lib/portage/repo_revisions
		/var/cache/edb /var/cache/edb/counter /var/cache/edb/.keep`},
	{"repositories of ebuilds, and Portage's settings", "", `
		/etc/portage/ /etc/make.conf /etc/make.profile /var/db/repos/ /usr/portage/ /var/lib/repos /var/lib/gentoo/
		/var/cache/eix`},
	{"Portage's working places; what is in them is left of other builds", "", `
		/var/cache/distfiles /var/cache/binpkgs /var/tmp/portage /var/log/portage /var/log/sandbox
		/var/log/emerge.log`},
	{"what services start (OpenRC, rc-update)", "sys-apps/openrc", `/etc/runlevels/ /etc/rc.conf`},

	// What pkg_postinst and eselect make. Their symbolic links need no line: a link
	// goes where its target does.
	{"the compiler that was chosen", "sys-devel/gcc-config", `
		/etc/env.d/04gcc-* /etc/env.d/05gcc-* /etc/env.d/gcc /etc/env.d/gcc/config-* /etc/ld.so.conf.d/05gcc-*
		/usr/bin/c89 /usr/bin/c99`},
	{"the linker that was chosen", "sys-devel/binutils-config", `
		/etc/env.d/05binutils /etc/env.d/binutils /etc/env.d/binutils/config-*`},
	{"the locale that was chosen (eselect locale)", "", `/etc/env.d/02locale`},
	{"the editor and the pager that were chosen (eselect)", "app-admin/eselect", `
		/etc/env.d/99editor /etc/env.d/99pager /etc/env.d/99visual /etc/eselect/`},
	{"the interpreters that were chosen", "dev-lang/python-exec-conf", `/etc/python-exec/python-exec.conf /etc/python-exec`},
	{"the Java machine that was chosen", "app-eselect/eselect-java|dev-java/java-config", `
		/etc/java-config-2/ /etc/env.d/20java-config`},
	{"compiled locales (locale-gen)", "sys-libs/glibc", `/usr/lib/locale/ /usr/lib64/locale/ /etc/locale.gen`},
	{"gconv modules' cache (iconvconfig)", "sys-libs/glibc", `/usr/lib/gconv/gconv-modules.cache /usr/lib64/gconv/gconv-modules.cache`},
	{"time zone", "sys-libs/timezone-data", `/etc/localtime /etc/timezone`},
	{"certificates (update-ca-certificates)", "app-misc/ca-certificates", `
		/etc/ssl/certs/ /etc/ca-certificates.conf /etc/ca-certificates/`},
	{"certificates' keys", "net-misc/openssh", `/etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub`},
	{"keys of binary packages (getuto)", "app-portage/getuto", `/etc/portage/gnupg/`},
	{"preformatted pages and index", "sys-apps/man-db", `/var/cache/man/`},
	{"info directory", "sys-apps/texinfo", `/usr/share/info/dir /usr/share/info/dir.old`},
	{"mime cache", "x11-misc/shared-mime-info", `/usr/share/mime/`},
	{"mime cache", "dev-util/desktop-file-utils", `/usr/share/applications/mimeinfo.cache`},
	{"font cache", "media-libs/fontconfig", `/var/cache/fontconfig/`},
	{"fonts that were chosen (eselect fontconfig)", "media-libs/fontconfig", `/etc/fonts/conf.d`},
	{"compiled schemas", "dev-libs/glib", `/usr/share/glib-2.0/schemas/gschemas.compiled`},
	{"XML catalogue", "app-text/build-docbook-catalog", `/etc/xml/docbook`},
	{"XML catalogue", "dev-libs/libxml2", `/etc/xml/catalog`},
	{"SGML catalogue", "app-text/sgml-common", `/etc/sgml/`},
	{"TeX formats, maps and file lists", "app-text/texlive-core", `/var/lib/texmf/ /etc/texmf/
		/usr/share/texmf-dist/ls-R /usr/share/texmf-site/ls-R`},
	{"package cache", "dev-lang/ghc", `/usr/lib64/ghc-*/package.conf.d/package.cache
		/usr/lib64/ghc-*/lib/package.conf.d/package.cache`},
	{"Emacs packages", "app-emacs/emacs-common|app-emacs/emacs-common-gentoo", `/usr/share/emacs/site-lisp/site-gentoo.el`},
	{"tags of the help texts", "app-editors/vim-core", `/usr/share/vim/vimfiles/doc/tags`},
	{"parsers", "dev-perl/XML-SAX", `/etc/perl/XML/SAX/ParserDetails.ini`},
	{"machine id", "sys-apps/dbus", `/var/lib/dbus /var/lib/dbus/machine-id`},
	{"hardware database", "sys-apps/systemd-utils|sys-apps/systemd|sys-fs/eudev", `/etc/udev/hwdb.bin /usr/lib/udev/hwdb.bin`},
	{"journal catalogue and state", "sys-apps/systemd", `/var/lib/systemd/ /var/log/journal /etc/systemd/system/`},
}

// generatedBeside are the files that are made for one other file. Their paths are as
// they are spelled.
var generatedBeside = []generated.Beside{
	{"bytecode that a run made (most is listed)", "/__pycache__/",
		`(/.*)/__pycache__/([^/]+?)\.[^./]+(?:\.opt-[0-9]+)?\.pyc`, `${1}/${2}.py`},
	{"bytecode of Python 2", ".py",
		`(/.*\.py)[co]`, `${1}`},
	{"icon cache", "/icon-theme.cache",
		`(/usr/share/icons/[^/]+)/icon-theme\.cache`, `${1}/index.theme`},
	{"modules of GIO", "/giomodule.cache",
		`(/usr/lib[^/]*)/gio/modules/giomodule\.cache`, `${1}/libgio-2.0.so.0`},
	{"image loaders", "/loaders.cache",
		`(/usr/lib[^/]*)/gdk-pixbuf-2\.0/[^/]+/loaders\.cache`, `${1}/libgdk_pixbuf-2.0.so.0`},
	{"input methods of GTK 2", "/immodules.cache",
		`(/usr/lib[^/]*)/gtk-2\.0/[^/]+/immodules\.cache`, `${1}/libgtk-x11-2.0.so.0`},
	{"input methods of GTK 3", "/immodules.cache",
		`(/usr/lib[^/]*)/gtk-3\.0/[^/]+/immodules\.cache`, `${1}/libgtk-3.so.0`},
	{"index of a directory of fonts (mkfontdir, mkfontscale)", "/fonts.",
		`(/usr/share/fonts/.+)/(?:fonts\.dir|fonts\.scale)`, `${1}`},
	{"names of a directory of fonts (fontconfig)", "/.uuid",
		`(/usr/share/fonts(?:/.+)?)/\.uuid`, `${1}`},
	{"module index (depmod)", "/modules.",
		`(/usr/lib/modules/[^/]+)/modules\.[^/]+`, `${1}/modules.builtin`},
}
