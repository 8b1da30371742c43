package tests

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// chown gives a file to any user or group, or leaves one of the two.
func (c call) chown() (string, error) {
	most := 3000
	if c.may(oneOwner) {
		most = 1
	}
	id := func() int { return []int{-1, 0, 0, c.IntN(most)}[c.IntN(4)] }
	return "", unix.Lchown(c.a, id(), id())
}

func (c call) setAttribute() (string, error) {
	flags := []int{0, 0, unix.XATTR_CREATE, unix.XATTR_REPLACE}[c.IntN(4)]
	return "", unix.Setxattr(c.a, c.attribute(), c.data(300), flags)
}

func (c call) removeAttribute() (string, error) {
	err := unix.Removexattr(c.a, c.attribute())
	if errors.Is(err, unix.EOPNOTSUPP) && c.may(bare) {
		err = unix.ENODATA
	}
	return "", err
}

// utimes sets times that statOf compares.
func (c call) utimes() (string, error) {
	at := unix.Timespec{Sec: c.Int64N(longAgo.Unix()), Nsec: c.Int64N(1e9)}
	flags := []int{0, unix.AT_SYMLINK_NOFOLLOW}[c.IntN(2)]
	return "", unix.UtimesNanoAt(unix.AT_FDCWD, c.a, []unix.Timespec{at, at}, flags)
}

// mapped maps all of a file for a use. A file that is empty, or none, is left.
func (c call) mapped(open, protection, flags int, use func(fd int, m []byte) (string, error)) (string, error) {
	return c.with(c.a, open, 0, func(fd int) (string, error) {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil || st.Size == 0 || st.Mode&unix.S_IFMT != unix.S_IFREG {
			return "", err
		}
		m, err := unix.Mmap(fd, 0, int(st.Size), protection, flags)
		if err != nil {
			return "", err
		}
		answer, err := use(fd, m)
		return answer, errors.Join(err, unix.Munmap(m))
	})
}

// mapShared writes to the mapping and to the file. Each has to show what the other
// wrote.
func (c call) mapShared() (string, error) {
	return c.mapped(unix.O_RDWR, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED, func(fd int, m []byte) (string, error) {
		copy(m[c.IntN(len(m)):], c.data(5000))
		at, data := c.IntN(len(m)), c.data(200)
		data = data[:min(len(data), len(m)-at)]
		_, err := unix.Pwrite(fd, data, int64(at))
		read := make([]byte, len(m))
		_, err2 := unix.Pread(fd, read, 0)
		if !bytes.Equal(m, read) {
			return "the mapping is not the file", nil
		}
		return "", errors.Join(err, err2, unix.Msync(m, unix.MS_SYNC))
	})
}

// mapPrivate writes to a mapping what nobody else shall see.
func (c call) mapPrivate() (string, error) {
	return c.mapped(unix.O_RDONLY, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE, func(_ int, m []byte) (string, error) {
		copy(m[c.IntN(len(m)):], c.data(5000))
		return fmt.Sprintf("%.100q", m), nil
	})
}

func (c call) allocate() (string, error) {
	return c.with(c.a, unix.O_WRONLY, 0, func(fd int) (string, error) {
		mode := []uint32{0, unix.FALLOC_FL_KEEP_SIZE, unix.FALLOC_FL_KEEP_SIZE | unix.FALLOC_FL_PUNCH_HOLE, unix.FALLOC_FL_ZERO_RANGE}[c.IntN(4)]
		return "", unix.Fallocate(fd, mode, c.Int64N(9000), 1+c.Int64N(9000))
	})
}

// copyRange copies from a to b within the kernel, in as many pieces as it takes.
func (c call) copyRange() (string, error) {
	return c.with(c.a, unix.O_RDONLY, 0, func(in int) (string, error) {
		return c.with(c.b, unix.O_WRONLY, 0, func(out int) (string, error) {
			from, to, left := c.Int64N(4000), c.Int64N(4000), c.IntN(9000)
			total := 0
			for left > 0 {
				n, err := unix.CopyFileRange(in, &from, out, &to, left, 0)
				if (n == 0 || errors.Is(err, unix.EXDEV)) && c.may(copiesCross) {
					data := make([]byte, left)
					n, _ = unix.Pread(in, data, from)
					n, err = unix.Pwrite(out, data[:n], to)
					from, to = from+int64(n), to+int64(n)
				}
				if n == 0 || err != nil {
					return fmt.Sprint(total), err
				}
				total, left = total+n, left-n
			}
			return fmt.Sprint(total), nil
		})
	})
}

// temporary makes a file without a name, and then gives it one.
func (c call) temporary() (string, error) {
	return c.with(filepath.Dir(c.a), unix.O_TMPFILE|unix.O_RDWR, c.mode(), func(fd int) (string, error) {
		_, err := unix.Write(fd, c.data(5000))
		return "", errors.Join(err, unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", fd), unix.AT_FDCWD, c.a, unix.AT_SYMLINK_FOLLOW))
	})
}

// mknod makes a FIFO, a socket, a file or a device, which is /dev/null.
func (c call) mknod() (string, error) {
	kind := []uint32{unix.S_IFIFO, unix.S_IFSOCK, unix.S_IFREG, unix.S_IFCHR}[c.IntN(4)]
	dev := 0
	if kind == unix.S_IFCHR && c.may(oneOwner) {
		kind = unix.S_IFIFO
	}
	if kind == unix.S_IFCHR {
		dev = int(unix.Mkdev(1, 3))
	}
	return "", unix.Mknod(c.a, kind|c.mode(), dev)
}

// readWhileWritten has a file open for reading, and mapped, and writes to it by its
// name.
func (c call) readWhileWritten() (string, error) {
	return c.mapped(unix.O_RDONLY, unix.PROT_READ, unix.MAP_SHARED, func(fd int, m []byte) (string, error) {
		_, err := c.write()
		data := make([]byte, 20_000)
		n, err2 := unix.Pread(fd, data, 0)
		if shown := min(n, len(m)); !bytes.Equal(m[:shown], data[:shown]) && !c.may(mappingsLag) {
			return "the mapping is not the file", nil
		}
		return fmt.Sprintf("%d bytes, %x", n, sha256.Sum256(data)), errors.Join(err, err2)
	})
}

// maxHeld is how many files are kept open.
const maxHeld = 8

// hold opens a file, for steps to come.
func (c call) hold() (string, error) {
	flags := []int{unix.O_RDWR, unix.O_RDONLY, unix.O_WRONLY | unix.O_APPEND}[c.IntN(3)]
	fd, err := c.open(c.a, flags, 0)
	if err != nil {
		return "", err
	}
	c.held = append(c.held, fd)
	if len(c.held) > maxHeld {
		err = unix.Close(c.held[0])
		c.held = c.held[1:]
	}
	return "", err
}

// useHeld does something with a file that was opened before, whatever may have
// become of its name since.
func (c call) useHeld() (string, error) {
	if len(c.held) == 0 {
		return "", nil
	}
	fd := c.held[c.IntN(len(c.held))]
	switch c.IntN(7) {
	case 0:
		_, err := unix.Write(fd, c.data(1000))
		return "", err
	case 1:
		_, err := unix.Pwrite(fd, c.data(1000), c.Int64N(9000))
		return "", err
	case 2:
		return "", unix.Ftruncate(fd, c.Int64N(9000))
	case 3:
		return "", unix.Fchmod(fd, c.mode())
	case 4:
		return "", unix.Fsetxattr(fd, c.attribute(), c.data(100), 0)
	case 5:
		data := make([]byte, 20_000)
		n, err := unix.Pread(fd, data, c.Int64N(9000))
		return fmt.Sprintf("%d bytes, %.100q", n, data[:max(n, 0)]), err
	}
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return statOf(&st), err
	}
	return fmt.Sprintf("%s, %d names", statOf(&st), st.Nlink), err
}

// release closes all that a side has open.
func (s *side) release() {
	for _, fd := range s.held {
		_ = unix.Close(fd)
	}
	s.held = nil
	if s.list != nil {
		_ = unix.Close(s.list.fd)
		s.list = nil
	}
}
