package dpkg

import (
	"fmt"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

const control = `# jq's, shortened
Source: jq
Section: utils
Build-Depends: debhelper-compat (= 13),
               libonig-dev,
# a comment inside
               valgrind [amd64 !i386] <!nocheck>,
               libfoo-dev [i386] | libbar-dev,
               only-i386 [i386],
               gcc:native <cross>,
               ${extra:Build-Depends},
Build-Depends-Indep: ruby
build-depends-arch: bison (>= 3)
Build-Conflicts: never
Standards-Version: 4.6.0

Package: jq
Build-Depends: not-of-the-source
Architecture: any
`

func TestRecipeControl(t *testing.T) {
	for _, c := range []struct{ profiles, want string }{
		{"", `
debian/control:4: Build-Depends: debhelper-compat (= 13)
debian/control:5: Build-Depends: libonig-dev
debian/control:7: Build-Depends: valgrind
debian/control:8: Build-Depends: libbar-dev
debian/control:12: Build-Depends-Indep: ruby
debian/control:13: build-depends-arch: bison (>= 3)`},
		{"nocheck cross", `
debian/control:4: Build-Depends: debhelper-compat (= 13)
debian/control:5: Build-Depends: libonig-dev
debian/control:8: Build-Depends: libbar-dev
debian/control:10: Build-Depends: gcc:native
debian/control:12: Build-Depends-Indep: ruby
debian/control:13: build-depends-arch: bison (>= 3)`},
	} {
		db := &Database{native: "amd64", profiles: strings.Fields(c.profiles)}
		r, err := db.Recipe("debian/control", []byte(control))
		if err != nil {
			t.Fatal(err)
		}
		var got string
		for _, d := range r.Direct {
			got += fmt.Sprintf("\n%s: %s", d.Where, d.Need)
			if d.Kind != "build" {
				t.Errorf("%s is of kind %s", d.Need, d.Kind)
			}
		}
		if r.Name != "jq" || r.Version != "" || got != c.want {
			t.Errorf("%q: %q %q%s", c.profiles, r.Name, r.Version, got)
		}
		if got := depgraph.Declare("dpkg")([]string{"libonig-dev", "bison"}); got != "Build-Depends: libonig-dev, bison" {
			t.Errorf("Declare: %q", got)
		}
	}
}

const dsc = `Format: 3.0 (quilt)
Source: jq
Version: 1.6-2.1
Build-Depends: debhelper-compat (= 13), flex
Files:
 0123 12 jq.tar.gz
`

func TestRecipeSource(t *testing.T) {
	signed := "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + dsc +
		"\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
	for text, line := range map[string]int{dsc: 4, signed: 7} {
		r, err := (&Database{native: "amd64"}).Recipe("jq.dsc", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if r.Name != "jq" || r.Version != "1.6-2.1" || len(r.Direct) != 2 ||
			r.Direct[1].Where != fmt.Sprintf("jq.dsc:%d: Build-Depends", line) {
			t.Errorf("%+v", r)
		}
	}
}

func TestRecipeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "c: nothing in it",
		"\n\n# x\n":                            "c: nothing in it",
		"Package: x\n":                         "c:1: Source: the first stanza has no such field",
		"Source: x\nrubbish\n":                 `c:2: not a field: "rubbish"`,
		"Source: x\nBuild-Depends: a,\n b (1)": `c:3: Build-Depends: bad version "1" in "b (1)"`,
		"-----BEGIN PGP SIGNED MESSAGE-----\n\nSource: x\n": "c:4: the signed message has no end",
	} {
		if _, err := (&Database{}).Recipe("c", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
