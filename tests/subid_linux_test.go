package tests

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A grantee is the ordinary user where the machine grants him subordinate ids: in a
// mount namespace of each command, with other files over those of /etc.
type grantee struct{ etc string }

const (
	grantedIDs = "builder:200000:65536\n"
	otherFiles = `for f in passwd subuid subgid; do mount --bind "$0/$f" "/etc/$f" || exit 99; done
`
	becomeUser = `exec setpriv --reuid 12345 --regid 12345 --clear-groups "$@"`
)

func grant(t *testing.T, subuid, subgid string) grantee {
	t.Helper()
	needRoot(t)
	needFuse(t)
	needTool(t, "newuidmap")
	g := grantee{etc: openDir(t)}
	passwd, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	passwd = fmt.Appendf(passwd, "builder:x:%d:%d::/:/bin/sh\n", user, user)
	for name, text := range map[string]string{"passwd": string(passwd), "subuid": subuid, "subgid": subgid} {
		if err := os.WriteFile(filepath.Join(g.etc, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat("/etc/" + name); err != nil {
			t.Skipf("needs a file to mount over: %v", err)
		}
	}
	return g
}

// command returns a command that is carried out as the user, after the setup's.
func (g grantee) command(setup string, argv ...string) *exec.Cmd {
	return exec.Command("unshare", append([]string{"--mount", "sh", "-c", otherFiles + setup + becomeUser, g.etc}, argv...)...)
}

// asRoot has root do what a grantee does, with the same files.
func (g grantee) asRoot(argv ...string) *exec.Cmd {
	return exec.Command("unshare", append([]string{"--mount", "sh", "-c", otherFiles + `exec "$@"`, g.etc}, argv...)...)
}

// ownersScript does in a view what takes many ids. The work directory has an archive.
const ownersScript = `set -e
cd /usr/local
install -d -o www-data -g www-data -m 700 private
install -o www-data -g mail -m 4600 "$W/build.sh" private/secret
mkdir -p tree/of/files
echo a >tree/of/files/a
ln -s a tree/of/files/link
chown -hR man:games tree
mkdir unpacked
tar -C unpacked --numeric-owner -xpf "$W/owners.tar"
echo x >closed
chmod 000 closed
mkdir shut
touch shut/in
chmod 000 shut
install -d -m 1777 shared
setpriv --reuid 33 --regid 33 --groups 34,35 sh -c 'umask 077; id -G; echo mine >shared/mine; mkdir shared/dir; cat private/secret' >/tmp/out
head -1 /tmp/out | grep -x "33 34 35"
tail -1 /tmp/out | grep -x "exit 0"
! setpriv --reuid 33 --regid 33 --clear-groups cat closed
test "$(stat -c %u:%g:%a private/secret tree/of/files/link unpacked/nobody unpacked/high closed | tr '\n' ' ')" = "33:8:4600 6:60:777 65534:65534:600 12345:54321:640 0:0:0 "
chown 33:34 /etc/hostname
test "$(stat -c %u:%g /etc/hostname)" = 33:34
test "$(stat -c %u:%g /etc/shadow)" = 0:42
exit 0
`

// moreScript goes on where ownersScript ends.
const moreScript = `set -e
cd /usr/local
test "$(stat -c %u:%g:%a private/secret unpacked/nobody closed | tr '\n' ' ')" = "33:8:4600 65534:65534:600 0:0:0 "
echo more >>private/secret
chmod 4600 private/secret # in a user namespace, a write takes setuid away
rm -r unpacked shut
chown -R 7:8 tree
chmod 600 closed
mv private/secret .
`

// TestSubordinateIDs compares what a user's build with subordinate ids leaves with
// what root's leaves.
func TestSubordinateIDs(t *testing.T) {
	g := grant(t, grantedIDs, grantedIDs)
	for _, engine := range []string{"overlay", "fuse"} {
		t.Run(engine, func(t *testing.T) {
			dir := openDir(t)
			work := filepath.Join(dir, "work")
			if err := errors.Join(os.Mkdir(work, 0o777), os.Chmod(work, 0o777)); err != nil {
				t.Fatal(err)
			}
			plantOwners(t, work)
			user, root := filepath.Join(dir, "user"), filepath.Join(dir, "root")
			step := func(script string) {
				t.Helper()
				build := []string{"run", "--from", "dpkg", "--engine", engine, "--capture"}
				if err := os.WriteFile(work+"/build.sh", []byte(script), 0o644); err != nil {
					t.Fatal(err)
				}
				for _, cmd := range []*exec.Cmd{
					g.command("", append(append([]string{binary}, build...), user, "--", "sh", "build.sh")...),
					g.asRoot(append(append([]string{binary}, build...), root, "--", "sh", "build.sh")...),
				} {
					cmd.Dir = work
					cmd.Env = append(os.Environ(), "W="+work, "XDG_CACHE_HOME="+dir+"/cache"+cmd.Args[len(cmd.Args)-4][len(dir):])
					mustRun(t, cmd)
				}
				sameCaptures(t, g, user, root)
			}
			step(ownersScript)
			checkOwned(t, engine, user)
			step(moreScript)
			entries, err := os.ReadDir(user + "/work")
			if err != nil || len(entries) > 0 {
				t.Errorf("work/ is not empty: %v, %v", entries, err)
			}
		})
	}
}

func mustRun(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// plantOwners makes an archive of files of many owners.
func plantOwners(t *testing.T, dir string) {
	t.Helper()
	files := filepath.Join(t.TempDir(), "files")
	if err := os.Mkdir(files, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, owner := range map[string][3]int{"nobody": {65534, 65534, 0o600}, "high": {12345, 54321, 0o640}, "daemon": {1, 1, 0o755}, "root": {0, 0, 0o644}} {
		p := filepath.Join(files, name)
		err := errors.Join(os.WriteFile(p, []byte(name), 0o600), os.Chown(p, owner[0], owner[1]), os.Chmod(p, os.FileMode(owner[2])))
		if err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, exec.Command("tar", "-C", files, "-cf", filepath.Join(dir, "owners.tar"), "."))
}

// sameCaptures compares what depview says of the user's capture with what it says
// of root's, and what root reads of the user's.
func sameCaptures(t *testing.T, g grantee, user, root string) {
	t.Helper()
	want := mustRun(t, g.asRoot(binary, "changes", root))
	for who, cmd := range map[string]*exec.Cmd{"the user": g.command("", binary, "changes", user), "root": g.asRoot(binary, "changes", user)} {
		if got := mustRun(t, cmd); got != want {
			t.Errorf("%s reads of the user's build:\n%sof root's:\n%s", who, got, want)
		}
	}
	var archives [2][]byte
	for i, cmd := range []*exec.Cmd{
		g.command("", binary, "pack", user, "-o", filepath.Dir(user)+"/user.tar"),
		g.asRoot(binary, "pack", root, "-o", filepath.Dir(root)+"/root.tar"),
	} {
		cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1")
		mustRun(t, cmd)
		var err error
		if archives[i], err = os.ReadFile(cmd.Args[len(cmd.Args)-1]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(archives[0], archives[1]) {
		list := func(name string) string {
			return mustRun(t, exec.Command("tar", "-tvf", filepath.Join(filepath.Dir(user), name)))
		}
		t.Errorf("the user packs:\n%sroot:\n%s", list("user.tar"), list("root.tar"))
	}
}

// checkOwned checks whose the files of the capture are.
func checkOwned(t *testing.T, engine, dir string) {
	t.Helper()
	var st [2]string
	for i, name := range []string{"private/secret", "closed"} {
		st[i] = strings.TrimSpace(mustRun(t, exec.Command("stat", "-c", "%u:%g", dir+"/upper/usr/local/"+name)))
	}
	want := map[string][2]string{"overlay": {"200032:200007", "12345:12345"}, "fuse": {"12345:12345", "12345:12345"}}[engine]
	if st != want {
		t.Errorf("owners %v, want %v", st, want)
	}
}

// TestSubordinateIDsLost goes on with captures under what cannot.
func TestSubordinateIDsLost(t *testing.T) {
	g := grant(t, grantedIDs, grantedIDs)
	dir := openDir(t)
	run := func(g grantee, capture string, more ...string) (string, error) {
		cmd := g.command("", append(append([]string{binary, "run", "--from", "dpkg", "--work", g.etc, "--capture", dir + "/" + capture}, more...), "sh", "-c", "touch /usr/local/f && (chown 33 /usr/local/f || true)")...)
		cmd.Dir = g.etc
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, step := range []struct {
		who     grantee
		capture string
		flags   []string
		want    string // of what it says, or else it succeeds
	}{
		{g, "owned", []string{"--"}, ""},
		{g, "owned", []string{"--engine", "fuse", "--"}, "the fuse engine cannot go on with a capture that has files of subordinate ids: /usr/local/f\nhint: --engine overlay\n"},
		{grant(t, "", ""), "owned", []string{"--"}, "the capture has files of subordinate ids, and there are none now: /usr/local/f\nhint: depview doctor "},
		{g, "owned", []string{"--engine", "auto", "--"}, ""},
		{g, "recorded", []string{"--engine", "fuse", "--"}, ""},
		{g, "recorded", []string{"-v", "--"}, "fuse engine, the capture has owners recorded"},
		{grant(t, "", ""), "none", []string{"-v", "--"}, "no subordinate ids: /etc/subuid has none for user 12345\n"},
		{grant(t, "", ""), "one", []string{"--engine", "overlay", "--"}, ""},
		{grant(t, grantedIDs, ""), "none", []string{"-v", "--"}, "no subordinate ids: /etc/subgid has none for user 12345\n"},
		{grant(t, "builder:12345:10", "builder:12340:10"), "none", []string{"-v", "--"}, "no subordinate ids: newuidmap: "},
	} {
		out, err := run(step.who, step.capture, step.flags...)
		if fails := strings.Contains(step.want, "hint: "); (err != nil) != fails || !strings.Contains(out, step.want) {
			t.Errorf("%s %v: %v\n%s", step.capture, step.flags, err, out)
		}
	}
}

func TestSubordinateIDsDoctor(t *testing.T) {
	const notSetuid = "mount --bind /usr/bin/newgidmap /usr/bin/newgidmap && mount -o remount,bind,nosuid /usr/bin/newgidmap || exit 99\n"
	for _, c := range []struct {
		name, subuid, setup string
		want                []string
	}{
		{"granted", grantedIDs, "", []string{
			`(?m)^ok  subordinate ids +65536 users and 65536 groups$`,
			`(?m)^ok  a view +entered, overlay engine, owners are real, by subordinate ids$`,
		}},
		{"none", "root:1:2\n", "", []string{
			`(?m)^no  subordinate ids +/etc/subuid has none for user 12345\n    hint: apt install uidmap; usermod --add-subuids 100000-165535 --add-subgids 100000-165535 builder, `,
			`(?m)^ok  a view +entered, fuse engine, which records owners, since there are no subordinate ids$`,
		}},
		{"no tools", grantedIDs, "mount --bind /dev/null /usr/bin/newuidmap || exit 99\n", []string{
			`(?m)^no  subordinate ids +there is no newuidmap\n    hint: apt install uidmap$`,
			`(?m)^ok  a view +entered, fuse engine, `,
		}},
		{"not setuid", grantedIDs, notSetuid, []string{
			`(?m)^no  subordinate ids +newgidmap: .*\n    hint: newuidmap and newgidmap must be setuid root, `,
			`(?m)^ok  a view +entered, fuse engine, `,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := grant(t, c.subuid, grantedIDs)
			dir := openDir(t)
			cmd := g.command(c.setup, binary, "doctor")
			cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME="+dir, "XDG_CACHE_HOME="+dir)
			out := mustRun(t, cmd)
			for _, want := range c.want {
				if !regexp.MustCompile(want).MatchString(out) {
					t.Errorf("no %s in\n%s", want, out)
				}
			}
		})
	}
}
