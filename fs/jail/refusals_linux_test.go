package jail

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// refusing has underKeeper refuse what a jail does: writes to refusedView, and the
// network.
const refusing = "refusing"

const refusedView = "/mnt/view"

// refuse makes the view, and returns how a keeper tells of what it is refused.
func refuse(mode string) (d duty, err error) {
	if mode != refusing {
		return d, nil
	}
	err = errors.Join(
		os.Mkdir(refusedView, 0o755),
		unix.Mount("view", refusedView, "tmpfs", 0, "mode=755"),
		os.Mkdir(refusedView+"/dir", 0o755),
		os.WriteFile(refusedView+"/file", nil, 0o644),
		os.WriteFile(refusedView+"/dir/in", nil, 0o644),
		os.Symlink("dir", refusedView+"/dirlink"),
		os.Symlink("file", refusedView+"/link"),
		os.Symlink("dir/new", refusedView+"/dangling"),
		os.Symlink("/mnt/work/new", refusedView+"/out"),
		os.Symlink("loop", refusedView+"/loop"),
		unix.Mkfifo(refusedView+"/fifo", 0o644),
		unix.Mount("", refusedView, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""),
		os.Mkdir("/mnt/work", 0o755),
		os.Symlink("../view/dir", "/mnt/work/in"),
		os.Symlink("../view/new", "/mnt/work/newlink"),
		os.Symlink("../view/file", "/mnt/work/filelink"),
		os.WriteFile("/mnt/work/file", nil, 0o644),
		loopbackUp(),
	)
	tell := func(d Denial, argv func() []string) {
		fmt.Printf("TOLD %s%s %s %s %s %v\n", d.Path, d.Address, d.Syscall, d.Errno, path.Base(d.Exe), argv()[0])
	}
	return duty{tell: tell, view: refusedView, network: true}, err
}

func init() {
	programs["writes"] = writesProgram
	programs["connects"] = connectsProgram
	programs["tasks"] = tasksProgram
}

// names are what writesProgram has calls write to, beside those of the view itself.
var writeNames = []string{
	"file", "dir", "new", "dir/new", "dir/in", "dir/../new", "dirlink/new", "dirlink", "link", "dangling", "out", "loop", "fifo",
	"none/new", "file/new", "file/", "new/", "dir/", "dir/.", "..", ".", "", "../work/new", "../work/in/new", "../work/in/in",
	"../work/newlink", "../work/filelink", "../work/file", "../work/none", strings.Repeat("x", 256), "//mnt//view/new", "/mnt/work/in/../new",
	"/dev/null", "/proc/self/cwd/new", "/proc/self/root/mnt/view/file", "/proc/self/root/mnt/view/new", "/proc/thread-self/cwd/dir/", "/mnt/work/" + strings.Repeat("./", 2030) + "in/new", strings.Repeat("x", 5000),
}

// A writeCall is a call that writes to what a name stands for.
type writeCall struct {
	name string
	do   func(dir int, name string) error
}

// writeCalls are the calls, with flags that matter.
func writeCalls() (list []writeCall) {
	add := func(name string, do func(dir int, name string) error) { list = append(list, writeCall{name, do}) }
	for _, flags := range []int{
		unix.O_WRONLY, unix.O_RDWR, unix.O_RDONLY | unix.O_TRUNC, unix.O_RDONLY | unix.O_CREAT, unix.O_WRONLY | unix.O_CREAT,
		unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL, unix.O_WRONLY | unix.O_NOFOLLOW, unix.O_WRONLY | unix.O_CREAT | unix.O_NOFOLLOW,
		unix.O_RDWR | unix.O_TMPFILE, unix.O_PATH | unix.O_WRONLY, unix.O_RDWR | unix.O_DIRECTORY,
	} {
		add(fmt.Sprintf("openat %#o", flags), func(dir int, name string) error {
			fd, err := unix.Openat(dir, name, flags|unix.O_NONBLOCK, 0o600)
			unix.Close(fd)
			return err
		})
		add(fmt.Sprintf("openat2 %#o", flags), func(dir int, name string) error {
			how := &unix.OpenHow{Flags: uint64(flags)}
			if flags&unix.O_PATH == 0 {
				how.Flags |= unix.O_NONBLOCK
			} else {
				how.Flags = unix.O_PATH
			}
			if flags&unix.O_CREAT != 0 || flags&unix.O_TMPFILE == unix.O_TMPFILE {
				how.Mode = 0o600
			}
			fd, err := unix.Openat2(dir, name, how)
			unix.Close(fd)
			return err
		})
	}
	add("mkdirat", func(dir int, name string) error { return unix.Mkdirat(dir, name, 0o755) })
	add("mknodat", func(dir int, name string) error { return unix.Mknodat(dir, name, unix.S_IFIFO, 0) })
	add("symlinkat", func(dir int, name string) error { return unix.Symlinkat("x", dir, name) })
	add("linkat", func(dir int, name string) error { return unix.Linkat(dir, "file", dir, name, 0) })
	add("linkat none", func(dir int, name string) error { return unix.Linkat(dir, "none", dir, name, 0) })
	add("unlinkat", func(dir int, name string) error { return unix.Unlinkat(dir, name, 0) })
	add("rmdir", func(dir int, name string) error { return unix.Unlinkat(dir, name, unix.AT_REMOVEDIR) })
	add("renameat", func(dir int, name string) error { return unix.Renameat2(dir, "file", dir, name, 0) })
	add("renameat from", func(dir int, name string) error { return unix.Renameat2(dir, name, dir, "dir/renamed", 0) })
	add("renameat out", func(dir int, name string) error { return unix.Renameat2(dir, name, dir, "../work/renamed", 0) })
	add("fchmodat", func(dir int, name string) error { return unix.Fchmodat(dir, name, 0o600, 0) })
	add("fchownat", func(dir int, name string) error { return unix.Fchownat(dir, name, 0, 0, 0) })
	add("lchown", func(dir int, name string) error { return unix.Fchownat(dir, name, 0, 0, unix.AT_SYMLINK_NOFOLLOW) })
	add("empty", func(dir int, name string) error { return unix.Fchownat(dir, name, 0, 0, unix.AT_EMPTY_PATH) })
	add("utimensat", func(dir int, name string) error { return unix.UtimesNanoAt(dir, name, nil, 0) })
	return list
}

// writesProgram prints what the kernel answers to every call with every name, each
// made from the view as the working directory and, with another one, by a descriptor.
func writesProgram([]string) error {
	dir, err := unix.Open(refusedView, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	for _, way := range []struct {
		cwd string
		at  int
	}{{refusedView, unix.AT_FDCWD}, {"/proc", dir}} {
		if err := os.Chdir(way.cwd); err != nil {
			return err
		}
		for _, c := range writeCalls() {
			for i, name := range writeNames {
				var st unix.Stat_t
				there := unix.Fstatat(way.at, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil
				err := c.do(way.at, name)
				fmt.Printf("CALL %d %s, there %v: %v\n", i, c.name, there, err)
				if err == nil { // it was a name outside of the view
					for _, made := range []string{"new", "none", "renamed"} {
						_ = os.RemoveAll("/mnt/work/" + made)
					}
					_ = os.WriteFile("/mnt/work/file", nil, 0o644)
				}
			}
		}
	}
	return nil
}

// TestRefusedWrites compares what the keeper tells with what the kernel answers.
func TestRefusedWrites(t *testing.T) {
	out, err := underKeeper(t, refusing, "./program", "writes").Output()
	if err != nil {
		t.Fatal(err)
	}
	told, count := "", 0
	for s := bufio.NewScanner(strings.NewReader(string(out))); s.Scan(); {
		line := s.Text()
		if path, ok := strings.CutPrefix(line, "TOLD "); ok {
			if told != "" {
				t.Errorf("told of twice: %s, and %s", told, line)
			}
			told = path
			continue
		}
		var i int
		if _, err := fmt.Sscanf(line, "CALL %d", &i); err != nil {
			t.Fatal(line)
		}
		refused := strings.HasSuffix(line, unix.EROFS.Error())
		count++
		if refused != (told != "") && !(refused && isNothing(line)) {
			t.Errorf("%s %.40q: told %q", line, writeNames[i], told)
		}
		if refused && told != "" && !strings.HasPrefix(told, refusedView) {
			t.Errorf("%s: path %s", line, told)
		}
		told = ""
	}
	if want := 2 * len(writeCalls()) * len(writeNames); count != want {
		t.Errorf("%d calls, want %d", count, want)
	}
}

// isNothing tells whether a call is to remove or to rename what is not there, to
// which the kernel answers before it looks.
func isNothing(line string) bool {
	return strings.Contains(line, "there false") && slices.ContainsFunc([]string{"unlinkat", "rmdir", "renameat from", "renameat out"}, func(call string) bool {
		return strings.Contains(line, call)
	})
}

// connectsProgram says where to in every way there is.
func connectsProgram([]string) error {
	local, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var c checker
	to := func(s string) unix.Sockaddr {
		_, sa := sockaddr(netip.MustParseAddrPort(s))
		return sa
	}
	socket := func(family, kind int) int {
		fd, err := unix.Socket(family, kind, 0)
		c.is("socket", err, nil)
		return fd
	}
	stream, stream6 := socket(unix.AF_INET, unix.SOCK_STREAM), socket(unix.AF_INET6, unix.SOCK_STREAM)
	datagram := socket(unix.AF_INET, unix.SOCK_DGRAM)
	c.is("connect", unix.Connect(stream, to("192.0.2.1:443")), unix.ENETUNREACH)
	c.is("connect6", unix.Connect(stream6, to("[2001:db8::1]:443")), unix.ENETUNREACH)
	c.is("mapped", unix.Connect(stream6, &unix.SockaddrInet6{Port: 80, Addr: netip.MustParseAddr("::ffff:192.0.2.3").As16()}), unix.ENETUNREACH)
	c.is("connect datagram", unix.Connect(datagram, to("192.0.2.1:53")), unix.ENETUNREACH)
	c.is("sendto", unix.Sendto(datagram, []byte("x"), 0, to("192.0.2.2:9")), unix.ENETUNREACH)
	c.is("sendmsg", unix.Sendmsg(datagram, []byte("x"), nil, to("192.0.2.4:9"), 0), unix.ENETUNREACH)
	c.is("sendmmsg", sendmmsg(datagram, [4]byte{192, 0, 2, 5}), unix.ENETUNREACH)
	c.is("fast open", unix.Sendto(stream, []byte("x"), unix.MSG_FASTOPEN, to("192.0.2.6:9")), unix.ENETUNREACH)

	c.is("names", unix.Connect(datagram, to("127.0.0.53:53")), nil)
	c.is("local", unix.Connect(stream, to(local.Addr().String())), nil)
	c.is("refused", unix.Connect(stream6, to("[::1]:9")), unix.ECONNREFUSED)
	c.is("to itself", unix.Sendto(datagram, []byte("x"), 0, to("127.0.0.1:9")), nil)
	c.is("connected", unix.Sendto(stream, []byte("x"), 0, to("192.0.2.6:9")), nil)
	c.is("unix", unix.Connect(socket(unix.AF_UNIX, unix.SOCK_STREAM), &unix.SockaddrUnix{Name: "/none"}), unix.ENOENT)
	c.is("no address", unix.Sendto(datagram, []byte("x"), 0, nil), nil)
	_, _, errno := syscall.Syscall(unix.SYS_CONNECT, uintptr(datagram), 8, 16)
	c.is("no memory", errno, unix.EFAULT)
	return errors.Join(c.faults...)
}

// sendmmsg sends one datagram; the package unix has no such call.
func sendmmsg(fd int, ip [4]byte) error {
	name := unix.RawSockaddrInet4{Family: unix.AF_INET, Port: 0x0900, Addr: ip}
	data := []byte("x")
	iov := unix.Iovec{Base: &data[0], Len: 1}
	header := struct {
		unix.Msghdr
		length uint32
	}{Msghdr: unix.Msghdr{Name: (*byte)(unsafe.Pointer(&name)), Namelen: unix.SizeofSockaddrInet4, Iov: &iov, Iovlen: 1}}
	_, _, errno := syscall.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&header)), 1, 0, 0, 0)
	return errno
}

func TestRefusedAddresses(t *testing.T) {
	out, err := underKeeper(t, refusing, "./program", "connects").CombinedOutput()
	const want = `TOLD 192.0.2.1:443/tcp connect ENETUNREACH program ./program
TOLD [2001:db8::1]:443/tcp connect ENETUNREACH program ./program
TOLD 192.0.2.3:80/tcp connect ENETUNREACH program ./program
TOLD 192.0.2.1:53/udp connect ENETUNREACH program ./program
TOLD 192.0.2.2:9/udp sendto ENETUNREACH program ./program
TOLD 192.0.2.4:9/udp sendmsg ENETUNREACH program ./program
TOLD 192.0.2.5:9/udp sendmmsg ENETUNREACH program ./program
TOLD 192.0.2.6:9/tcp sendto ENETUNREACH program ./program
TOLD 127.0.0.53:53/udp connect ECONNREFUSED program ./program
`
	if string(out) != want || err != nil {
		t.Errorf("%v: got\n%swant\n%s", err, out, want)
	}
}

// tasksProgram writes from threads, from a program that is started by vfork(2), and
// from another root.
func tasksProgram([]string) error {
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			runtime.LockOSThread() // for good: the directory is the thread's
			if errors.Join(unix.Unshare(unix.CLONE_FS), unix.Chdir(refusedView+"/dir")) == nil {
				_ = unix.Mkdir(fmt.Sprint("thread", i), 0o755)
			}
		})
	}
	all.Wait()
	_ = exec.Command("touch", refusedView+"/touched").Run() // the syscall package has CLONE_VFORK
	if err := errors.Join(unix.Chroot(refusedView), unix.Chdir("/dir")); err != nil {
		return err
	}
	_ = unix.Mkdir("/../rooted", 0o755)
	_ = unix.Mkdir("../dirlink/../rooted2", 0o755)
	return nil
}

func TestRefusedTasks(t *testing.T) {
	out, err := underKeeper(t, refusing, "./program", "tasks").Output()
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(got)
	var want []string
	for i := range 8 {
		want = append(want, fmt.Sprintf("TOLD /mnt/view/dir/thread%d mkdirat EROFS program ./program", i))
	}
	want = append(want, "TOLD /mnt/view/rooted mkdirat EROFS program ./program", "TOLD /mnt/view/rooted2 mkdirat EROFS program ./program",
		"TOLD /mnt/view/touched openat EROFS touch touch")
	slices.Sort(want)
	if !slices.Equal(got, want) || err != nil {
		t.Errorf("%v: got\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
