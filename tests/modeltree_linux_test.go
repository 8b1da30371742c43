package tests

import (
	"bytes"
	"crypto/sha256"
	bytesof "encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// oddNames are names that a program may stumble over.
var oddNames = []string{"a name", "two\nlines", "\xff\xfe", "-rf", "...", `back\slash`, ".wh.no", strings.Repeat("n", 255)}

// plantModel makes the lower layer: a regular tree, and in it whatever makes a
// copy-up hard.
func (b builder) plantModel(t *testing.T, dir string) {
	t.Helper()
	var errs []error
	put := func(name string, size int) {
		errs = append(errs, os.WriteFile(dir+name, bytes.Repeat([]byte{byte('a' + size%26)}, size), 0o644))
	}
	for i := range 4 {
		for k := range 3 {
			d := fmt.Sprintf("/d%d/d%d", i, k)
			errs = append(errs, os.MkdirAll(dir+d, 0o755))
			for n := range 4 {
				put(fmt.Sprintf("%s/f%d", d, n), 3000*n+k)
			}
			errs = append(errs, os.Symlink("f1", dir+d+"/f4"))
			put(d+"/"+oddNames[(3*i+k)%len(oddNames)], 100)
		}
	}
	errs = append(errs, os.Mkdir(dir+"/many", 0o755))
	for i := range 500 {
		put(fmt.Sprintf("/many/e%d", i), i%3)
	}
	put("/d0/d0/h0", 5000)
	put("/d2/d0/h0", 6000)
	for _, link := range [][2]string{{"/d0/d0/h0", "/d0/d0/h1"}, {"/d0/d0/h0", "/d1/d1/h0"}, {"/d2/d0/h0", "/d3/d1/h1"}} {
		errs = append(errs, os.Link(dir+link[0], dir+link[1]))
	}
	put("/d1/d0/f5", 10)
	errs = append(errs, os.Truncate(dir+"/d1/d0/f5", 1<<20), unix.Setxattr(dir+"/d1/d0/f0", "user.lower", []byte("value"), 0),
		unix.Mkfifo(dir+"/d2/d1/f5", 0o640), os.Chmod(dir+"/d3/d0", os.ModeSetgid|0o775))
	put(closed, 4000)
	if b.root {
		errs = append(errs, os.Lchown(dir+"/d3/d0", 0, 2000), os.Lchown(dir+"/d1/d2/f4", 1000, 1001), os.Lchown(dir+"/d0/d1/f2", 1000, 0))
	}
	errs = append(errs, os.Chmod(dir+closed, 0), os.Chmod(dir+"/d0/d1/f2", os.ModeSetuid|0o755))
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	b.own(t, dir)
	if err := setTimes(dir); err != nil {
		t.Fatal(err)
	}
}

// closed is a file that nobody may read.
const closed = "/d3/d1/f5"

func plantOwner(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() == fs.ModeSymlink {
			return errors.Join(err, os.Lchown(p, user, user))
		}
		info, err := d.Info() // of a file's mode chown(2) takes bits
		return errors.Join(err, os.Lchown(p, user, user), os.Chmod(p, info.Mode()))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// longAgo is before the times that a file system gives of itself.
var longAgo = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// setTimes gives each file of a tree a time of its own.
func setTimes(dir string) error {
	n := int64(0)
	return filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		n++
		at := unix.Timespec{Sec: n * 1000, Nsec: n * 1001}
		return errors.Join(err, unix.UtimesNanoAt(unix.AT_FDCWD, p, []unix.Timespec{at, at}, unix.AT_SYMLINK_NOFOLLOW))
	})
}

// A seen is what a program can see of a file. A plain directory's and a view's are
// equal, but for the inode numbers.
type seen struct {
	stat       string
	names      uint64 // hard links, but of a directory
	content    string
	attributes string
	unlisted   string // why the attributes are not known
	ino, entry uint64 // inode number, and that which the directory lists
	dir        bool
}

// treeState describes all in a tree, by path.
func treeState(dir string) (map[string]seen, error) {
	state := map[string]seen{}
	var walk func(p string) error
	walk = func(p string) error {
		list, err := listDir(dir + p)
		if err != nil {
			return err
		}
		for name, ino := range list {
			s, err := fileState(dir + p + "/" + name)
			if err != nil {
				return err
			}
			s.entry = ino
			state[p+"/"+name] = s
			if s.dir {
				if err := walk(p + "/" + name); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return state, walk("")
}

// listDir returns the names in a directory with their inode numbers.
func listDir(dir string) (map[string]uint64, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	defer unix.Close(fd)
	list := map[string]uint64{}
	for {
		n, err := readEntries(fd, func(name string, ino uint64) error {
			if _, twice := list[name]; twice {
				return fmt.Errorf("%s lists %q twice", dir, name)
			}
			list[name] = ino
			return nil
		})
		if n == 0 || err != nil {
			return list, err
		}
	}
}

// readEntries reads some entries of an open directory, and tells how many bytes.
func readEntries(fd int, each func(name string, ino uint64) error) (int, error) {
	buf := make([]byte, 4096)
	n, err := unix.Getdents(fd, buf)
	if err != nil {
		return 0, err
	}
	for rest := buf[:n]; len(rest) > 0; { // struct linux_dirent64
		ino, size := bytesof.NativeEndian.Uint64(rest), bytesof.NativeEndian.Uint16(rest[16:])
		name, _, _ := strings.Cut(string(rest[19:size]), "\x00")
		rest = rest[size:]
		if name == "." || name == ".." {
			continue
		}
		if err := each(name, ino); err != nil {
			return n, err
		}
	}
	return n, nil
}

// fileState fails where stat(2) does. That something cannot be read is a part of
// what is seen.
func fileState(p string) (seen, error) {
	var st unix.Stat_t
	if err := unix.Lstat(p, &st); err != nil {
		return seen{}, err
	}
	s := seen{stat: statOf(&st), ino: st.Ino, dir: st.Mode&unix.S_IFMT == unix.S_IFDIR}
	if !s.dir {
		s.names = uint64(st.Nlink)
	}
	var err error
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		s.content, err = os.Readlink(p)
	case unix.S_IFREG:
		s.content, err = contentOf(p)
	}
	if err != nil {
		s.content = err.Error()
	}
	if s.attributes, err = attributes(p); err != nil {
		s.unlisted = err.Error()
	}
	return s, nil
}

// statOf tells the part of stat(2) that is alike on all file systems. Times that
// nobody set are left out, and a FIFO's, which the kernel sets in memory alone.
func statOf(st *unix.Stat_t) string {
	s := fmt.Sprintf("%o %d:%d", st.Mode, st.Uid, st.Gid)
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		s += fmt.Sprintf(" %d bytes, rdev %d", st.Size, st.Rdev)
	}
	if st.Mtim.Sec < longAgo.Unix() && st.Mode&unix.S_IFMT != unix.S_IFIFO {
		s += fmt.Sprintf(" of %d.%09d", st.Mtim.Sec, st.Mtim.Nsec)
	}
	return s
}

// contentOf is a file's content, and a digest of it where that is long.
func contentOf(p string) (string, error) {
	data, err := os.ReadFile(p)
	if len(data) < 64 {
		return fmt.Sprintf("%q", data), errors.Unwrap(err)
	}
	return fmt.Sprintf("%q… %x", data[:8], sha256.Sum256(data)), errors.Unwrap(err)
}

// attributes are the extended ones.
func attributes(p string) (string, error) {
	buf := make([]byte, 4096)
	n, err := unix.Llistxattr(p, buf)
	if err != nil || n == 0 {
		return "", err
	}
	var list []string
	for name := range strings.SplitSeq(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00") {
		value := make([]byte, 4096)
		n, err := unix.Lgetxattr(p, name, value)
		if err != nil {
			return "", err
		}
		list = append(list, fmt.Sprintf("%s=%q", name, value[:n]))
	}
	slices.Sort(list)
	return strings.Join(list, " "), nil
}
