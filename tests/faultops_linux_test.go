package tests

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func init() { probes["fault"] = faultProbe } // LOWER SIZE: see TestFault

// faultOps are what a build does to a directory made by plantFault.
var faultOps = []struct {
	name string
	do   func(dir string) error
}{
	{"append", func(d string) error { return openTo(d+"/file", unix.O_WRONLY|unix.O_APPEND, "written") }},
	{"overwrite", func(d string) error { return openTo(d+"/file", unix.O_RDWR, "written") }},
	{"empty", func(d string) error { return openTo(d+"/file", unix.O_WRONLY|unix.O_TRUNC, "") }},
	{"truncate", func(d string) error { return unix.Truncate(d+"/file", 5000) }},
	{"chmod", func(d string) error { return unix.Chmod(d+"/file", 0o600) }},
	{"chmod-linked", func(d string) error { return unix.Chmod(d+"/name", 0o600) }},
	{"chmod-dir", func(d string) error { return unix.Chmod(d+"/dir", 0o700) }},
	{"chown", func(d string) error { return unix.Lchown(d+"/file", 0, -1) }},
	{"chown-link", func(d string) error { return unix.Lchown(d+"/link", 0, 0) }},
	{"utimes", func(d string) error { return unix.Utimes(d+"/fifo", []unix.Timeval{{Sec: 5000}, {Sec: 6000}}) }},
	{"setxattr", func(d string) error { return unix.Setxattr(d+"/file", "user.fault", []byte("value"), 0) }},
	{"rename", func(d string) error { return unix.Rename(d+"/file", d+"/dir/renamed") }},
	{"rename-over", func(d string) error { return unix.Rename(d+"/file", d+"/dir/inner") }},
	{"exchange", func(d string) error {
		return unix.Renameat2(unix.AT_FDCWD, d+"/file", unix.AT_FDCWD, d+"/dir/inner", unix.RENAME_EXCHANGE)
	}},
	{"link", func(d string) error { return unix.Link(d+"/file", d+"/dir/linked") }},
	{"unlink", func(d string) error { return unix.Unlink(d + "/dir/inner") }},
	{"create", func(d string) error { return openTo(d+"/dir/new", unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, "") }},
	{"mkdir", func(d string) error { return unix.Mkdir(d+"/dir/new", 0o750) }},
	{"rmdir", func(d string) error { return unix.Rmdir(d + "/bare") }},
	{"symlink", func(d string) error { return unix.Symlink("target", d+"/dir/new") }},
	{"mkfifo", func(d string) error { return unix.Mkfifo(d+"/dir/new", 0o640) }},
}

// openTo opens a file, to write some text where there is one.
func openTo(p string, flags int, text string) error {
	fd, err := unix.Open(p, flags|unix.O_CLOEXEC, 0o640)
	if err != nil {
		return err
	}
	if text != "" {
		_, err = unix.Write(fd, []byte(text))
	}
	return errors.Join(err, unix.Close(fd))
}

// plantFault makes a directory for one operation, with a file of some bytes.
func plantFault(dir string, size int) error {
	content := bytes.Repeat([]byte("content "), size/8)
	return errors.Join(
		os.MkdirAll(dir+"/dir", 0o755), os.Mkdir(dir+"/bare", 0o755),
		os.WriteFile(dir+"/file", content, 0o644), os.WriteFile(dir+"/dir/inner", content[:100], 0o644),
		os.WriteFile(dir+"/name", content[:200], 0o644), os.Link(dir+"/name", dir+"/dir/name"),
		os.Symlink("file", dir+"/link"), unix.Mkfifo(dir+"/fifo", 0o644), setTimes(dir))
}

// faultProbe runs in the view. It reads lines
//
//	do OPERATION NUMBER           and answers "errno N"
//	look OPERATION NUMBER BOOL    and answers fine, or what is wrong
//
// where BOOL tells whether the operation has been done.
func faultProbe(args []string) error {
	size, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var verb, op string
		var number int
		var done bool
		if n, err := fmt.Sscan(in.Text(), &verb, &op, &number, &done); n < 3 {
			return err
		}
		dir := fmt.Sprintf("%s/%d", args[0], number)
		if verb == "do" {
			var errno syscall.Errno
			errors.As(doFault(op, dir), &errno)
			fmt.Println("errno", int(errno))
		} else if wrong := lookFault(op, dir, done, size); wrong != nil {
			fmt.Printf("%.2000q\n", wrong.Error())
		} else {
			fmt.Println(fine)
		}
	}
	return nil
}

const fine = "as it should be"

func doFault(op, dir string) error {
	for _, o := range faultOps {
		if o.name == op {
			return o.do(dir)
		}
	}
	return unix.EINVAL
}

// lookFault compares a directory with one that is made the same way.
func lookFault(op, dir string, done bool, size int) error {
	like, err := os.MkdirTemp(".", "like-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(like)
	if err := plantFault(like, size); err != nil {
		return err
	}
	if done {
		if err := doFault(op, like); err != nil {
			return err
		}
	}
	got, err1 := treeState(dir)
	want, err2 := treeState(like)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	return errors.Join(compareFault(got, want, done)...)
}

// compareFault lists what differs. That something was tried a directory's time may
// tell.
func compareFault(got, want map[string]seen, done bool) (wrong []error) {
	for p, w := range want {
		g := got[p]
		delete(got, p)
		if w.dir && !done {
			g.stat, _, _ = strings.Cut(g.stat, " of ")
			w.stat, _, _ = strings.Cut(w.stat, " of ")
		}
		w.ino, w.entry, w.unlisted = g.ino, g.entry, g.unlisted
		if g != w {
			wrong = append(wrong, fmt.Errorf("%s is %+v, and should be %+v", p, g, w))
		}
	}
	for p, g := range got {
		wrong = append(wrong, fmt.Errorf("%s is %+v, and should not be", p, g))
	}
	return wrong
}
