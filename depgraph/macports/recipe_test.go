package macports

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

const portfileText = `# -*- coding: utf-8 -*- \
depends_lib port:in-a-comment

PortSystem          1.0
PortGroup           github 1.0
github.setup        owner tool 1.2 v
revision            1; categories devel
description         a tool that depends_lib nothing
long_description    {*}${description} \
                    with more depends_lib port:no

depends_fetch       port:curl
depends_build       port:pkgconfig \
                    port:cmake path:${prefix}/bin/bison:bison

depends_build-append \
    port:gmake
depends_build-delete    port:cmake
depends_lib             "port:zlib port:libpng" ; depends_lib-append {*}{port:openssl3 lib:libSystem:system}
depends_lib-prepend     port:libiconv
depends_lib-replace     port:libpng path:lib/libpng.dylib:libpng-apng
depends_run-append      port:${name}-data
depends_extract         bin:tar:tar
depends_patch           bin:gpatch:gpatch
depends_test            port:${subport}-test
set perl                5
depends_run-append      port:perl$perl
use_zip                 yes
use_xz                  yes
use_zip                 no
use_autoreconf          yes
fetch.type              git

platform darwin { depends_build-append port:apple }
platform darwin 8 {
    patchfiles-append   old.diff
}
variant ssl description {TLS {really}} {
    depends_lib-append  port:gnutls
}
variant gui conflicts x11 description "no" { depends_lib-append port:gtk3 }
variant x11 { depends_lib-append port:xorg }
default_variants        +ssl -x11 +ssl
default_variants-append +gui
if {![variant_isset gui] && [info exists nothing]} { configure.args-append --without-gui }
subport ${name}-devel   { depends_lib port:never }
post-destroot {
    # depends_lib port:never
    xinstall -d ${destroot}${prefix}/share
}
test.run yes
`

const portfileSays = `tool 1.2
fetch curl (port:curl) Portfile:12: depends_fetch
fetch git (bin:git:git) Portfile:32: fetch.type
extract xz (bin:xz:xz) Portfile:29: use_xz
patch gpatch (bin:gpatch:gpatch) Portfile:24: depends_patch
lib libiconv (port:libiconv) Portfile:20: depends_lib-prepend
lib zlib (port:zlib) Portfile:19: depends_lib
lib libpng (path:lib/libpng.dylib:libpng-apng) Portfile:21: depends_lib-replace
lib openssl3 (port:openssl3) Portfile:19: depends_lib-append
lib gnutls (port:gnutls) Portfile:39: depends_lib-append
lib gtk3 (port:gtk3) Portfile:41: depends_lib-append
build pkgconfig (port:pkgconfig) Portfile:13: depends_build
build bison (path:/opt/local/bin/bison:bison) Portfile:14: depends_build
build gmake (port:gmake) Portfile:17: depends_build-append
build autoconf (port:autoconf) Portfile:31: use_autoreconf
build automake (port:automake) Portfile:31: use_autoreconf
build libtool (port:libtool) Portfile:31: use_autoreconf
build apple (port:apple) Portfile:34: depends_build-append
run tool-data (port:tool-data) Portfile:22: depends_run-append
run perl5 (port:perl5) Portfile:27: depends_run-append
test tool-test (port:tool-test) Portfile:25: depends_test
`

// says prints a recipe.
func says(r *depgraph.Recipe) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Name, r.Version)
	for _, d := range r.Direct {
		fmt.Fprintf(&b, "%s %s (%s) %s\n", d.Kind, d.Need[0].Name, d.Need, d.Where)
	}
	return b.String()
}

func TestPortfile(t *testing.T) {
	db := open(t, fixture(t, "/usr/bin/tar", "/usr/lib/libSystem.dylib"), depgraph.Setting{})
	for _, text := range []string{portfileText, strings.ReplaceAll(portfileText, "\n", "\r\n")} {
		r, err := db.Recipe("Portfile", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := says(r); got != portfileSays {
			t.Errorf("got\n%swant\n%s", got, portfileSays)
		}
	}
	if got := depgraph.Declare("macports")([]string{"zlib", "libpng"}); got != "depends_lib-append port:zlib port:libpng" {
		t.Errorf("Declare: %q", got)
	}
	if kinds := depgraph.Reads("/ports/devel/tool/Portfile"); !slices.Contains(kinds, "macports") {
		t.Errorf("read by %q", kinds)
	}
}

func TestPortfileErrors(t *testing.T) {
	db := open(t, fixture(t), depgraph.Setting{})
	const beyond = ", and MacPorts' port command, which runs it, is not installed"
	for text, want := range map[string]string{
		"":                                         "Portfile:1: name: the Portfile has no such line",
		"version 1\n":                              "Portfile:1: name: the Portfile has no such line",
		"name x\ndepends_lib \\\n port:":           `Portfile:3: depends_lib: bad port name "" in "port:"`,
		"name x\ndepends_lib zlib:1":               `Portfile:2: depends_lib: bad dependency "zlib:1": want PORT, port:PORT, path:FILE:PORT, bin:FILE:PORT or lib:FILE:PORT`,
		"name x\nplatform darwin {\n\n":            "Portfile:2: missing close-brace",
		"name x\ndescription \"abc\n\n":            "Portfile:2: missing \"",
		"name x\nset y {a}b\n":                     "Portfile:2: extra characters after a word",
		"\n\ndepends_lib port:py${python.version}": `Portfile:3: depends_lib: "port:py${python.version}" is for Tcl to read` + beyond,
		"depends_lib \\\nport:[f x]":               `Portfile:2: depends_lib: "port:[f x]" is for Tcl to read` + beyond,
		"set x [f]\ndepends_lib port:$x":           `Portfile:2: depends_lib: "port:$x" is for Tcl to read` + beyond,
		"depends_lib-strsed a b":                   "Portfile:1: depends_lib-strsed: what it does is known to Tcl alone" + beyond,
		"{a\nb} {depends_lib port:x}":              "Portfile:1: a command: what it does is known to Tcl alone" + beyond,
		"PortGroup cmake 1.1":                      "Portfile:1: PortGroup cmake: what it adds is known to Tcl alone" + beyond,
		"if {$x} {\n depends_lib port:x\n}":        "Portfile:1: if: what it does is known to Tcl alone" + beyond,
		"foreach x {a b} {depends_run port:$x}":    "Portfile:1: foreach: what it does is known to Tcl alone" + beyond,
		"if {$x} {PortGroup cmake 1.1}":            "Portfile:1: if: what it does is known to Tcl alone" + beyond,
		"platform darwin 8 {use_xz yes}":           "Portfile:1: platform: what it does is known to Tcl alone" + beyond,
		"use_xz ${yes}":                            `Portfile:1: use_xz: "${yes}" is for Tcl to read` + beyond,
		"default_variants +[f]":                    `Portfile:1: default_variants: "+[f]" is for Tcl to read` + beyond,
		strings.Repeat("platform darwin {", 9) + "depends_lib port:x" + strings.Repeat("}", 9): "Portfile:1: platform: what it does is known to Tcl alone" + beyond,
		"name x\ndepends_lib " + strings.Repeat("port:a ", 1001):                               "Portfile:2: depends_lib: more than 1000 dependencies",
	} {
		_, err := db.Recipe("Portfile", []byte(text))
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		if got := errors.Is(err, depgraph.ErrNoTool); got != strings.HasSuffix(want, beyond) {
			t.Errorf("%q: ErrNoTool: %t", text, got)
		}
	}
}

// TestPort has port(1) tell.
func TestPort(t *testing.T) {
	const line = "tool\t1.2\t\tbin:xz:xz\tbin:tar:tar\tport:zlib,path:lib/libpng.dylib:libpng-apng\tport:cmake,port:pkgconfig\tport:perl5\tport:tool-test\n"
	const want = `tool 1.2
extract xz (bin:xz:xz) /p/tool/Portfile: depends_extract
lib zlib (port:zlib) /p/tool/Portfile: depends_lib
lib libpng (path:lib/libpng.dylib:libpng-apng) /p/tool/Portfile: depends_lib
build cmake (port:cmake) /p/tool/Portfile: depends_build
build pkgconfig (port:pkgconfig) /p/tool/Portfile: depends_build
run perl5 (port:perl5) /p/tool/Portfile: depends_run
test tool-test (port:tool-test) /p/tool/Portfile: depends_test
`
	const asked = " -v -D /p/tool info --line --name --version --depends_fetch --depends_extract --depends_patch" +
		" --depends_lib --depends_build --depends_run --depends_test"
	failed := errors.New("exit status 1: Error: Unable to open port")
	for _, c := range []struct {
		name   string
		prefix error // what running the prefix's port(1) gives
		out    string
		err    error // the same of the PATH's
		want   string
		calls  int
	}{
		{"the prefix's", nil, line, nil, want, 1},
		{"the PATH's", depgraph.ErrNoTool, line, nil, want, 2},
		{"no such file", fs.ErrNotExist, "Warning: x\n" + line + "\n", nil, want, 2},
		{"it fails", depgraph.ErrNoTool, "", failed, "/p/tool/Portfile: " + failed.Error(), 2},
		{"other output", nil, "tool\t1.2\n", nil, "/p/tool/Portfile: port info printed no line of 9 fields", 1},
		{"a bad dependency", nil, strings.Replace(line, "bin:xz:xz", "foo:xz", 1), nil,
			`/p/tool/Portfile: depends_extract: bad dependency "foo:xz": want PORT, port:PORT, path:FILE:PORT, bin:FILE:PORT or lib:FILE:PORT`, 1},
		{"none", depgraph.ErrNoTool, "", depgraph.ErrNoTool, "plain 3\n", 2},
	} {
		calls := 0
		db := open(t, fixture(t, "/usr/bin/tar"), depgraph.Setting{Run: func(argv ...string) ([]byte, error) {
			calls++
			if got := strings.TrimPrefix(strings.Join(argv, " "), argv[0]); got != asked {
				t.Errorf("%s: ran%s", c.name, got)
			}
			if argv[0] == "/opt/local/bin/port" && c.prefix != nil {
				return nil, c.prefix
			}
			return []byte(c.out), c.err
		}})
		r, err := db.Recipe("/p/tool/Portfile", []byte("name plain\nversion 3\n"))
		got := fmt.Sprint(err)
		if err == nil {
			got = says(r)
		}
		if got != c.want || calls != c.calls {
			t.Errorf("%s: %d calls, got\n%swant\n%s", c.name, calls, got, c.want)
		}
	}
}

// FuzzPortfile reads Portfiles, and dependencies by themselves.
func FuzzPortfile(f *testing.F) {
	f.Add(portfileText)
	f.Add("name x\n" + strings.Repeat("platform darwin {", 9) + "depends_lib {*}{port:x}" + strings.Repeat("}", 9))
	f.Add("path:lib/libz.dylib:x")
	f.Add("name \"a [b \"c\" d] e\\\nf\" {*}{g h} \\\n; # c \\\n d\nvariant a { depends_lib-replace port:b port:c }; default_variants +a")
	f.Add("use_xz yes\nuse_xz no\nfetch.type git\ndepends_lib-delete port:x\nset x 1\ndepends_lib $x${x}")
	db := open(f, fstest.MapFS(fixture(f, "/usr/bin/tar")), depgraph.Setting{})
	f.Fuzz(func(t *testing.T, text string) {
		sourcetest.Bounded(t, func() {
			r, err := db.Recipe("Portfile", []byte(text))
			if err != nil {
				sourcetest.Names(t, err, "Portfile:")
				return
			}
			for _, d := range r.Direct {
				if len(d.Need) != 1 || !isName(d.Need[0].Name) || !slices.Contains(depgraph.Kinds(), d.Kind) || !strings.HasPrefix(d.Where, "Portfile:") {
					t.Errorf("%+v", d)
				}
			}
			if _, err := db.Need(text); err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
		})
	})
}

// TestVariablesOfVariables has one that would be of terabytes.
func TestVariablesOfVariables(t *testing.T) {
	text := "PortSystem 1.0\nname a\nversion 1\nset a port:xxxxxxxxxx\n" + strings.Repeat("set a $a$a\n", 40) + "depends_lib $a\n"
	sourcetest.Bounded(t, func() {
		if _, err := (&Database{}).readPortfile("Portfile", text); err == nil || len(err.Error()) > 200 {
			t.Errorf("error: %v", err)
		}
	})
}
