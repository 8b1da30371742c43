package depgraph

import (
	"errors"
	"io/fs"
	"testing"
)

// errorTests has texts of port/deps.toml, and the error's message after that name.
var errorTests = []struct{ text, want string }{
	// Syntax.
	{"[target\n", `:2: expected '.' or ']' to end table name, but got '\n' instead`},
	{"[target]\nname = \"a\"\nname = \"b\"\n", `:3: target.name: key 'target.name' has already been defined`},
	{"[target]\nname = jq\n", `:2: target.name: expected value but found "jq" instead`},

	// Unknown keys, wherever they stand.
	{"[targets]\n", `:1: targets: unknown key (known here: vars, source, target, base, rule, package, phase, ignore, resolved)`},
	{"\ntarget.nmae = 'x'\n", `:2: target.nmae: unknown key (known here: name, recipe, depends)`},
	{"target = { name = 'x', 'na me' = 'y' }\n", `:1: target."na me": unknown key (known here: name, recipe, depends)`},
	{"[source]\nkind = 'dpkg'\nroots = '/'\n", `:3: source.roots: unknown key (known here: kind, root, prefix)`},
	{"[base]\n\n# x\nfiles = []\n", `:4: base.files: unknown key (known here: packages, paths)`},
	{"[[rule]]\npath = '/a'\nshow = true\n[[rule]]\npath = '/b'\nshow = true\nhide = false\n",
		`:7: rule.hide: unknown key (known here: path, show)`},
	{"rule = [{path = '/a', show = true},\n {path = '/b', show = true, hide = 1}]\n", `:2: rule.hide: unknown key (known here: path, show)`},
	{"[package.'a.b']\nfiles = []\nsize = 1\n", `:3: package."a.b".size: unknown key (known here: version, files, depends)`},
	{"[phase.fetch]\nkinds = []\n", `:2: phase.fetch.kinds: unknown key (known here: depends, network, writable, capture)`},
	{"[ignore]\npath = []\n", `:2: ignore.path: unknown key (known here: paths)`},
	{"[package.a]\nfiles = { list = 'font.plist', lst = '' }\n", `:2: package.a.files.lst: unknown key (known here: list)`},

	// The first of several counts, in the file's order.
	{"[ignore]\nx = 1\n[base]\ny = 1\n[target]\nz = 1\n", `:2: ignore.x: unknown key (known here: paths)`},

	// Wrong types.
	{"source = 'dpkg'\n", `:1: source: want a table, not a string`},
	{"[source]\nkind = 1\n", `:2: source.kind: want a string, not an integer`},
	{"[target]\nname = 1.5\n", `:2: target.name: want a string, not a float`},
	{"[target]\nname = 2026-01-01 10:00:00\nx = 1", `:2: target.name: want a string, not a date`},
	{"[target]\ndepends = 'a'\n", `:2: target.depends: want a list of packages, not a string`},
	{"[target]\ndepends = { lib = {} }\n", `:2: target.depends.lib: want a list of packages, not a table`},
	{"[base]\npackages = [\n'a',\n'''\nb''', true]\n", `:5: base.packages: want a string, not a boolean`},
	{"[base]\npackages = [['a']]\n", `:2: base.packages: want a string, not a list`},
	{"[base]\npaths = '/etc'\n", `:2: base.paths: want a list of paths, not a string`},
	{"[rule]\npath = '/'\n", `:1: rule: want [[rule]] tables, not a table`},
	{"rule = [1]\n", `:1: rule: want a table, not an integer`},
	{"[[rule]]\npath = '/a'\nshow = 'no'\n", `:3: rule.show: want true or false, not a string`},
	{"[[package]]\nfiles = []\n", `:1: package: want a table, not a list`},
	{"package.a = []\n", `:1: package.a: want a table, not a list`},
	{"[package.a]\nfiles = '/x'\n", `:2: package.a.files: want a list of paths, not a string`},
	{"[package.a]\nfiles = []\nversion = 1.2\n", `:3: package.a.version: want a string, not a float`},
	{"[phase.fetch]\nnetwork = 'yes'\n", `:2: phase.fetch.network: want true or false, not a string`},
	{"[resolved]\njq.version = '1'\n", `:2: resolved.jq: want a string, not a table`},

	// Paths.
	{"[source]\nkind = 'dpkg'\nroot = '.'\n", `:3: source.root: "." is not an absolute path`},
	{"[base]\npaths = [\n  '/etc', # fine\n  'var',\n]\n", `:4: base.paths: "var" is not an absolute path`},
	{"[[rule]]\npath = 'usr'\nshow = true\n", `:2: rule.path: "usr" is not an absolute path`},
	{"[phase.fetch]\nwritable = ['${d}']\n[vars]\nd = 'dist'\n", `:2: phase.fetch.writable: "dist" is not an absolute path`},
	{"[ignore]\npaths = ['*.pyc']\n", `:2: ignore.paths: "*.pyc" is not an absolute path`},
	{"[ignore]\npaths = ['/a', '/[']\n", `:2: ignore.paths: "/[": syntax error in pattern`},
	{"[package.a]\nfiles = ['/a', 'b']\n", `:2: package.a.files: "b" is not an absolute path`},
	{"[target]\nrecipe = ''\n", `:2: target.recipe: empty path`},

	// File lists.
	{"[package.a]\nversion = '1'\n", `:1: package.a.files: missing: a list of paths, or { list = "FILE" }`},
	{"[package.a]\nfiles = {}\n", `:2: package.a.files.list: missing`},
	{"[package.a]\nfiles = { list = 'none' }\n", `:2: package.a.files.list: open port/none: file does not exist`},
	{"[package.a]\nfiles.list = 'bad.plist'\n", `:2: package.a.files.list: port/bad.plist:3: "opt/y" is not an absolute path`},
	{"[package.a.files]\nlist = 'raw.plist'\n", `:2: package.a.files.list: port/raw.plist:1: "/opt/\xff" is not UTF-8`},

	// What has to be there, and once.
	{"\n[source]\nroot = '/'\n", `:2: source.kind: missing`},
	{"[[source]]\nkind = 'a'\n[[source]]\nkind = 'a'\n", `:4: source.kind: a is a source already, at port/deps.toml:1`},
	{"[[source]]\nkind = 'a'\n[[source]]\nkind = 'b'\nroot = '/x'\n",
		`:5: source.root: /x is not the root of the source above, /: databases of one root can be stacked`},
	{"[[source]]\nkind = 'a'\nprefix = 'x'\n", `:3: source.prefix: "x" is not an absolute path`},
	{"[[rule]]\nshow = true\n", `:1: rule.path: missing`},
	{"[[rule]]\n[[rule]]\npath = '/'\n", `:1: rule.path: missing`},
	{"[[rule]]\npath = '/a'\n", `:1: rule.show: missing`},
	{"[[rule]]\npath = '/a'\nshow = true\n[[rule]]\npath = '/a/'\nshow = false\n",
		`:5: rule.path: /a has a rule already, at port/deps.toml:1`},

	// Names.
	{"[target]\nname = ''\n", `:2: target.name: empty name`},
	{"[package.'']\nfiles = []\n", `:1: package."": empty name`},
	{"[package.'a b']\nfiles = []\n", `:1: package."a b": "a b" is not a name: there is a space or a | in it`},
	{"[target]\ndepends = ['a', '']\n", `:2: target.depends: empty name`},
	{"[target]\ndepends = ['a | ']\n", `:2: target.depends: empty name`},
	{"[target.depends]\nlib = ['zlib (>= 1.2)']\n", `:2: target.depends.lib: "zlib (>= 1.2)" is not a name: there is a space or a | in it`},

	// Kinds and phases.
	{"[target]\ndepends = { lib = [], bulid = [] }\n",
		`:2: target.depends.bulid: no such kind of dependency (known: fetch, extract, patch, lib, build, run, test)`},
	{"[package.a]\nfiles = []\n[package.a.depends]\nlibs = []\n",
		`:4: package.a.depends.libs: no such kind of dependency (known: fetch, extract, patch, lib, build, run, test)`},
	{"[phase.fetch]\ndepends = ['fetch',\n'fecth']\n",
		`:3: phase.fetch.depends: no such kind of dependency: "fecth" (known: fetch, extract, patch, lib, build, run, test)`},
	{"[phase.lint]\nnetwork = true\n", `:1: phase.lint.depends: missing: a phase that is not built in says what it sees`},
	{"[phase.'']\ndepends = []\n", `:1: phase."": empty name`},

	// Variables.
	{"[phase.fetch]\nwritable = ['/a',\n'${distdir}']\n", `:3: phase.fetch.writable: "${distdir}" is not set`},
	{"[source]\nkind = '${100%}'\n", `:2: source.kind: "${100%}" is not set`},
	{"[target]\n'%d' = 1\n", `:2: target."%d": unknown key (known here: name, recipe, depends)`},
}

func TestReadConfigErrors(t *testing.T) {
	for _, test := range errorTests {
		_, err := readTest(test.text, nil)
		if err == nil {
			t.Errorf("no error in\n%s\nwant: %s", test.text, test.want)
		} else if want := "port/deps.toml" + test.want; err.Error() != want {
			t.Errorf("error: %v\nwant:  %s", err, want)
		}
	}
}

func TestReadConfigWraps(t *testing.T) {
	_, err := readTest("[package.a]\nfiles = { list = 'none' }\n", nil)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not wrap fs.ErrNotExist", err)
	}
}
