package record

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Details are what a report's writers are told beyond the report.
type Details struct {
	// Verbose has every path written, and each as the build spelled it, too.
	Verbose bool
	// Build says whether the build of the record is running.
	Build State
	// Declaration is the file that declares the port's dependencies, such as
	// "debian/control", relative to where the report's reader finds it; "" if it is
	// not known. SARIF ties a finding to it.
	Declaration string
	// Version is depview's own.
	Version string
}

// A State says whether a build is running. A record alone cannot: what a build that
// was killed leaves looks like that of one that goes on.
type State int

// The states.
const (
	NotKnown State = iota
	Running
	Over
)

// ErrUnknownFormat is wrapped by Write's error for a format that there is not.
var ErrUnknownFormat = errors.New("unknown format")

var formats = []struct {
	name  string
	write func(*Report, *bufio.Writer, Details) error
}{
	{"text", (*Report).writeText},
	{"json", (*Report).writeJSON},
	{"sarif", (*Report).writeSARIF},
	{"junit", (*Report).writeJUnit},
}

// Formats lists what Write can write.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Write writes the report in the format of that name. Whatever the build chose, be
// it a path or a command line, can neither end the place it stands in nor move a
// cursor: no format holds a byte that controls a terminal, but newlines.
func (r *Report) Write(w io.Writer, format string, d Details) error {
	for _, f := range formats {
		if f.name == format {
			b := bufio.NewWriter(w)
			if err := f.write(r, b, d); err != nil {
				return err
			}
			return b.Flush()
		}
	}
	return fmt.Errorf("%w %q (known: %s)", ErrUnknownFormat, format, strings.Join(Formats(), ", "))
}
