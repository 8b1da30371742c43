package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// A Writer appends events to a record. It is safe for concurrent use.
//
// Every event is one write of one whole line to a file opened with O_APPEND, so
// readers see whole lines while the build still runs. A record must not stop a
// build: Write reports nothing, and the first error ends the recording, because
// a line after a half-written one would make the whole record unreadable.
type Writer struct {
	mu   sync.Mutex
	file *os.File
	err  error // the first one
	lost int   // events that came after it
}

// Append goes on with the record in f, which must have been opened with
// O_RDWR|O_APPEND and is the Writer's from then on. What a crash left of a last
// line is cut off first; no other process may be writing to f.
func Append(f *os.File) (*Writer, error) {
	if err := mend(f); err != nil {
		return nil, fmt.Errorf("record: mending the end of %s: %w", Quote(f.Name()), err)
	}
	return &Writer{file: f}, nil
}

// Write appends one event.
func (w *Writer) Write(e Event) {
	line, err := e.line()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		w.lost++
		return
	}
	if err == nil {
		_, err = w.file.Write(line)
	}
	if err != nil {
		w.err, w.lost = err, 1
	}
}

// Close closes the file. It returns the first error of any Write, with how many
// events it cost.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.file.Close()
	if w.err != nil {
		return fmt.Errorf("record: %d events were not recorded: %w", w.lost, w.err)
	}
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// mend makes f end with a newline: it completes a last line that is whole, and
// cuts off one that is not.
func mend(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	tail, start, err := lastLine(f, info.Size())
	if err != nil || len(tail) == 0 {
		return err
	}
	if json.Valid(tail) {
		_, err = f.Write([]byte{'\n'})
		return err
	}
	return f.Truncate(start)
}

// lastLine returns what follows the last newline of f, and its offset.
func lastLine(f io.ReaderAt, size int64) (tail []byte, start int64, err error) {
	const block = 64 << 10
	for end := size; end > 0; {
		n := min(end, block)
		buf := make([]byte, n)
		if _, err := f.ReadAt(buf, end-n); err != nil && !errors.Is(err, io.EOF) {
			return nil, 0, err
		}
		if i := bytes.LastIndexByte(buf, '\n'); i >= 0 {
			return append(buf[i+1:], tail...), end - n + int64(i) + 1, nil
		}
		tail, end = append(buf, tail...), end-n
	}
	return tail, 0, nil
}
