package pkgsrc

import (
	"fmt"
	"iter"
	"path"
	"strings"
)

// directives are the commands of a packing list (pkg_create(1), "PACKING LIST DETAILS";
// cmdv in lib/plist.c of all versions). A line is the first of them that it begins with,
// whatever follows: "@ignore_inst" is "@ignore". Others are no entries: pkg_install tells
// so, and goes on.
//
//	@name PKGNAME              @cwd DIR, @cd DIR      where what follows is
//	@pkgdep PATTERN            @blddep PKGNAME        @pkgcfl PATTERN
//	@pkgdir DIR, @dirrm DIR    directories            @ignore: not the next entry
//	@comment MD5:…, Symlink:…  of the file before     @src DIR: for pkg_create alone
//	@mode @owner @group        of files that follow   @exec @unexec @display @mtree @option
var directives = []string{
	"cwd", "src", "cd", "exec", "unexec", "mode", "owner", "group", "comment", "ignore", "name", "display",
	"pkgdep", "pkgcfl", "pkgdir", "mtree", "dirrm", "option", "blddep",
}

// An entry is a line of a packing list that pkg_install takes notice of.
type entry struct {
	line      int
	directive string // without "@"; empty for a file
	argument  string // for a file, its path
}

// space is what isspace(3) tells.
const space = " \t\n\v\f\r"

// entries walks a packing list, as parse_plist in lib/plist.c reads it. An entry that
// "@ignore" is before is left out. A zero byte, where C's text ends, is an error.
func entries(text string) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		line, ignore := 0, false
		for raw := range strings.Lines(text) {
			line++
			e, ok := parseEntry(line, strings.TrimRight(raw, space))
			switch {
			case strings.IndexByte(raw, 0) >= 0:
				yield(e, fmt.Errorf("a zero byte"))
				return
			case !ok:
			case ignore:
				ignore = false
			case e.directive == "ignore":
				ignore = true
			case !yield(e, nil):
				return
			}
		}
	}
}

func parseEntry(line int, text string) (e entry, ok bool) {
	e = entry{line: line, argument: text}
	if text == "" || text[0] != '@' {
		return e, text != ""
	}
	for _, d := range directives {
		if argument, ok := strings.CutPrefix(text[1:], d); ok {
			e.directive, e.argument = d, strings.TrimLeft(argument, space)
			return e, true
		}
	}
	return e, false
}

// A listing gathers the paths that a packing list names.
type listing struct {
	dbdir  string // of the package: what "@cwd ." means (admin/main.c, add_pkg)
	prefix string // the first @cwd, which the package is installed in
	cwd    string
	last   string // directory of the path before
	paths  []string
	above  map[string]bool // directories that are in paths
}

var errTooMany = fmt.Errorf("more than %d paths", maxPaths)

// list reads the paths of a packing list. Beside the files and what @pkgdir and @dirrm
// name, these are the directories above them within the prefix, that pkg_delete(1)
// removes with them when they are empty (lib/plist.c, delete_with_parents), but for the
// ones of any prefix.
func list(file, dbdir, text string) ([]string, string, error) {
	l := &listing{dbdir: dbdir, above: map[string]bool{}, paths: make([]string, 0, strings.Count(text, "\n"))}
	for e, err := range entries(text) {
		if err == nil {
			err = l.add(e)
		}
		if err == nil && len(l.paths) > maxPaths {
			err = errTooMany
		}
		if err != nil {
			return nil, "", fmt.Errorf("%s:%d: %w", file, e.line, err)
		}
	}
	return l.paths, l.prefix, nil
}

func (l *listing) add(e entry) error {
	switch e.directive {
	case "cwd", "cd":
		return l.change(e.argument)
	case "", "pkgdir", "dirrm":
		name, err := l.resolve(e.argument)
		if err != nil {
			return err
		}
		if name == l.cwd || e.directive != "" && isStandard(l.prefix, name) {
			return nil
		}
		l.parents(name)
		if e.directive == "" || !l.above[name] {
			l.paths = append(l.paths, name)
			l.above[name] = l.above[name] || e.directive != ""
		}
	}
	return nil
}

// change is @cwd: where the entries after it are.
func (l *listing) change(dir string) error {
	if dir == "." {
		dir = l.dbdir
	}
	if !path.IsAbs(dir) || climbs(dir) || len(dir) > maxPath {
		return fmt.Errorf("@cwd: not an absolute path: %.80q", dir)
	}
	l.cwd = path.Clean(dir)
	if l.prefix == "" && l.cwd != l.dbdir {
		l.prefix = l.cwd
	}
	return nil
}

// resolve returns the path of an entry: relative to the last @cwd, even with a slash in
// front.
func (l *listing) resolve(name string) (string, error) {
	switch {
	case len(name) > maxPath:
		return "", fmt.Errorf("a path of %d bytes", len(name))
	case l.cwd == "":
		return "", fmt.Errorf("%q comes before any @cwd", name)
	case climbs(name):
		return "", fmt.Errorf("%q leads out of %s", name, l.cwd)
	}
	return path.Join(l.cwd, name), nil
}

// climbs tells whether a path has a part "..".
func climbs(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

// parents adds the directories above a path, each once. Outside of the prefix they are
// the system's.
func (l *listing) parents(name string) {
	dir := path.Dir(name)
	if dir == l.last {
		return
	}
	l.last = dir
	if l.prefix == "/" || l.cwd == l.dbdir || !strings.HasPrefix(dir, l.prefix+"/") {
		return
	}
	for n := len(l.prefix) + 1; n <= len(dir); n++ {
		if n < len(dir) && dir[n] != '/' {
			continue
		}
		if d := dir[:n]; !l.above[d] && !isStandard(l.prefix, d) {
			l.above[d] = true
			l.paths = append(l.paths, d)
		}
	}
}
