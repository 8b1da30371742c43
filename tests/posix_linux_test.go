package tests

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hanwen/go-fuse/v2/posixtest"
)

// posixVar has this test binary, in a view, run go-fuse's checks in a directory.
const posixVar = "DEPVIEW_TESTS_POSIX"

// unfit are the checks that the machine's own file system does not pass either.
var unfit = map[string]string{
	"FcntlFlockLocksFile": "wants a process to lock itself out, against fcntl(2)",
	"XAttrLarge":          "wants extended attributes larger than ext4's",
}

// TestPosix runs posixtest.All, of go-fuse, where a view captures what is written:
// on a directory that the build has made, and on one of the lower tree.
func TestPosix(t *testing.T) {
	if dir := os.Getenv(posixVar); dir != "" {
		posixHere(t, dir)
		return
	}
	needFuse(t)
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	for _, as := range []struct {
		name    string
		command func(*exec.Cmd) *exec.Cmd
	}{
		{"root", func(c *exec.Cmd) *exec.Cmd { return c }},
		{"user", asUser},
	} {
		for _, procs := range []string{"1", "2"} {
			t.Run(as.name+"/GOMAXPROCS="+procs, func(t *testing.T) {
				if as.name == "root" {
					needRoot(t)
				}
				dir := openDir(t)
				work := dir + "/work"
				if err := errors.Join(os.Mkdir(work, 0o755), copyFile(self, work+"/posix.test"), os.Chmod(work+"/posix.test", 0o755)); err != nil {
					t.Fatal(err)
				}
				script := `mkdir /usr/local/made && for DIR in /usr/local/made /var/local; do
	` + posixVar + `=$DIR ./posix.test -test.run '^TestPosix$' -test.v || exit
done`
				cmd := as.command(exec.Command(binary, "run", "--capture", dir+"/capture", "--", "sh", "-c", script))
				cmd.Dir = work
				cmd.Env = append(os.Environ(), "GOMAXPROCS="+procs, "XDG_CACHE_HOME="+filepath.Join(dir, "cache"))
				out, err := cmd.CombinedOutput()
				if err != nil || strings.Count(string(out), "\n    --- PASS: ") != 2*(len(posixtest.All)-len(unfit)) {
					t.Errorf("%v, and not as many checks passed as there are\n%s", err, out)
				}
			})
		}
	}
}

func posixHere(t *testing.T, dir string) {
	for name, check := range posixtest.All {
		if unfit[name] != "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			mnt, err := os.MkdirTemp(dir, "posix-")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(mnt, 0o755); err != nil {
				t.Fatal(err)
			}
			check(t, mnt)
		})
	}
}
