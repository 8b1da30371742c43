package record

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
)

// maxLine bounds a line, in bytes: far above the longest that a kernel's limits
// on paths and arguments allow, so that a damaged record cannot fill memory.
const maxLine = 64 << 20

// Read gives the events of a record in the order they were written.
//
// A last line without its newline is what a crash in the middle of a write
// leaves: unless it is whole, it is skipped. Anything else that is no event
// ends the sequence with an error that names the line, counted from 1.
func Read(r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		br := bufio.NewReader(r)
		for n := 1; ; n++ {
			line, err := readLine(br)
			torn := errors.Is(err, io.EOF)
			if torn && len(line) == 0 {
				return
			}
			if err != nil && !torn {
				yield(Event{}, fmt.Errorf("record: line %d: %w", n, err))
				return
			}
			event, err := parse(line)
			if err != nil {
				if !torn {
					yield(Event{}, fmt.Errorf("record: line %d: %w", n, err))
				}
				return
			}
			if !yield(event, nil) || torn {
				return
			}
		}
	}
}

// readLine reads one line without its newline. The error is io.EOF where the
// newline is missing.
func readLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case len(line) > maxLine:
			return nil, fmt.Errorf("longer than %d bytes", maxLine)
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}
