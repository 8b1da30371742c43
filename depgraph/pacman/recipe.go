package pacman

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
)

// fields are those of a recipe that tell of dependencies, as makepkg(8) installs them
// before it builds. What a package of several, or package(), asks for beyond them is for
// who installs it; it is not there when it is built.
var fields = []struct {
	name string
	kind depgraph.Kind
}{
	{"depends", depgraph.Lib},
	{"makedepends", depgraph.Build},
	{"checkdepends", depgraph.Test},
}

// A recipe is what a PKGBUILD or .SRCINFO says, before it is judged.
type recipe struct {
	base, name         string
	epoch, pkgver, rel string
	dependencies       []dependency
	wrong              error // the first thing in the fields that cannot be read
}

// A dependency is one that a field of a recipe names.
type dependency struct {
	field, text string
	line        int
}

// maxRecipe is more than any recipe has, in bytes.
const maxRecipe = 1 << 20

// Recipe reads the dependencies of a port from its PKGBUILD(5), or from what makepkg
// --printsrcinfo makes of it.
func (db *Database) Recipe(name string, text []byte) (*depgraph.Recipe, error) {
	if len(text) > maxRecipe {
		return nil, fmt.Errorf("%s: more than %d MiB: not a recipe", name, maxRecipe>>20)
	}
	read := readScript
	if strings.HasSuffix(path.Base(name), ".SRCINFO") {
		read = readSrcinfo
	}
	r, err := read(name, string(text), db.arch)
	if err == nil {
		err = r.wrong
	}
	if err != nil {
		return nil, err
	}
	answer := &depgraph.Recipe{Name: cmp.Or(r.base, r.name), Version: r.version()}
	for _, d := range r.dependencies {
		t := parseTerm(d.text)
		where := fmt.Sprintf("%s:%d: %s", name, d.line, d.field)
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		answer.Direct = append(answer.Direct, depgraph.Direct{Kind: kindOf(d.field), Need: t.need(), Where: where})
	}
	return answer, nil
}

// kindOf returns the kind of dependency that a field names: depends, or depends_x86_64.
func kindOf(field string) depgraph.Kind {
	field, _, _ = strings.Cut(field, "_")
	for _, f := range fields {
		if f.name == field {
			return f.kind
		}
	}
	return ""
}

// version is that of the packages: epoch:pkgver-pkgrel, empty where it is not told.
func (r *recipe) version() string {
	if r.pkgver == "" || r.rel == "" {
		return ""
	}
	if r.epoch != "" && r.epoch != "0" {
		return r.epoch + ":" + r.pkgver + "-" + r.rel
	}
	return r.pkgver + "-" + r.rel
}

// readSrcinfo reads lines "KEY = VALUE": those of the first section, pkgbase, are about
// the build.
func readSrcinfo(file, text, arch string) (*recipe, error) {
	r := &recipe{}
	single := map[string]*string{"epoch": &r.epoch, "pkgver": &r.pkgver, "pkgrel": &r.rel}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if key, value = strings.TrimSpace(key), strings.TrimSpace(value); !ok || key == "" {
			return nil, fmt.Errorf("%s:%d: not a line KEY = VALUE: %q", file, n, line)
		}
		switch {
		case key == "pkgbase":
			if r.base != "" {
				return nil, fmt.Errorf("%s:%d: pkgbase: there is one already: %s", file, n, r.base)
			}
			r.base = value
		case r.base == "":
			return nil, fmt.Errorf("%s:%d: %s: before any pkgbase", file, n, key)
		case key == "pkgname":
			return r, nil
		case single[key] != nil:
			*single[key] = value
		case value != "" && asked(key, arch):
			r.dependencies = append(r.dependencies, dependency{key, value, n})
		}
	}
	if r.base == "" {
		return nil, fmt.Errorf("%s: no pkgbase in it", file)
	}
	return r, nil
}

// asked tells whether a field names dependencies for this architecture.
func asked(field, arch string) bool {
	base, of, suffixed := strings.Cut(field, "_")
	return kindOf(base) != "" && (!suffixed || of == arch && arch != "")
}

// errRun is why a word of a PKGBUILD is not known. That of the packages is what the tool
// says when it runs it.
var errRun = errors.New("only known when bash runs it: \"makepkg --printsrcinfo > .SRCINFO\" writes a recipe that tells")
