package pacman

import (
	"bytes"
	"fmt"
	"strings"
)

// A desc is what a package's entry says of it.
type desc struct {
	name, version, arch                 string
	groups, depends, optional, provides []string
}

// oneLine are the keys that have one line each; others have lines up to an empty one.
var oneLine = map[string]bool{
	"%NAME%": true, "%VERSION%": true, "%BASE%": true, "%DESC%": true, "%URL%": true, "%ARCH%": true,
	"%INSTALLED_DB%": true, "%BUILDDATE%": true, "%INSTALLDATE%": true, "%PACKAGER%": true, "%REASON%": true, "%SIZE%": true,
}

// parseDesc reads keys and values as local_db_read of libalpm's be_local.c does: a line
// %KEY%, then its values, a line each. The error tells of what libalpm goes on without:
// the file has no name or no version, ends within a line, or holds zero bytes, as file
// systems put in place of what was not written before the power failed.
func parseDesc(file string, text []byte) (d desc, err error) {
	for rest := text; len(rest) > 0; {
		var key, value []byte
		switch key, rest = nextLine(rest); {
		case len(key) == 0:
		case oneLine[string(key)]:
			value, rest = nextLine(rest)
			d.set(string(key), value)
		default:
			value, rest = paragraph(rest)
			d.add(string(key), value)
		}
	}
	if at := bytes.IndexByte(text, 0); at >= 0 {
		return d, fmt.Errorf("%s:%d: a zero byte: the file was not written whole", file, lineOf(text, at))
	}
	if d.name == "" || d.version == "" || text[len(text)-1] != '\n' {
		return d, fmt.Errorf("%s:%d: the file ends too soon: it was not written whole", file, lineOf(text, len(text)))
	}
	return d, nil
}

func (d *desc) set(key string, value []byte) {
	switch key {
	case "%NAME%":
		d.name = string(value)
	case "%VERSION%":
		d.version = string(value)
	case "%ARCH%":
		if d.arch = "any"; string(value) != d.arch {
			d.arch = string(value)
		}
	}
}

func (d *desc) add(key string, lines []byte) {
	var to *[]string
	switch key {
	case "%GROUPS%":
		to = &d.groups
	case "%DEPENDS%":
		to = &d.depends
	case "%OPTDEPENDS%":
		to = &d.optional
	case "%PROVIDES%":
		to = &d.provides
	}
	if to != nil && len(lines) > 0 {
		*to = append(*to, strings.Split(string(lines), "\n")...)
	}
}

// nextLine returns the first line of text, without its end, and what is after it.
func nextLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte("\n"))
	return line, rest
}

// paragraph returns the lines of text before the first empty one, without the end of the
// last, and what is after them.
func paragraph(text []byte) (lines, rest []byte) {
	if bytes.HasPrefix(text, []byte("\n")) {
		return nil, text[1:]
	}
	lines, rest, found := bytes.Cut(text, []byte("\n\n"))
	if !found {
		lines = bytes.TrimSuffix(lines, []byte("\n"))
	}
	return lines, rest
}

// lineOf returns the number of the line that byte at of text is in.
func lineOf(text []byte, at int) int { return 1 + bytes.Count(text[:at], []byte("\n")) }
