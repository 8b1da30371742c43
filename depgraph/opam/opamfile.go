package opam

import (
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
)

// flags are the variables that say what dependencies are wanted for
// (OpamFilter.deps_var_env).
type flags struct{ build, test, doc, devSetup, post bool }

var (
	noFlag    = flags{}
	everyFlag = flags{true, true, true, true, true}
)

// with returns the env of dependencies that are wanted for the purposes of flags.
func (db *Database) with(f flags) env {
	return func(name string) result {
		switch name {
		case "build":
			return boolean(f.build)
		case "with-test":
			return boolean(f.test)
		case "with-doc":
			return boolean(f.doc)
		case "with-dev-setup":
			return boolean(f.devSetup)
		case "post":
			return boolean(f.post)
		}
		return db.env(name)
	}
}

// An opamFile is one package's recipe.
type opamFile struct {
	db            *Database
	file          string
	items         []item
	name, version string
}

// opamFile returns the recipe of the package, where the file itself does not name one.
func (db *Database) opamFile(file string, items []item, name, version string) *opamFile {
	f := &opamFile{db, file, items, name, version}
	for key, own := range map[string]*string{"name": &f.name, "version": &f.version} {
		if v, ok := field(items, key); ok && v.kind == theString {
			*own = v.text
		}
	}
	return f
}

// env is that of the file's own formulas.
func (f *opamFile) env(wanted flags) env {
	outer := f.db.with(wanted)
	return func(name string) result {
		switch name {
		case "name", "_:name", f.name + ":name":
			return textual(f.name)
		case "version", "_:version", f.name + ":version":
			if f.version != "" {
				return textual(f.version)
			}
		case "dev":
			return boolean(f.isDev())
		}
		return outer(name)
	}
}

// isDev tells whether the package is built from a source that may change: one without a
// checksum, unless it is an archive (OpamPackageVar.is_dev_package).
func (f *opamFile) isDev() bool {
	url := section(f.items, "url")
	if url == nil {
		return false
	}
	if v, ok := field(url, "checksum"); ok && len(v.elements()) > 0 {
		return false
	}
	src, ok := field(url, "src")
	if !ok {
		src, _ = field(url, "archive")
	}
	backend, _, _ := strings.Cut(src.text, ":")
	return !slices.Contains([]string{"http", "https", "ftp"}, backend)
}

// needs returns what a field asks for, for the purposes of flags, and the line of each
// need.
func (f *opamFile) needs(name string, wanted flags) (needs []depgraph.Need, lines []int, err error) {
	v, ok := field(f.items, name)
	if !ok {
		return nil, nil, nil
	}
	r := &reader{env: f.env(wanted), file: f.file, field: name}
	switch name {
	case "depopts":
		return f.installed(r, v)
	case "depexts":
		return r.system(v)
	}
	return r.needs(v)
}

// installed returns those of the optional dependencies that are installed.
func (f *opamFile) installed(r *reader, v value) (needs []depgraph.Need, lines []int, err error) {
	formula, err := r.formula(v, true)
	if err != nil {
		return nil, nil, err
	}
	formula.atoms(func(a atom) {
		p := f.db.installed[a.name]
		if p != nil && (a.versions == nil || a.versions.accept(p.Version)) {
			needs = append(needs, need([]atom{a}))
			lines = append(lines, a.line)
		}
	})
	return needs, lines, nil
}

// system reads packages of the OS: lists of names, each with a filter,
// [["libgmp-dev"] {os-family = "debian"} …].
func (r *reader) system(v value) (needs []depgraph.Need, lines []int, err error) {
	lists := []value{v}
	if v.kind == theList && !slices.ContainsFunc(v.list, func(e value) bool { return e.kind == theString }) {
		lists = v.list
	}
	for _, list := range lists {
		applies := true
		for list.kind == theOption {
			for _, filter := range list.list[1:] {
				applies = applies && r.env.holds(filter)
			}
			list = list.list[0]
		}
		for _, name := range list.elements() {
			if name.kind != theString {
				return nil, nil, r.errorf(name.line, "not the name of a package")
			}
			if applies {
				needs = append(needs, depgraph.Need{{Name: name.text, Below: true}})
				lines = append(lines, name.line)
			}
		}
	}
	return needs, lines, nil
}
