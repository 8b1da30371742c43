package opam

import (
	"fmt"
	"testing"

	"github.com/depview/depview/depgraph"
)

const recipe = `opam-version: "2.0"
synopsis: "A (* build *) # of sorts"
depends: [
  "ocaml" {>= "4.08.0"}
  "dune" {>= "2.8" & build}
  ("lwt" | "async" {with-test})
  "alcotest" {with-test & >= "1.0"}
  "odoc" {with-doc}
  "ocamlformat" {with-dev-setup}
  "later" {post}
  "winonly" {os = "win32"}
  "self" {= version}
  ("either" {build} | "or" {build})
]
depopts: [
  "one" {>= "1.0"}
  "two" {build}
  "absent"
]
build: [["dune" "build" "-p" name "-j" jobs "@install" {with-test}]]
depexts: [
  ["libgmp-dev"] {os-family = "debian"}
  ["gmp"] {os = "macos"}
]
`

func TestRecipe(t *testing.T) {
	const lib = `
x/lib.opam:4: depends: lib ocaml {>= "4.08.0"}
x/lib.opam:6: depends: lib lwt
x/lib.opam:12: depends: lib self
x/lib.opam:16: depopts: lib one {>= "1.0"}
x/lib.opam:5: depends: build dune {>= "2.8"}
`
	for env, want := range map[string]string{
		"": lib + `x/lib.opam:13: depends: build either | or
x/lib.opam:17: depopts: build two
x/lib.opam:6: depends: test lwt | async
x/lib.opam:7: depends: test alcotest {>= "1.0"}
x/lib.opam:22: depexts: build libgmp-dev
`,
		"OPAMWITHDOC": lib + `x/lib.opam:8: depends: build odoc
x/lib.opam:13: depends: build either | or
x/lib.opam:17: depopts: build two
x/lib.opam:6: depends: test lwt | async
x/lib.opam:7: depends: test alcotest {>= "1.0"}
x/lib.opam:22: depexts: build libgmp-dev
`,
	} {
		db := fixture(t)
		inner := db.setting.Getenv
		db.setting.Getenv = func(name string) string {
			if name == env {
				return "1"
			}
			return inner(name)
		}
		r, err := db.Recipe("x/lib.opam", []byte(recipe))
		if err != nil {
			t.Fatal(err)
		}
		got := "\n"
		for _, d := range r.Direct {
			got += fmt.Sprintf("%s: %s %s\n", d.Where, d.Kind, d.Need)
			for _, a := range d.Need {
				if a.In != kind || a.Below != (a.Name == "libgmp-dev") {
					t.Errorf("%s: in %q, below %t", a, a.In, a.Below)
				}
			}
		}
		if r.Name != "lib" || r.Version != "" || got != want {
			t.Errorf("%s: %s %q%swant%s", env, r.Name, r.Version, got, want)
		}
	}
	if got := depgraph.Declare(kind)([]string{"ocaml", "dune"}); got != `depends: ["ocaml" "dune"]` {
		t.Errorf("Declare: %s", got)
	}
	db := fixture(t)
	db.system.family = "debian"
	if got := db.DeclareBelow([]string{"libgmp-dev", "bc"}); got != `depexts: [["libgmp-dev" "bc"] {os-family = "debian"}]` {
		t.Errorf("DeclareBelow: %s", got)
	}
}

func TestRecipeName(t *testing.T) {
	db := fixture(t)
	for file, want := range map[string]string{
		"lib.opam": "lib ", "/p/my.lib.opam": "my.lib ", "opam": " ", "proj.d/opam": " ",
		"packages/a/a.1.0/opam": "a 1.0", "/r/s/.opam-switch/packages/a.1.0~x/opam": "a 1.0~x",
	} {
		r, err := db.Recipe(file, nil)
		if err != nil || r.Name+" "+r.Version != want {
			t.Errorf("%s: %+v (%v)", file, r, err)
		}
	}
	r, err := db.Recipe("a/a.1/opam", []byte(`name: "b" version: "2" depends: "c" {= version & "%{b:name}%" = "b"}`))
	if err != nil || r.Name != "b" || r.Version != "2" || r.Direct[0].Need.String() != `c {= "2"}` {
		t.Errorf("%+v (%v)", r, err)
	}
}

func TestRecipeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"\nname":              "r/x.opam:2: the end of the file where : is expected",
		"depends: [os]":       "r/x.opam:1: depends: not a formula of packages",
		"\n\ndepopts: [\"\"]": `r/x.opam:3: depopts: "" is no name of a package`,
		"depexts: [true]":     "r/x.opam:1: depexts: not the name of a package",
	} {
		if _, err := fixture(t).Recipe("r/x.opam", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
