package rpm

import "github.com/depview/depview/depgraph/generated"

// generatedFiles are the files that no package lists although an installation makes
// them. Most such files are %ghost in some package on RPM systems, and so have an owner;
// these have none, or not in every distribution. An empty owner is the base OS: the
// installer, the container's engine or mock(1) make them, so every root has them.
// Otherwise they are there where the owner is; "new|old" names a package that was
// renamed. A path that ends in a slash is a directory and all below it, and * stands
// for a part of one name.
//
// The list is from what is generally known of Fedora, openSUSE and mock, and from the
// table of package dpkg; it was not compared with a machine.
var generatedFiles = []generated.Files{
	{"accounts (setup, shadow-utils, systemd-sysusers)", "", `
		/etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/subuid /etc/subgid
		/etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid-
		/etc/.pwd.lock /etc/shells /etc/security/opasswd`},
	{"the machine: written by anaconda, YaST, mock or the container's engine", "", `
		/etc/hostname /etc/hosts /etc/resolv.conf /etc/fstab /etc/mtab /etc/machine-id
		/etc/machine-info /etc/adjtime /etc/locale.conf /etc/vconsole.conf /etc/localtime
		/etc/nsswitch.conf /etc/environment /etc/motd /etc/profile /etc/crypttab
		/etc/sysconfig /etc/sysconfig/ /etc/rpm/macros.image-language-conf
		/root/anaconda-ks.cfg /root/original-ks.cfg /builddir /builddir/ /.buildenv /run/lock
		/etc/dnf/vars/ /etc/yum/vars/
		/var/log/btmp /var/log/faillog /var/log/lastlog /var/log/wtmp`},
	{"directories for the administrator (filesystem)", "", `
		/media /mnt /opt /srv /afs /etc/opt /var/opt /var/mail /var/spool/mail /var/local
		/usr/local /usr/local/bin /usr/local/etc /usr/local/games /usr/local/include
		/usr/local/lib /usr/local/lib64 /usr/local/libexec /usr/local/sbin /usr/local/share
		/usr/local/share/man /usr/local/src`},
	{"the dynamic loader (ldconfig)", "", `/etc/ld.so.cache /var/cache/ldconfig/`},
	{"state of scriptlets, and of the transaction", "", `/var/lib/rpm-state/`},
	{"links and their registry (alternatives of chkconfig, update-alternatives)", "", `
		/etc/alternatives /var/lib/alternatives/ /var/lib/rpm/alternatives/`},
	{"that files are to be labelled at the next start (selinux-autorelabel)", "", `/.autorelabel`},

	{"dnf's repositories, lists, history and logs", "dnf5|libdnf5|dnf|libdnf|yum", `
		/var/cache/dnf/ /var/lib/dnf/ /var/cache/libdnf5/ /usr/lib/sysimage/libdnf5/
		/var/cache/yum/ /var/lib/yum/ /var/log/dnf.log /var/log/dnf.librepo.log
		/var/log/dnf.rpm.log /var/log/dnf5.log /var/log/hawkey.log /var/log/yum.log
		/etc/yum.repos.d/ /var/cache/PackageKit/`},
	{"zypper's repositories, lists and logs", "libzypp", `
		/var/cache/zypp/ /var/lib/zypp/ /etc/zypp/ /var/log/zypp/ /var/log/zypper.log`},
	{"certificates", "ca-certificates", `/etc/pki/ca-trust/extracted/ /var/lib/ca-certificates/
		/etc/ssl/ca-bundle.pem /etc/ssl/certs/`},
	{"what policies come to", "crypto-policies", `/etc/crypto-policies/back-ends/ /etc/crypto-policies/state/`},
	{"profiles of PAM and nsswitch", "authselect|authselect-libs", `/etc/authselect/ /var/lib/authselect/`},
	{"profiles of PAM", "pam-config", `/etc/pam.d/common-*`},
	{"host keys", "openssh-server", `/etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub`},
	{"compiled locales", "glibc-common|glibc-locale", `/usr/lib/locale/locale-archive /usr/lib/locale/locale-archive.tmpl`},
	{"converters' list (iconvconfig)", "glibc-gconv-extra|glibc-common|glibc", `/usr/lib64/gconv/gconv-modules.cache /usr/lib/gconv/gconv-modules.cache`},
	{"info directory", "info", `/usr/share/info/dir`},
	{"preformatted pages and index", "man-db", `/var/cache/man/`},
	{"mime cache", "shared-mime-info", `/usr/share/mime/`},
	{"mime cache", "desktop-file-utils", `/usr/share/applications/mimeinfo.cache`},
	{"font cache", "fontconfig", `/var/cache/fontconfig/ /usr/lib/fontconfig/cache/`},
	{"compiled schemas", "glib2|glib2-tools", `/usr/share/glib-2.0/schemas/gschemas.compiled`},
	{"XML and SGML catalogues", "xml-common|sgml-skel|libxml2", `/etc/xml/ /etc/sgml/`},
	{"TeX formats, maps and file lists", "texlive-base|texlive", `/var/lib/texmf/ /etc/texmf/
		/usr/share/texlive/texmf-dist/ls-R /usr/share/texlive/texmf-local/ls-R`},
	{"machine id", "dbus-daemon|dbus-1|dbus", `/var/lib/dbus/machine-id`},
	{"hardware database", "systemd-udev|udev", `/etc/udev/hwdb.bin /usr/lib/udev/hwdb.bin`},
	{"journal catalogue and state", "systemd", `/var/lib/systemd/ /var/lib/private /var/cache/private
		/var/log/private /var/log/journal /var/log/README`},
	{"policy modules and contexts", "selinux-policy-targeted|selinux-policy", `/etc/selinux/targeted/ /var/lib/selinux/`},
	{"initial ramdisk and boot entries", "kernel-core|kernel-default|kernel", `/boot/initramfs-* /boot/initrd-* /boot/loader/
		/boot/vmlinuz-* /boot/symvers-*`},
	{"package cache", "ghc-base|ghc-compiler", `/usr/lib64/ghc-*/package.conf.d/package.cache /usr/lib64/ghc-*/lib/package.conf.d/package.cache`},
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
		`(/usr/share/emacs.*\.el)c`, `${1}`},
	{"icon cache", "/icon-theme.cache",
		`(/usr/share/icons/[^/]+)/icon-theme\.cache`, `${1}/index.theme`},
	{"modules of GIO", "/giomodule.cache",
		`(/usr/lib(?:64)?)/gio/modules/giomodule\.cache`, `${1}/libgio-2.0.so.0`},
	{"image loaders", "/loaders.cache",
		`(/usr/lib(?:64)?)/gdk-pixbuf-2\.0/[^/]+/loaders\.cache`, `${1}/libgdk_pixbuf-2.0.so.0`},
	{"input methods of GTK 2", "/immodules.cache",
		`(/usr/lib(?:64)?)/gtk-2\.0/[^/]+/immodules\.cache`, `${1}/libgtk-x11-2.0.so.0`},
	{"input methods of GTK 3", "/immodules.cache",
		`(/usr/lib(?:64)?)/gtk-3\.0/[^/]+/immodules\.cache`, `${1}/libgtk-3.so.0`},
	{"class data of a Java machine", ".jsa",
		`(/usr/lib/jvm/.*)/classes(?:_nocoops)?\.jsa`, `${1}/libjvm.so`},
	{"module index (depmod)", "/modules.",
		`(/usr/lib/modules/[^/]+)/modules\.[^/]+`, `${1}/modules.builtin`},
}
