package record

import (
	"path"
	"slices"
	"strings"
)

// What tells what kind of file is at the event's path.
func (e Event) What() What { return whatOf(e.Path, e.Type) }

// Linked tells whether a linker read a library.
func (e Event) Linked() bool {
	name := path.Base(e.Exe)
	name = name[strings.LastIndexByte(name, '-')+1:] // x86_64-linux-gnu-ld.bfd
	name, _, _ = strings.Cut(name, ".")
	return e.Call != Exec && e.What() == ALibrary && slices.Contains([]string{"ld", "ld64", "gold", "mold", "lld", "collect2"}, name)
}

// Command shows a command line on one line of a report, shortened and quoted.
func Command(argv []string) string { return command(argv) }

// Matcher returns a function that tells whether a path matches any of patterns, as
// in [Options].Ignore. It fails if one is malformed.
func Matcher(patterns []string) (func(path string) bool, error) {
	gs, err := compile(patterns)
	return gs.match, err
}

// Text is a string of any bytes: see [Event] for its JSON.
type Text = text

// Texts returns strings as they are written in JSON.
func Texts(list []string) []Text { return texts(list) }
