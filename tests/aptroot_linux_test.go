package tests

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A mirror is a part of the Debian archive that the machine's apt knows.
type mirror struct{ uri, suite, component string }

// line spells m for a sources.list(5): typ is deb or deb-src.
func (m mirror) line(typ string) string {
	return fmt.Sprintf("%s [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s %s\n", typ, m.uri, m.suite, m.component)
}

// mirrors asks apt for the machine's own release of Debian: the release itself
// first, updates and security after it; foreign archives are left out.
func mirrors(t *testing.T) []mirror {
	t.Helper()
	needTool(t, "apt-get")
	out := must(t, exec.Command("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
		"Created-By: Packages", "Origin: Debian"))
	var list []mirror
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if len(words) != 3 || words[2] != "main" {
			continue
		}
		m := mirror{words[0], words[1], words[2]}
		if strings.ContainsAny(m.suite, "-/") {
			list = append(list, m)
		} else {
			list = append([]mirror{m}, list...)
		}
	}
	if len(list) == 0 {
		t.Skip("needs the package lists of a Debian archive: apt-get update, as root, on a Debian that has one in its sources.list")
	}
	return list
}

// scratch makes a directory of the run that goes with the test. It is on a real
// file system, and every user may enter it.
func scratch(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(runDir, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// must runs cmd and returns its standard output. Any failure ends the test, with
// all that the command said.
func must(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(cmd.Args, " "), err, lastLines(out.String()), lastLines(errs.String()))
	}
	return out.String()
}

// lastLines shortens a log to what a reader wants of it.
func lastLines(log string) string {
	lines := strings.SplitAfter(log, "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "")
}

// writeFile is os.WriteFile, readable by all.
func writeFile(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// inRoot is a shell script that runs with chroot "$ROOT" ready for maintainer
// scripts and apt: /proc and /dev are there, /tmp is the directory SCRATCH of the
// host, names resolve, and no service starts. What it mounts is in a namespace of
// its own and goes with it.
func inRoot(root, scratch, script string, args ...string) *exec.Cmd {
	const prepare = `set -eu
mount --make-rprivate /
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount --bind "$SCRATCH" "$ROOT/tmp"
[ -e "$ROOT/etc/resolv.conf" ] || : >"$ROOT/etc/resolv.conf"
mount --bind /etc/resolv.conf "$ROOT/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d"
chmod 755 "$ROOT/usr/sbin/policy-rc.d"
`
	cmd := exec.Command("sh", append([]string{"-c", prepare + script, "sh"}, args...)...)
	cmd.Env = append(os.Environ(), "ROOT="+root, "SCRATCH="+scratch, "TMPDIR=/tmp", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	return cmd
}
