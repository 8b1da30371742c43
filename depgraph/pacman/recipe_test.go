package pacman

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// pkgbuilds are recipes, and what they come to on x86_64: name, version, and lines of
// where, kind and dependency.
var pkgbuilds = []struct{ text, want string }{
	{`# Maintainer: don't mind the quote
pkgname=jq
_major=1
pkgver=${_major}.7.1
pkgrel=2
epoch=3 # why
arch=('x86_64' 'aarch64')
depends=('glibc' "oniguruma>=6.9") # and: more
makedepends=(autoconf
  # 'not' this
  "lib${pkgname}-dev=${pkgver%.*}"   'two'"parts"

  git)
checkdepends=(valgrind)
optdepends=('perl: for fun')
depends_x86_64=('lib64')
depends_aarch64=(arm)
makedepends_x86_64+=(nasm)
source=("https://example.org/$pkgname-$pkgver.tar.gz::${url}/x"
        'fix.patch')

prepare() {
  cd "$srcdir"
  cat <<EOF >file
unbalanced " ' { ( $(
EOF
  makedepends=(not_me)
}

package() { depends+=(run-only); make DESTDIR="$pkgdir" install; }
`, `jq 3:1.7.1-2
p:8: depends lib glibc
p:8: depends lib oniguruma>=6.9
p:16: depends_x86_64 lib lib64
p:9: makedepends build autoconf
p:11: makedepends build libjq-dev=1.7
p:11: makedepends build twoparts
p:13: makedepends build git
p:18: makedepends_x86_64 build nasm
p:14: checkdepends test valgrind`},

	{`pkgbase=split
pkgname=(split-a "split-b")
pkgver=1; pkgrel=1; arch=(any)
_common=('a' 'b c' "")
_one=x
makedepends=("${_common[@]/ c/}" python-{build,installer,wheel} ${_one}y z$_one \
  c{1,2{a,b}}d {literal} "quoted{a,b}" 'e'\f)
_words="  one two	three "
depends=(pre$_words"post")
package_split-a() { depends=(split-b); }
package_split-b() {
  depends=(other)
}
`, `split 1-1
p:9: depends lib pre
p:9: depends lib one
p:9: depends lib two
p:9: depends lib three
p:9: depends lib post
p:6: makedepends build a
p:6: makedepends build b
p:6: makedepends build python-build
p:6: makedepends build python-installer
p:6: makedepends build python-wheel
p:6: makedepends build xy
p:6: makedepends build zx
p:7: makedepends build c1d
p:7: makedepends build c2ad
p:7: makedepends build c2bd
p:7: makedepends build {literal}
p:7: makedepends build quoted{a,b}
p:7: makedepends build ef`},

	{`pkgname=operators
pkgver=1.22.333_rc4
pkgrel=1
arch=(x86_64)
_name=Foo-Bar
_list=(usr/lib/one.so usr/lib/two.so)
depends=("a${pkgver%%.*}" "b${pkgver#*.}" "c${pkgver##*.}" "d${pkgver//./}" "e${pkgver/./-}" "f${pkgver:0:4}" "g${pkgver: -3}"
  "h${_name,,}" "i${_name^^}" "j${_name,}" "k${_nothing:-default}" "l${_name:+set}" "m${_name%-[A-Z]*}" "n${_name//[a-z]/x}"
  "${_list[@]##*/}" "o${_list[0]%.so}" "p${_list}" "q${pkgver%_rc?}" "r${pkgver/"_rc4"}" "s${_name/Foo/${pkgver:0:1}}" "t${pkgver::1}" "u${pkgver:2:-4}")
`, `operators 1.22.333_rc4-1
p:7: depends lib a1
p:7: depends lib b22.333_rc4
p:7: depends lib c333_rc4
p:7: depends lib d122333_rc4
p:7: depends lib e1-22.333_rc4
p:7: depends lib f1.22
p:7: depends lib grc4
p:8: depends lib hfoo-bar
p:8: depends lib iFOO-BAR
p:8: depends lib jfoo-Bar
p:8: depends lib kdefault
p:8: depends lib lset
p:8: depends lib mFoo
p:8: depends lib nFxx-Bxx
p:9: depends lib one.so
p:9: depends lib two.so
p:9: depends lib ousr/lib/one
p:9: depends lib pusr/lib/one.so
p:9: depends lib q1.22.333
p:9: depends lib r1.22.333
p:9: depends lib s1-Bar
p:9: depends lib t1
p:9: depends lib u22.333`},

	{`# commands, tests and functions on the way, which change nothing here
pkgname=noise
pkgver=$(date +%s)
pkgver=2
pkgrel=1
arch=('any')
_f() { local depends=(nothing); return 0; }
function _g {
  case $1 in
    a|b) echo "(";;
    (c) : ;;
    *) if [[ $x =~ ^(a|b\ c)$ && ! -e y ]]; then echo }; fi ;;
  esac
}
_h () ( depends=(subshell) )
if [[ -n $SOMETHING ]]; then _other=1; else _other=2; fi
for _i in 1 2 3; do echo $((_i << 2)) >&2; done
[ -e /nowhere ] && { _third=3; echo; } || true
_f; _g a >/dev/null 2>&1 < <(echo x)
depends=(a) ; unset conflicts
FOO=bar depends=(for-a-command) true
depends+=(b)
depends=("${depends[@]}" c)
(depends=(in-a-subshell))
while read -r _l; do _x=$_l; done <<-'END' | cat
	it's "
	END
export makedepends=(m)
`, `noise 2-1
p:23: depends lib a
p:23: depends lib b
p:23: depends lib c
p:28: makedepends build m`},

	{`pkgbase=linux
pkgname=("$pkgbase" "$pkgbase-headers")
pkgver=6.12.1.arch1
pkgrel=1
arch=(x86_64)
_srcname=linux-${pkgver%.*}
makedepends=(
  bc # for the clock
  python
)
_package() {
  depends=(coreutils)
  while read -rd '' _file; do
    case "$(file -Sib "$_file")" in
      *application/x-sharedlib*) # libraries
        strip -v $STRIP_SHARED "$_file" ;;
      *) continue ;;
    esac
  done < <(find "$pkgdir" -type f -perm -u+x ! -name vmlinux -print0)
  find . -name Kconfig\* -exec install -Dm644 {} "$pkgdir/{}" \;
  local _subst="
    s|%PKGBASE%|$pkgbase|g
  "
}
_package-headers() { :; }
for _p in "${pkgname[@]}"; do
  eval "package_$_p() {
    $(declare -f "_package${_p#$pkgbase}")
    _package${_p#$pkgbase}
  }"
done
`, `linux 6.12.1.arch1-1
p:8: makedepends build bc
p:9: makedepends build python`},

	{"pkgname=min\r\npkgver=1\r\npkgrel=1\r\narch=(any)\r\ndepends=(a\r\n b)\r\n", `min 1-1
p:5: depends lib a
p:6: depends lib b`},
	{"pkgname=x\npkgver=$(git describe)\npkgrel=1\narch=(any)\ndepends=()\n", "x "},
}

// readAs reads a recipe on x86_64, and lists what it comes to.
func readAs(name, text string) (string, error) {
	r, err := (&Database{arch: "x86_64"}).Recipe(name, []byte(text))
	if err != nil {
		return "", err
	}
	got := r.Name + " " + r.Version
	for _, d := range r.Direct {
		where := strings.Replace(d.Where, name, "p", 1)
		got += fmt.Sprintf("\n%s %s %s", where, d.Kind, d.Need)
	}
	return got, nil
}

func TestPkgbuild(t *testing.T) {
	for _, c := range pkgbuilds {
		if got, err := readAs("dir/PKGBUILD", c.text); err != nil || got != c.want {
			t.Errorf("%s\ngot %s (%v)\nwant %s", c.text, got, err, c.want)
		}
	}
}

// What makepkg makes of the recipes reads the same.
func TestPrintsrcinfo(t *testing.T) {
	if _, err := os.Stat("/usr/share/makepkg/srcinfo.sh"); err != nil {
		t.Skip("needs makepkg: tests/setup installs it, as root")
	}
	for i, c := range pkgbuilds[:5] {
		// As makepkg --printsrcinfo does, which root may not run, and which wants libarchive.
		cmd := exec.Command("bash", "-c", `. /usr/share/makepkg/srcinfo.sh; shopt -s extglob; CARCH=x86_64; . /dev/fd/0; write_srcinfo_content`)
		cmd.Stdin = strings.NewReader(c.text)
		cmd.Dir = t.TempDir()
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("recipe %d: %v", i, err)
		}
		said, err := readAs(".SRCINFO", string(out))
		if err != nil {
			t.Fatalf("recipe %d: %v\n%s", i, err, out)
		}
		if got, want := withoutLines(said), withoutLines(c.want); got != want {
			t.Errorf("recipe %d: makepkg says\n%s\nthe source\n%s", i, got, want)
		}
	}
}

// withoutLines leaves out in which lines dependencies are, and sorts them by field.
func withoutLines(text string) string {
	head, rest, _ := strings.Cut(text, "\n")
	byField := map[string]string{}
	for line := range strings.Lines(rest) {
		_, line, _ = strings.Cut(line, ": ")
		field, _, _ := strings.Cut(line, " ")
		byField[field] += "\n" + strings.TrimSpace(line)
	}
	for _, f := range fields {
		head += byField[f.name] + byField[f.name+"_x86_64"]
	}
	return head
}
