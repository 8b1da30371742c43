package pkgsrc

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// jq is a Makefile of pkgsrc's.
const jq = `# $NetBSD: Makefile,v 1.23 2024/01/01 00:00:00 wiz Exp $

DISTNAME=	jq-1.7.1
PKGREVISION=	2
CATEGORIES=	devel
MASTER_SITES=	${MASTER_SITE_GITHUB:=jqlang/}

# DEPENDS+=	commented-[0-9]*:../../misc/commented
ONIG_REQD=	6.9
LIBTOOL_DIR=	../../devel/libtool

DEPENDS+=	oniguruma>=${ONIG_REQD}:../../textproc/oniguruma	# for regular expressions
BUILD_DEPENDS+=	{bison,byacc}-[0-9]*:../../devel/bison \
		libtool>=2:${LIBTOOL_DIR}
TOOL_DEPENDS+=	${PYPKGPREFIX}-yaml-[0-9]*:../../textproc/py-yaml
TEST_DEPENDS+=	valgrind-[0-9]*:../../devel/valgrind
BOOTSTRAP_DEPENDS+=	digest>=20080510:../../pkgtools/digest
DEPENDS.Linux+=	linux-pam-[0-9]*:../../security/linux-pam
DEPENDS.SunOS+=	absent-[0-9]*:../../misc/absent

GNU_CONFIGURE=	yes
USE_TOOLS+=	gmake pkg-config:build perl:run bash:test tnftp
BUILDLINK_DEPMETHOD.libxslt=	build

.include "../../mk/bsd.prefs.mk"
.if ${OPSYS} == "NetBSD" # DEPENDS+= x
DEPENDS+=	oniguruma-[0-9]*:../../textproc/oniguruma
DEPENDS+=	absent-[0-9]*:../../misc/absent
DEPENDS+=	${UNKNOWN}
.endif

.include "../../devel/zlib/buildlink3.mk"
.  include "../../textproc/libxslt/buildlink3.mk"
.include "../../misc/absent/buildlink3.mk"
.include "options.mk"
.include "../../mk/bsd.pkg.mk"

post-install:
	DEPENDS=x ${INSTALL}
`

// ports has the packages that jq is about, and others.
var ports = func() map[string]string {
	files := map[string]string{}
	for line := range strings.Lines(`
textproc/oniguruma oniguruma-6.9.9
devel/bison bison-3.8
devel/libtool libtool-2.4
textproc/py-yaml py310-yaml-6.0
textproc/py-yaml py311-yaml-6.0
devel/valgrind valgrind-3.22
pkgtools/digest digest-20220214
security/linux-pam linux-pam-1.5
devel/zlib zlib-1.3.1
textproc/libxslt libxslt-1.1
devel/gmake gmake-4.4
devel/pkgconf pkgconf-2.1
lang/perl5 perl-5.38
shells/bash bash-5.2
`) {
		if at, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			files["usr/pkg/pkgdb/"+name+"/+CONTENTS"] = "@name " + name + "\n@cwd /usr/pkg\n"
			files["usr/pkg/pkgdb/"+name+"/+BUILD_INFO"] = "OPSYS=NetBSD\nPKGPATH=" + at + "\n"
		}
	}
	return files
}()

// told lists the dependencies of a recipe, a line each, and what of the database satisfies
// them.
func told(t *testing.T, db *Database, r *depgraph.Recipe) string {
	t.Helper()
	var b strings.Builder
	for _, d := range r.Direct {
		fmt.Fprintf(&b, "%s %s: %s = %s\n", d.Kind, d.Where, d.Need[0], strings.Join(satisfying(t, db, nil, d.Need), " "))
	}
	return b.String()
}

func TestMakefile(t *testing.T) {
	db := open(t, ports)
	r, err := db.Recipe("/usr/pkgsrc/devel/jq/Makefile", []byte(jq))
	if err != nil {
		t.Fatal(err)
	}
	if r.Name != "jq" || r.Version != "1.7.1nb2" {
		t.Errorf("%s %s", r.Name, r.Version)
	}
	want := strings.ReplaceAll(`lib M:12: DEPENDS: oniguruma>=6.9 = oniguruma-6.9.9
build M:13: BUILD_DEPENDS: {bison,byacc}-[0-9]* = bison-3.8
build M:13: BUILD_DEPENDS: libtool>=2 = libtool-2.4
build M:15: TOOL_DEPENDS: textproc/py-yaml = py310-yaml-6.0 py311-yaml-6.0
test M:16: TEST_DEPENDS: valgrind-[0-9]* = valgrind-3.22
fetch M:17: BOOTSTRAP_DEPENDS: digest>=20080510 = digest-20220214
lib M:18: DEPENDS: linux-pam-[0-9]* = linux-pam-1.5
build M:22: USE_TOOLS: gmake = gmake-4.4
build M:22: USE_TOOLS: {pkgconf,pkg-config} = pkgconf-2.1
lib M:22: USE_TOOLS: perl = perl-5.38
test M:22: USE_TOOLS: bash = bash-5.2
lib M:27: DEPENDS: oniguruma-[0-9]* = oniguruma-6.9.9
lib M:32: buildlink3.mk: devel/zlib = zlib-1.3.1
build M:33: buildlink3.mk: textproc/libxslt = libxslt-1.1
`, "M:", "/usr/pkgsrc/devel/jq/Makefile:")
	if got := told(t, db, r); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestMakefileNames(t *testing.T) {
	for text, want := range map[string]string{
		"DISTNAME=a-1\n": "a 1",
		"DISTNAME=a-1\nPKGNAME=b-${DISTNAME:S/a-//}\n":  "dir ",
		"DISTNAME=a-1\nPKGNAME=\tp5-${DISTNAME}\n":      "p5-a 1",
		"V=2\nPKGNAME=a-$(V)\nPKGREVISION=3\nV=4\n":     "a 4nb3",
		"DISTNAME?=a-1\nDISTNAME?=b-1\nPKGREVISION=0\n": "a 1",
		"PKGNAME=plain\n":                   "dir ",
		"":                                  "dir ",
		"A=${B}\nB=${A}\nPKGNAME=${A}-1\n":  "dir ",
		"A=${A}${A}${A}x\nPKGNAME=${A}-1\n": "dir ",
	} {
		r, err := installed(t, "x-1").Recipe("cat/dir/Makefile", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Name + " " + r.Version; got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if r, err := installed(t, "x-1").Recipe("Makefile", nil); err != nil || r.Name != "" {
		t.Errorf("%+v %v", r, err)
	}
}

func TestMakefileErrors(t *testing.T) {
	for text, want := range map[string]string{
		"\nDEPENDS+=a-[0-9]*\n":       `M:2: DEPENDS: "a-[0-9]*" is not of the form pattern:directory`,
		"DEPENDS+= a{:../../b/a \\\n": `M:1: DEPENDS: bad pattern "a{": a brace is not closed`,
		"TOOL_DEPENDS+= ${X}\n":       `M:1: TOOL_DEPENDS: only make knows "${X}", and bmake is not installed`,
		"A=" + strings.Repeat("x-1:../../x/x ", 500) + "\n" + strings.Repeat("DEPENDS+=${A}\n", 30): "M:22: DEPENDS: more than 10000 dependencies",
	} {
		if _, err := installed(t, "x-1").Recipe("M", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// toolRun makes a setting whose tools answer by name, and notes how they were called.
func toolRun(calls *[]string, answers map[string]string) depgraph.Setting {
	return depgraph.Setting{Run: func(argv ...string) ([]byte, error) {
		*calls = append(*calls, strings.Join(argv, " "))
		answer, ok := answers[argv[0]]
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: %w", argv[0], depgraph.ErrNoTool)
		case strings.HasPrefix(answer, "error "):
			return nil, errors.New(answer[len("error "):])
		}
		return []byte(answer), nil
	}}
}

const shown = "jq-1.7.1nb2\ndigest>=20080510:../../pkgtools/digest\ncwrappers>=20150314:../../pkgtools/cwrappers gmake>=3.81:../../devel/gmake\n\noniguruma>=6.9:../../textproc/oniguruma zlib>=1.2:../../devel/zlib\n\n"

func TestRecipeByMake(t *testing.T) {
	const call = " -C /usr/pkgsrc/devel/jq show-vars VARNAMES=PKGNAME BOOTSTRAP_DEPENDS TOOL_DEPENDS BUILD_DEPENDS DEPENDS TEST_DEPENDS"
	for _, c := range []struct {
		why     string
		answers map[string]string
		mk      bool // /usr/share/mk is there
		calls   []string
		want    string
	}{
		{"bmake", map[string]string{"bmake": shown, "make": "error never"}, true, []string{"bmake" + call}, "jq 1.7.1nb2 5"},
		{"NetBSD", map[string]string{"make": shown}, true, []string{"bmake" + call, "make" + call}, "jq 1.7.1nb2 5"},
		{"GNU make is no help", map[string]string{"make": "error missing separator"}, false, []string{"bmake" + call}, "jq 1.7.1nb2 14"},
		{"nothing", nil, true, []string{"bmake" + call, "make" + call}, "jq 1.7.1nb2 14"},
		{"it fails", map[string]string{"bmake": "error bmake: exit status 1: no bsd.pkg.mk"}, false, []string{"bmake" + call},
			"/usr/pkgsrc/devel/jq/Makefile: bmake: exit status 1: no bsd.pkg.mk"},
		{"it tells too little", map[string]string{"bmake": "jq-1\n"}, false, []string{"bmake" + call},
			"/usr/pkgsrc/devel/jq/Makefile: make show-vars tells of 6 variables, in 1 lines"},
		{"it tells rubbish", map[string]string{"bmake": "jq-1\n\n\na{:../../a/a\n\n\n"}, false, []string{"bmake" + call},
			`/usr/pkgsrc/devel/jq/Makefile: BUILD_DEPENDS: bad pattern "a{": a brace is not closed`},
	} {
		m := root(ports)
		if c.mk {
			m["usr/share/mk/sys.mk"] = root(map[string]string{"x": ""})["x"]
		}
		var calls []string
		db, err := Open(m, toolRun(&calls, c.answers))
		if err != nil {
			t.Fatal(err)
		}
		r, err := db.Recipe("/usr/pkgsrc/devel/jq/Makefile", []byte(jq))
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(r.Name, " ", r.Version, " ", len(r.Direct))
		}
		if got != c.want || !slices.Equal(calls, c.calls) {
			t.Errorf("%s: %s, by %q, want %s", c.why, got, calls, c.want)
		}
		if err == nil && len(r.Direct) == 5 {
			const want = `fetch M:17: BOOTSTRAP_DEPENDS: digest>=20080510 = digest-20220214
build M: TOOL_DEPENDS: cwrappers>=20150314 = 
build M: TOOL_DEPENDS: gmake>=3.81 = gmake-4.4
lib M:12: DEPENDS: oniguruma>=6.9 = oniguruma-6.9.9
lib M:32: DEPENDS: zlib>=1.2 = zlib-1.3.1
`
			if got := strings.ReplaceAll(told(t, db.(*Database), r), "/usr/pkgsrc/devel/jq/Makefile", "M"); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		}
	}
}

func TestDeclare(t *testing.T) {
	if got := depgraph.Declare(kind)([]string{"zlib", "perl"}); got != "DEPENDS+= zlib-[0-9]*:../../CATEGORY/zlib perl-[0-9]*:../../CATEGORY/perl" {
		t.Errorf("without a database: %q", got)
	}
	m := root(ports)
	m["usr/pkgsrc/devel/zlib/buildlink3.mk"] = m["usr/pkg/pkgdb/zlib-1.3.1/+CONTENTS"]
	db, err := Open(m, depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	for names, want := range map[string]string{
		"zlib":        `.include "../../devel/zlib/buildlink3.mk"`,
		"pkgsrc:zlib": `.include "../../devel/zlib/buildlink3.mk"`,
		"perl":        "DEPENDS+= perl-[0-9]*:../../lang/perl5",
		"zlib perl x": "DEPENDS+= zlib-[0-9]*:../../devel/zlib perl-[0-9]*:../../lang/perl5 x-[0-9]*:../../CATEGORY/x",
	} {
		if got := db.(depgraph.Declarer).Declare(strings.Fields(names)); got != want {
			t.Errorf("%s: %q, want %q", names, got, want)
		}
	}
}

func TestNeedByPath(t *testing.T) {
	db := open(t, ports)
	for text, want := range map[string]string{
		"devel/zlib": "zlib-1.3.1", "../../textproc/py-yaml/": "py310-yaml-6.0 py311-yaml-6.0", "misc/absent": "", "x/zlib": "",
	} {
		need, err := db.Need(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(satisfying(t, db, nil, need), " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzMakefile(f *testing.F) {
	f.Add(jq)
	f.Add("A=${A}${B}\nB=$(A) \\\n x\nDEPENDS+=${A}:../../a/b c-1:../../x/zlib\n.for x in y\n.include \"../../devel/zlib/buildlink3.mk\"\n.endfor\n.endif\nUSE_TOOLS=perl:run\n")
	db := open(f, ports)
	f.Fuzz(func(t *testing.T, text string) {
		sourcetest.Bounded(t, func() {
			r, err := db.Recipe("M", []byte(text))
			if err != nil {
				sourcetest.Names(t, err, "M:")
				return
			}
			for _, d := range r.Direct {
				if len(d.Need) == 0 || d.Kind == "" || !strings.HasPrefix(d.Where, "M:") {
					t.Errorf("%q: %+v", text, d)
				}
			}
		})
	})
}

// A line of many is not copied with each of them.
func TestLongLine(t *testing.T) {
	text := "A= b # c" + strings.Repeat("\\\n  d", 20000) + "\nE= f\n"
	sourcetest.Bounded(t, func() {
		if lines := logicalLines(text); len(lines) != 2 || lines[0].text != "A= b " || lines[1] != (logicalLine{20002, "E= f"}) {
			t.Error(len(lines))
		}
	})
}
