package apk

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/depview/depview/depgraph"
)

// detail is what the database says beyond a depgraph.Package.
type detail struct {
	text               string // the record, without the empty line that ends it
	line               int    // that the record begins on
	digest             string // see parseDigest
	depends, installIf []field
}

// A field is the value of one line.
type field struct {
	line  int
	value string
}

// installed is the name of the database's file, relative to the root.
func (db *Database) installed() string { return db.dir + "/installed" }

// readInstalled reads all records.
func (db *Database) readInstalled() error {
	text, err := db.read(db.installed())
	if err != nil {
		return err
	}
	db.packages, err = parseInstalled("/"+db.installed(), text)
	if err != nil {
		return err
	}
	for _, p := range db.packages {
		d := p.Detail.(*detail)
		p.Late = func() ([]depgraph.Need, error) { return db.needs(p, d) }
		p.Optional = func() ([]depgraph.Need, error) { return db.optional(p), nil }
	}
	return nil
}

// A reader goes through the lines of the database.
type reader struct {
	file, text string
	next       int // where the next line begins
	number     int // of the last line
}

// line returns the next line without its end; ended tells whether it has one.
func (r *reader) line() (line string, ended bool) {
	rest := r.text[r.next:]
	r.number++
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		r.next += i + 1
		return rest[:i], true
	}
	r.next = len(r.text)
	return rest, false
}

func (r *reader) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", r.file, r.number, fmt.Errorf(format, args...))
}

// parseInstalled reads the records of a text, a long one in as many parts as there are
// processors. What apk refuses is an error, and so are three things that it lets pass: a
// record without an end, which it forgets, two packages of one name, and a path that
// leads out of the root.
func parseInstalled(file, text string) ([]*depgraph.Package, error) {
	const short = 256 << 10
	parts := min(runtime.GOMAXPROCS(0), len(text)/short+1)
	records, errs := make([][]*record, parts), make([]error, parts)
	var wait sync.WaitGroup
	rest, lines := text, 0
	for i := range parts {
		r := &reader{file: file, text: rest, number: lines}
		if i < parts-1 {
			r.text = firstRecords(rest, len(rest)/(parts-i))
			lines += strings.Count(r.text, "\n")
		}
		rest = rest[len(r.text):]
		wait.Go(func() { records[i], errs[i] = r.records() })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return packagesOf(file, slices.Concat(records...))
}

// firstRecords returns the first records of text, in at least so many bytes.
func firstRecords(text string, bytes int) string {
	if end := strings.Index(text[bytes:], "\n\n"); end >= 0 {
		return text[:bytes+end+2]
	}
	return text
}

// packagesOf makes sure that every record is of a package of its own.
func packagesOf(file string, records []*record) ([]*depgraph.Package, error) {
	packages, lines := make([]*depgraph.Package, len(records)), make(map[string]int, len(records))
	for i, e := range records {
		if first := lines[e.Name]; first > 0 {
			return nil, fmt.Errorf("%s:%d: package %q is listed twice, first in line %d", file, e.line, e.Name, first)
		}
		lines[e.Name] = e.line
		packages[i] = &e.Package
	}
	return packages, nil
}

// records reads all records.
func (r *reader) records() (all []*record, err error) {
	const block = 64 // that are allocated together
	var memory []record
	for r.next < len(r.text) {
		if r.text[r.next] == '\n' {
			r.line()
			continue
		}
		if len(memory) == 0 {
			memory = make([]record, block)
		}
		e := &memory[0]
		memory = memory[1:]
		if err := r.record(e); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// A record is a package in the making.
type record struct {
	depgraph.Package
	detail
}

// record reads a record and the empty line that ends it.
func (r *reader) record(e *record) error {
	start := r.next
	e.line = r.number + 1
	e.Source, e.Detail = "apk", &e.detail
	files := fileList{}
	for {
		end := r.next
		line, ended := r.line()
		if line == "" && ended {
			e.text = r.text[start:end]
			break
		}
		if !ended {
			return r.errorf("the file is cut off: an empty line ends the last record")
		}
		if len(line) < 2 || line[1] != ':' {
			return r.errorf("not a field: %q", line)
		}
		if err := r.field(e, &files, line[0], line[2:]); err != nil {
			return r.errorf("%c: %w", line[0], err)
		}
	}
	switch {
	case e.Name == "":
		return fmt.Errorf("%s:%d: record has no name (P:)", r.file, e.line)
	case e.Version == "":
		return fmt.Errorf("%s:%d: package %q has no version (V:)", r.file, e.line, e.Name)
	case e.digest == "":
		return fmt.Errorf("%s:%d: package %q has no identity (C:)", r.file, e.line, e.Name)
	}
	return nil
}

// field reads one line of a record. As apk does, it passes over what it does not know,
// but not among the files.
func (r *reader) field(e *record, files *fileList, key byte, value string) (err error) {
	switch key {
	case 'F', 'R', 'a', 'M', 'Z':
		if e.Name == "" {
			return fmt.Errorf("a file before the name of the package (P:)")
		}
		return files.check(key, value)
	case 'P':
		if value == "" || strings.ContainsAny(value, " \x00") {
			return fmt.Errorf("bad name %q", value)
		}
		e.Name = value
	case 'V':
		e.Version = value
	case 'A':
		e.Arch = value
	case 'C':
		e.digest, err = parseDigest(value)
	case 'D':
		e.depends = append(e.depends, field{r.number, value})
	case 'i':
		e.installIf = append(e.installIf, field{r.number, value})
	case 'p':
		e.Provides, err = appendProvides(e.Provides, value)
	case 'k':
		var priority uint64
		if priority, err = strconv.ParseUint(value, 10, 31); err == nil {
			e.Rank = -int(priority) // the highest wins
		}
	case 'S', 'I', 'T', 'U', 'L', 'o', 'm', 't', 'c', 'g', 'r', 'q', 's', 'f':
	default:
		if files.inside {
			return fmt.Errorf("the package comes from a newer apk: no such line among files is known")
		}
	}
	return err
}

func appendProvides(provides []depgraph.Provide, value string) ([]depgraph.Provide, error) {
	for word := range words(value) {
		d, err := parseDependency(word, false)
		if err != nil {
			return nil, err
		}
		if provides == nil {
			provides = make([]depgraph.Provide, 0, strings.Count(value, " ")+1)
		}
		if !d.conflict {
			provides = append(provides, depgraph.Provide{Name: d.name, Version: d.version})
		}
	}
	return provides, nil
}

// A fileList checks the lines about files of one record, of which no part is kept: see
// [Database.Files].
type fileList struct{ inside, file bool }

func (l *fileList) check(key byte, value string) error {
	switch key {
	case 'F':
		l.inside = true
		return checkDirectory(value)
	case 'R':
		if !l.inside {
			return fmt.Errorf("a file without a directory (F:) above it")
		}
		l.file = true
		if !isElement(value) {
			return fmt.Errorf("bad file name %q", value)
		}
	case 'M':
		if !l.inside {
			return fmt.Errorf("a mode without a directory (F:) above it")
		}
	default:
		if !l.file {
			return fmt.Errorf("a line about a file without one (R:) above it")
		}
	}
	return nil
}

// checkDirectory checks a path relative to the root; the root is empty.
func checkDirectory(value string) error {
	for rest, more := strings.TrimRight(value, "/"), value != ""; more; {
		var name string
		if name, rest, more = strings.Cut(rest, "/"); !isElement(name) {
			return fmt.Errorf("bad directory %q", value)
		}
	}
	return nil
}

// isElement tells whether name can be one element of a path.
func isElement(name string) bool {
	for i := range len(name) {
		if name[i] == '/' || name[i] == 0 {
			return false
		}
	}
	return name != "" && name != "." && name != ".."
}

// digestSize is the size of the part of a digest that identifies a package, in bytes.
const digestSize = 20

// parseDigest reads a digest as apk writes it: Q and a digit for the algorithm, then
// base64; or X, the digit and hexadecimal digits (apk-tools' src/blob.c,
// apk_blob_pull_digest). It returns the bytes that identify a package.
func parseDigest(text string) (string, error) {
	var sum []byte
	var err error
	switch {
	case len(text) < 2:
		err = fmt.Errorf("too short")
	case text[0] == 'Q':
		sum, err = base64.StdEncoding.DecodeString(text[2:])
	case text[0] == 'X':
		sum, err = hex.DecodeString(text[2:])
	default:
		err = fmt.Errorf("neither Q… nor X…")
	}
	if err == nil && len(sum) < digestSize {
		err = fmt.Errorf("too short")
	}
	if err != nil {
		return "", fmt.Errorf("bad digest %q: %w", text, err)
	}
	return string(sum[:digestSize]), nil
}
