package gentoo

import (
	"crypto/md5"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// recipe spells what an ebuild asks for, a line each.
func recipe(t testing.TB, db *Database, name, text string) (string, error) {
	t.Helper()
	r, err := db.Recipe(name, []byte(text))
	if err != nil {
		return "", err
	}
	got := r.Name + " " + r.Version + "\n"
	for _, d := range r.Direct {
		got += fmt.Sprintf("%s %s (%s)\n", d.Kind, d.Need, d.Where)
	}
	return got, nil
}

const ebuildText = "EAPI=8\ninherit cmake\n"

var cached = map[string]string{
	"dev-libs/zlibx-1.3:": "SLOT=0/1", "dev-lang/python-3.12:": "SLOT=3.12",
	"var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1": `BDEPEND=dev-build/cmake test? ( dev-cpp/gtest ) !test? ( a/no )
DEFINED_PHASES=-
DEPEND=>=dev-libs/zlibx-1.2:= sys-kernel/linux-headers ssl? ( dev-libs/openssl:0= ) || ( a/one ( a/two a/three ) )
EAPI=8
IDEPEND=app-admin/eselect
IUSE=+ssl test doc
PDEPEND=app-misc/after
RDEPEND=dev-libs/zlibx:= !ssl? ( a/no ) dev-lang/python:3.12 doc? ( app-doc/foo )
SLOT=0
_md5_=` + fmt.Sprintf("%x", md5.Sum([]byte(ebuildText))) + "\n",
	"var/db/repos/a[b]/metadata/md5-cache/dev-libs/foo-2.0-r1": "DEPEND=a/wrong\n_md5_=d41d8cd98f00b204e9800998ecf8427e\n",
}

const fromCache = `dev-libs/foo 2.0-r1
build dev-build/cmake (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:1: BDEPEND)
lib >=dev-libs/zlibx-1.2:= (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:3: DEPEND)
build sys-kernel/linux-headers (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:3: DEPEND)
build dev-libs/openssl:0= (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:3: DEPEND)
build a/one | a/two (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:3: DEPEND)
build a/one | a/three (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:3: DEPEND)
lib dev-libs/zlibx:= (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:8: RDEPEND)
run dev-lang/python:3.12 (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:8: RDEPEND)
run app-misc/after (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:7: PDEPEND)
run app-admin/eselect (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:5: IDEPEND)
`

func TestRecipeCache(t *testing.T) {
	db := open(t, cached)
	want := strings.Replace(fromCache, "build a/no", "", 1)
	want = strings.Replace(want, "lib >=", "build a/no (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:1: BDEPEND)\nlib >=", 1)
	for _, name := range []string{
		"/var/db/repos/gentoo/dev-libs/foo/foo-2.0-r1.ebuild", "dev-libs/foo/foo-2.0-r1.ebuild", "foo-2.0-r1.ebuild",
		"../x/foo-2.0-r1.ebuild",
	} {
		if got, err := recipe(t, db, name, ebuildText); err != nil || got != want {
			t.Errorf("%s: %v, got\n%swant\n%s", name, err, got, want)
		}
	}
	files := maps.Clone(cached)
	files["dev-libs/foo-1.9:"] = "SLOT=0\nUSE=test ssl\nIUSE=test ssl doc"
	want = strings.Replace(fromCache, "lib >=", "test dev-cpp/gtest (/var/db/repos/gentoo/metadata/md5-cache/dev-libs/foo-2.0-r1:1: BDEPEND)\nlib >=", 1)
	if got, err := recipe(t, open(t, files), "dev-libs/foo/foo-2.0-r1.ebuild", ebuildText); err != nil || got != want {
		t.Errorf("with USE=test: %v, got\n%swant\n%s", err, got, want)
	}
	if _, err := recipe(t, db, "dev-libs/foo/foo-2.0-r1.ebuild", ebuildText+"# edited\n"); err == nil || err.Error() !=
		`dev-libs/foo/foo-2.0-r1.ebuild:2: inherit: the eclass "cmake" may add dependencies, and no metadata cache has this text: egencache --update makes one` {
		t.Errorf("edited: %v", err)
	}
}

// What is installed tells of its own ebuild, with its own flags.
func TestRecipeInstalled(t *testing.T) {
	db := fixture(t)
	text, err := db.read("var/db/pkg/app-misc/foo-2.0-r1/foo-2.0-r1.ebuild")
	if err != nil {
		t.Fatal(err)
	}
	want := `app-misc/foo 2.0-r1
build dev-libs/zlibx | dev-libs/other (/var/db/pkg/app-misc/foo-2.0-r1/BDEPEND:1: BDEPEND)
lib >=dev-libs/zlibx-1.2:0/1= (/var/db/pkg/app-misc/foo-2.0-r1/DEPEND:1: DEPEND)
`
	for _, name := range []string{"x/app-misc/foo/foo-2.0-r1.ebuild", "/var/db/pkg/app-misc/foo-2.0-r1/foo-2.0-r1.ebuild", "foo-2.0-r1.ebuild"} {
		if got, err := recipe(t, db, name, text); err != nil || got != want {
			t.Errorf("%s: %v, got\n%swant\n%s", name, err, got, want)
		}
	}
	want = `app-misc/foo 2.1
build dev-libs/zlibx | dev-libs/other (app-misc/foo/foo-2.1.ebuild:10: BDEPEND)
lib >=dev-libs/zlibx-1.2:= (app-misc/foo/foo-2.1.ebuild:8: DEPEND)
`
	if got, err := recipe(t, db, "app-misc/foo/foo-2.1.ebuild", text); err != nil || got != want {
		t.Errorf("a new version: %v, got\n%swant\n%s", err, got, want)
	}
	slots := open(t, slots)
	if r, err := slots.Recipe("dev-lang/python/python-3.12.4.ebuild", []byte("EAPI=8\nSLOT=\"3.12\"\n")); err != nil || r.Name != "dev-lang/python:3.12" {
		t.Errorf("the target is %+v (%v)", r, err)
	}
	if got := depgraph.Declare("gentoo")([]string{"a/b", "dev-lang/python:3.12"}); got != `DEPEND+=" a/b dev-lang/python:3.12"` {
		t.Errorf("Declare: %s", got)
	}
}

const plainEbuild = `# Copyright
EAPI=7
inherit toolchain-funcs \
	flag-o-matic

MY_P="${PN}-${PV}" # comment
PYTHON_COMPAT=( python3_{10..13} "a ) b" ) # )
if [[ ${PV} == *9999 ]]; then
	SRC_URI="x"
	KEYWORDS=""
else
	SRC_URI='https://example.org/'${MY_P%.*}
fi
[[ -n ${X} ]] && S=${WORKDIR}
: ${DOC:=1}
case ${PV} in *) F=1 ;; esac
SLOT="0/2"
IUSE="+ssl 'x"
COMMON="
	dev-libs/a:=
	ssl? ( >=dev-libs/b-${PV%%-*} )"
COMMON="dev-libs/a:=
	ssl? ( >=dev-libs/b-${PV}[static\
-libs] )
"
DEPEND="$COMMON
	dev-libs/c-"$PN
RDEPEND="${COMMON}${UNSET}"
RDEPEND+=" dev-libs/d"
export BDEPEND=" \"
"

src_test() {
	DEPEND="never"
	echo "don't
}

pkg_setup(){ DEPEND="nor here"; }
PDEPEND=app-misc/e`

func TestRecipePlain(t *testing.T) {
	db := open(t, slots)
	text := strings.ReplaceAll(strings.Replace(plainEbuild, ` \"`, "", 1), " 'x", "")
	want := `dev-x/foo 1.2-r3
lib dev-libs/a:= (dev-x/foo/foo-1.2-r3.ebuild:22: DEPEND)
lib >=dev-libs/b-1.2[static-libs] (dev-x/foo/foo-1.2-r3.ebuild:23: DEPEND)
build dev-libs/c-foo (dev-x/foo/foo-1.2-r3.ebuild:27: DEPEND)
run dev-libs/d (dev-x/foo/foo-1.2-r3.ebuild:29: RDEPEND)
run app-misc/e (dev-x/foo/foo-1.2-r3.ebuild:39: PDEPEND)
`
	if got, err := recipe(t, db, "dev-x/foo/foo-1.2-r3.ebuild", text); err != nil || got != want {
		t.Errorf("%v, got\n%swant\n%s", err, got, want)
	}
	old := "EAPI=2\nDEPEND=\"a/b\"\n"
	if got, err := recipe(t, db, "x-x/foo/foo-1.ebuild", old); err != nil || got != "x-x/foo 1\nlib a/b (x-x/foo/foo-1.ebuild:2: DEPEND)\n" {
		t.Errorf("%v, %s", err, got)
	}
}

func TestRecipeErrors(t *testing.T) {
	db := open(t, slots)
	const only = ": only bash can tell what this is: "
	for text, want := range map[string]string{
		"DEPEND=\"$(a b)\"":                       "f-1.ebuild:1: DEPEND" + only + "$(a b)",
		"DEPEND=`a\nb`":                           "f-1.ebuild:1: DEPEND" + only + "`a",
		"A=${PV%.*}\n\nRDEPEND=\"a/b\n>=c/d-$A\"": "f-1.ebuild:1: RDEPEND" + only + "${PV%.*}",
		"use x && DEPEND=\"a/b\"":                 "f-1.ebuild:1: DEPEND" + only + "it is assigned within a command",
		"if x; then\nBDEPEND=a/b\nfi":             "f-1.ebuild:2: BDEPEND" + only + "it is assigned under a condition or in a loop",
		"for x in 1 2; do\nIUSE+=\" $x\"\ndone":   "f-1.ebuild:2: IUSE" + only + "it is assigned under a condition or in a loop",
		": ${SLOT:=0}":                            "f-1.ebuild:1: SLOT" + only + "it is assigned within a command",
		"DEPEND=( a/b )":                          "f-1.ebuild:1: DEPEND" + only + "an array",
		"DEPEND=$CATEGORY/b":                      "f-1.ebuild:1: DEPEND" + only + "the category of the ebuild",
		"DEPEND=\"a/b":                            "f-1.ebuild:1: a quoted text has no end",
		"\nA='":                                   "f-1.ebuild:2: a quoted text has no end",
		"A=(\n\n":                                 "f-1.ebuild:1: an array has no end",
		"A=${":                                    "f-1.ebuild:1: an expansion has no end",
		"A=$(a (":                                 "f-1.ebuild:1: an expansion has no end",
		"A=`":                                     "f-1.ebuild:1: an expansion has no end",
		"src() {\n a":                             "f-1.ebuild:1: the function has no end",
		"DEPEND=\"a/b\n(\"":                       `f-1.ebuild:2: DEPEND: "(" without ")"`,
		"DEPEND=\"a/b\"\nDEPEND+=\" x\"\n":        `f-1.ebuild:2: DEPEND: bad atom "x"`,
		"inherit \\\n multilib \\\n  foo # bar":   `f-1.ebuild:3: inherit: the eclass "foo" may add dependencies, and no metadata cache has this text: egencache --update makes one`,
		"[[ x ]] && inherit git-r3":               `f-1.ebuild:1: inherit: the eclass "git-r3" may add dependencies, and no metadata cache has this text: egencache --update makes one`,
		"A=\"a/b \"\n" + strings.Repeat("A=$A$A\n", 40) + "DEPEND=$A": "f-1.ebuild:14: DEPEND" + only + "a value that is too long",
	} {
		if _, err := db.Recipe("f-1.ebuild", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", shortened(text), err, want)
		}
	}
	for _, name := range []string{"foo.ebuild", "", "/", "a/b/", "-1.ebuild", "foo-1-2.ebuild"} {
		if _, err := db.Recipe(name, nil); err == nil || !strings.HasPrefix(err.Error(), name+": no name of an ebuild") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func FuzzEbuild(f *testing.F) {
	for _, text := range []string{
		ebuildText, plainEbuild, "EAPI=2\nDEPEND=\"a/b || ( c/d e/f )\"\n", "A=\"$A$B${C}$(x)`y`\"'z'\\\nb\nDEPEND=$A",
		"case x in\n*) DEPEND=a/b ;;\nesac\nf(){ x; }\n: ${X:=1}\nfor a in 1; do A=(b); done",
	} {
		f.Add("dev-libs/foo/foo-2.0-r1.ebuild", text)
	}
	db := open(f, cached)
	f.Fuzz(func(t *testing.T, name, text string) {
		sourcetest.Limit(t)
		r, err := db.Recipe(name, []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), name+":") {
				t.Errorf("the error does not say where: %v", err)
			}
			return
		}
		for _, d := range r.Direct {
			if len(d.Need) == 0 || !strings.Contains(d.Where, ".ebuild:") && !strings.HasPrefix(d.Where, "/var/db/repos/") {
				t.Errorf("%+v", d)
			}
		}
	})
}
