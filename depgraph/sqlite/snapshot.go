package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// A snapshot is a database file with the committed pages of its log laid over it. As
// an fs.FS it holds that one file, under every name.
type snapshot struct {
	root     fs.FS
	name     string
	main     fs.File
	at       io.ReaderAt
	pageSize int64
	size     int64 // in bytes, as of the last commit
	length   int64 // of the file, which may be shorter
	log      *wal
	stamps   [3]stamp // of FILE, FILE-wal and FILE-journal
}

// A stamp is what tells that a file was written to. The zero stamp is that of a file
// that is not there.
type stamp struct {
	size int64
	time time.Time
}

// maxSize bounds what is believed to be a package database.
const maxSize = 8 << 30

func openSnapshot(root fs.FS, name string) (_ *snapshot, err error) {
	s := &snapshot{root: root, name: name}
	if s.stamps, err = s.stamp(); err != nil {
		return nil, err
	}
	if err := s.noHotJournal(); err != nil {
		return nil, err
	}
	if s.main, err = root.Open(name); err != nil {
		return nil, err
	}
	if err := s.read(); err != nil {
		_ = s.close() // it was only read
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// read reads the header, and the log.
func (s *snapshot) read() error {
	info, err := s.main.Stat()
	if err != nil {
		return err
	}
	s.length = info.Size()
	if err := s.seekable(); err != nil {
		return err
	}
	header := make([]byte, headerSize)
	switch n, err := s.at.ReadAt(header, 0); {
	case n == 0 && errors.Is(err, io.EOF):
		return errors.New("empty: not an SQLite database")
	case n < headerSize || string(header[:len(magic)]) != magic:
		return errors.New("not an SQLite database")
	}
	if s.pageSize = int64(binary.BigEndian.Uint16(header[16:])); s.pageSize == 1 {
		s.pageSize = 1 << 16
	}
	if s.pageSize < 512 || s.pageSize&(s.pageSize-1) != 0 {
		return fmt.Errorf("header: %d is no page size", s.pageSize)
	}
	if s.log, err = openWAL(s.root, s.name+"-wal", s.pageSize); err != nil {
		return err
	}
	// A count in the header, if the writer kept it, tells of a truncated file; what is
	// after the last whole page is no part of the database.
	pages := int64(binary.BigEndian.Uint32(header[28:]))
	counted := bytes.Equal(header[24:28], header[92:96]) && pages > 0
	s.size = s.length / s.pageSize * s.pageSize
	if s.log != nil && s.log.pages > 0 {
		s.size = s.log.pages * s.pageSize
	} else if counted && pages*s.pageSize > s.length {
		return fmt.Errorf("truncated: %d bytes, and the header tells of %d", s.length, pages*s.pageSize)
	}
	if s.size > maxSize {
		return fmt.Errorf("%d bytes are more than a package database has", s.size)
	}
	return nil
}

const (
	magic      = "SQLite format 3\x00"
	headerSize = 100
)

// seekable makes a file that can be read anywhere of one that cannot.
func (s *snapshot) seekable() (err error) {
	var ok bool
	if s.at, ok = s.main.(io.ReaderAt); ok {
		return nil
	}
	all, err := io.ReadAll(io.LimitReader(s.main, maxSize))
	s.at = bytes.NewReader(all)
	return err
}

// stamp looks at the files.
func (s *snapshot) stamp() (list [3]stamp, err error) {
	for i, ending := range []string{"", "-wal", "-journal"} {
		info, err := fs.Stat(s.root, s.name+ending)
		if i > 0 && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return list, err
		}
		if !info.Mode().IsRegular() { // opening a FIFO would wait for a writer
			return list, fmt.Errorf("%s: not a regular file (%s)", s.name+ending, info.Mode().Type())
		}
		list[i] = stamp{info.Size(), info.ModTime()}
	}
	return list, nil
}

func (s *snapshot) unchanged() error {
	now, err := s.stamp()
	if err == nil && now != s.stamps {
		err = ErrChanged
	}
	return err
}

// noHotJournal fails where a transaction is under way in rollback-journal mode, or was
// cut short: the file may hold half of it.
func (s *snapshot) noHotJournal() error {
	f, err := s.root.Open(s.name + "-journal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 8)
	if _, err := io.ReadFull(f, head); err == nil && bytes.Equal(head, []byte("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")) {
		return fmt.Errorf("%s: %w", s.name, ErrBusy)
	}
	return nil
}

// ErrBusy is wrapped by the error for a database that somebody is writing to, or whose
// last writer was stopped.
var ErrBusy = errors.New("being written: it has a hot journal; once the package manager is done, or has been run again, it can be read")

// ReadAt reads pages as the last commit left them.
func (s *snapshot) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) && off < s.size {
		page, within := off/s.pageSize, off%s.pageSize
		part := b[n:min(int64(len(b)), int64(n)+s.pageSize-within)]
		if err := s.readPage(part, page, within); err != nil {
			return n, err
		}
		if off < headerEnd && off+int64(len(part)) > headerMode {
			rollbackMode(part, off)
		}
		n, off = n+len(part), off+int64(len(part))
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// The two bytes of the header that tell rollback-journal mode, 1, from WAL mode, 2.
const headerMode, headerEnd = 18, 20

// rollbackMode writes 1 into what of these bytes is in part, which starts at off.
func rollbackMode(part []byte, off int64) {
	for i := int64(headerMode); i < headerEnd; i++ {
		if i >= off && i-off < int64(len(part)) {
			part[i-off] = 1
		}
	}
}

// readPage reads a part of one page. What is beyond the file's end reads as zeros, as
// it does for SQLite.
func (s *snapshot) readPage(b []byte, page, within int64) error {
	if s.log != nil {
		if at, ok := s.log.frames[uint32(page+1)]; ok {
			copy(b, s.log.data[at+within:])
			return nil
		}
	}
	n, err := s.at.ReadAt(b, page*s.pageSize+within)
	if errors.Is(err, io.EOF) {
		clear(b[n:])
		return nil
	}
	return err
}

// content returns the whole.
func (s *snapshot) content() ([]byte, error) {
	b := make([]byte, s.size)
	_, err := s.ReadAt(b, 0)
	return b, err
}

func (s *snapshot) close() error { return s.main.Close() }

// Open implements fs.FS.
func (s *snapshot) Open(string) (fs.File, error) {
	return &file{io.NewSectionReader(s, 0, s.size), s}, nil
}

// A file is the snapshot, opened by SQLite.
type file struct {
	*io.SectionReader
	snap *snapshot
}

func (f *file) Close() error { return nil }

func (f *file) Stat() (fs.FileInfo, error) {
	info, err := f.snap.main.Stat()
	return sized{info, f.snap.size}, err
}

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }
