package opam

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/depview/depview/depgraph"
)

// Files returns what the installation of p added to the prefix or changed the content
// of, which is what `opam show --list-files` prints (OpamDirTrack.check), and the
// database's own files about p. Without a record of it a package has no others.
func (db *Database) Files(p *depgraph.Package) ([]string, error) {
	own := p.OwnName()
	dir := db.packageDir(p)
	paths := []string{
		"/" + dir, "/" + dir + "/opam",
		"/" + db.meta + "/config/" + own + ".config",
		"/" + db.meta + "/install/" + own + ".changes",
		"/" + db.meta + "/install/" + own + ".install",
	}
	name := db.meta + "/install/" + own + ".changes"
	text, err := read(db.root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return paths, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opam switch: %w", err)
	}
	err = changes("/"+name, text, func(path string) { paths = append(paths, "/"+db.prefix+"/"+path) })
	return paths, err
}

// changes calls yield for each path, relative to the prefix, that a record of changes
// credits to its package. A path is a string with a digest of what is there, "D" for a
// directory (opamFile.ml, ChangesSyntax). What was removed, or has other permissions, is
// another's.
func changes(name, text string, yield func(path string)) error {
	p, err := newParser(name, text)
	if err != nil {
		return err
	}
	err = p.items(func(item) error { return nil }, func(field string, v value) error {
		path, ok := v.str()
		switch field {
		case "added", "contents-changed", "kind-changed":
			if !ok || !isLocal(path) {
				return p.errorf(v.line, "%s: %.80q is not a path in the prefix", field, path)
			}
			yield(path)
		}
		return nil
	})
	if err == nil && p.tok.kind != endOfFile {
		err = p.unexpected("a field")
	}
	return err
}

// isLocal tells whether a path is below the directory that it is relative to, and
// spelled in the one way that opam spells it.
func isLocal(path string) bool {
	if strings.ContainsRune(path, 0) {
		return false
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." || name == ".." {
			return false
		}
	}
	return true
}
