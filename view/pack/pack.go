// Package pack turns what a build wrote into archives, the same bytes every time.
//
// A [Format] writes a [Source], which is a capture's layer, as one archive. The
// archive depends on the layer and the [Options] alone: not on the time, the
// umask, the names of users, the number of processors, or the form in which the
// layer keeps deletions. [ToFile] gives it its name once it is complete.
//
// Each format is a file of this package that registers itself.
package pack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/depview/depview/view/capture"
)

// A Source is what is packed. [capture.Layer] is one.
type Source interface {
	// Walk gives the entries, a directory before what is in it.
	Walk() iter.Seq2[capture.Entry, error]
	// Open opens the content of a regular file.
	Open(capture.Entry) (io.ReadCloser, error)
}

// Options change what is packed.
type Options struct {
	// ModTime, unless zero, is the latest time of modification in the archive:
	// later ones become it. It is SOURCE_DATE_EPOCH's meaning, see
	// https://reproducible-builds.org/specs/source-date-epoch/. Without it the
	// files keep their own times, in whole seconds.
	ModTime time.Time
	// OmitDeletions leaves out what the layer deletes, for archives that are
	// unpacked onto a file system rather than stacked.
	OmitDeletions bool
}

// Stats counts what an archive holds.
type Stats struct {
	Entries   int   // files of every type; whiteouts are not among them
	Bytes     int64 // of content, before compression
	Whiteouts int   // markers of deletions; with OmitDeletions, those left out
}

// A Format is one kind of archive.
type Format struct {
	Name     string   // as in --format
	Suffixes []string // of file names, with the dot
	Write    func(context.Context, io.Writer, Source, Options) (Stats, error)
}

// ErrUnknownFormat is wrapped where no format has the name asked for.
var ErrUnknownFormat = errors.New("unknown format")

var formats = map[string]Format{}

func register(f Format) { formats[f.Name] = f }

// Formats lists the formats, sorted by name.
func Formats() []Format {
	var list []Format
	for _, f := range formats {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b Format) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Lookup returns the format of a name. Its error wraps [ErrUnknownFormat] and
// lists the names there are.
func Lookup(name string) (Format, error) {
	if f, ok := formats[name]; ok {
		return f, nil
	}
	return Format{}, fmt.Errorf("%w %q (known: %s)", ErrUnknownFormat, name, names())
}

// FormatOf guesses the format from the name of the output, by its longest suffix.
// Its error wraps [ErrUnknownFormat].
func FormatOf(output string) (Format, error) {
	var best Format
	longest := 0
	for _, f := range formats {
		for _, suffix := range f.Suffixes {
			if len(suffix) > longest && strings.HasSuffix(output, suffix) {
				best, longest = f, len(suffix)
			}
		}
	}
	if longest == 0 {
		return Format{}, fmt.Errorf("%w: none is known by the name %q (known: %s)", ErrUnknownFormat, output, names())
	}
	return best, nil
}

func names() string {
	var list []string
	for _, f := range Formats() {
		list = append(list, f.Name)
	}
	return strings.Join(list, ", ")
}

// clamp returns a file's time as it is archived: whole seconds, rounded down.
func (o Options) clamp(t time.Time) time.Time {
	if !o.ModTime.IsZero() && t.After(o.ModTime) {
		t = o.ModTime
	}
	return time.Unix(t.Unix(), 0)
}
