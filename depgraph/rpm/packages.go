package rpm

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
)

// load reads every package, but for what it needs and its files.
func (db *Database) load() error {
	paths := map[string]bool{} // that some package needs
	err := db.store.each(func(number int64, h header, err error) error {
		p := &depgraph.Package{Source: kind}
		var name string
		if err == nil {
			if err = db.fill(p, number, h); err == nil {
				name = p.Name
				err = neededPaths(h, paths)
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", db.record(number, name), err)
		}
		db.packages = append(db.packages, p)
		return nil
	})
	if err != nil {
		return err
	}
	db.native = nativeArch(db.packages)
	spell(db.packages, db.native)
	return db.providePaths(paths)
}

// fill makes a package of a header. Its name may not be the only one yet.
func (db *Database) fill(p *depgraph.Package, number int64, h header) (err error) {
	text := func(t tag) string {
		s, failed := h.text(t)
		err = cmp.Or(err, failed)
		return s
	}
	name, version, release, arch := text(tagName), text(tagVersion), text(tagRelease), text(tagArch)
	epochs, failed := h.numbers(tagEpoch)
	if err = cmp.Or(err, failed); err != nil {
		return err
	}
	if name == "" || strings.ContainsAny(name, " \t\n/") {
		return fmt.Errorf("%q is no package name", name)
	}
	var epoch *uint32
	if len(epochs) > 0 {
		epoch = &epochs[0]
	}
	d := &detail{number: number, name: name, evr: evr(epoch, version, release)}
	p.Name, p.Version, p.Arch, p.Detail = name, d.evr, arch, d
	provides, _, err := h.capabilities(tagProvideName, tagProvideVersion, tagProvideFlags)
	if err != nil {
		return err
	}
	p.Provides = make([]depgraph.Provide, 0, len(provides))
	for _, c := range provides {
		if c.name != "" {
			p.Provides = append(p.Provides, c.provide())
		}
	}
	p.Late = func() ([]depgraph.Need, error) { return db.needs(p) }
	p.Optional = func() ([]depgraph.Need, error) { return db.optional(p) }
	return nil
}

// neededPaths notes the files that a package requires, by themselves or in a rich
// dependency. Rpm's own index of requirements leaves out those of scriptlets.
func neededPaths(h header, paths map[string]bool) error {
	names, err := h.texts(tagRequireName)
	if err != nil {
		return err
	}
	for _, name := range names {
		switch {
		case strings.HasPrefix(name, "/"):
			if !paths[name] {
				paths[strings.Clone(name)] = true
			}
		case strings.HasPrefix(name, "(") && strings.Contains(name, "/"):
			for _, word := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(separators+"()", r) }) {
				if strings.HasPrefix(word, "/") {
					paths[strings.Clone(word)] = true
				}
			}
		}
	}
	return nil
}

// providePaths adds to the packages what they provide by owning a file that another
// requires: a requirement that is a path is met by the owner, wherever links lead
// (rpmdbFindByFile in lib/rpmdb.c). Nobody asks for the other files of a package so,
// and there are very many.
func (db *Database) providePaths(paths map[string]bool) error {
	byName := map[string][]string{} // paths by last name
	var names []string
	for p := range paths {
		name := path.Base(p)
		if byName[name] == nil {
			names = append(names, name)
		}
		byName[name] = append(byName[name], p)
	}
	places, err := db.store.named(names)
	if err != nil {
		return err
	}
	return db.installedAt(places, func(p *depgraph.Package, file string) {
		for _, wanted := range byName[path.Base(file)] {
			if db.links.Same(wanted, file) && !providesPath(p, wanted) {
				p.Provides = append(p.Provides, depgraph.Provide{Name: wanted})
			}
		}
	})
}

func providesPath(p *depgraph.Package, name string) bool {
	for i := range p.Provides {
		if p.Provides[i].Name == name {
			return true
		}
	}
	return false
}

// numbered returns the package of a record, nil if it came later.
func (db *Database) numbered(number int64) *depgraph.Package {
	i, ok := slices.BinarySearchFunc(db.packages, number, func(p *depgraph.Package, number int64) int {
		return cmp.Compare(p.Detail.(*detail).number, number)
	})
	if !ok {
		return nil
	}
	return db.packages[i]
}

// installedAt calls do for the files at these places of their packages' lists that are
// on the disk, as far as rpm knows.
func (db *Database) installedAt(places []filePlace, do func(p *depgraph.Package, file string)) error {
	for len(places) > 0 {
		number, n := places[0].number, 1
		for n < len(places) && places[n].number == number {
			n++
		}
		if p := db.numbered(number); p != nil {
			f, err := db.fileList(p)
			if err != nil {
				return err
			}
			for _, at := range places[:n] {
				if file, ok := f.installed(at.index); ok {
					do(p, file)
				}
			}
		}
		places = places[n:]
	}
	return nil
}

// byLabel finds packages by what dnf and rpm -q also take for a name.
func (db *Database) byLabel() map[string]*depgraph.Package {
	found := make(map[string]*depgraph.Package, 3*len(db.packages))
	for _, p := range db.packages {
		d := p.Detail.(*detail)
		_, withoutEpoch, ok := strings.Cut(d.evr, ":")
		if !ok {
			withoutEpoch = d.evr
		}
		for _, version := range []string{"", "-" + withoutEpoch, "-" + d.evr} {
			for _, arch := range []string{"", "." + p.Arch} {
				if label := d.name + version + arch; found[label] == nil || found[label].Rank > p.Rank {
					found[label] = p
				}
			}
		}
	}
	return found
}

var errNotOurs = errors.New("not a package of this database")
