package tests

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// jqNeeds are what jq declares, but for ruby-ronn and valgrind, which are big.
const jqNeeds = "debhelper bison flex libonig-dev libtool rake"

// pollution is what the copy has beyond the clean root, by what it shows. Those of
// a line are small, or come along with others. One kind is missing: ssl-cert gives a
// directory of openssl's another mode and group, by dpkg-statoverride(1), and dpkg
// notes neither who did that nor what was there before.
const pollution = `
development libraries:
  libacl1-dev libarchive-dev libattr1-dev libaudit-dev libbz2-dev libcap-dev libcurl4-openssl-dev libdb-dev
  libdw-dev libedit-dev libelf-dev libev-dev libevent-dev libexpat1-dev libffi-dev libfontconfig-dev
  libfreetype-dev libgdbm-dev libglib2.0-dev libgmp-dev libidn2-dev libjansson-dev libjpeg-dev libjson-c-dev
  liblz4-dev liblzma-dev libmpfr-dev libncurses-dev libnl-3-dev libpam0g-dev libpcre2-dev libpng-dev
  libreadline-dev libsodium-dev libsqlite3-dev libssl-dev libtalloc-dev libtiff-dev libusb-1.0-0-dev
  libuv1-dev libxml2-dev libyaml-dev libzstd-dev zlib1g-dev
interpreters, with bytecode:
  lua5.3 lua5.4 tcl python3 python3-jinja2 python3-lxml python3-requests python3-setuptools python3-yaml
alternatives (awk, editor, pager, nc, c++ of another version, pinentry, …):
  ed g++-11 gawk less mg nano netcat-openbsd netcat-traditional original-awk pinentry-tty vim-tiny
shells:
  mksh tcsh zsh
accounts, permissions and services (adduser, dpkg-statoverride, systemd links, a masked unit):
  cron dbus screen
triggers, caches and catalogues (info, man, mime, fonts, XML, certificates, locales, ucf):
  ca-certificates desktop-file-utils docbook-xml docbook-xsl fontconfig fonts-dejavu-core install-info locales
  mailcap netbase shared-mime-info texinfo ucf xml-core
tools:
  bc busybox ccache cmake curl dc dos2unix fakechroot git icu-devtools intltool lsb-release meson moreutils nasm
  ninja-build patchutils pkgconf quilt rsync socat strace swig time unzip wget xsltproc yasm zip
`

// mayDiffer are the generated files that differ from a clean root's, and why. A
// pattern that no path needs any more is a fault too.
var mayDiffer = []struct{ why, paths string }{
	{"accounts of hidden packages: a line may be anybody's, and files of visible packages may rest on it", `
		/etc/passwd /etc/group /etc/shadow /etc/gshadow`},
	{"what they were before the last account was added", `
		/etc/passwd- /etc/group- /etc/shadow- /etc/gshadow-`},
	{"shells of hidden packages, which the administrator may edit (update-shells)", `
		/etc/shells /var/lib/shells.state`},
	{"an index that says where libraries are: a hidden one is not found there (ldconfig)", `
		/etc/ld.so.cache`},
	{"the machine's: netbase's postinst makes it where the installer did not", `
		/etc/hosts`},
	{"which packages were asked for, and which came along: what the copy asked for is marked so", `
		/var/lib/apt/extended_states`},
	{"the database before the last change", `
		/var/lib/dpkg/diversions-old /var/lib/dpkg/status-old`},
}

// maxDiffer is how many generated files outside /var/cache and /var/log may
// differ.
const maxDiffer = 40

// A view of a root that was polluted with more than 150 packages is the root that
// it was before. Left out are /dev, /proc, /sys and /tmp, which are the jail's,
// and the caches and logs.
func TestCleanRoot(t *testing.T) {
	needRoot(t)
	needFuse(t)
	needTool(t, "mmdebstrap")
	needTool(t, "dpkg-deb")
	dir := scratch(t, "cleanroot")
	clean, polluted, work := dir+"/clean", dir+"/polluted", dir+"/work"
	makeRoot(t, clean)
	must(t, exec.Command("cp", "-a", clean, polluted))
	pollute(t, polluted, dir)
	if n := len(installed(t, polluted)) - len(installed(t, clean)); n < 150 {
		t.Fatalf("the copy has only %d packages more", n)
	}

	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	needs := strings.ReplaceAll(jqNeeds, " ", ", ")
	writeFile(t, work+"/control", "Source: jq\nBuild-Depends: "+needs+"\n", 0o644)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	must(t, exec.Command("cp", exe, work+"/probe"))
	must(t, exec.Command(work+"/probe", "walk", clean, dir+"/want"))
	args := append([]string{"run", "--from", "dpkg:" + polluted, "--recipe", work + "/control",
		"--work", work, "--capture", dir + "/capture"}, buildd(t, clean)...)
	run := exec.Command(binary, append(args, "--", "./probe", "walk", "/", "got")...)
	run.Dir = work
	must(t, run)

	compareRoots(t, readWalk(t, dir+"/want"), readWalk(t, work+"/got"), ownedPaths(t, clean))
}

// makeRoot makes a root as a build daemon's, of the machine's own release.
func makeRoot(t *testing.T, root string) {
	t.Helper()
	var sources strings.Builder
	all := mirrors(t)
	for _, m := range all {
		sources.WriteString(m.line("deb"))
	}
	cmd := exec.Command("mmdebstrap", "--quiet", "--mode=root", "--variant=buildd", "--include="+strings.ReplaceAll(jqNeeds, " ", ","), all[0].suite, root, "-")
	cmd.Stdin = strings.NewReader(sources.String())
	must(t, cmd)
}

// pollute installs everything that root shall not have. What apt downloads stays
// outside of root.
func pollute(t *testing.T, root, dir string) {
	t.Helper()
	tmp := dir + "/tmp"
	diverter(t, tmp)
	var names []string
	for line := range strings.Lines(pollution) {
		if strings.HasPrefix(line, " ") {
			names = append(names, strings.Fields(line)...)
		}
	}
	must(t, inRoot(root, tmp, `
apt() {
	chroot "$ROOT" apt-get -qq -o Dir::State::Lists=/tmp/lists -o Dir::Cache=/tmp/cache -o APT::Sandbox::User=root "$@" </dev/null
}
mkdir -p "$SCRATCH/lists/partial" "$SCRATCH/cache/archives/partial"
apt update
apt install -y --no-install-recommends "$@"
chroot "$ROOT" dpkg -i /tmp/diverter.deb
rm "$ROOT/usr/sbin/policy-rc.d"
`, names...))
	if err := os.RemoveAll(tmp); err != nil {
		t.Fatal(err)
	}
}

// diverter builds diverter.deb, which puts its own bison in place of the clean
// root's and moves that one aside.
func diverter(t *testing.T, dir string) {
	t.Helper()
	tree := dir + "/diverter"
	for _, d := range []string{tree + "/DEBIAN", tree + "/usr/bin"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, tree+"/DEBIAN/control", "Package: diverter\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: another bison\n", 0o644)
	writeFile(t, tree+"/DEBIAN/preinst", "#!/bin/sh\nset -e\ndpkg-divert --package diverter --add --rename --divert /usr/bin/bison.distrib /usr/bin/bison\n", 0o755)
	writeFile(t, tree+"/usr/bin/bison", "#!/bin/sh\nexec bison.distrib \"$@\"\n", 0o755)
	must(t, exec.Command("dpkg-deb", "--root-owner-group", "-b", tree, dir+"/diverter.deb"))
}

// installed lists the stanzas of a root's packages.
func installed(t *testing.T, root string) []string {
	t.Helper()
	status, err := os.ReadFile(root + "/var/lib/dpkg/status")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(status)), "\n\n")
}

// buildd returns the flags that add to depview's base what mmdebstrap's variant
// buildd has beyond it: apt, and all packages that are required (mmdebstrap(1)).
func buildd(t *testing.T, root string) (flags []string) {
	t.Helper()
	for _, stanza := range installed(t, root) {
		name, _, _ := strings.Cut(strings.TrimPrefix(stanza, "Package: "), "\n")
		if name == "apt" || strings.Contains(stanza, "\nPriority: required\n") {
			flags = append(flags, "--base", name)
		}
	}
	return flags
}

// ownedPaths are those that packages of root list, with links of directories
// resolved.
func ownedPaths(t *testing.T, root string) map[string]bool {
	t.Helper()
	lists, err := filepath.Glob(root + "/var/lib/dpkg/info/*.list")
	if err != nil || len(lists) == 0 {
		t.Fatalf("no file lists: %v", err)
	}
	owned := map[string]bool{}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		for p := range strings.Lines(string(text)) {
			p = path.Clean(strings.TrimSuffix(p, "\n"))
			top, rest, _ := strings.Cut(p[1:], "/")
			if target, err := os.Readlink(root + "/" + top); err == nil && rest != "" {
				p = path.Join("/", target, rest)
			}
			owned[p] = true
		}
	}
	return owned
}

func init() { probes["walk"] = walk } // ROOT FILE: writes what is in ROOT to FILE

// walk writes a line for each path below a root: its quoted name, then type, mode
// and owner, then digest or link target.
func walk(args []string) error {
	root := args[0]
	out, err := os.Create(args[1])
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	err = filepath.WalkDir(root, func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := path.Join("/", strings.TrimPrefix(file, root))
		if slices.Contains([]string{"/dev", "/proc", "/sys", "/tmp"}, name) {
			return filepath.SkipDir
		}
		var st unix.Stat_t
		if err := unix.Lstat(file, &st); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		var content string
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			content = fmt.Sprintf("%x", sha256.Sum256(data))
		case unix.S_IFLNK:
			if content, err = os.Readlink(file); err != nil {
				return err
			}
		}
		_, err = fmt.Fprintf(w, "%q %o %d:%d %s\n", name, st.Mode, st.Uid, st.Gid, content)
		return err
	})
	return errors.Join(err, w.Flush(), out.Close())
}

// readWalk reads what walk wrote: what there is to say of each path.
func readWalk(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for line := range strings.Lines(string(text)) {
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			t.Fatalf("%s: %q: %v", file, line, err)
		}
		name, _ := strconv.Unquote(quoted)
		found[name] = strings.TrimSpace(line[len(quoted):])
	}
	return found
}

// compareRoots reports the paths that differ and may not.
func compareRoots(t *testing.T, want, got map[string]string, owned map[string]bool) {
	t.Helper()
	allowed := map[string]bool{}
	for _, d := range mayDiffer {
		for _, p := range strings.Fields(d.paths) {
			allowed[p] = true
		}
	}
	all := maps.Clone(want)
	maps.Copy(all, got)
	differ := 0
	for _, p := range slices.Sorted(maps.Keys(all)) {
		a, inClean := want[p]
		b, inView := got[p]
		if inClean && inView && a == b {
			continue
		}
		was, is := "nothing", "nothing"
		if inClean {
			was = a
		}
		if inView {
			is = b
		}
		switch {
		case owned[p]:
			t.Errorf("%s, which a package owns:\n\tthe clean root has %s\n\tthe view has       %s", p, was, is)
		case strings.HasPrefix(p, "/var/cache/") || strings.HasPrefix(p, "/var/log/"):
		case allowed[p]:
			delete(allowed, p)
			differ++
		default:
			t.Errorf("%s:\n\tthe clean root has %s\n\tthe view has       %s", p, was, is)
		}
	}
	for p := range allowed {
		t.Errorf("%s need not differ: strike it from mayDiffer", p)
	}
	if differ >= maxDiffer {
		t.Errorf("%d generated files differ", differ)
	}
	t.Logf("%d paths in the clean root, %d of them owned by packages; %d generated files differ", len(want), len(owned), differ)
}
