package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A file, little-endian:
//
//	 0  magic
//	16  version, 32 bits
//	20  checksum of all that follows, 32 bits
//	24  length of the file, 64 bits
//	32  lengths of key and links, 32 bits each
//	40  digest of the packages' names, 32 bits
//	44  key, links, index
//
// The version is to be raised whenever a part of it, or what a database's lists
// are taken to say, changes.
const (
	magic      = "depview index\x1a\r\n"
	version    = 1
	headerSize = 44
	summed     = 24 // where the bytes begin that are in the checksum
)

// filePrefix is what names of files begin with in the cache directory, and
// temporary ones have a dot before it.
const filePrefix = "index-"

// keepUnused is how long a file lies before it is taken for forgotten.
const keepUnused = 30 * 24 * time.Hour

// content is what a file holds.
type content struct {
	key, links, index []byte
	names             uint32

	mapped []byte
}

var (
	errForeign   = errors.New("not an index of depview's")
	errVersion   = errors.New("an index of another version of depview")
	errTruncated = errors.New("the index is truncated")
	errDamaged   = errors.New("the index is damaged")
	errOwner     = errors.New("the index is not this user's alone")
)

// readFile maps the file called name.
func readFile(name string) (_ *content, err error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || !info.Mode().IsRegular() || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return nil, errOwner
	}
	head := make([]byte, headerSize)
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := checkHeader(head, info.Size()); err != nil {
		return nil, err
	}
	sum, err := checksum(f, info.Size())
	if err != nil {
		return nil, err
	}
	if sum != binary.LittleEndian.Uint32(head[20:]) {
		return nil, errDamaged
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	if time.Since(info.ModTime()) > keepUnused/30 {
		_ = os.Chtimes(name, time.Time{}, time.Now()) // it is in use
	}
	key, links := binary.LittleEndian.Uint32(head[32:]), binary.LittleEndian.Uint32(head[36:])
	rest := mapped[headerSize:]
	return &content{
		key: rest[:key], links: rest[key:][:links], index: rest[key:][links:],
		names: binary.LittleEndian.Uint32(head[40:]), mapped: mapped,
	}, nil
}

func checkHeader(head []byte, size int64) error {
	switch key, links := binary.LittleEndian.Uint32(head[32:]), binary.LittleEndian.Uint32(head[36:]); {
	case string(head[:len(magic)]) != magic:
		return errForeign
	case binary.LittleEndian.Uint32(head[16:]) != version:
		return errVersion
	case binary.LittleEndian.Uint64(head[24:]) != uint64(size), headerSize+int64(key)+int64(links) > size:
		return errTruncated
	}
	return nil
}

func (c *content) unmap() {
	_ = unix.Munmap(c.mapped)
}

// checksum reads a file rather than maps it, so that an index of a gigabyte takes
// no memory that its views do not use.
func checksum(r io.ReaderAt, size int64) (uint32, error) {
	const block = 1 << 20
	sums := make([]byte, 4*((size-summed+block-1)/block))
	workers := int64(runtime.GOMAXPROCS(0))
	errs := make([]error, workers)
	var wait sync.WaitGroup
	for i := range workers {
		wait.Go(func() {
			buf := make([]byte, min(block, size))
			for n := i; n*4 < int64(len(sums)); n += workers {
				got, err := r.ReadAt(buf[:min(block, size-summed-n*block)], summed+n*block)
				if err != nil && !errors.Is(err, io.EOF) {
					errs[i] = err
					return
				}
				binary.LittleEndian.PutUint32(sums[4*n:], crc32.Checksum(buf[:got], castagnoli))
			}
		})
	}
	wait.Wait()
	return crc32.Checksum(sums, castagnoli), errors.Join(errs...)
}

// writeFile puts a new file in the place of an old one. It is not synced: what a
// crash leaves of it the checksum tells.
func writeFile(name string, c *content) (err error) {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+filePrefix)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	defer f.Close()
	head := make([]byte, headerSize)
	copy(head, magic)
	size := int64(headerSize + len(c.key) + len(c.links) + len(c.index))
	binary.LittleEndian.PutUint32(head[16:], version)
	binary.LittleEndian.PutUint64(head[24:], uint64(size))
	binary.LittleEndian.PutUint32(head[32:], uint32(len(c.key)))
	binary.LittleEndian.PutUint32(head[36:], uint32(len(c.links)))
	binary.LittleEndian.PutUint32(head[40:], c.names)
	for _, part := range [][]byte{head, c.key, c.links, c.index} {
		if _, err := f.Write(part); err != nil {
			return err
		}
	}
	sum, err := checksum(f, size)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(head[20:], sum)
	if _, err := f.WriteAt(head, 0); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	return forget(dir)
}

// forget removes files of roots that nobody has looked at for long, and what a
// crash left half written.
func forget(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		keep := keepUnused
		if strings.HasPrefix(e.Name(), ".") {
			keep = time.Hour
		}
		if !strings.HasPrefix(strings.TrimPrefix(e.Name(), "."), filePrefix) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > keep {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("forget an old index: %w", err)
			}
		}
	}
	return nil
}
