package tests

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// makeRepository is natively run. What it makes has loose objects and packed ones.
const makeRepository = `set -e
git init -q -b main "$1"
cd "$1"
for i in $(seq 200); do
	mkdir -p "d$((i % 10))"
	echo "file $i" >"d$((i % 10))/f$i"
done
git add .
git commit -q -m first
git gc -q
for i in $(seq 19); do
	echo "more $i" >>"d1/f$((10 * i + 1))"
	git commit -q -a -m "change $i"
done
`

// useRepository is run in a view, twice: on a repository of the lower tree, and on
// clones of it.
const useRepository = `set -e
cd "$1"
test -z "$(git status --porcelain)"
git checkout -q -b work HEAD~5
mv d2 moved
rm -r d3
echo new >d4/new
git add -A
git commit -q -m work
git checkout -q main
git merge -q -m merged work
git tag -a -m tagged v1
git gc -q --aggressive --prune=now
git fsck --strict --full
git clone -q . "$2"
git -C "$2" fsck --strict --full
git clone -q --no-hardlinks . "$2.copy"
diff -r --exclude .git . "$2"
diff -r --exclude .git . "$2.copy"
git repack -q -a -d -f
git -C "$2" pull -q
test -z "$(git status --porcelain)$(git -C "$2" status --porcelain)"
`

// Git's work on a repository in a view is whole.
func TestGit(t *testing.T) {
	needTool(t, "git")
	ownOpt(t)
	eachBuilder(t, func(t *testing.T, b builder) {
		lower, err := os.MkdirTemp("/opt", "git-")
		if err != nil {
			t.Fatal(err)
		}
		place := b.place(t)
		git := func(cmd *exec.Cmd) {
			for _, of := range []string{"AUTHOR", "COMMITTER"} {
				cmd.Env = append(cmd.Environ(), "GIT_"+of+"_NAME=nobody", "GIT_"+of+"_EMAIL=nobody@example.org")
			}
			must(t, cmd)
		}
		git(exec.Command("sh", "-c", makeRepository, "sh", lower))
		b.own(t, lower)
		keepLower(t, lower)
		writeFile(t, place+"/deps.toml", fmt.Sprintf("[[rule]]\npath = %q\nshow = true\n", lower), 0o644)
		for i, repository := range []string{lower, "/usr/local/git0", "/usr/local/git1.copy"} {
			git(b.run(place, "--deps", place+"/deps.toml", "--from", "dpkg", "--dep", "git", "--",
				"sh", "-c", "git -C "+repository+" branch -D work 2>/dev/null; git -C "+repository+" tag -d v1 2>/dev/null; "+useRepository,
				"sh", repository, fmt.Sprintf("/usr/local/git%d", i)))
		}
	})
}

// A package is what a view installs: its versions differ in what they have.
var packageVersions = []struct{ version, files string }{
	{"1", "etc/dvtest.conf usr/bin/dvtest usr/share/dvtest/gone usr/share/dvtest/sub/data"},
	{"2", "etc/dvtest.conf usr/bin/dvtest usr/share/dvtest/new usr/share/dvtest/sub/data usr/share/dvtest/sub/more"},
}

// dpkg installs, upgrades, removes and purges in a view, as far as it can tell.
func TestDpkg(t *testing.T) {
	needTool(t, "dpkg-deb")
	eachBuilder(t, func(t *testing.T, b builder) {
		place := b.place(t)
		keepLower(t, "/var/lib/dpkg")
		for _, v := range packageVersions {
			makePackage(t, place+"/work", v.version, strings.Fields(v.files))
			b.own(t, place+"/work")
			must(t, b.run(place, "--from", "dpkg", "--", "sh", "-c", installPackage, "sh", v.version))
		}
		must(t, b.run(place, "--from", "dpkg", "--", "sh", "-c", `set -e
dpkg -r dvtest
test ! -e /usr/share/dvtest && test ! -e /usr/bin/dvtest && test -e /etc/dvtest.conf
dpkg -P dvtest
test ! -e /etc/dvtest.conf
! dpkg -s dvtest
test -z "$(dpkg --audit)"`))
		changes := must(t, b.depview(place, "changes", place+"/capture"))
		if strings.Contains(changes, "dvtest") || !strings.Contains(changes, "A /var/log/dpkg.log ") {
			t.Errorf("the package is purged, and the changes are\n%s", changes)
		}
	})
}

// installPackage installs a version and compares its files with what is unpacked in
// the work directory.
const installPackage = `set -e
dpkg -i "dvtest_$1.deb"
test "$(dpkg-query -W -f '${Version} ${db:Status-Status}' dvtest)" = "$1 installed"
test -z "$(dpkg -V dvtest)"
test -z "$(dpkg --audit)"
list() {
	(cd "$1" && find usr/bin/dvtest usr/share/dvtest etc/dvtest.conf -type d -printf '%p %M %u:%g\n' \
		-o -printf '%p %M %u:%g %n %s %T@ %l\n' | sort)
}
list / >installed
list "$1" >unpacked
diff unpacked installed
diff -r --no-dereference "$1/usr/share/dvtest" /usr/share/dvtest
test "$(dvtest)" = "$1"
`

// makePackage makes dvtest_VERSION.deb, and a directory VERSION with its files.
func makePackage(t *testing.T, dir, version string, files []string) {
	t.Helper()
	tree := dir + "/tree" + version
	for _, f := range append(files, "DEBIAN/control") {
		must(t, exec.Command("install", "-D", "-m", "755", "/dev/null", tree+"/"+f))
		writeFile(t, tree+"/"+f, "#!/bin/sh\necho "+version+"\n", 0o755)
	}
	must(t, exec.Command("ln", "-s", "sub/data", tree+"/usr/share/dvtest/link"))
	must(t, exec.Command("ln", tree+"/usr/share/dvtest/sub/data", tree+"/usr/share/dvtest/sub/twin"))
	writeFile(t, tree+"/DEBIAN/conffiles", "/etc/dvtest.conf\n", 0o644)
	writeFile(t, tree+"/DEBIAN/postinst", "#!/bin/sh\nset -e\ntest -x /usr/bin/dvtest\n", 0o755)
	writeFile(t, tree+"/DEBIAN/control", "Package: dvtest\nVersion: "+version+"\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: a test\n", 0o644)
	deb := dir + "/dvtest_" + version + ".deb"
	must(t, exec.Command("dpkg-deb", "--root-owner-group", "-b", tree, deb))
	must(t, exec.Command("dpkg-deb", "-x", deb, dir+"/"+version))
}
