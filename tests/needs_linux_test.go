package tests

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// user is the ordinary user that tests run as root play, whom no database knows.
const user = 12345

// asUser makes cmd an ordinary user's, where the tests run as root.
func asUser(cmd *exec.Cmd) *exec.Cmd {
	if os.Geteuid() != 0 {
		return cmd
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: user, Gid: user}
	return cmd
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: sudo go test ./tests")
	}
}

func needFuse(t testing.TB) {
	t.Helper()
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("needs FUSE: modprobe fuse && chmod 0666 /dev/fuse (%v)", err)
	}
	f.Close()
}

// needTool skips the test where a program of this name is missing.
func needTool(t testing.TB, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("needs %s: tests/setup installs it, as root", name)
	}
}
