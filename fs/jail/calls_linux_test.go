package jail

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestOwnerFilter runs the program on calls that the kernel must ask about, and on
// such as it must not.
func TestOwnerFilter(t *testing.T) {
	const minus1, notify, fine = ^uint32(0), unix.SECCOMP_RET_USER_NOTIF, unix.SECCOMP_RET_ALLOW
	const amd64, i386, arm64 = unix.AUDIT_ARCH_X86_64, unix.AUDIT_ARCH_I386, unix.AUDIT_ARCH_AARCH64
	for _, c := range []struct {
		goarch       string
		number, arch uint32
		args         [6]uint32
		want         uint32
	}{
		{"amd64", 92, amd64, [6]uint32{0, 33, 0}, notify},
		{"amd64", 92, amd64, [6]uint32{0, 0, 33}, notify},
		{"amd64", 92, amd64, [6]uint32{0, 0, 0}, notify},
		{"amd64", 92, amd64, [6]uint32{0, minus1, minus1}, fine},
		{"amd64", 92, amd64, [6]uint32{0, minus1, 1}, notify},
		{"amd64", 93, amd64, [6]uint32{3, minus1, minus1}, fine},
		{"amd64", 94, amd64, [6]uint32{0, 1, 1}, notify},
		{"amd64", 260, amd64, [6]uint32{0, 0, 7, 0}, notify},
		{"amd64", 260, amd64, [6]uint32{0, 0, 0, 7}, notify},
		{"amd64", 260, amd64, [6]uint32{7, 7, minus1, minus1, 7}, fine},
		{"amd64", 133, amd64, [6]uint32{0, unix.S_IFCHR | 0o644, 1}, notify},
		{"amd64", 133, amd64, [6]uint32{0, unix.S_IFBLK, 1}, notify},
		{"amd64", 133, amd64, [6]uint32{0, unix.S_IFIFO | 0o644, 0}, fine},
		{"amd64", 259, amd64, [6]uint32{0, 0, unix.S_IFCHR, 1}, notify},
		{"amd64", 259, amd64, [6]uint32{0, unix.S_IFCHR, unix.S_IFREG, 1}, fine},
		{"amd64", 262, amd64, [6]uint32{}, notify},
		{"amd64", 332, amd64, [6]uint32{}, notify},
		{"amd64", x32 | 4, amd64, [6]uint32{}, notify},
		{"amd64", x32 | 92, amd64, [6]uint32{0, minus1, minus1}, fine},
		{"amd64", 0, amd64, [6]uint32{}, fine},
		{"amd64", 262, i386, [6]uint32{}, fine},
		{"amd64", 195, i386, [6]uint32{}, notify},
		{"amd64", 212, i386, [6]uint32{0, 33, minus1}, notify},
		{"amd64", 212, i386, [6]uint32{0, minus1, minus1}, fine},
		{"arm64", 54, arm64, [6]uint32{0, 0, 33, 0}, notify},
		{"arm64", 33, arm64, [6]uint32{0, 0, unix.S_IFBLK, 0}, notify},
		{"arm64", 80, arm64, [6]uint32{}, notify},
		{"arm64", 79, amd64, [6]uint32{}, fine},
	} {
		if got := interpret(t, duty{store: viewOwners{}}.filter(c.goarch), c.number, c.arch, c.args); got != c.want {
			t.Errorf("%+v: got %#x", c, got)
		}
	}
	if (duty{store: viewOwners{}}).filter("mips") != nil {
		t.Error("there is a program for an architecture whose numbers are not known")
	}
}

// TestRefusalFilter does the same for calls that may be refused.
func TestRefusalFilter(t *testing.T) {
	const notify, fine = unix.SECCOMP_RET_USER_NOTIF, unix.SECCOMP_RET_ALLOW
	const amd64, i386, arm64 = unix.AUDIT_ARCH_X86_64, unix.AUDIT_ARCH_I386, unix.AUDIT_ARCH_AARCH64
	tell := func(Denial, func() []string) {}
	writes, network := duty{tell: tell, view: "/"}, duty{tell: tell, network: true}
	for _, c := range []struct {
		duty         duty
		goarch       string
		number, arch uint32
		args         [6]uint32
		want         uint32
	}{
		{writes, "amd64", 257, amd64, [6]uint32{0, 0, unix.O_CLOEXEC | unix.O_DIRECTORY}, fine},
		{writes, "amd64", 257, amd64, [6]uint32{0, 0, unix.O_WRONLY}, notify},
		{writes, "amd64", 257, amd64, [6]uint32{0, 0, unix.O_RDWR}, notify},
		{writes, "amd64", 257, amd64, [6]uint32{0, 0, unix.O_CREAT}, notify},
		{writes, "amd64", 257, amd64, [6]uint32{0, 0, unix.O_TRUNC}, notify},
		{writes, "amd64", 257, amd64, [6]uint32{7, unix.O_WRONLY, 0, unix.O_WRONLY}, fine},
		{writes, "amd64", 2, amd64, [6]uint32{0, unix.O_WRONLY}, notify},
		{writes, "amd64", 2, amd64, [6]uint32{0, 0, unix.O_WRONLY}, fine},
		{writes, "amd64", 280, amd64, [6]uint32{3, 0, 7, 7}, fine},
		{writes, "amd64", 280, amd64, [6]uint32{3, 1}, notify},
		{writes, "amd64", 83, amd64, [6]uint32{}, notify},
		{writes, "amd64", x32 | 83, amd64, [6]uint32{}, notify},
		{writes, "amd64", 466, amd64, [6]uint32{}, notify},
		{writes, "amd64", 262, amd64, [6]uint32{}, fine},
		{writes, "amd64", 42, amd64, [6]uint32{}, fine},
		{writes, "amd64", 5, i386, [6]uint32{0, unix.O_RDWR}, notify},
		{writes, "amd64", 5, i386, [6]uint32{0, 0}, fine},
		{writes, "amd64", 412, i386, [6]uint32{3, 9}, notify},
		{writes, "amd64", 466, i386, [6]uint32{}, notify},
		{writes, "amd64", 102, i386, [6]uint32{3}, fine},
		{writes, "arm64", 56, arm64, [6]uint32{0, 0, unix.O_CREAT}, notify},
		{writes, "arm64", 35, arm64, [6]uint32{}, notify},
		{writes, "arm64", 203, arm64, [6]uint32{}, fine},
		{network, "amd64", 42, amd64, [6]uint32{}, notify},
		{network, "amd64", 44, amd64, [6]uint32{3, 1, 1, 0, 0, 16}, fine},
		{network, "amd64", 44, amd64, [6]uint32{3, 1, 1, 0, 1, 16}, notify},
		{network, "amd64", 46, amd64, [6]uint32{}, notify},
		{network, "amd64", 307, amd64, [6]uint32{}, notify},
		{network, "amd64", 257, amd64, [6]uint32{0, 0, unix.O_WRONLY}, fine},
		{network, "amd64", 102, i386, [6]uint32{3}, notify},
		{network, "amd64", 102, i386, [6]uint32{11}, notify},
		{network, "amd64", 102, i386, [6]uint32{1}, fine},
		{network, "amd64", 362, i386, [6]uint32{}, notify},
		{network, "arm64", 203, arm64, [6]uint32{}, notify},
		{duty{tell: tell, view: "/", network: true, store: viewOwners{}}, "amd64", 42, amd64, [6]uint32{}, notify},
		{duty{tell: tell, view: "/", network: true, store: viewOwners{}}, "amd64", 262, amd64, [6]uint32{}, notify},
		{duty{tell: tell, view: "/", network: true, store: viewOwners{}}, "amd64", 92, amd64, [6]uint32{0, 7, 7}, notify},
		{duty{tell: tell, view: "/", network: true, store: viewOwners{}}, "amd64", 466, i386, [6]uint32{}, notify},
		{duty{view: "/", network: true}, "amd64", 42, amd64, [6]uint32{}, fine},
	} {
		if got := interpret(t, c.duty.filter(c.goarch), c.number, c.arch, c.args); got != c.want {
			t.Errorf("%+v: got %#x", c, got)
		}
	}
	// A program of the kernel's has at most 4096 instructions.
	if n := len(duty{tell: tell, view: "/", network: true, store: viewOwners{}}.filter("amd64")); n > 1000 {
		t.Errorf("the longest program has %d instructions", n)
	}
}

func init() {
	programs["calls"] = callsProgram
	programs["dropped"] = droppedProgram
	programs["threads"] = threadsProgram
	programs["nested"] = nestedProgram
}

// TestOwnerCalls makes the calls themselves, right and wrong: see the programs.
func TestOwnerCalls(t *testing.T) {
	for _, name := range []string{"calls", "dropped", "threads", "nested"} {
		t.Run(name, func(t *testing.T) {
			if out, err := underKeeper(t, "", "./program", name).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestOwnerCalls32 has a 32-bit program make the calls.
func TestOwnerCalls32(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("needs amd64: elsewhere the kernel answers 32-bit programs")
	}
	file := t.TempDir() + "/calls32"
	build := exec.Command("go", "build", "-o", file, "./testdata/calls32")
	build.Env = append(os.Environ(), "GOARCH=386", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if errors.Is(exec.Command(file).Run(), unix.ENOEXEC) {
		t.Skip("needs a kernel that runs 32-bit programs: CONFIG_IA32_EMULATION")
	}
	cmd := underKeeper(t, "", "sh", "-c", "cat >calls32; chmod +x calls32; echo hello >f; ./calls32 f; stat -c %u:%g f")
	cmd.Stdin = bytes.NewReader(program)
	out, err := cmd.CombinedOutput()
	const file32, device32 = "100644 33:100000 0 6 1234567890\n", "60600 0:0 803 0 1234567890\n"
	if want := file32 + file32 + device32 + "33:100000\n"; string(out) != want || err != nil {
		t.Errorf("%v: got\n%swant\n%s", err, out, want)
	}
}

// A checker notes what went wrong.
type checker struct{ faults []error }

// is compares what a call gave with what it should.
func (c *checker) is(what string, got, want any) {
	if got != want {
		c.faults = append(c.faults, fmt.Errorf("%s: got %v, want %v", what, got, want))
	}
}

// plantFile makes a file, and a link to it.
func plantFile() (file *os.File, err error) {
	file, err = os.Create("file")
	return file, errors.Join(err, os.Symlink("file", "link"), os.Mkdir("dir", 0o755))
}

func statx(dir int, name *byte, flags int) (uint32, syscall.Errno) {
	var st unix.Statx_t
	_, _, errno := syscall.Syscall6(unix.SYS_STATX, uintptr(dir), uintptr(unsafe.Pointer(name)), uintptr(flags), unix.STATX_BASIC_STATS, uintptr(unsafe.Pointer(&st)), 0)
	return st.Uid, errno
}

func callsProgram([]string) error {
	file, err := plantFile()
	if err != nil {
		return err
	}
	var c checker
	var st unix.Stat_t
	fd := int(file.Fd())
	at, err := unix.Open("dir", unix.O_PATH, 0)
	if err != nil {
		return err
	}
	link, err := unix.Open("link", unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}

	c.is("fchown", unix.Fchown(fd, 1, 2), nil)
	c.is("fstat", unix.Fstat(fd, &st), nil)
	c.is("after fchown", fmt.Sprint(st.Uid, st.Gid), "1 2")
	c.is("by a descriptor", unix.Fchownat(at, "../link", 3, -1, 0), nil)
	c.is("stat", unix.Stat("link", &st), nil)
	c.is("after fchownat", fmt.Sprint(st.Uid, st.Gid), "3 2")
	c.is("of a link", unix.Fchownat(link, "", 4, 5, unix.AT_EMPTY_PATH), nil)
	c.is("lstat", unix.Lstat("link", &st), nil)
	c.is("after AT_EMPTY_PATH", fmt.Sprint(st.Uid, st.Gid, st.Mode&unix.S_IFMT == unix.S_IFLNK), "4 5 true")
	c.is("by a path in /proc", os.Chown(fmt.Sprintf("/proc/self/fd/%d", fd), 6, 6), nil)
	c.is("by a path in /dev", unix.Stat(fmt.Sprintf("/dev/fd/%d", fd), &st), nil)
	c.is("after that", st.Uid, uint32(6))

	empty := []byte{0}
	uid, errno := statx(fd, &empty[0], unix.AT_EMPTY_PATH)
	c.is("statx of a descriptor", fmt.Sprint(uid, errno), "6 errno 0")
	if sinceLinux(6, 11) {
		uid, errno = statx(fd, nil, unix.AT_EMPTY_PATH)
		c.is("statx without a path", fmt.Sprint(uid, errno), "6 errno 0")
	}
	_, errno = statx(unix.AT_FDCWD, nil, 0)
	c.is("statx of nothing", errno, unix.EFAULT)

	c.is("no path", os.Chown("", 1, 1).(*os.PathError).Err, unix.ENOENT)
	c.is("slash", unix.Lchown("file/", 1, 1), unix.ENOTDIR)
	c.is("bad flags", unix.Fchownat(at, "x", 1, 1, 0x40000), unix.EINVAL)
	c.is("bad descriptor", unix.Fchown(999, 1, 1), unix.EBADF)
	c.is("no descriptor", unix.Fchown(unix.AT_FDCWD, 1, 1), unix.EBADF)
	c.is("long", unix.Chown(strings.Repeat("x", 5000), 1, 1), unix.ENAMETOOLONG)
	c.is("long name", unix.Mknod(strings.Repeat("x", 256), unix.S_IFCHR, 0x103), unix.ENAMETOOLONG)
	c.is("device in nothing", unix.Mknod("none/x", unix.S_IFCHR, 0x103), unix.ENOENT)
	c.is("device and slash", unix.Mknod("x/", unix.S_IFCHR, 0x103), unix.ENOENT)
	c.is("device at a link", unix.Mknod("link", unix.S_IFCHR, 0x103), unix.EEXIST)
	c.is("edges of memory", edges(), nil)
	return errors.Join(c.faults...)
}

// edges passes a path that ends where memory does, and buffers that do not take
// what is written.
func edges() error {
	mem, err := unix.Mmap(-1, 0, 3*4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return err
	}
	path := mem[4096-5 : 4096]
	copy(path, "file\x00")
	if err := errors.Join(unix.Mprotect(mem[4096:8192], unix.PROT_NONE), unix.Mprotect(mem[8192:], unix.PROT_READ)); err != nil {
		return err
	}
	stat := func(path, to *byte) error {
		_, _, errno := syscall.Syscall6(unix.SYS_NEWFSTATAT, ^uintptr(99), uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(to)), 0, 0, 0)
		return errno
	}
	var c checker
	var st unix.Stat_t
	c.is("a path at the end", stat(&path[0], (*byte)(unsafe.Pointer(&st))), syscall.Errno(0))
	c.is("its owner", st.Uid, uint32(6))
	c.is("a path past the end", stat(&mem[4096], (*byte)(unsafe.Pointer(&st))), unix.EFAULT)
	path[4] = 'x'
	c.is("a path over the end", stat(&path[0], (*byte)(unsafe.Pointer(&st))), unix.EFAULT)
	path[4] = 0
	c.is("no buffer", stat(&path[0], nil), unix.EFAULT)
	c.is("a buffer to read", stat(&path[0], &mem[8192]), unix.EFAULT)
	c.is("a buffer that begins well", stat(&path[0], &mem[4096-100]), unix.EFAULT)
	return errors.Join(c.faults...)
}

// droppedProgram gives up capabilities, and with them what they allow.
func droppedProgram([]string) error {
	runtime.LockOSThread()
	file, err := plantFile()
	if err != nil {
		return err
	}
	var c checker
	c.is("closed", errors.Join(os.WriteFile("dir/in", nil, 0o644), os.Chown("dir/in", 1, 1), os.Chmod("dir", 0)), nil)
	drop := func(gone ...uint) error {
		low, high := capsMask(slices.DeleteFunc(slices.Clone(keptCaps), func(c uint) bool { return slices.Contains(gone, c) }))
		data := [2]unix.CapUserData{{Effective: low, Permitted: low}, {Effective: high, Permitted: high}}
		return unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &data[0])
	}
	c.is("drop", drop(unix.CAP_DAC_OVERRIDE), nil)
	c.is("still", unix.Fchown(int(file.Fd()), 1, 1), nil)
	c.is("of others", unix.Chown("dir/in", 2, 2), unix.EACCES)
	c.is("in others", unix.Mknod("dir/x", unix.S_IFCHR, 0x103), unix.EACCES)
	c.is("drop more", drop(unix.CAP_DAC_OVERRIDE, unix.CAP_CHOWN, unix.CAP_MKNOD), nil)
	c.is("chown", unix.Chown("file", 2, 2), unix.EPERM)
	c.is("mknod", unix.Mknod("x", unix.S_IFCHR, 0x103), unix.EPERM)
	var st unix.Stat_t
	c.is("stat", errors.Join(unix.Stat("file", &st)), nil)
	c.is("owner", st.Uid, uint32(1))
	return errors.Join(c.faults...)
}

// threadsProgram has threads change and ask for owners at once, where each has its
// own working directory.
func threadsProgram([]string) error {
	var all sync.WaitGroup
	faults := make(chan error, 8)
	for i := range 8 {
		all.Go(func() {
			runtime.LockOSThread() // for good: the directory is the thread's
			dir := fmt.Sprint("t", i)
			err := errors.Join(os.Mkdir(dir, 0o755), unix.Unshare(unix.CLONE_FS), unix.Chdir(dir), unix.Mknod("f", unix.S_IFREG, 0))
			for k := 1; k < 500 && err == nil; k++ {
				var st unix.Stat_t
				err = errors.Join(unix.Chown("f", i*1000+k, k), unix.Stat("f", &st))
				if int(st.Uid) != i*1000+k || int(st.Gid) != k {
					err = errors.Join(err, fmt.Errorf("%s: %d:%d", dir, st.Uid, st.Gid))
				}
			}
			faults <- err
		})
	}
	all.Wait()
	close(faults)
	var err error
	for f := range faults {
		err = errors.Join(err, f)
	}
	return err
}

// nestedProgram is another keeper in the first one's jail: it cannot listen, and
// the first goes on to answer.
func nestedProgram([]string) error {
	var c checker
	_, err := canListen()
	c.is("listen", err, unix.EBUSY)
	c.is("keep", keep(duty{store: viewOwners{}}), nil)
	c.is("check", owners().OK, true)
	c.is("write", os.WriteFile("file", nil, 0o644), nil)
	c.is("chown", os.Chown("file", 33, 44), nil)
	got, err := ownerOf("file")
	c.is("owner", got, "33:44")
	c.is("stat", err, nil)
	return errors.Join(c.faults...)
}
