package sqlite

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
)

// A wal is a write-ahead log, as far as it is committed.
type wal struct {
	data   []byte           // the pages of frames
	frames map[uint32]int64 // page number, from 1 → where in data its newest content is
	pages  int64            // of the database after the last commit
}

// maxWAL bounds the log that is read: SQLite keeps them at 4 MiB unless a reader or a
// large transaction is in the way.
const maxWAL = 1 << 30

const (
	walHeader   = 32
	frameHeader = 24
)

// openWAL reads the log called name, nil if there is none or nothing in it is
// committed. What follows the last commit, or is left of an earlier round, is no part
// of the database: https://sqlite.org/fileformat2.html#walread.
func openWAL(root fs.FS, name string, pageSize int64) (*wal, error) {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w := &wal{frames: map[uint32]int64{}}
	if err := w.read(bufio.NewReaderSize(f, 1<<16), pageSize); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if w.pages == 0 {
		return nil, nil
	}
	return w, nil
}

// read finds the committed frames. It reads no farther than they go, as a long log may
// have few.
func (w *wal) read(r io.Reader, pageSize int64) error {
	h := make([]byte, walHeader)
	if ok, err := whole(r, h); !ok {
		return err
	}
	sum := checksum{order: binary.LittleEndian}
	switch binary.BigEndian.Uint32(h) {
	case 0x377f0682:
	case 0x377f0683:
		sum.order = binary.BigEndian
	default:
		return nil
	}
	if int64(binary.BigEndian.Uint32(h[8:])) != pageSize || !sum.add(h[:24]).is(h[24:]) {
		return nil
	}
	pending := map[uint32]int64{}
	for f := make([]byte, frameHeader+pageSize); ; {
		if ok, err := whole(r, f); !ok {
			return err
		}
		number, page := binary.BigEndian.Uint32(f), f[frameHeader:]
		if number == 0 || !bytes.Equal(f[8:16], h[16:24]) || !sum.add(f[:8]).add(page).is(f[16:]) {
			return nil
		}
		if len(w.data) > maxWAL {
			return fmt.Errorf("larger than %d bytes", maxWAL)
		}
		pending[number] = int64(len(w.data))
		w.data = append(w.data, page...)
		if size := binary.BigEndian.Uint32(f[4:]); size != 0 {
			maps.Copy(w.frames, pending)
			clear(pending)
			w.pages = int64(size)
		}
	}
}

// whole fills b, or tells that the file ends before.
func whole(r io.Reader, b []byte) (bool, error) {
	switch _, err := io.ReadFull(r, b); {
	case err == nil:
		return true, nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return false, nil
	default:
		return false, err
	}
}

// A checksum is the running one of a log.
type checksum struct {
	order  binary.ByteOrder
	s0, s1 uint32
}

// add takes b, whose length is a multiple of eight, into the sum.
func (c *checksum) add(b []byte) *checksum {
	for ; len(b) >= 8; b = b[8:] {
		c.s0 += c.order.Uint32(b) + c.s1
		c.s1 += c.order.Uint32(b[4:]) + c.s0
	}
	return c
}

// is tells whether the sum is the one that is stored at the start of b.
func (c *checksum) is(b []byte) bool {
	return binary.BigEndian.Uint32(b) == c.s0 && binary.BigEndian.Uint32(b[4:]) == c.s1
}
