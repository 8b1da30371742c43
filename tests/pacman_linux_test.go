package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// archPackages makes an Arch-like root in the directory $1 of what this machine has, and
// has pacman itself know it: pkg NAME LINE… packs tree/ and installs it, with more lines
// of .PKGINFO; a package whose files are big is known by empty ones (--dbonly), which are
// linked into place.
const archPackages = `set -eu
cd "$1"
mkdir -p root/var/lib/pacman root/etc tree
printf '[options]\nSigLevel = Never\nArchitecture = x86_64\n' >conf
pm() { unshare --mount pacman --root "$PWD/root" --dbpath "$PWD/root/var/lib/pacman" --config conf --cachedir cache --gpgdir gpg --hookdir hooks --logfile log --noconfirm "$@" >>out 2>&1 || { cat out; exit 1; }; }
pkg() {
	name=$1
	shift
	{ printf '%s\n' "pkgname = $name" "pkgbase = $name" "pkgver = 1.2-1" "pkgdesc = made by a test" "arch = x86_64" "size = 1"
	for line; do echo "$line"; done; } >tree/.PKGINFO
	(cd tree && tar --owner=0 --group=0 --sort=name -cf "../$name.pkg.tar" .PKGINFO $(ls))
	rm -rf tree
	mkdir tree
}
# big takes files of the machine, a line each: with their links followed, below /usr.
big() {
	sed 's,^/,,' >list
	tar -C / -chT list --transform='s,^lib,usr/lib,' | tar -C root -x --skip-old-files
	sed 's,^lib,usr/lib,' list | (cd tree && xargs dirname | sort -u | xargs mkdir -p)
	sed 's,^lib,usr/lib,' list | (cd tree && xargs touch)
}
libraries() { ldd "$@" | sed -n 's/.*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p' | sort -u; }
core='/(ld-linux[^/]*|lib(c|m|dl|pthread|resolv))\.so[^/]*$'

mkdir -p tree/etc tree/usr/bin tree/usr/lib/x86_64-linux-gnu tree/usr/lib64
ln -s usr/bin tree/bin
ln -s usr/lib tree/lib
ln -s usr/lib64 tree/lib64
cp conf tree/etc/pacman.conf
echo 'root:x:0:0::/root:/bin/sh' >root/etc/passwd
pkg filesystem
pm -U filesystem.pkg.tar

libraries /usr/bin/pacman /usr/bin/tcc | grep -E "$core" | big
pkg glibc "depend = filesystem"
echo /usr/bin/busybox | big
mkdir -p root/usr/bin
for applet in sh cat ls; do
	ln -s busybox "root/usr/bin/$applet"
	: >"tree/usr/bin/$applet"
done
pkg busybox "provides = sh"
libraries /usr/bin/pacman | grep -vE "$core" | big
pkg pacman-libs "depend = glibc"
echo /usr/bin/pacman | big
pkg pacman "depend = pacman-libs" "depend = glibc>=1"
{ dpkg -L tcc libc6-dev | grep -E '^/usr/(include/|lib/.*/(tcc/|crt[1in]\.o$|libc(\.so|_nonshared\.a)$))'; echo /usr/bin/tcc; } |
	while read -r f; do if [ -f "$f" ]; then echo "$f"; fi; done | big
pkg tcc "depend = glibc"
pkg base "depend = sh" "depend = filesystem"
pkg base-devel "depend = tcc"
pm -U --dbonly glibc.pkg.tar busybox.pkg.tar pacman-libs.pkg.tar pacman.pkg.tar tcc.pkg.tar base.pkg.tar base-devel.pkg.tar

for name in greet secret left; do
	mkdir -p tree/usr/include tree/usr/lib
	echo "int $name(void);" >"tree/usr/include/$name.h"
	echo "int $name(void) { return 7; }" >$name.c
	tcc -shared -o tree/usr/lib/lib$name.so.1 -Wl,-soname=lib$name.so.1 $name.c
	ln -s lib$name.so.1 tree/usr/lib/lib$name.so
	case $name in
	greet) pkg greet "depend = words>=2" "provides = libgreet.so=1-64" ;;
	*) pkg $name ;;
	esac
done
mkdir -p "tree/usr/share/two words"
echo hello >"tree/usr/share/two words/ü"
pkg dictionary "provides = words=2"
mkdir -p "tree/usr/share/two words"
echo servus >"tree/usr/share/two words/dialect"
pkg dialect "provides = words=1"
pm -U greet.pkg.tar secret.pkg.tar left.pkg.tar dictionary.pkg.tar dialect.pkg.tar
pm -R left
: >root/var/lib/pacman/db.lck
`

// An Arch Linux root, made by pacman, is what the source says it is; pacman, run in a
// view of it, knows of nothing else; and a build there has what its PKGBUILD declares.
func TestPacman(t *testing.T) {
	needFuse(t)
	needRoot(t)
	for _, tool := range []string{"pacman", "tcc", "busybox", "ldd", "unshare"} {
		needTool(t, tool)
	}
	dir := scratch(t, "pacman")
	must(t, exec.Command("sh", "-c", archPackages, "sh", dir))
	for _, as := range []string{"root", "user"} {
		t.Run(as, func(t *testing.T) {
			p := pacmanPort{root: dir + "/root", dir: filepath.Join(dir, as), asUser: as == "user"}
			if err := os.MkdirAll(p.dir+"/work", 0o755); err != nil {
				t.Fatal(err)
			}
			writeFile(t, p.dir+"/work/use.c", "#include <stdio.h>\n#include <greet.h>\nint main(void) { printf(\"%d\\n\", greet()); return 0; }\n", 0o644)
			writeFile(t, p.dir+"/work/leak.c", "#include <secret.h>\nint main(void) { return secret(); }\n", 0o644)
			writeFile(t, p.dir+"/work/PKGBUILD", "pkgname=port\npkgver=1\npkgrel=1\nmakedepends=(\"greet>=${pkgver}\")\n", 0o644)
			if p.asUser {
				must(t, exec.Command("chown", "-R", "12345:12345", p.dir))
			}
			p.test(t)
		})
	}
}

// A pacmanPort is a port that is built in a view of root.
type pacmanPort struct {
	root, dir string
	asUser    bool
}

// depview runs a verb, by the port's recipe.
func (p pacmanPort) depview(verb string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, append([]string{verb, "--from", "pacman:" + p.root, "--recipe", "PKGBUILD"}, args...)...)
	cmd.Dir = p.dir + "/work"
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+p.dir+"/cache", "XDG_STATE_HOME="+p.dir+"/state", "LC_ALL=C.UTF-8")
	if p.asUser {
		asUser(cmd)
	}
	return cmd
}

func (p pacmanPort) test(t *testing.T) {
	const visible = "base base-devel busybox dictionary filesystem glibc greet tcc"
	var names []string
	for line := range strings.Lines(must(t, p.depview("deps"))) {
		names = append(names, strings.Fields(line)[0])
	}
	if got := strings.Join(names, " "); got != visible {
		t.Errorf("deps lists %s, want %s", got, visible)
	}

	auto := exec.Command(binary, "deps", "--from", "auto:"+p.root, "--dep", "libgreet.so=1-64")
	if out, err := auto.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "depview: --from auto: pacman at "+p.root+"\n") || !strings.Contains(string(out), "\ndictionary ") {
		t.Errorf("--from auto: %v\n%s", err, out)
	}

	t.Run("build", func(t *testing.T) {
		got := must(t, p.depview("run", "--", "sh", "-c", "tcc -o use use.c -lgreet && ./use && cat '/usr/share/two words/'*"))
		if got != "7\nhello\n" {
			t.Errorf("the program says %q", got)
		}
	})
	t.Run("undeclared", func(t *testing.T) {
		out, err := p.depview("run", "--", "tcc", "-c", "leak.c").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "include file 'secret.h' not found") {
			t.Errorf("%v\n%s", err, out)
		}
		cmd := p.depview("check", "--", "tcc", "-c", "leak.c")
		out, _ = cmd.CombinedOutput()
		for _, want := range []string{"\nsecret: would have been read\n", "/usr/include/secret.h\n", "declare: makedepends+=('secret')\n"} {
			if !strings.Contains("\n"+string(out), want) {
				t.Errorf("check does not say %q:\n%s", want, out)
			}
		}
		if s := cmd.ProcessState.ExitCode(); s != 3 {
			t.Errorf("check ends with status %d", s)
		}
	})
	t.Run("query", func(t *testing.T) {
		// What pacman says is there, of all and of each, is what there is.
		const query = `pacman -Qq; echo; pacman -Qlq | while read -r f; do ls -d "$f" >/dev/null || echo "$f"; done
			pacman -Qoq /usr/include/greet.h; pacman -T words secret sh left; ls /var/lib/pacman/local /var/lib/pacman`
		got := must(t, p.depview("run", "--dep", "pacman", "--", "sh", "-c", query))
		all := strings.Fields(visible + " pacman pacman-libs")
		listed := strings.Join(all, "\n")
		listed = strings.Replace(listed, "tcc\npacman\npacman-libs", "pacman\npacman-libs\ntcc", 1)
		want := listed + "\n\ngreet\nsecret\nleft\n/var/lib/pacman:\nlocal\n\n/var/lib/pacman/local:\nALPM_DB_VERSION\n" +
			strings.ReplaceAll(listed, "\n", "-1.2-1\n") + "-1.2-1\n"
		if got != want {
			t.Errorf("pacman in the view says\n%s\nwant\n%s", got, want)
		}
	})
}
