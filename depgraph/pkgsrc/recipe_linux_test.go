package pkgsrc

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/depview/depview/depgraph"
)

// infrastructure is a tree of recipes in little: mk/bsd.pkg.mk has pkgsrc's target
// show-vars, and a buildlink3.mk adds to DEPENDS or BUILD_DEPENDS, as
// mk/buildlink3/bsd.buildlink3.mk does for the real ones.
var infrastructure = map[string]string{
	"mk/bsd.pkg.mk": `PKGNAME?=	${DISTNAME}
.if defined(PKGREVISION)
PKGNAME:=	${PKGNAME}nb${PKGREVISION}
.endif
.for tool in ${USE_TOOLS}
TOOL_DEPENDS+=	${tool}-[0-9]*:../../devel/${tool}
.endfor
.for name in ${LINKED}
.  if ${BUILDLINK_DEPMETHOD.${name}:Ufull} == build
BUILD_DEPENDS+=	${BUILDLINK_API_DEPENDS.${name}}:${BUILDLINK_PKGSRCDIR.${name}}
.  else
DEPENDS+=	${BUILDLINK_API_DEPENDS.${name}}:${BUILDLINK_PKGSRCDIR.${name}}
.  endif
.endfor
.PHONY: show-vars
show-vars:
.for VARNAME in ${VARNAMES}
	@echo ${${VARNAME}:Q}
.endfor
`,
	"devel/zlib/buildlink3.mk": "LINKED+=	zlib\nBUILDLINK_API_DEPENDS.zlib+=	zlib>=1.2.3\nBUILDLINK_PKGSRCDIR.zlib?=	../../devel/zlib\n",
	"devel/jq/Makefile": `DISTNAME=	jq-1.7.1
PKGREVISION=	2
PYPKGPREFIX=	${:Upy311}
TOOL_DEPENDS+=	${PYPKGPREFIX}-yaml-[0-9]*:../../textproc/py-yaml
DEPENDS+=	{bison,byacc}>=3<4:../../devel/bison
USE_TOOLS+=	gmake
.if ${DISTNAME:M*-1.7*}
TEST_DEPENDS+=	bash-[0-9]*:../../shells/bash
.endif
.include "../../devel/zlib/buildlink3.mk"
.include "../../mk/bsd.pkg.mk"
`,
}

// The recipe that bmake evaluates: variables with modifiers, conditions, other files.
func TestRecipeByBmake(t *testing.T) {
	if _, err := exec.LookPath("bmake"); err != nil {
		t.Skip("needs bmake")
	}
	tree := t.TempDir()
	for name, text := range infrastructure {
		file := filepath.Join(tree, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	run := func(argv ...string) ([]byte, error) { return exec.Command(argv[0], argv[1:]...).Output() }
	db, err := Open(root(ports), depgraph.Setting{Run: run})
	if err != nil {
		t.Fatal(err)
	}
	recipe := filepath.Join(tree, "devel/jq/Makefile")
	r, err := db.Recipe(recipe, []byte(infrastructure["devel/jq/Makefile"]))
	if err != nil {
		t.Fatal(err)
	}
	want := "build " + recipe + ":4: TOOL_DEPENDS: py311-yaml-[0-9]* = py311-yaml-6.0\n" +
		"build " + recipe + ": TOOL_DEPENDS: gmake-[0-9]* = gmake-4.4\n" +
		"lib " + recipe + ":5: DEPENDS: {bison,byacc}>=3<4 = bison-3.8\n" +
		"lib " + recipe + ":10: DEPENDS: zlib>=1.2.3 = zlib-1.3.1\n" +
		"test " + recipe + ":8: TEST_DEPENDS: bash-[0-9]* = bash-5.2\n"
	if got := told(t, db.(*Database), r); got != want || r.Name != "jq" || r.Version != "1.7.1nb2" {
		t.Errorf("%s %s, got\n%swant\n%s", r.Name, r.Version, got, want)
	}
}
