package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
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
	if info.Size() < headerSize {
		return nil, errTruncated
	}
	mapped, err := mmap(f, info.Size())
	if err != nil {
		return nil, err
	}
	c := &content{mapped: mapped}
	defer func() {
		if err != nil {
			c.unmap()
		}
	}()
	if err := checkHeader(mapped); err != nil {
		return nil, err
	}
	if checksum(mapped) != binary.LittleEndian.Uint32(mapped[20:]) {
		return nil, errDamaged
	}
	if time.Since(info.ModTime()) > keepUnused/30 {
		_ = os.Chtimes(name, time.Time{}, time.Now()) // it is in use
	}
	key, links := binary.LittleEndian.Uint32(mapped[32:]), binary.LittleEndian.Uint32(mapped[36:])
	rest := mapped[headerSize:]
	c.key, c.links, c.index = rest[:key], rest[key:][:links], rest[key:][links:]
	c.names = binary.LittleEndian.Uint32(mapped[40:])
	return c, nil
}

// large is from where on most of a file is likely never to be used by a view.
const large = 32 << 20 // bytes

func mmap(f *os.File, size int64) ([]byte, error) {
	flags := unix.MAP_SHARED
	if size < large {
		flags |= mapNow
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, flags)
	return mapped, os.NewSyscallError("mmap", err)
}

func checkHeader(file []byte) error {
	size := uint64(len(file))
	switch key, links := binary.LittleEndian.Uint32(file[32:]), binary.LittleEndian.Uint32(file[36:]); {
	case string(file[:len(magic)]) != magic:
		return errForeign
	case binary.LittleEndian.Uint32(file[16:]) != version:
		return errVersion
	case binary.LittleEndian.Uint64(file[24:]) != size, headerSize+uint64(key)+uint64(links) > size:
		return errTruncated
	}
	return nil
}

func (c *content) unmap() {
	_ = unix.Munmap(c.mapped)
}

// checksum sums up a mapped file, of a large one as much as is not large: it is
// synced when it is written, and reading it all would take longer than all the rest
// of a start.
func checksum(file []byte) uint32 {
	return crc32.Checksum(file[summed:min(len(file), large)], castagnoli)
}

// writeFile puts a new file in the place of an old one. One that is not large is not
// synced: what a crash leaves of it the checksum tells.
func writeFile(name string, key, links []byte, parts [][]byte, names uint32) (err error) {
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
	size := headerSize + len(key) + len(links)
	for _, part := range parts {
		size += len(part)
	}
	head := make([]byte, headerSize)
	copy(head, magic)
	binary.LittleEndian.PutUint32(head[16:], version)
	binary.LittleEndian.PutUint64(head[24:], uint64(size))
	binary.LittleEndian.PutUint32(head[32:], uint32(len(key)))
	binary.LittleEndian.PutUint32(head[36:], uint32(len(links)))
	binary.LittleEndian.PutUint32(head[40:], names)
	for _, part := range append([][]byte{head, key, links}, parts...) {
		if _, err := f.Write(part); err != nil {
			return err
		}
	}
	written, err := mmap(f, int64(size))
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(head[20:], checksum(written))
	if err := unix.Munmap(written); err != nil {
		return os.NewSyscallError("munmap", err)
	}
	if _, err := f.WriteAt(head, 0); err != nil {
		return err
	}
	if size >= large {
		if err := f.Sync(); err != nil {
			return err
		}
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
