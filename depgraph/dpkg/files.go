package dpkg

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strings"

	"github.com/depview/depview/depgraph"
)

// Files returns what p's file list names, where diversions put it, and the
// files of /var/lib/dpkg/info about p. A package without a list has no files: so
// dpkg sees it too.
func (db *Database) Files(p *depgraph.Package) ([]string, error) {
	d := p.Detail.(*detail)
	list, err := db.list(p)
	if err != nil {
		return nil, err
	}
	base, about, err := db.infoFiles(p)
	if err != nil {
		return nil, err
	}
	paths := make([]string, 0, strings.Count(list, "\n")+len(about))
	moved := displaced(db.diversions, d.name)
	for path := range listed(list) {
		paths = append(paths, moved(path))
	}
	for _, kind := range about {
		paths = append(paths, "/"+admin+"/info/"+base+"."+kind)
	}
	return paths, nil
}

// listed walks the paths of a file list: one a line, the root written "/.".
func listed(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(list) {
			path := strings.TrimSuffix(line, "\n")
			if path != "/." && path != "" && !yield(path) {
				return
			}
		}
	}
}

// list returns the text of p's file list.
func (db *Database) list(p *depgraph.Package) (string, error) {
	base, _, err := db.infoFiles(p)
	if err != nil || base == "" {
		return "", err
	}
	return db.read(admin + "/info/" + base + ".list")
}

// infoFiles returns how the files about p are named in info/ and their endings:
// PACKAGE:ARCH for a package that can be installed for several architectures,
// else PACKAGE (dpkg-query --control-list). Empty where there are none.
func (db *Database) infoFiles(p *depgraph.Package) (base string, endings []string, err error) {
	info, err := db.info()
	if err != nil {
		return "", nil, err
	}
	d := p.Detail.(*detail)
	names := []string{d.name, d.name + ":" + p.Arch}
	if d.multiArch == "same" {
		names[0], names[1] = names[1], names[0]
	}
	for _, name := range names {
		if found := info[name]; found != nil {
			return name, found, nil
		}
	}
	return "", nil, nil
}

// readInfo lists /var/lib/dpkg/info by package: a file is NAME.KIND, the last
// dot divides.
func (db *Database) readInfo() (map[string][]string, error) {
	entries, err := fs.ReadDir(db.root, admin+"/info")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("dpkg database: %w", err)
	}
	info := make(map[string][]string, len(db.packages))
	for _, e := range entries {
		if dot := strings.LastIndexByte(e.Name(), '.'); dot > 0 {
			base, kind := e.Name()[:dot], e.Name()[dot+1:]
			info[base] = append(info[base], kind)
		}
	}
	return info, nil
}
