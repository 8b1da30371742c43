package apk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/depview/depview/depgraph"
)

// maxRecipe is the size of a recipe, in bytes.
const maxRecipe = 1 << 20

// The variables of a recipe that name dependencies (APKBUILD(5)), and when these are
// there. abuild installs depends for the build as well (abuild.in, calcdeps).
var recipeFields = []struct {
	name string
	kind depgraph.Kind
}{
	{"depends", depgraph.Lib},
	{"makedepends", depgraph.Build},
	{"makedepends_build", depgraph.Build}, // these two where there is no makedepends
	{"makedepends_host", depgraph.Build},
	{"checkdepends", depgraph.Test},
}

// Recipe reads the dependencies of an APKBUILD, which is a shell script and is not run:
// see shell.go. Those that hang on what only running it would tell are an error.
//
// As abuild does, it leaves out conflicts, the package itself and its subpackages, and
// checkdepends where options has !check.
func (db *Database) Recipe(name string, text []byte) (*depgraph.Recipe, error) {
	if len(text) > maxRecipe {
		return nil, fmt.Errorf("%s: more than %d KiB", name, maxRecipe>>10)
	}
	commands, functions, err := parseShell(name, string(text))
	if err != nil {
		return nil, err
	}
	s := &shell{vars: db.environment(), functions: functions}
	s.run(commands)
	port := s.get("pkgname")
	if port.unknown != "" {
		return nil, unknownValue(name, "pkgname", port)
	}
	r := &depgraph.Recipe{Name: port.text(), Version: s.version()}
	if r.Name == "" {
		return nil, fmt.Errorf("%s: pkgname is not set", name)
	}
	return r, s.depends(name, r)
}

// environment is what abuild sets before it reads a recipe (its functions.sh) that
// recipes choose by: there is no cross-compiling here.
func (db *Database) environment() map[string]value {
	vars := map[string]value{}
	for _, name := range []string{"CARCH", "CBUILD_ARCH", "CTARGET_ARCH"} {
		vars[name] = textValue(db.arch)
	}
	for _, name := range []string{"CBUILD", "CHOST", "CTARGET"} {
		vars[name] = textValue(triplet(db.arch))
	}
	return vars
}

// triplet is what compilers call an architecture (abuild's functions.sh,
// arch_to_hostspec).
func triplet(arch string) string {
	cpu, libc := arch, "musl"
	switch arch {
	case "armel":
		cpu, libc = "armv5", "musleabi"
	case "armhf":
		cpu, libc = "armv6", "musleabihf"
	case "armv7":
		libc = "musleabihf"
	case "ppc", "ppc64", "ppc64le":
		cpu = "powerpc" + strings.TrimPrefix(arch, "ppc")
	case "x86":
		cpu = "i586"
	}
	return cpu + "-alpine-linux-" + libc
}

// version is the package's, empty where it is not known.
func (s *shell) version() string {
	version, release := s.get("pkgver"), s.get("pkgrel")
	switch {
	case version.unknown != "" || version.text() == "":
		return ""
	case release.unknown != "" || release.text() == "":
		return version.text()
	}
	return version.text() + "-r" + release.text()
}

// depends adds the dependencies of the script's variables to r.
func (s *shell) depends(file string, r *depgraph.Recipe) error {
	own := []string{r.Name}
	for _, word := range s.get("subpackages").words() {
		name, _, _ := strings.Cut(word.text, ":")
		own = append(own, name)
	}
	unchecked := slices.ContainsFunc(s.get("options").words(), func(w token) bool { return w.text == "!check" })
	both := s.get("makedepends")
	for _, f := range recipeFields {
		switch {
		case f.kind == depgraph.Test && unchecked:
			continue
		case strings.HasPrefix(f.name, "makedepends_") && (both.unknown != "" || both.text() != ""):
			continue
		}
		v := s.get(f.name)
		if v.unknown != "" {
			return unknownValue(file, f.name, v)
		}
		var seen []string
		for _, word := range v.words() {
			where := fmt.Sprintf("%s:%d: %s", file, word.line, f.name)
			d, err := parseDependency(word.text, true)
			if err != nil {
				return fmt.Errorf("%s: %w", where, err)
			}
			if d.conflict || slices.Contains(own, d.name) || slices.Contains(seen, d.text) {
				continue
			}
			seen = append(seen, d.text)
			r.Direct = append(r.Direct, depgraph.Direct{Kind: f.kind, Need: depgraph.Need{d.alternative()}, Where: where})
		}
	}
	return nil
}

func unknownValue(file, name string, v value) error {
	return fmt.Errorf("%s:%d: %s hangs on %s, and a recipe is not run", file, v.line, name, v.unknown)
}

// declare returns the line of an APKBUILD that asks for the named packages.
func declare(names []string) string {
	return `makedepends="$makedepends ` + strings.Join(names, " ") + `"`
}
