package gentoo

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
)

// Files returns what p's CONTENTS names, and the database's own directory about p with
// what is in it. Without CONTENTS a package has no files, as virtuals have none.
func (db *Database) Files(p *depgraph.Package) ([]string, error) {
	e := p.Detail.(*entry)
	name := e.dir() + "/CONTENTS"
	text, err := db.readAny(name, maxContents)
	if err != nil {
		return nil, err
	}
	paths, err := parseContents("/"+name, text)
	if err != nil {
		return nil, err
	}
	about, err := fs.ReadDir(db.root, e.dir())
	if err != nil {
		return nil, fmt.Errorf("gentoo package database: %w", err)
	}
	paths = slices.Grow(paths, len(about)+1)
	paths = append(paths, "/"+e.dir())
	for _, f := range about {
		paths = append(paths, "/"+e.dir()+"/"+f.Name())
	}
	return paths, nil
}

// parseContents returns the paths of a CONTENTS file. Its lines are
//
//	dir PATH
//	obj PATH MD5 MTIME
//	sym PATH -> TARGET MTIME
//	fif PATH
//	dev PATH
//
// and nothing in them is escaped: names may hold spaces and arrows, so a line is read
// from its right, as by _contents_re in vartree.py. Of several arrows the last counts.
// As there, paths are made absolute and "..", if ever one stands there, stays inside.
func parseContents(file, text string) ([]string, error) {
	paths := make([]string, 0, min(strings.Count(text, "\n")+1, len(text)/32))
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			continue
		}
		name, ok := entryPath(line)
		if !ok || strings.IndexByte(line, 0) >= 0 {
			return nil, fmt.Errorf("%s:%d: no entry of a CONTENTS file: %q", file, number, shortened(line))
		}
		if name = absolute(name); name != "/" {
			paths = append(paths, name)
		}
	}
	return paths, nil
}

// entryPath takes the path out of a line.
func entryPath(line string) (name string, ok bool) {
	if len(line) < 5 || line[3] != ' ' {
		return "", false
	}
	rest := line[4:]
	switch line[:3] {
	case "dir", "dev", "fif":
		return rest, true
	case "obj":
		rest, mtime, ok := cutLast(rest, " ")
		if !ok || !isNumber(mtime) {
			return "", false
		}
		rest, sum, ok := cutLast(rest, " ")
		return rest, ok && rest != "" && sum != ""
	case "sym":
		if rest, ok = withoutTime(rest); !ok {
			return "", false
		}
		return beforeArrow(rest)
	}
	return "", false
}

// beforeArrow cuts "PATH -> TARGET" at the last arrow that has something on both sides.
func beforeArrow(link string) (name string, ok bool) {
	i := strings.LastIndex(link[:max(len(link)-1, 0)], " -> ")
	return link[:max(i, 0)], i > 0
}

// withoutTime takes the time off the end of a symbolic link's line: a number, or all
// that Python's stat told, which is what Portage wrote before 2005.
func withoutTime(rest string) (string, bool) {
	link, mtime, ok := cutLast(rest, " ")
	if ok && isNumber(mtime) {
		return link, true
	}
	if link, stat, ok := cutLast(rest, " ("); ok && oldTime.MatchString(stat) {
		return link, true
	}
	return "", false
}

// oldTime is that of _contents_re, without the parenthesis it starts with.
var oldTime = regexp.MustCompile(`^\d+, \d+L, \d+L, \d+, \d+, \d+, \d+L, \d+, \d+, \d+\)$`)

// absolute makes a path of a list one within the root.
func absolute(name string) string {
	if strings.HasPrefix(name, "/") && !strings.Contains(name, "//") && !strings.Contains(name, "/.") && len(name) > 1 && name[len(name)-1] != '/' {
		return name // as nearly all
	}
	return path.Clean("/" + name)
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// shortened is enough of a text for a message.
func shortened(s string) string {
	const enough = 200
	if len(s) > enough {
		return s[:enough] + "…"
	}
	return s
}
