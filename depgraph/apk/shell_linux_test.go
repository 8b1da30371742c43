package apk

import (
	"os/exec"
	"strings"
	"testing"
)

// TestBusybox holds what is followed against the shell that abuild runs in.
func TestBusybox(t *testing.T) {
	shell, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("needs busybox: tests/setup busybox-static")
	}
	for _, c := range expansions {
		if strings.HasPrefix(c.want, "unknown:") || strings.Contains(c.script, ". y") {
			continue
		}
		cmd := exec.Command(shell, "ash", "-c", c.script+"\nprintf 'x is %s' \"$x\"")
		cmd.Dir = t.TempDir()
		cmd.Env = []string{"CARCH=x86_64", "CHOST=x86_64-alpine-linux-musl", "PATH=/nowhere"}
		out, err := cmd.Output()
		if _, got, _ := strings.Cut(string(out), "x is "); err != nil || got != c.want {
			t.Errorf("%s: %q (%v), want %q", c.script, got, err, c.want)
		}
	}
}
