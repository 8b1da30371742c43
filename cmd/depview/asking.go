package main

import (
	"encoding/gob"
	"errors"
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/depview/depview/view/capture"
)

// A question is what a reader asks about a path of the lower tree; the fields that
// are set in the answer are of its kind.
type question struct {
	Kind questionKind
	Path string
	Off  int64 // of a read
}

type questionKind uint8

const (
	askLstat questionKind = iota
	askNames
	askData
)

type reply struct {
	Entry capture.Entry
	Names []string
	Data  []byte
	Errno syscall.Errno // which capture.Changes looks at
	Error string        // any other failure
}

// piece is how much of a file an answer holds at most, in bytes.
const piece = 256 << 10

// answer answers the questions on conn about the lower tree, until nobody asks.
func answer(conn io.ReadWriter, lower capture.Lower) {
	in, out := gob.NewDecoder(conn), gob.NewEncoder(conn)
	for {
		var q question
		if in.Decode(&q) != nil {
			return // the reader has ended, and says why
		}
		r, err := q.answer(lower)
		var errno syscall.Errno
		switch {
		case errors.As(err, &errno):
			r = reply{Errno: errno}
		case err != nil:
			r = reply{Error: err.Error()}
		}
		if out.Encode(r) != nil {
			return
		}
	}
}

func (q question) answer(lower capture.Lower) (r reply, err error) {
	switch q.Kind {
	case askLstat:
		r.Entry, err = lower.Lstat(q.Path)
	case askNames:
		r.Names, err = lower.ReadDir(q.Path)
	case askData:
		r.Data, err = dataOf(lower, q.Path, q.Off)
	}
	return r, err
}

// dataOf reads a piece of a file, none at its end.
func dataOf(lower capture.Lower, path string, off int64) ([]byte, error) {
	f, err := lower.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if s, ok := f.(io.Seeker); ok {
		_, err = s.Seek(off, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, f, off)
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, piece))
}

// An asking is the lower tree of a reader: it asks for it.
type asking struct {
	mu  sync.Mutex
	in  *gob.Decoder
	out *gob.Encoder
}

var _ capture.Lower = (*asking)(nil)

func ask(conn io.ReadWriter) *asking {
	return &asking{in: gob.NewDecoder(conn), out: gob.NewEncoder(conn)}
}

func (a *asking) ask(q question) (r reply, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.out.Encode(q); err != nil {
		return r, err
	}
	if err := a.in.Decode(&r); err != nil {
		return r, err
	}
	switch {
	case r.Errno != 0:
		return r, &os.PathError{Op: "open", Path: q.Path, Err: r.Errno}
	case r.Error != "":
		return r, errors.New(r.Error)
	}
	return r, nil
}

// Lstat is [capture.Lower]'s.
func (a *asking) Lstat(path string) (capture.Entry, error) {
	r, err := a.ask(question{Kind: askLstat, Path: path})
	return r.Entry, err
}

// ReadDir is [capture.Lower]'s.
func (a *asking) ReadDir(path string) ([]string, error) {
	r, err := a.ask(question{Kind: askNames, Path: path})
	return r.Names, err
}

// Open is [capture.Lower]'s. What cannot be opened says so when it is read.
func (a *asking) Open(path string) (io.ReadCloser, error) {
	return io.NopCloser(&askedFile{asking: a, path: path}), nil
}

// An askedFile is read from its beginning to its end.
type askedFile struct {
	*asking
	path string
	off  int64
	data []byte // of the last answer, what has not been read
}

func (f *askedFile) Read(p []byte) (int, error) {
	if len(f.data) == 0 {
		r, err := f.ask(question{Kind: askData, Path: f.path, Off: f.off})
		if err != nil {
			return 0, err
		}
		if len(r.Data) == 0 {
			return 0, io.EOF
		}
		f.data, f.off = r.Data, f.off+int64(len(r.Data))
	}
	n := copy(p, f.data)
	f.data = f.data[n:]
	return n, nil
}
