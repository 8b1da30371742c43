package depgraph

import (
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// readPackages reads the [package] tables. What a package needs at run time is
// what it declares of the kinds lib and run.
func readPackages(v value) []*Package {
	var all []*Package
	for _, e := range v.tables() {
		e.table("version", "files", "depends")
		p := &Package{
			Name:    e.packageName(e.key[len(e.key)-1]),
			Version: e.get("version").text(),
			Source:  fromConfig,
			Direct:  e.get("depends").direct(),
			Detail:  e.get("files").files(),
		}
		for _, d := range p.Direct {
			if d.Kind.runtime() {
				p.Needs = append(p.Needs, d.Need)
			}
		}
		all = append(all, p)
	}
	return all
}

// files returns the paths that a package owns: v is a list of them, or a table
// that names a file list.
func (v value) files() fileList {
	if !v.is() {
		v.fail("missing: a list of paths, or { list = \"FILE\" }")
		return nil
	}
	if _, ok := v.v.(map[string]any); !ok {
		return v.paths()
	}
	v.table("list")
	list := v.get("list")
	name := list.joined()
	if name == "" {
		list.fail("missing")
		return nil
	}
	text, err := v.read(name)
	if err != nil {
		list.fail("%w", err)
		return nil
	}
	files, err := parseList(name, text)
	if err != nil {
		list.fail("%w", err)
	}
	return files
}

// parseList reads a file list: one absolute path a line, ending in LF or CRLF.
// Lines that are blank or start with "#" do not count. A space is part of the
// path that it stands in.
func parseList(name string, text []byte) (fileList, error) {
	var files fileList
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		switch {
		case strings.TrimSpace(line) == "" || line[0] == '#':
		case !path.IsAbs(line):
			return nil, fmt.Errorf("%s:%d: %q is not an absolute path", name, n, line)
		case !utf8.ValidString(line):
			return nil, fmt.Errorf("%s:%d: %q is not UTF-8", name, n, line)
		default:
			files = append(files, path.Clean(line))
		}
	}
	return files, nil
}
