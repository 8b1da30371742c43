package apk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

const apkbuild = `# Maintainer: nobody
pkgname=jq-port
pkgver=1.7.1
_major=${pkgver%%.*}
pkgrel=3
arch="all"
depends="!jq-other cmd:sh libjq=$pkgver-r$pkgrel"
depends_dev="oniguruma-dev
	zlib-dev"
makedepends="
	$depends_dev
	lua$_major-dev
	automake
	"
checkdepends='valgrind'
subpackages="$pkgname-dev $pkgname-doc libjq:_libjq:noarch"
builddir="$srcdir"/jq-$pkgver
_date=$(date +%F)
case "$CARCH" in
x86|x86_64) makedepends="$makedepends nasm>=2.0" ;;
*)
	checkdepends="$checkdepends never"
	;;
esac
[ "$CARCH" = "s390x" ] || checkdepends="$checkdepends diffutils"
if [ -z "$BOOTSTRAP" ]; then # a comment
	makedepends="$makedepends bison@edge automake"
fi
for i in one two; do makedepends="$makedepends py3-$i"; done

build() {
	makedepends=never
	cat > x.c <<-EOT
	int main(void) {
}
	EOT
	make
}

dev() { depends=never; }

sha512sums="
0123  jq.tar.gz
"
`

func recipeOf(t testing.TB, text string) (string, error) {
	t.Helper()
	db := open(t, map[string]string{"lib/apk/db/installed": pkg("a 1"), "etc/apk/arch": "x86_64\nx86\n"})
	r, err := db.Recipe("APKBUILD", []byte(text))
	if err != nil {
		return "", err
	}
	got := r.Name + " " + r.Version
	for _, d := range r.Direct {
		got += fmt.Sprintf("\n%s: %s (%s)", d.Where, d.Need, d.Kind)
	}
	return got, nil
}

func TestRecipe(t *testing.T) {
	got, err := recipeOf(t, apkbuild)
	if want := `jq-port 1.7.1-r3
APKBUILD:7: depends: cmd:sh (lib)
APKBUILD:8: makedepends: oniguruma-dev (build)
APKBUILD:9: makedepends: zlib-dev (build)
APKBUILD:12: makedepends: lua1-dev (build)
APKBUILD:13: makedepends: automake (build)
APKBUILD:20: makedepends: nasm>=2.0 (build)
APKBUILD:27: makedepends: bison@edge (build)
APKBUILD:29: makedepends: py3-one (build)
APKBUILD:29: makedepends: py3-two (build)
APKBUILD:15: checkdepends: valgrind (test)
APKBUILD:25: checkdepends: diffutils (test)`; err != nil || got != want {
		t.Errorf("got\n%s (%v)\nwant\n%s", got, err, want)
	}
	if got := depgraph.Declare("apk")([]string{"zlib-dev", "bison"}); got != `makedepends="$makedepends zlib-dev bison"` {
		t.Errorf("Declare: %s", got)
	}
	if reads := depgraph.Reads("main/jq/APKBUILD"); len(reads) != 1 || reads[0] != "apk" {
		t.Errorf("read by %v", reads)
	}
}

// makedepends_build and makedepends_host count where there is no makedepends, and
// checkdepends where nothing says that there is no check.
func TestRecipeFields(t *testing.T) {
	for more, want := range map[string]string{
		`makedepends_build=b makedepends_host="h b"; checkdepends=c`:        "b h b c",
		`makedepends_build=b; makedepends_host=h; makedepends="m"`:          "m",
		`checkdepends=c; options="net !check"`:                              "",
		`checkdepends=c; options="$(echo)"`:                                 "c",
		`makedepends="p p-dev>1 sub x x"; subpackages="$pkgname-dev sub:f"`: "x",
		"makedepends=\"a\n\t!b\nc\"":                                        "a c",
	} {
		got, err := recipeOf(t, "pkgname=p\npkgver=1\n"+more+"\n")
		var list []string
		for _, line := range strings.Split(got, "\n")[1:] {
			list = append(list, strings.Fields(line)[2])
		}
		if words := strings.Join(list, " "); err != nil || words != want || !strings.HasPrefix(got, "p 1") {
			t.Errorf("%s: %s (%v), want %s", more, words, err, want)
		}
	}
}

func TestRecipeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "APKBUILD: pkgname is not set",
		"pkgname=$(x)":                    "APKBUILD:1: pkgname hangs on what a command prints in line 1, and a recipe is not run",
		"pkgname=a\n\nmakedepends=$(x)":   "APKBUILD:3: makedepends hangs on what a command prints in line 3, and a recipe is not run",
		"pkgname=a\ndepends='\nx\ny= z'":  `APKBUILD:4: depends: bad dependency "y=": no version`,
		"pkgname='a\n":                    "APKBUILD:1: a quotation without an end",
		"\npkgname=\"a\n\n":               "APKBUILD:2: no \" to what begins here",
		"x=$(a\n":                         "APKBUILD:1: no ) to what begins here",
		"if true; then\n":                 "APKBUILD:2: the recipe ends inside a command",
		"if true\nfi\n":                   `APKBUILD:2: "fi" is not expected here`,
		"if then\nfi\n":                   "APKBUILD:1: an if without a test",
		"a && \n":                         "APKBUILD:2: the recipe ends inside a command",
		"case a in\nb) x ;;\n":            "APKBUILD:3: the recipe ends inside a command",
		"case a b\n":                      `APKBUILD:1: "b" is not expected here`,
		"for 1 in a; do :; done":          `APKBUILD:1: "1" is not expected here`,
		"done\n":                          `APKBUILD:1: "done" is not expected here`,
		"a )\n":                           `APKBUILD:1: ")" is not expected here`,
		"a (b)\n":                         `APKBUILD:1: "b" is not expected here`,
		"\"x\ny\"() { :; }":               `APKBUILD:2: "(" is not expected here`,
		"x()\n":                           "APKBUILD:1: function x has no body",
		"x() {\n\ty\n\t}\n":               `APKBUILD:1: function x has no end, a line that begins with "}"`,
		"if a; then b; fi c":              `APKBUILD:1: a word after the end of what begins with "if"`,
		"if a; then b; fi c() { d; }":     `APKBUILD:1: a word after the end of what begins with "if"`,
		"a >":                             "APKBUILD:1: the recipe ends inside a command",
		strings.Repeat("( ", 1000):        "APKBUILD:1: commands are too deep in each other",
		"x=" + strings.Repeat("$(", 1000): "APKBUILD:1: quotes and substitutions are too deep in each other",
		strings.Repeat(" ", maxRecipe+1):  "APKBUILD: more than 1024 KiB",
		"pkgname=a; for i in " + strings.Repeat("x ", 200) + "; do makedepends=$makedepends$makedepends$i; done": "APKBUILD:1: makedepends hangs on a value that grows too long in line 1, and a recipe is not run",
	} {
		if _, err := recipeOf(t, text); err == nil || err.Error() != want {
			t.Errorf("%.80q: %v, want %s", text, err, want)
		}
	}
}

func TestArchitecture(t *testing.T) {
	for arch, want := range map[string]string{
		"x86": "i586-alpine-linux-musl", "armhf": "armv6-alpine-linux-musleabihf", "armv7": "armv7-alpine-linux-musleabihf",
		"armel": "armv5-alpine-linux-musleabi", "ppc64le": "powerpc64le-alpine-linux-musl", "aarch64": "aarch64-alpine-linux-musl",
	} {
		if got := triplet(arch); got != want {
			t.Errorf("%s: %s, want %s", arch, got, want)
		}
	}
	text := pkg("a 1") + strings.ReplaceAll(pkg("b 1")+pkg("c 1"), "x86_64", "aarch64") + strings.ReplaceAll(pkg("d 1")+pkg("e 1")+pkg("f 1"), "x86_64", "noarch")
	for _, c := range []struct{ arch, env, want string }{
		{"", "", "aarch64"}, {"riscv64\nx86\n", "", "riscv64"}, {"riscv64", "ppc64le", "ppc64le"},
	} {
		m := root(map[string]string{"lib/apk/db/installed": text, "etc/apk/arch": c.arch})
		db, err := Open(m, depgraph.Setting{Getenv: func(name string) string { return map[string]string{"CARCH": c.env}[name] }})
		if err != nil || db.(*Database).arch != c.want {
			t.Errorf("%+v: %v (%v)", c, db, err)
		}
	}
}

// What takes long when it is run does not when it is followed.
func TestLongRecipe(t *testing.T) {
	list := strings.Repeat("word ", 2000)
	nested := "for a in " + list + "; do for b in " + list + "; do for c in " + list + "; do x=${x%y}; done; done; done\n"
	_, err := recipeOf(t, "pkgname=a\nmakedepends=b\n"+nested)
	if want := "APKBUILD:1: pkgname hangs on more commands than are followed, and a recipe is not run"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func FuzzRecipe(f *testing.F) {
	f.Add(apkbuild)
	f.Add("pkgname=a; case $x in a|b) depends=\"${y##*.} ${z:-'a b'}\";; esac; for i in a b; do makedepends=$i; done")
	f.Add("pkgname=a\nif [ ! \"$x\" ]; then checkdepends=`x`; else { y; } fi <<-E && unset x\n\tE\nf() {\n}\n")
	for _, c := range expansions {
		f.Add("pkgname=" + c.script + "\nmakedepends=$x")
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r *depgraph.Recipe
		var err error
		sourcetest.Bounded(t, func() { r, err = (&Database{arch: "x86_64"}).Recipe("APKBUILD", []byte(text)) })
		if err != nil {
			sourcetest.Names(t, err, "APKBUILD:")
			return
		}
		for _, d := range r.Direct {
			var line int
			if _, err := fmt.Sscanf(d.Where, "APKBUILD:%d:", &line); err != nil || line < 1 || line > 1+strings.Count(text, "\n") {
				t.Errorf("%q: %s", text, d.Where)
			}
			if d.Need[0].Name == "" || d.Kind == "" {
				t.Errorf("%q: %+v", text, d)
			}
		}
	})
}
