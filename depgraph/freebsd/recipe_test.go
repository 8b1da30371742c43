package freebsd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// direct spells what a recipe asks for.
func direct(r *depgraph.Recipe) string {
	s := r.Name + " " + r.Version + "\n"
	for _, d := range r.Direct {
		var names []string
		for _, a := range d.Need {
			names = append(names, a.Name)
		}
		s += fmt.Sprintf("%s %s (%s) %s\n", d.Kind, strings.Join(names, "|"), d.Need[0], d.Where)
	}
	return s
}

const plain = `# A port.
PORTNAME=	foo
DISTVERSION=	1.0
PORTREVISION=	1
PORTEPOCH=	2
CATEGORIES=	devel # more
MASTER_SITES=	https://example.org/#frag

BUILD_DEPENDS=	vim:editors/vim \
		${NONEXISTENT}:misc/app:patch \
		zlib>=1.2:archivers/zlib
LIB_DEPENDS=	libbar.so:misc/bar
LIB_DEPENDS+=	libnew.so:misc/new # not yet
RUN_DEPENDS=	${BUILD_DEPENDS} ${PYTHON_PKGNAMEPREFIX}six>0:devel/py-six@${PY_FLAVOR}
TEST_DEPENDS=	${LOCALBASE}/share/app:misc/app xz:archivers/xz
FETCH_DEPENDS=	${NONEXISTENT}:editors/nano
EXTRACT_DEPENDS+=unzip:archivers/unzip
PATCH_DEPENDS?=	${LIB_DEPENDS:S/x/y/}

USES=		gmake pkgconfig:both tar:xz cpe \
		autoreconf libtool
USE_GITHUB=	yes
OPTIONS_DEFINE=	DOCS X11
OPTIONS_DEFAULT= NLSX
DOCS_BUILD_DEPENDS= doxygen:devel/doxygen
X11_LIB_DEPENDS=libX11.so:x11/libX11
X11_USES=	xorg
X11_LIB_DEPENDS_OFF= libtty.so:misc/tty
OTHER_RUN_DEPENDS= a:b/c

.include <bsd.port.pre.mk>
.if ${ARCH} == i386
CFLAGS+=	-O1
.endif

do-install:
	BUILD_DEPENDS=x:y/z true

.include <bsd.port.post.mk>
`

func TestPlainRecipe(t *testing.T) {
	m := root(made(t, fixture(t), more...))
	m["usr/bin/xz"] = m[file]
	db := open(t, m)
	text := strings.Replace(plain, "PATCH_DEPENDS?=", "#", 1)
	r, err := db.Recipe("a/Makefile", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	const want = `foo 1.0_1,2
fetch editors/nano (/nonexistent:editors/nano) a/Makefile:16: FETCH_DEPENDS
extract archivers/unzip (unzip:archivers/unzip) a/Makefile:17: EXTRACT_DEPENDS
build vim|editors/vim (vim:editors/vim) a/Makefile:9: BUILD_DEPENDS
build zlib (zlib>=1.2:archivers/zlib) a/Makefile:11: BUILD_DEPENDS
build devel/gmake (gmake:devel/gmake) a/Makefile:20: BUILD_DEPENDS
build devel/pkgconf (pkgconf:devel/pkgconf) a/Makefile:20: BUILD_DEPENDS
build devel/autoconf (autoconf:devel/autoconf) a/Makefile:21: BUILD_DEPENDS
build devel/automake (automake:devel/automake) a/Makefile:21: BUILD_DEPENDS
build devel/libtool (libtoolize:devel/libtool) a/Makefile:21: BUILD_DEPENDS
build devel/doxygen (doxygen:devel/doxygen) a/Makefile:25: BUILD_DEPENDS
lib bar|misc/bar (libbar.so:misc/bar) a/Makefile:12: LIB_DEPENDS
lib misc/new (libnew.so:misc/new) a/Makefile:13: LIB_DEPENDS
lib misc/tty (libtty.so:misc/tty) a/Makefile:28: LIB_DEPENDS
run vim|editors/vim (vim:editors/vim) a/Makefile:9: RUN_DEPENDS
run zlib (zlib>=1.2:archivers/zlib) a/Makefile:11: RUN_DEPENDS
run devel/py-six (${PYTHON_PKGNAMEPREFIX}six>0:devel/py-six) a/Makefile:14: RUN_DEPENDS
run devel/pkgconf (pkgconf:devel/pkgconf) a/Makefile:20: RUN_DEPENDS
test misc/app (/usr/local/share/app:misc/app) a/Makefile:15: TEST_DEPENDS
`
	if got := direct(r); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestBadRecipes(t *testing.T) {
	db := open(t, root(fixture(t)))
	only := func(where string) string {
		return "Makefile:" + where + ": what this asks for, only BSD make with the ports tree can tell: not installed"
	}
	for _, c := range []struct{ text, want string }{
		{"", "Makefile:1: no PORTNAME: not the Makefile of a port"},
		{"PORTNAME=${X}\n", only("1: PORTNAME")},
		{"PORTNAME=a\nUSES=gmake \\\n qt:5\n", only("3: USES=qt:5")},
		{"PORTNAME=a\nUSE_XORG=x11\n", only("2: USE_XORG")},
		{"PORTNAME=a\n.if 1\nRUN_DEPENDS+=a:b/c\n.endif\n", only("3: RUN_DEPENDS")},
		{"PORTNAME=a\n.if 1\n.endif\n.for i in x\n${i}_RUN_DEPENDS=a:b/c\n.endfor\n", only("5: ${i}_RUN_DEPENDS")},
		{"PORTNAME=a\n.include \"../b/Makefile\"\n", only(`2: .include "../b/Makefile"`)},
		{"PORTNAME=a\n.sinclude <a.mk>\n", only(`2: .sinclude <a.mk>`)},
		{"PORTNAME=a\nRUN_DEPENDS!=date\n", only("2: RUN_DEPENDS")},
		{"PORTNAME=a\nRUN_DEPENDS=${PY_X}\n", only("2: ${PY_X}")},
		{"PORTNAME=a\nRUN_DEPENDS=x:devel/${Y}\n", only("2: x:devel/${Y}")},
		{"PORTNAME=a\nLIB_DEPENDS=x:a/b\n", `Makefile:2: LIB_DEPENDS: "x:a/b": "x" is no shared library`},
		{"PORTNAME=a\nRUN_DEPENDS=x\n", `Makefile:2: RUN_DEPENDS: "x" is not pattern:origin[:target]`},
		{"PORTNAME=a\nRUN_DEPENDS=x>=:a/b\n", `Makefile:2: RUN_DEPENDS: bad version in "x>="`},
		{"PORTNAME=a\nRUN_DEPENDS=${A}\nA=${B}\nB=x ${A}\n", `Makefile:3: A names itself`},
		{"PORTNAME=a\nOPTIONS_DEFAULT=X\nX_USE=QT=5\n", only("3: X_USE")},
	} {
		_, err := db.Recipe("Makefile", []byte(c.text))
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n%v, want\n%s", c.text, err, c.want)
		}
		if err != nil && strings.Contains(c.want, "only BSD make") != errors.Is(err, depgraph.ErrNoTool) {
			t.Errorf("%q: %v and depgraph.ErrNoTool", c.text, err)
		}
	}
	for _, seed := range []string{"xxxxxxxxxxxxxxxx", "", "x"} {
		bomb := "PORTNAME=a\nA0=" + seed + "\n"
		for i := range 40 {
			bomb += fmt.Sprintf("A%d=${A%d} ${A%[2]d}z ${A%[2]d}\n", i+1, i)
		}
		sourcetest.Bounded(t, func() {
			_, err := db.Recipe("Makefile", []byte(bomb+"RUN_DEPENDS=${A40}\n"))
			if err == nil || !strings.HasSuffix(err.Error(), ": expands to more than 262144 bytes") {
				t.Error(err)
			}
		})
	}
}

// withMake returns the fixture's database on a machine with these tools.
func withMake(t *testing.T, tools map[string]string, asked *[]string) *Database {
	t.Helper()
	db, err := Open(root(made(t, fixture(t), more...)), depgraph.Setting{Run: func(argv ...string) ([]byte, error) {
		*asked = append(*asked, strings.Join(argv, " "))
		for _, key := range []string{strings.Join(argv[:2], " "), argv[0]} {
			if out, ok := tools[key]; ok {
				if why, failed := strings.CutPrefix(out, "fails: "); failed {
					return nil, errors.New(why)
				}
				return []byte(out), nil
			}
		}
		return nil, fmt.Errorf("%s: %w", argv[0], depgraph.ErrNoTool)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return db.(*Database)
}

const query = " -C a/b -V ${PKGBASE} -V ${PKGVERSION} -V ${FETCH_DEPENDS} -V ${EXTRACT_DEPENDS} -V ${PATCH_DEPENDS}" +
	" -V ${BUILD_DEPENDS} -V ${LIB_DEPENDS} -V ${RUN_DEPENDS} -V ${TEST_DEPENDS}"

func TestMake(t *testing.T) {
	const printed = "py311-foo\n1.0_1,2\n\n\n\nvim:editors/vim  zlib>0:archivers/zlib vim:editors/vim\nlibbar.so:misc/bar\n/usr/local/bin/none:devel/py-six@py311\n\n"
	const text = "PORTNAME=foo\nBUILD_DEPENDS=x \\\n\tvim:editors/vim\nLIB_DEPENDS=libbar.so:misc/bar\n"
	const want = `py311-foo 1.0_1,2
build vim|editors/vim (vim:editors/vim) a/b/Makefile:3: BUILD_DEPENDS
build zlib (zlib>0:archivers/zlib) a/b/Makefile: BUILD_DEPENDS
lib bar|misc/bar (libbar.so:misc/bar) a/b/Makefile:4: LIB_DEPENDS
run devel/py-six@py311 (/usr/local/bin/none:devel/py-six@py311) a/b/Makefile: RUN_DEPENDS
`
	const plainly = "foo \nbuild vim|editors/vim (vim:editors/vim) a/b/Makefile:3: BUILD_DEPENDS\nlib bar|misc/bar (libbar.so:misc/bar) a/b/Makefile:4: LIB_DEPENDS\n"
	plainText := strings.Replace(text, "x \\", "\\", 1)
	for _, c := range []struct {
		about, text string
		tools       map[string]string
		want        string
		asked       []string
	}{
		{"BSD", text, map[string]string{"make --version": "fails: usage: make", "make": printed}, want, []string{"make --version", "make" + query}},
		{"GNU and bmake", text, map[string]string{"make --version": "GNU Make 4.3\n", "bmake": printed}, want,
			[]string{"make --version", "bmake -V MAKE_VERSION -f /dev/null", "bmake" + query}},
		{"GNU", plainText, map[string]string{"make --version": "GNU Make 4.3\n"}, plainly, []string{"make --version", "bmake -V MAKE_VERSION -f /dev/null"}},
		{"bmake, no ports tree", plainText, map[string]string{"bmake -V": "1\n", "bmake": "fails: no bsd.port.mk"}, plainly,
			[]string{"make --version", "bmake -V MAKE_VERSION -f /dev/null", "bmake" + query}},
		{"no make", plainText, nil, plainly, []string{"make --version", "bmake -V MAKE_VERSION -f /dev/null"}},
		{"BSD, a bad port", text, map[string]string{"make --version": "fails: usage: make", "make": "fails: make: exit status 1: no rule"},
			"a/b/Makefile: make: exit status 1: no rule", nil},
		{"too little", text, map[string]string{"make --version": "fails: usage: make", "make": "foo\n"}, "a/b/Makefile: make printed 1 lines for 9 variables", nil},
		{"no port", text, map[string]string{"make --version": "fails: usage: make", "make": strings.Repeat("\n", 9)},
			"a/b/Makefile: make knows no PKGBASE: is this a port's?", nil},
	} {
		var asked []string
		r, err := withMake(t, c.tools, &asked).Recipe("a/b/Makefile", []byte(c.text))
		got := fmt.Sprint(err)
		if err == nil {
			got = direct(r)
		}
		if got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.about, got, c.want)
		}
		if c.asked != nil && !slices.Equal(asked, c.asked) {
			t.Errorf("%s: asked %q, want %q", c.about, asked, c.asked)
		}
	}
}

// TestRealMake has BSD make read a port that needs no ports tree.
func TestRealMake(t *testing.T) {
	tool, err := exec.LookPath("bmake")
	if err != nil {
		t.Skip("needs bmake: ", err)
	}
	name := filepath.Join(t.TempDir(), "Makefile")
	text := []byte("PORTNAME=foo\nPKGBASE=py-${PORTNAME}\n.if 1\nBUILD_DEPENDS+=vim:editors/vim \\\n\tzlib>0:archivers/zlib\n.endif\nRUN_DEPENDS=${BUILD_DEPENDS:Mvim*}\n")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(root(made(t, fixture(t), more...)), depgraph.Setting{Run: func(argv ...string) ([]byte, error) {
		if argv[0] != "bmake" {
			return []byte("GNU Make 4.3\n"), nil
		}
		return exec.Command(tool, argv[1:]...).Output()
	}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := db.Recipe(name, text)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll("py-foo \nbuild vim|editors/vim (vim:editors/vim) F:4: BUILD_DEPENDS\nbuild zlib (zlib>0:archivers/zlib) F:5: BUILD_DEPENDS\nrun vim|editors/vim (vim:editors/vim) F:4: RUN_DEPENDS\n", "F:", name+":")
	if got := direct(r); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A list that grows line by line is not copied each time.
func TestLongRecipe(t *testing.T) {
	m := &makefile{file: "Makefile", variables: map[string]*variable{}}
	text := strings.Repeat("BUILD_DEPENDS+=a>0:x/a\n", 10000)
	sourcetest.Bounded(t, func() {
		if err := m.read(text); err != nil || len(m.variables["BUILD_DEPENDS"].words) != 10000 {
			t.Error(err)
		}
	})
}
