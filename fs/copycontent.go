package fs

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// copyContent copies n, a regular file of old bytes, to the open file fd, holes as
// holes, and has it on disk before the copy can be seen.
func (u *union) copyContent(fd int, n *node, old int64, c *cut) error {
	size := old
	if c != nil {
		size = c.size
	}
	if err := unix.Ftruncate(fd, size); err != nil || size == 0 {
		return err
	}
	size = min(old, size)
	f := u.tree.file(n.lower)
	if f.from == "" {
		data, err := f.standIn.Data()
		if err != nil {
			return err
		}
		if err := pwriteAll(fd, data[:min(size, int64(len(data)))], 0); err != nil {
			return err
		}
	} else {
		source, err := u.tree.lower.openFile(f.from)
		if err != nil {
			return err
		}
		defer source.Close()
		if err := copySparse(fd, int(source.Fd()), size); err != nil {
			return err
		}
	}
	return unix.Fsync(fd)
}

// copySparse copies the first size bytes of one open file to another, which is that
// long already, but for the holes.
func copySparse(to, from int, size int64) error {
	for off := int64(0); off < size; {
		begin, end, err := nextData(from, off, size)
		if err != nil { // a file system that does not tell
			begin, end = off, size
		}
		if err := copyRange(to, from, begin, end); err != nil {
			return err
		}
		off = end
	}
	return nil
}

// copyByHand copies the bytes from begin to end.
func copyByHand(to, from int, begin, end int64) error {
	buf := make([]byte, 256<<10)
	for begin < end {
		n, err := unix.Pread(from, buf[:min(int64(len(buf)), end-begin)], begin)
		if err == syscall.EINTR {
			continue
		}
		if err == nil && n == 0 {
			return nil // it is shorter than it was
		}
		if err == nil {
			err = pwriteAll(to, buf[:n], begin)
		}
		if err != nil {
			return err
		}
		begin += int64(n)
	}
	return nil
}

func pwriteAll(fd int, data []byte, off int64) error {
	for len(data) > 0 {
		n, err := unix.Pwrite(fd, data, off)
		if err == syscall.EINTR {
			continue
		}
		if err == nil && n == 0 {
			err = io.ErrShortWrite
		}
		if err != nil {
			return err
		}
		data, off = data[n:], off+int64(n)
	}
	return nil
}
