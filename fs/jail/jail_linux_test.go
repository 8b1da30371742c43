package jail

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// interpret runs a seccomp program on a call, as the kernel would.
func interpret(t *testing.T, program []unix.SockFilter, number, arch uint32, args [6]uint32) uint32 {
	t.Helper()
	var acc uint32
	data := map[uint32]uint32{0: number, 4: arch}
	for i, a := range args {
		data[uint32(16+8*i)] = a
	}
	for pc := 0; pc < len(program); pc++ {
		switch i := program[pc]; i.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			acc = data[i.K]
		case unix.BPF_ALU | unix.BPF_AND | unix.BPF_K:
			acc &= i.K
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			if acc == i.K {
				pc += int(i.Jt)
			} else {
				pc += int(i.Jf)
			}
		case unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			if acc&i.K != 0 {
				pc += int(i.Jt)
			} else {
				pc += int(i.Jf)
			}
		case unix.BPF_JMP | unix.BPF_JA:
			pc += int(i.K)
		case unix.BPF_RET | unix.BPF_K:
			return i.K
		default:
			t.Fatalf("instruction %d: unknown code %#x", pc, i.Code)
		}
	}
	t.Fatal("the program runs off its end")
	return 0
}

func TestCallFilter(t *testing.T) {
	const (
		denied = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
		absent = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
		fine   = unix.SECCOMP_RET_ALLOW
		tcgets = 0x5401
	)
	for _, c := range []struct {
		goarch                string
		number, arch, request uint32
		want                  uint32
	}{
		{"amd64", 16, unix.AUDIT_ARCH_X86_64, unix.TIOCSTI, denied},
		{"amd64", 16, unix.AUDIT_ARCH_X86_64, unix.TIOCLINUX, denied},
		{"amd64", 16, unix.AUDIT_ARCH_X86_64, tcgets, fine},
		{"amd64", 1, unix.AUDIT_ARCH_X86_64, unix.TIOCSTI, fine},
		{"amd64", x32 | 514, unix.AUDIT_ARCH_X86_64, unix.TIOCSTI, denied},
		{"amd64", x32 | 514, unix.AUDIT_ARCH_X86_64, tcgets, fine},
		{"amd64", 54, unix.AUDIT_ARCH_X86_64, unix.TIOCSTI, fine},
		{"amd64", 54, unix.AUDIT_ARCH_I386, unix.TIOCSTI, denied},
		{"amd64", 54, unix.AUDIT_ARCH_I386, tcgets, fine},
		{"amd64", 16, unix.AUDIT_ARCH_I386, unix.TIOCSTI, fine},
		{"amd64", 250, unix.AUDIT_ARCH_X86_64, 0, absent},
		{"amd64", x32 | 248, unix.AUDIT_ARCH_X86_64, 0, absent},
		{"amd64", 250, unix.AUDIT_ARCH_I386, 0, fine},
		{"amd64", 287, unix.AUDIT_ARCH_I386, 0, absent},
		{"arm64", 29, unix.AUDIT_ARCH_AARCH64, unix.TIOCSTI, denied},
		{"arm64", 54, unix.AUDIT_ARCH_ARM, unix.TIOCLINUX, denied},
		{"arm64", 29, unix.AUDIT_ARCH_AARCH64, tcgets, fine},
		{"arm64", 219, unix.AUDIT_ARCH_AARCH64, 0, absent},
		{"arm64", 16, unix.AUDIT_ARCH_X86_64, unix.TIOCSTI, fine},
	} {
		if got := interpret(t, callFilter(c.goarch), c.number, c.arch, [6]uint32{1: c.request}); got != c.want {
			t.Errorf("%+v: got %#x", c, got)
		}
	}
}

func TestKeptCaps(t *testing.T) {
	// chown dac_override fowner fsetid kill setgid setuid sys_chroot mknod setfcap
	if low, high := capsMask(keptCaps); low != 0x880400fb || high != 0 {
		t.Errorf("capabilities %#x %#x", high, low)
	}
}

// TestOpenIn checks that nothing a build leaves behind leads out of its tree.
func TestOpenIn(t *testing.T) {
	dir := t.TempDir()
	for _, err := range []error{
		os.MkdirAll(dir+"/a/b", 0o755),
		os.Symlink("/etc", dir+"/abs"),
		os.Symlink("a", dir+"/rel"),
		os.Symlink("/etc/passwd", dir+"/a/last"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	top, err := unix.Open(dir, unix.O_PATH, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(top)
	for p, want := range map[string]error{
		"/": nil, "/a/b": nil, "a/b": nil, "/a/../a/b": nil, "/../../a": nil,
		"/abs/passwd": unix.ELOOP, "/rel/b": unix.ELOOP, "/none": unix.ENOENT,
	} {
		fd, err := openIn(top, p, unix.O_PATH)
		if err == nil {
			if name, _ := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd)); !strings.HasPrefix(name, dir) {
				t.Errorf("%s led to %s", p, name)
			}
			unix.Close(fd)
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", p, err, want)
		}
	}
	r := root{fd: top}
	if err := r.mkdirAll("/abs/x"); err == nil {
		t.Error("mkdirAll went through a link")
	}
	if err := r.mkdirAll("/new/er"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "new/er")); err != nil {
		t.Error(err)
	}
	if err := r.create("/abs/x"); err == nil {
		t.Error("create went through a link")
	}
	if err := r.create("/a/last"); err == nil {
		t.Error("create wrote over a link")
	}
}

func TestControl(t *testing.T) {
	a, b, err := controlPair()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.send(message{Fuse: true}, int(w.Fd())); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := a.send(message{Error: failed("do this", "it broke")}, -1); err != nil {
		t.Fatal(err)
	}
	a.Close()
	m, fd, err := b.receive()
	if err != nil || !m.Fuse || fd < 0 {
		t.Fatalf("got %+v, %d, %v", m, fd, err)
	}
	unix.Write(fd, []byte("x"))
	unix.Close(fd)
	if data, err := io.ReadAll(r); string(data) != "x" {
		t.Errorf("through the descriptor came %q, %v", data, err)
	}
	m, fd, err = b.receive()
	if err != nil || fd != -1 || m.Error == nil || m.Error.Hint != "do this" || m.Error.Code != ExitFailed {
		t.Errorf("got %+v, %d, %v", m, fd, err)
	}
	if _, _, err := b.receive(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"one/tool": 0o755, "two/tool": 0o644, "two/data": 0o644} {
		p := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, nil, mode)); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"PATH=" + dir + "/two:" + dir + "/none:" + dir + "/one"}
	for name, want := range map[string]struct {
		file string
		code int
	}{
		"tool":     {dir + "/one/tool", 0},
		"data":     {"", ExitNotExecutable},
		"nothing":  {"", ExitNotFound},
		"/bin/ls":  {"/bin/ls", 0},
		"one/tool": {"one/tool", 0},
	} {
		p := Plan{Argv: []string{name}, Env: env}
		got, err := p.find()
		code := 0
		if err != nil {
			code = asError(err).Code
		}
		if got != want.file || code != want.code {
			t.Errorf("%s: %q, %v; want %+v", name, got, err, want)
		}
	}
}
