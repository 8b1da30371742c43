// Package needs reads from built files what they need when they run.
//
// [Read] looks into one file: an ELF or Mach-O file names its libraries, a script
// its interpreter, a .pc file other .pc files, a Python or Perl source the modules
// that it imports. A [Resolver] finds on a root what satisfies such a need. Who owns
// what it finds is the caller's to know.
//
//	file ──Read──▶ File{Needs} ──Resolver.Resolve──▶ paths on the root
//
// The files come from a build that need not be friendly. Reading one takes memory in
// proportion to what is read of it, of which there is a limit: maxText bytes of a
// text, and maxNames needs.
package needs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Kind is a kind of need.
type Kind string

// The kinds of need. Their values are what reports in JSON have.
const (
	Library      Kind = "library"         // Name is a soname, or a path
	Interpreter  Kind = "interpreter"     // Name is a path
	Program      Kind = "program"         // Name is looked for along PATH
	PkgConfig    Kind = "pkg-config file" // Name is without ".pc"
	PythonModule Kind = "Python module"   // Name has no dots
	PerlModule   Kind = "Perl module"     // Name is as in the source: Foo::Bar
)

// A Need is one thing that a file needs when it runs.
type Need struct {
	Kind Kind
	Name string
	// Machine is what a library must be made for, as [Read] spells it: "x86_64-elf64",
	// "386-elf32", "arm64-macho". Others have none.
	Machine string
}

// String says the need as a report does: "libonig.so.5", "Perl module Foo::Bar".
func (n Need) String() string {
	switch n.Kind {
	case Library, Interpreter:
		return n.Name
	}
	return string(n.Kind) + " " + n.Name
}

// A File is what one file needs, and what it is to others.
type File struct {
	Path  string // absolute
	Needs []Need // each once
	// Provides are the needs for a library that this file satisfies by its soname.
	Provides []Need
	// RunPath holds the directories where the file has its libraries looked for first.
	RunPath []string
}

func (f *File) need(k Kind, name, machine string) {
	if n := (Need{k, name, machine}); name != "" && len(f.Needs) < maxNames && !slices.Contains(f.Needs, n) {
		f.Needs = append(f.Needs, n)
	}
}

// maxText is how many bytes of a script or source are looked at.
const maxText = 4 << 20

// Read reads what the regular file at path needs, of size bytes and with the
// permissions of mode. It decides by what is in the file, and by the name's ending
// for .pc, .py, .pl and .pm. A "#!" counts where somebody may execute the file, as
// in rpm's and debhelper's generators of dependencies: there are examples, too.
//
// An error says that the file is damaged; what was found before is in the File. A
// file of another kind needs nothing.
func Read(r io.ReaderAt, size int64, p string, mode fs.FileMode) (File, error) {
	f := File{Path: p}
	magic := make([]byte, 4)
	if n, err := r.ReadAt(magic, 0); n < len(magic) {
		if err != nil && !errors.Is(err, io.EOF) {
			return f, fmt.Errorf("%q: %w", p, err)
		}
		magic = magic[:n]
	}
	var err error
	switch ext := path.Ext(p); {
	case string(magic) == "\x7fELF":
		err = f.readELF(r, size)
	case isMachO(magic):
		err = f.readMachO(r, size)
	case strings.HasPrefix(string(magic), "#!"), slices.Contains([]string{".pc", ".py", ".pl", ".pm"}, ext):
		err = f.readText(io.NewSectionReader(r, 0, min(size, maxText)), ext, mode)
	}
	if err != nil {
		err = fmt.Errorf("%q: %w", p, err)
	}
	return f, err
}

// readText reads a script or a source. A module needs its interpreter, too.
func (f *File) readText(r io.Reader, ext string, mode fs.FileMode) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	source := string(text)
	language := ""
	if mode&0o111 != 0 {
		language = f.readShebang(source)
	}
	switch {
	case ext == ".pc":
		for _, name := range pkgConfigRequires(source) {
			f.need(PkgConfig, name, "")
		}
	case language == "python", language == "" && ext == ".py":
		if language == "" {
			f.need(Program, "python3", "")
		}
		for _, name := range pythonImports(source) {
			f.need(PythonModule, name, "")
		}
	case language == "perl", language == "" && (ext == ".pl" || ext == ".pm"):
		if language == "" {
			f.need(Program, "perl", "")
		}
		for _, name := range perlModules(source) {
			f.need(PerlModule, name, "")
		}
	}
	return nil
}
