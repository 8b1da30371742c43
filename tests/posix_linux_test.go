package tests

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/hanwen/go-fuse/v2/posixtest"
)

// posixVar has this test binary, in a view, run go-fuse's checks in a directory; with
// posixMode set they may write nothing there, or just the check of that name runs.
const (
	posixVar  = "DEPVIEW_TESTS_POSIX"
	posixMode = "DEPVIEW_TESTS_POSIX_MODE"
	readOnly  = "read-only"
)

// unfit are the checks that the machine's own file system does not pass either.
var unfit = map[string]string{
	"FcntlFlockLocksFile": "wants a process to lock itself out, against fcntl(2)",
	"XAttrLarge":          "wants extended attributes larger than ext4's",
	"OpenSymlinkRace":     "takes /etc/passwd, if it is on the same file system, for the host's: see TestSymlinkRace",
}

// writesNothing is the one check that does. All others begin by making what they look
// at: where nothing can be written they have to fail, and for that reason.
const writesNothing = "ReadDirConsistency"

// TestPosix runs posixtest.All, of go-fuse, where a view captures what is written:
// on a directory that the build has made, and on one of the lower tree. Where a view
// captures nothing it runs them on a directory of the lower tree.
func TestPosix(t *testing.T) {
	if dir := os.Getenv(posixVar); dir != "" {
		posixHere(t, dir, os.Getenv(posixMode))
		return
	}
	const check = `./posix.test -test.run '^TestPosix$' -test.v`
	eachBuilder(t, func(t *testing.T, b builder) {
		b.posix(t, 2*(len(posixtest.All)-len(unfit)), "--", "sh", "-c",
			"mkdir /usr/local/made && for DIR in /usr/local/made /var/local; do "+posixVar+"=$DIR "+check+" || exit; done")
		t.Run(readOnly, func(t *testing.T) {
			b.posix(t, len(posixtest.All), "--phase", "configure", "--", "sh", "-c", posixVar+"=/etc "+posixMode+"="+readOnly+" "+check)
		})
	})
}

// posix runs checks in a view that one thread serves, and in one of two. So many have
// to pass, and none may be skipped.
func (b builder) posix(t *testing.T, checks int, args ...string) {
	for _, procs := range []string{"1", "2"} {
		place := b.place(t)
		if err := os.Rename(place+"/work/probe", place+"/work/posix.test"); err != nil {
			t.Fatal(err)
		}
		cmd := b.run(place, args...)
		cmd.Env = append(cmd.Env, "GOMAXPROCS="+procs)
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Count(string(out), "\n    --- PASS: ") != checks {
			t.Errorf("GOMAXPROCS=%s: %v, and not as many checks passed as there are\n%s", procs, err, out)
		}
	}
}

func posixHere(t *testing.T, dir, mode string) {
	for name, check := range posixtest.All {
		switch {
		case mode == name:
			check(t, dir)
		case mode == readOnly:
			t.Run(name, func(t *testing.T) { posixReadOnly(t, dir, name) })
		case mode == "" && unfit[name] == "":
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
}

// posixReadOnly runs a check in a process of its own, which may fail.
func posixReadOnly(t *testing.T, dir, name string) {
	cmd := exec.Command("/proc/self/exe", "-test.run", "^TestPosix$", "-test.v")
	cmd.Env = append(os.Environ(), posixVar+"="+dir, posixMode+"="+name)
	out, err := cmd.CombinedOutput()
	if name == writesNothing {
		if err != nil || !strings.Contains(string(out), "--- PASS: TestPosix ") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if !strings.Contains(string(out), "--- FAIL: TestPosix ") || !strings.Contains(string(out), "read-only file system") {
		t.Errorf("not for the reason that nothing can be written: %v\n%s", err, out)
	}
}
