package pacman

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

// The tests of this file hold the package against pacman itself, on a database that it
// writes below the test's own directory.

// A system is a scratch root and what pacman needs for it.
type system struct{ dir, root string }

// packages makes packages in the directory tmp: pkg NAME VERSION LINE… packs what is in
// tree/, with more lines of .PKGINFO (makepkg writes it so, in write_pkginfo).
const packages = `set -eu
cd "$1"
mkdir tree
pkg() {
	name=$1 version=$2
	shift 2
	printf '%s\n' "pkgname = $name" "pkgbase = $name" "pkgver = $version" "pkgdesc = made by a test" "size = 4096" >tree/.PKGINFO
	case "$*" in *arch*) ;; *) echo "arch = x86_64" >>tree/.PKGINFO ;; esac
	for line; do echo "$line"; done >>tree/.PKGINFO
	(cd tree && tar --owner=0 --group=0 --sort=name -cf "../$name.pkg.tar" .PKGINFO $(ls))
	rm -rf tree
	mkdir tree
}
mkdir -p tree/usr/bin tree/usr/lib tree/etc
pkg filesystem 2024.1-1 "arch = any"

mkdir -p tree/usr/lib tree/usr/include
echo so >tree/usr/lib/libz.so.1
ln -s libz.so.1 tree/usr/lib/libz.so
ln tree/usr/lib/libz.so.1 tree/usr/lib/libz.hard
echo h >tree/usr/include/zlib.h
pkg zlib 1:1.3.1-2 "provides = libz.so=1-64" "provides = z-abi=3" "depend = filesystem"

mkdir -p tree/opt/linked
echo so >tree/opt/linked/x.so
pkg linked 0.9.r12.gabcdef-1 "depend = filesystem>=2020" "depend = libz.so=1-64"

mkdir -p "tree/usr/share/two words" tree/usr/share/doc
echo a >"tree/usr/share/two words/ü ö.txt"
echo b >"tree/usr/share/doc/$(printf 'latin\344')"
echo 'c' >tree/usr/share/doc/%FILES%
mkdir tree/usr/share/doc/empty
pkg names 1-1 "provides = mta" "group = base-devel"

mkdir -p tree/usr/bin
echo m >tree/usr/bin/mail
pkg mail 8-3 "provides = mta=8" "conflict = nomail<2" "replaces = oldmail"

mkdir -p tree/etc tree/usr/bin
echo conf >tree/etc/app.conf
echo app >tree/usr/bin/app
pkg app 2.0-1.1 "depend = mta" "depend = zlib>1:1.2" "depend = z-abi<4" "optdepend = linked: for plug-ins: of all kinds" "optdepend = absent>=1" "backup = etc/app.conf"

mkdir -p tree/etc tree/usr/share/doc/gone
echo x >tree/usr/share/doc/gone/x
echo conf >tree/etc/gone.conf
pkg gone 1-1 "backup = etc/gone.conf"
`

// installed makes the packages and has pacman install all of them, and remove one.
func installed(t *testing.T) system {
	t.Helper()
	for _, tool := range []string{"pacman", "tar", "unshare"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s, of Debian's package pacman-package-manager: tests/setup installs it, as root", tool)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: pacman installs for nobody else")
	}
	s := system{dir: t.TempDir()}
	s.root = s.dir + "/root"
	if err := os.MkdirAll(s.root+"/var/lib/pacman", 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("sh", "-c", packages, "sh", s.dir).CombinedOutput(); err != nil {
		t.Fatalf("making packages: %v\n%s", err, out)
	}
	if err := os.WriteFile(s.dir+"/conf", []byte("[options]\nSigLevel = Never\nArchitecture = x86_64\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-U", "--noconfirm"}
	for _, name := range []string{"filesystem", "zlib", "linked", "names", "mail", "app", "gone"} {
		args = append(args, s.dir+"/"+name+".pkg.tar")
	}
	s.pacman(t, args...)
	if err := os.WriteFile(s.root+"/etc/gone.conf", []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.pacman(t, "-R", "--noconfirm", "gone")
	// Pacman installs nothing below a link that stands for a directory; but an
	// administrator may make one afterwards.
	for _, err := range []error{os.Rename(s.root+"/opt", s.root+"/srv"), os.Symlink("srv", s.root+"/opt")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// pacman runs the tool on the scratch root, in a mount namespace of its own, and returns
// the lines that it prints.
func (s system) pacman(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := s.command(args...).Output()
	if failed := new(exec.ExitError); errors.As(err, &failed) {
		out = append(out, failed.Stderr...)
	}
	if err != nil {
		t.Fatalf("pacman %s: %v\n%s", args, err, out)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

func (s system) command(args ...string) *exec.Cmd {
	cmd := exec.Command("unshare", append([]string{"--mount", "pacman", "--root", s.root, "--dbpath", s.root + "/var/lib/pacman", "--config", s.dir + "/conf",
		"--cachedir", s.dir + "/cache", "--gpgdir", s.dir + "/gpg", "--hookdir", s.dir + "/hooks", "--logfile", s.dir + "/log"}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Dir = s.dir
	return cmd
}

func (s system) open(t *testing.T) *Database {
	t.Helper()
	db, err := Open(os.DirFS(s.root), depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	return db.(*Database)
}

// All that pacman says of its packages is what the source says.
func TestSystem(t *testing.T) {
	s := installed(t)
	db := s.open(t)
	t.Run("packages", func(t *testing.T) {
		var got []string
		for _, p := range db.Packages() {
			got = append(got, p.Name+" "+p.Version)
		}
		if want := s.pacman(t, "-Q"); !slices.Equal(got, want) {
			t.Errorf("packages %q, pacman -Q says %q", got, want)
		}
		if len(got) != 6 {
			t.Errorf("%d packages", len(got))
		}
	})
	for _, p := range db.Packages() {
		t.Run(p.Name, func(t *testing.T) {
			s.comparePackage(t, db, p)
		})
	}
	t.Run("satisfied", func(t *testing.T) { s.compareSatisfied(t, db) })
	t.Run("locked", func(t *testing.T) {
		if err := os.WriteFile(s.root+"/var/lib/pacman/db.lck", nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if n := len(s.open(t).Packages()); n != len(s.pacman(t, "-Q")) {
			t.Errorf("%d packages under a lock", n)
		}
	})
}

func (s system) comparePackage(t *testing.T, db *Database, p *depgraph.Package) {
	paths, err := db.Files(p)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range paths {
		if !strings.HasPrefix(f, "/var/lib/pacman/") {
			got = append(got, s.root+f)
		}
		if _, err := os.Lstat(s.root + f); err != nil {
			t.Error(err)
		}
	}
	var want []string
	for _, line := range s.pacman(t, "-Qlq", p.Name) {
		want = append(want, strings.TrimSuffix(line, "/"))
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("files\n%q, pacman -Ql says\n%q", got, want)
	}
	needs, err := p.RunNeeds()
	if err != nil {
		t.Fatal(err)
	}
	says := fmt.Sprintf("Architecture: [%s]\nProvides: %s\nDepends On: %s\n", p.Arch, provides(p), needs)
	var optional []depgraph.Need
	if p.Optional != nil {
		optional, _ = p.Optional()
	}
	says += fmt.Sprintf("Optional Deps: %s\n", optional)
	if info := s.info(t, p.Name); says != info {
		t.Errorf("says\n%s, pacman -Qi says\n%s", says, info)
	}
}

// provides spells what p provides as pacman does.
func provides(p *depgraph.Package) (list []string) {
	for _, v := range p.Provides {
		if v.Version != "" {
			v.Name += "=" + v.Version
		}
		list = append(list, v.Name)
	}
	return list
}

// info returns the fields of pacman -Qi that the source knows too.
func (s system) info(t *testing.T, name string) (info string) {
	var key string
	values := map[string][]string{}
	for _, line := range s.pacman(t, "-Qi", name) {
		k, v, ok := strings.Cut(line, " : ")
		if !ok {
			k, v = "", line
		}
		if k = strings.TrimSpace(k); k != "" {
			key = k
		}
		switch v = strings.TrimSpace(v); {
		case v == "None" || v == "":
		case key == "Optional Deps": // one a line, perhaps with "[installed]"
			v, _, _ = strings.Cut(v, ": ")
			values[key] = append(values[key], strings.TrimSuffix(v, " [installed]"))
		default:
			values[key] = append(values[key], strings.Split(v, "  ")...)
		}
	}
	for _, key := range []string{"Architecture", "Provides", "Depends On", "Optional Deps"} {
		info += fmt.Sprintf("%s: %s\n", key, values[key])
	}
	return info
}

// compareSatisfied asks pacman -T which dependencies nothing satisfies.
func (s system) compareSatisfied(t *testing.T, db *Database) {
	g, err := depgraph.New(nil, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	var all, want []string
	for _, name := range []string{"zlib", "linked", "mta", "libz.so", "z-abi", "gone", "app", "oldmail", "base-devel"} {
		all = append(all, name)
		for _, sign := range []string{"<", "<=", "=", ">=", ">"} {
			for _, v := range []string{"0", "1", "1:1.3.1", "1:1.3.1-1", "1:1.3.1-2", "2", "3", "8", "0.9", "0.9.r12.gabcdef", "1-64", "1-32"} {
				all = append(all, name+sign+v)
			}
		}
	}
	for _, text := range all {
		need, err := db.Need(text)
		if err != nil {
			t.Fatal(err)
		}
		if len(g.Satisfying(need[0], nil)) == 0 {
			want = append(want, text)
		}
	}
	out, _ := s.command(append([]string{"-T"}, all...)...).Output() // it fails where it prints any
	if got := strings.Fields(string(out)); !slices.Equal(got, want) {
		t.Errorf("not satisfied: %q,\npacman -T says %q", want, got)
	}
}
