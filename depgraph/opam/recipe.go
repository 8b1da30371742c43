package opam

import (
	"fmt"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
)

// Recipe reads an opam file that is to be built. What it depends on without a condition
// on the purpose is of kind lib, {build} is build, {with-test} is test. {post} is no
// part of a build. {with-doc} and {with-dev-setup} are not either, unless the
// environment asks opam for them, by OPAMWITHDOC or OPAMWITHDEVSETUP: then they are of
// kind build. Optional dependencies count where they are installed, and depexts are what
// a build needs of the OS.
func (db *Database) Recipe(name string, text []byte) (*depgraph.Recipe, error) {
	items, err := parse(name, string(text))
	if err != nil {
		return nil, err
	}
	own, version := nameOf(name)
	f := db.opamFile(name, items, own, version)
	r := &depgraph.Recipe{Name: f.name, Version: f.version}
	doc, devSetup := asked(db.setting.Env("OPAMWITHDOC")), asked(db.setting.Env("OPAMWITHDEVSETUP"))
	for _, purpose := range []struct {
		kind   depgraph.Kind
		wanted flags
	}{
		{depgraph.Lib, noFlag},
		{depgraph.Build, flags{build: true, doc: doc, devSetup: devSetup}},
		{depgraph.Test, flags{build: true, doc: doc, devSetup: devSetup, test: true}},
	} {
		for _, field := range []string{"depends", "depopts"} {
			if err := f.add(r, purpose.kind, field, purpose.wanted); err != nil {
				return nil, err
			}
		}
	}
	return r, f.add(r, depgraph.Build, "depexts", noFlag)
}

// add adds what a field asks for, for the purposes of flags, and has not yet been added
// for fewer. It is meant in the names of this source.
func (f *opamFile) add(r *depgraph.Recipe, k depgraph.Kind, field string, wanted flags) error {
	known := map[string]bool{}
	for _, d := range r.Direct {
		known[d.Need.String()] = true
	}
	needs, lines, err := f.needs(field, wanted)
	for i, n := range needs {
		if known[n.String()] {
			continue
		}
		for j := range n {
			n[j].In = kind
		}
		r.Direct = append(r.Direct, depgraph.Direct{Kind: k, Need: n, Where: fmt.Sprintf("%s:%d: %s", f.file, lines[i], field)})
	}
	return err
}

// asked reads a switch of opam's environment (OpamStd.Config.env_bool).
func asked(v string) bool { return v != "" && v != "0" && v != "no" && v != "false" }

// nameOf returns what the name of a file tells of the package: NAME.opam, or
// NAME/NAME.VERSION/opam in a repository, packages/NAME.VERSION/opam in a switch.
func nameOf(file string) (name, version string) {
	base := path.Base(file)
	if name, ok := strings.CutSuffix(base, ".opam"); ok {
		return name, ""
	}
	dir := path.Dir(file)
	name, version, _ = strings.Cut(path.Base(dir), ".")
	if above := path.Base(path.Dir(dir)); isName(name) && isVersion(version) && (above == name || above == "packages") {
		return name, version
	}
	return "", ""
}
