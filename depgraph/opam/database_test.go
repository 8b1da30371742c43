package opam

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
)

// fixture is a switch that opam 2.1.2 made: see TestAgainstOpam.
func fixture(t testing.TB) *Database {
	t.Helper()
	db, err := Open(os.DirFS("testdata"), depgraph.Setting{
		Prefix: "/opamroot/main",
		Getenv: func(name string) string {
			return map[string]string{"OPAMVAR_os_family": "debian", "OPAMVAR_arch": "arm64"}[name]
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return db.(*Database)
}

func tree(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, content := range files {
		m[name] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	}
	return m
}

// open opens a switch of these files in .opam-switch, and others by an absolute path.
func open(files map[string]string) (*Database, error) {
	m := map[string]string{"r/s/.opam-switch/lock": ""}
	for name, content := range files {
		if !strings.HasPrefix(name, "/") {
			name = "/r/s/.opam-switch/" + name
		}
		m[name[1:]] = content
	}
	db, err := Open(tree(m), depgraph.Setting{Prefix: "/r/s"})
	if err != nil {
		return nil, err
	}
	return db.(*Database), nil
}

func needsOf(t *testing.T, p *depgraph.Package) string {
	t.Helper()
	needs, err := p.RunNeeds()
	if err != nil {
		t.Error(err)
	}
	return fmt.Sprint(needs)
}

func TestPackages(t *testing.T) {
	db := fixture(t)
	var got string
	for _, p := range db.Packages() {
		got += fmt.Sprintf("%s %s %s %v\n", p.Name, p.Version, p.Source, needsOf(t, p))
	}
	const want = `comp 1 opam []
conf-sh 1 opam [dash]
either 1 opam [missing | two | late {>= "9"} missing | tool | late {>= "9"}]
late 3 opam [two {< "3"}]
later 1 opam [one]
one 1.0 opam [comp]
set 1 opam [conf-sh]
tool 1 opam []
two 2.0 opam [one {>= "1.0~beta" & < "1.1"}]
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if n := db.installed["conf-sh"].Late; n != nil {
		needs, _ := n()
		if !needs[0][0].Below {
			t.Error("a depext is looked for in the switch")
		}
	}
	base := db.Base()
	if fmt.Sprint(base.Needs) != "[comp comp]" || !slices.Equal(base.Except, []string{"/opamroot/main", "/opamroot"}) || !slices.Contains(base.Paths, "/usr") {
		t.Errorf("base %+v", base)
	}
}

func TestFiles(t *testing.T) {
	db := fixture(t)
	want := map[string]string{
		"comp":    "bin/ocaml|lib/ocaml|lib/ocaml/stdlib",
		"conf-sh": "",
		"either":  "lib/either|lib/shared/hard|lib/shared/one",
		"late":    "lib/two",
		"later":   "lib/later|lib/share|lib/share/late",
		"one": "lib/alias|lib/fifo|lib/new\nline|lib/né|lib/né/ö|lib/one|lib/q\"u\\o|lib/raw\xff\x01|lib/shared|" +
			"lib/shared/hard|lib/shared/one|lib/with  space|lib/with  space/a b",
		"set":  "",
		"tool": "bin/tool",
		"two":  "lib/shared/two|lib/two",
	}
	for _, p := range db.Packages() {
		files, err := db.Files(p)
		if err != nil {
			t.Fatal(err)
		}
		var own, others []string
		for _, f := range files {
			if about, ok := strings.CutPrefix(f, "/opamroot/main/.opam-switch/"); ok {
				own = append(own, about)
			} else {
				others = append(others, strings.TrimPrefix(f, "/opamroot/main/"))
			}
		}
		if got := strings.Join(others, "|"); got != want[p.Name] {
			t.Errorf("%s: %q, want %q", p.Name, got, want[p.Name])
		}
		nv := p.Name + "." + p.Version
		if got, want := strings.Join(own, " "), fmt.Sprintf("packages/%s packages/%[1]s/opam config/%s.config install/%[2]s.changes install/%[2]s.install", nv, p.Name); got != want {
			t.Errorf("%s: about it are %s, want %s", p.Name, got, want)
		}
	}
}

func TestEmptySwitch(t *testing.T) {
	db, err := open(nil)
	if err != nil || len(db.Packages()) != 0 || len(db.Base().Needs) != 0 {
		t.Errorf("%v (%v)", db, err)
	}
}

func TestBase(t *testing.T) {
	db, err := open(map[string]string{
		"switch-state":  `compiler: ["ocaml.4.14.1"] installed: ["base-unix.base" "ocaml.4.14.1" "dune.3.1" "ocaml-base-compiler.4.14.1"]`,
		"switch-config": `invariant: ["ocaml" {>= "4.05.0"} ("ocaml-base-compiler" {= "4.14.1"} | "ocaml-system")] opam-root: "/r"`,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(db.Base().Needs), `[ocaml base-unix ocaml {>= "4.05.0"} ocaml-base-compiler {= "4.14.1"} | ocaml-system]`; got != want {
		t.Errorf("base %s, want %s", got, want)
	}
}

// TestRunNeeds has what decides whether a dependency is one at run time.
func TestRunNeeds(t *testing.T) {
	for recipe, want := range map[string]string{
		`depends: ["a" "b" {build} "c" {with-test} "d" {with-doc} "e" {post} "f" {with-dev-setup} "g" {dev}]`: "[a]",
		`depends: ["g" {dev} "v" {= version} "n" {"%{name}%" = "p"}] url { src: "git+https://x" }`:            `[g v {= "2"} n]`,
		`depends: ["g" {dev}] url { src: "https://x/y.tgz" }`:                                                 "[]",
		`depends: ["g" {dev}] url { src: "git+https://x" checksum: "md5=0" }`:                                 "[]",
		`depends: ["a" {setting = "on"} "b" {global} "c" {arch = "z80"} "d" {_:version = "2"}]`:               "[a b c d]",
		`depopts: ["i" "j" {> "1"} "k" ("i" & "no") "i" {build}]`:                                             `[i i]`,
		`depexts: ["x" "y"]`:                                     "[x y]",
		`depexts: ["x" "y"] {arch = "z80"}`:                      "[x y]",
		`depexts: [["x" "y"] {arch = "vax"} ["z"] ["w"] {what}]`: "[z]",
		`depexts: "x"`:                                           "[x]",
		`synopsis: "none"`:                                       "[]",
	} {
		db, err := open(map[string]string{
			"switch-state":      `installed: ["p.2" "i.1" "j.1"]`,
			"switch-config":     `variables { setting: "on" } opam-root: "/r"`,
			"/r/config":         `global-variables: [[global true "doc"] [arch "z80" ""]]`,
			"packages/p.2/opam": recipe,
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := needsOf(t, db.installed["p"]); got != want {
			t.Errorf("%s: %s, want %s", recipe, got, want)
		}
	}
}

func TestNeed(t *testing.T) {
	db := fixture(t)
	for text, want := range map[string]string{
		"one": "one one", "one.1.0": `one {= "1.0"} one`, "one=1.0": `one {= "1.0"} one`, "one>=2": `one {>= "2"} `, "one!=2": `one {!= "2"} one`,
		`"one" {>= "1.0"}`: `one {>= "1.0"} one`, `("two" | "one") `: `two | one two one`, `"one" {build & with-test}`: "one one", ` one<1.0 `: `one {< "1.0"} `,
		"2": "?", "": "?", "a/b": "?", "one>": "?", "one=>1": "?", "one..1": "?", `"one" "two"`: "?", `["one" "two"]`: "?", `"one" {what}`: "?", `"one`: "?",
	} {
		n, err := db.Need(text)
		got := n.String() + " "
		for _, a := range n {
			if p := db.installed[a.Name]; a.Accepts == nil || a.Accepts(p, nil) {
				got += a.Name + " "
			}
			if a.Accepts != nil && !a.Accepts(&depgraph.Package{Name: a.Name}, nil) {
				t.Errorf("%s does not accept a package of deps.toml without a version", text)
			}
		}
		if err != nil {
			got = "? "
		}
		if got != strings.TrimSuffix(want, " ")+" " && got != want {
			t.Errorf("%q: %q (%v), want %q", text, got, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	for want, files := range map[string]map[string]string{
		`/r/s/.opam-switch/switch-state:2: installed: "a" is no package`:                               {"switch-state": "installed: [\n\"a\"]"},
		`/r/s/.opam-switch/switch-state:1: installed: "a.../b" is no package`:                          {"switch-state": `installed: "a.../b"`},
		`/r/s/.opam-switch/switch-state:1: compiler: "1" is no package`:                                {"switch-state": `compiler: 1`},
		`/r/s/.opam-switch/switch-state:1: a is installed twice`:                                       {"switch-state": `installed: ["a.1" "a.2"]`},
		`/r/s/.opam-switch/switch-state:1: unterminated string`:                                        {"switch-state": `installed: "`},
		`/r/s/.opam-switch/switch-config:3: "{" where a value is expected`:                             {"switch-config": "\n\na: {"},
		`/r/s/.opam-switch/switch-config:1: invariant: not a formula of packages`:                      {"switch-config": "invariant: os"},
		`/r/config:1: the end of the file where : is expected`:                                         {"/r/config": "x"},
		`/r/s/.opam-switch/packages/p.1/opam:1: depends: not a formula of packages`:                    {"packages/p.1/opam": "depends: 1"},
		`/r/s/.opam-switch/packages/p.1/opam:2: depopts: not a formula of packages`:                    {"packages/p.1/opam": "depopts: [\n1]"},
		`/r/s/.opam-switch/packages/p.1/opam:1: depexts: not the name of a package`:                    {"packages/p.1/opam": "depexts: [1]"},
		`/r/s/.opam-switch/install/p.changes:2: added: "../x" is not a path in the prefix`:             {"install/p.changes": "\nadded: \"../x\""},
		`/r/s/.opam-switch/install/p.changes:1: added: "/x" is not a path in the prefix`:               {"install/p.changes": `added: ["/x" {"D"}]`},
		`/r/s/.opam-switch/install/p.changes:1: kind-changed: "a//b" is not a path in the prefix`:      {"install/p.changes": `kind-changed: ["a//b" {"D"}]`},
		`/r/s/.opam-switch/install/p.changes:1: contents-changed: "a\x00" is not a path in the prefix`: {"install/p.changes": `contents-changed: ["a\000" {"D"}]`},
		`/r/s/.opam-switch/install/p.changes:1: added: "1" is not a path in the prefix`:                {"install/p.changes": `added: [1]`},
		`/r/s/.opam-switch/install/p.changes:1: "]" where a field is expected`:                         {"install/p.changes": `added: ["a"] ]`},
		`opam switch: open r/s/.opam-switch/install/p.changes: is a directory`:                         {"install/p.changes/x": ""},
	} {
		all := map[string]string{"switch-state": `installed: "p.1"`}
		maps.Copy(all, files)
		db, err := open(all)
		if err == nil {
			_, err = db.packages[0].RunNeeds()
		}
		if err == nil {
			_, err = db.Files(db.packages[0])
		}
		if err == nil || err.Error() != want && !strings.Contains(want, "is a directory") {
			t.Errorf("%v: %v, want %s", files, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	root := tree(map[string]string{
		"home/u/.opam/config":                           `switch: "main"`,
		"home/u/.opam/main/.opam-switch/switch-config":  ``,
		"home/u/.opam/other/.opam-switch/switch-config": ``,
		"proj/_opam/.opam-switch/switch-config":         ``,
		"local/config":                                  `switch: "/proj"`,
		"none/config":                                   `jobs: 1`,
		"bad/config":                                    `jobs`,
		"od[d/.opam-switch/switch-state":                `installed: "a.1"`,
	})
	for set, want := range map[string]string{
		"HOME=/home/u":                                        "home/u/.opam/main",
		"HOME=/home/u OPAMSWITCH=other":                       "home/u/.opam/other",
		"HOME=/x OPAMROOT=/home/u/.opam/":                     "home/u/.opam/main",
		"HOME=/home/u OPAMSWITCH=/proj":                       "proj/_opam",
		"OPAMROOT=/local":                                     "proj/_opam",
		"OPAM_SWITCH_PREFIX=/proj/_opam HOME=/home/u":         "proj/_opam",
		"prefix=/proj":                                        "proj/_opam",
		"prefix=/home/u/.opam":                                "home/u/.opam/main",
		"prefix=/home/u/.opam/other OPAM_SWITCH_PREFIX=/proj": "home/u/.opam/other",
		"prefix=/od[d":                                        "od[d",
		"":                                                    "no opam switch: neither OPAM_SWITCH_PREFIX nor OPAMROOT nor HOME is set: file does not exist",
		"HOME=/x":                                             "no opam root /x/.opam here: open x/.opam/config: file does not exist",
		"OPAMROOT=/none":                                      "no opam switch is selected in /none: file does not exist",
		"prefix=/nowhere":                                     "no opam switch /nowhere here: open nowhere/.opam-switch: file does not exist",
		"OPAMROOT=/bad":                                       "/bad/config:1: the end of the file where : is expected",
		"HOME=/home/u OPAMSWITCH=./here":                      "the opam switch ./here is relative to a directory that is not known here",
	} {
		vars := map[string]string{}
		for _, kv := range strings.Fields(set) {
			k, v, _ := strings.Cut(kv, "=")
			vars[k] = v
		}
		s := depgraph.Setting{Prefix: vars["prefix"], Getenv: func(name string) string { return vars[name] }}
		db, err := Open(root, s)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = db.(*Database).prefix
			if again, err := Open(root, depgraph.Setting{Prefix: db.(*Database).Place()}); err != nil || again.(*Database).prefix != got {
				t.Errorf("%s: not found again at %s: %v", set, db.(*Database).Place(), err)
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", set, got, want)
		}
		if missing := strings.HasSuffix(want, "does not exist"); missing != errors.Is(err, fs.ErrNotExist) || err != nil == depgraph.Present(kind, root, s) {
			t.Errorf("%s: present %t, error %v", set, depgraph.Present(kind, root, s), err)
		}
		if err == nil && strings.HasPrefix(want, "od") {
			for _, pattern := range depgraph.State(kind, root, s)[1:2] {
				if m, _ := fs.Glob(root, pattern); len(m) != 1 {
					t.Errorf("%s matches %v", pattern, m)
				}
			}
		}
	}
}

// A view asks of paths without symbolic links in them.
func TestLinkedPrefix(t *testing.T) {
	for _, links := range []map[string]string{
		{"home": "usr/home"}, {"home": "/usr/home"}, {"home": "/a", "a": "./b", "b": "usr/../usr//home"},
		{"home": "usr/home", "usr/home/u/.opam": "../shared", "usr/home/shared": "real"},
	} {
		at := "usr/home/u/.opam"
		if len(links) == 3 && links["usr/home/shared"] != "" {
			at = "usr/home/real"
		}
		root := tree(map[string]string{at + "/main/.opam-switch/switch-state": `installed: "a.1"`})
		for name, target := range links {
			root[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
		}
		db, err := Open(root, depgraph.Setting{Prefix: "/home/u/.opam/main"})
		if err != nil {
			t.Error(err)
			continue
		}
		if got := db.(*Database).prefix; got != at+"/main" {
			t.Errorf("%v: %s, want %s/main", links, got, at)
		}
	}
	if got := real(fstest.MapFS{"a": {Data: []byte("b/a"), Mode: fs.ModeSymlink}, "b": {Data: []byte("."), Mode: fs.ModeSymlink}}, "a/x"); got != "a/x" {
		t.Errorf("a circle leads to %s", got)
	}
}

func TestSystem(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"linux debian debian 12":    {"etc/os-release": "NAME=\"x\"\nID=debian\nVERSION_ID=\"12\"\n"},
		"linux ubuntu debian 24.04": {"usr/lib/os-release": "ID=ubuntu\nID_LIKE=debian\nVERSION_ID='24.04'\n"},
		"linux rocky rhel 9.3":      {"etc/os-release": "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=9.3"},
		"freebsd freebsd bsd 14.1":  {"etc/os-release": "ID=freebsd\nVERSION_ID=14.1"},
		"macos homebrew homebrew ":  {"System/Library/CoreServices/x": "", "opt/homebrew/bin/brew": ""},
		"macos macports macports ":  {"System/Library/CoreServices/x": "", "opt/local/bin/port": ""},
	} {
		s := findSystem(tree(files))
		if got := strings.Join([]string{s.os, s.distribution, s.family, s.version}, " "); got != want || len(s.paths()) < 5 {
			t.Errorf("%v: %s, want %s; %v", files, got, want, s.paths())
		}
	}
}
