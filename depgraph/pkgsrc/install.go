package pkgsrc

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
)

// installData are the lines of an +INSTALL script that it reads itself, to tell which
// files it copies and which directories it makes (pkgsrc's mk/pkginstall/files and dirs):
// the path, flags of which one says so, and more.
//
//	# FILE: /usr/pkg/etc/foo.conf c /usr/pkg/share/examples/foo/foo.conf 0600 user group
//	# DIR: /var/db/foo m 0700 user group
var installData = []struct {
	mark, flag string
	counts     string // where reference counts of them are
}{
	{"# FILE: ", "c", "files"},
	{"# DIR: ", "m", "dirs"},
}

// installed adds to the paths of p what its +INSTALL script copied and made, which are
// in no packing list. What was there before the package has the mark +PREEXISTING in the
// database of reference counts, and is not the package's.
func (db *Database) installed(p *depgraph.Package, prefix string, paths []string) ([]string, error) {
	text, err := db.read(p, "+INSTALL")
	if err != nil {
		return nil, err
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		for _, data := range installData {
			rest, ok := strings.CutPrefix(line, data.mark)
			if !ok {
				continue
			}
			name, ok := installedPath(prefix, data.flag, rest)
			if ok && !db.preexisting(data.counts, name) {
				paths = append(paths, name)
			}
		}
		if len(paths) > maxPaths {
			return nil, fmt.Errorf("%s:%d: %w", db.called(p, "+INSTALL"), number, errTooMany)
		}
	}
	return paths, nil
}

// installedPath reads what follows the mark of a line, and tells whether there will be
// something of the package's own.
func installedPath(prefix, flag, data string) (name string, ok bool) {
	fields := shellFields(data)
	if len(fields) < 2 || len(fields[0]) > maxPath || !strings.Contains(fields[1], flag) || climbs(fields[0]) || strings.IndexByte(data, 0) >= 0 {
		return "", false
	}
	if name = path.Clean(fields[0]); !path.IsAbs(name) {
		name = path.Join("/", prefix, name)
	}
	return name, name != "/" && !isStandard(prefix, name)
}

// preexisting tells whether a path was there before the first package that uses it.
func (db *Database) preexisting(kind, name string) bool {
	_, err := fs.Stat(db.root, path.Join(db.real+".refcount", kind, name, "+PREEXISTING"))
	return err == nil
}

// shellFields splits a line as sh(1)'s read does, with what a backslash is before in a
// field.
func shellFields(line string) (fields []string) {
	var field strings.Builder
	within := false
	end := func() {
		if within {
			fields, within = append(fields, field.String()), false
			field.Reset()
		}
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line):
			i++
			field.WriteByte(line[i])
			within = true
		case c == ' ' || c == '\t' || c == '\n':
			end()
		default:
			field.WriteByte(c)
			within = true
		}
	}
	end()
	return fields
}
