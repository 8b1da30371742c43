package jail

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// text reads a path from the caller's memory. It may end where the memory does, so
// that a page is asked for by itself.
func (t target) text(address uint64) (string, error) {
	const page = 4096 // or more
	buf := make([]byte, unix.PathMax)
	first := min(len(buf), page-int(address%page))
	n, err := unix.ProcessVMReadv(int(t.n.pid), []unix.Iovec{{Base: &buf[0], Len: uint64(len(buf))}}, []unix.RemoteIovec{
		{Base: uintptr(address), Len: first},
		{Base: uintptr(address) + uintptr(first), Len: len(buf) - first},
	}, 0)
	if err != nil {
		return "", errKernels
	}
	end := bytes.IndexByte(buf[:n], 0)
	if end < 0 {
		return "", errKernels // EFAULT or ENAMETOOLONG
	}
	return string(buf[:end]), nil
}

// read reads the caller's memory, as much as buf holds.
func (t target) read(address uint64, buf []byte) error {
	n, err := unix.ProcessVMReadv(int(t.n.pid), []unix.Iovec{{Base: &buf[0], Len: uint64(len(buf))}},
		[]unix.RemoteIovec{{Base: uintptr(address), Len: len(buf)}}, 0)
	if err != nil || n < len(buf) {
		return errKernels
	}
	return nil
}

// write puts data into the caller's memory.
func (t target) write(address uint64, data []byte) error {
	if !t.waits(t.n) {
		return errKernels
	}
	n, err := unix.ProcessVMWritev(int(t.n.pid), []unix.Iovec{{Base: &data[0], Len: uint64(len(data))}},
		[]unix.RemoteIovec{{Base: uintptr(address), Len: len(data)}}, 0)
	if err == unix.EFAULT || err == nil && n < len(data) {
		return unix.EFAULT // the kernel, too, may have written a part
	}
	if err != nil {
		return errKernels
	}
	return nil
}
