package apk

import (
	"strings"

	"github.com/depview/depview/depgraph"
)

// Files returns the directories and files of p's record. There are none of the
// database's own about one package.
func (db *Database) Files(p *depgraph.Package) ([]string, error) {
	text := p.Detail.(*detail).text
	paths := make([]string, 0, strings.Count(text, "\nF:")+strings.Count(text, "\nR:"))
	eachFile(text, func(path string) bool {
		paths = append(paths, path)
		return true
	})
	return paths, nil
}

// eachFile calls f for the paths of a record, until it returns false. The root itself
// is left out.
func eachFile(text string, f func(path string) bool) {
	var dir string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		path := ""
		switch key := line[:2]; key {
		case "F:":
			if dir = strings.TrimRight("/"+line[2:], "/"); dir == "" {
				continue
			}
			path = dir
		case "R:":
			path = dir + "/" + line[2:]
		default:
			continue
		}
		if !f(path) {
			return
		}
	}
}

// ownerOf returns the package that owns a path, the first of several, or nil.
func (db *Database) ownerOf(path string) *depgraph.Package {
	for _, p := range db.packages {
		owns := false
		eachFile(p.Detail.(*detail).text, func(name string) bool {
			owns = name == path
			return !owns
		})
		if owns {
			return p
		}
	}
	return nil
}
