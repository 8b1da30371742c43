package gentoo

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

// profiled is a root with a profile of several directories, in the Gentoo repository
// and in one of the administrator's.
var profiled = map[string]string{
	"sys-apps/sed-4:": "", "app-shells/bash-5:": "SLOT=0", "app-editors/nano-8:": "", "sys-apps/gone-1:": "",
	"etc/portage/make.profile -> ../../var/db/repos/mine/profiles/desk": "",
	"etc/portage/repos.conf/mine.conf":                                  "[mine]\nlocation = /var/db/repos/mine\n",
	"var/db/repos/mine/profiles/repo_name":                              "mine\n",
	"var/db/repos/mine/profiles/desk/parent":                            "# two\ngentoo:default/linux\n../small # and this\n:small\n",
	"var/db/repos/mine/profiles/desk/packages":                          "*app-editors/nano\n-*sys-apps/gone\n*>=bad\nsys-apps/plain\n",
	"var/db/repos/mine/profiles/desk/make.defaults":                     "USE=\"nls -ipv6\"\nPYTHON_TARGETS=\"python3_13\"\nARCH=amd64\n",
	"var/db/repos/mine/profiles/small/parent":                           "../desk\n", // round and round
	"var/db/repos/mine/profiles/small/package.use":                      "dev-libs/zlibx -nls ELIBC: -* musl\n=dev-libs/zlibx-2* tk\n",
	"var/db/repos/gentoo/profiles/default/linux/parent":                 "../../base\n",
	"var/db/repos/gentoo/profiles/default/linux/packages":               "*sys-apps/gone\n",
	"var/db/repos/gentoo/profiles/base/packages":                        "# base\n*app-shells/bash:0 # the shell\n*sys-apps/sed\n*!a/b\n",
	"var/db/repos/gentoo/profiles/base/make.defaults": "USE_EXPAND=\"PYTHON_TARGETS ELIBC\"\nUSE_EXPAND_UNPREFIXED=\"ARCH\"\n" +
		"USE=\"ipv6 acl\"\nELIBC=\"glibc\"\nPYTHON_TARGETS=\"python3_12\"\n",
	"etc/portage/profile/packages":      "*app-misc/own\n",
	"etc/portage/make.conf":             "COMMON=\"-O2 $(nproc)\"\nUSE=\"X -acl\"\n",
	"etc/portage/package.use/zlibx":     "dev-libs/zlibx ssl\ndev-libs/zlibx:5 no\ndev-libs/other no\n",
	"etc/portage/package.use/.bad line": "=\n",
}

func TestSystem(t *testing.T) {
	db := open(t, profiled)
	base := db.Base()
	if got, want := fmt.Sprint(base.Needs), "[app-shells/bash:0 sys-apps/sed app-editors/nano app-misc/own]"; got != want {
		t.Errorf("@system is %s, want %s", got, want)
	}
	if len(base.Paths) != 0 {
		t.Errorf("base paths %v", base.Paths)
	}

	files := maps.Clone(profiled)
	delete(files, "etc/portage/make.profile -> ../../var/db/repos/mine/profiles/desk")
	without := fmt.Sprint(open(t, files).Base().Needs)
	if !strings.HasPrefix(without, "[>=sys-apps/baselayout-2 app-alternatives/awk ") || !strings.HasSuffix(without, " sys-apps/util-linux]") {
		t.Errorf("@system without a profile is %s", without)
	}
	files["etc/portage/make.profile/packages"] = "*a/b\n" // a directory is a profile too
	if got := fmt.Sprint(open(t, files).Base().Needs); got != "[a/b app-misc/own]" {
		t.Errorf("@system of a directory is %s", got)
	}
	files["etc/make.profile -> /nowhere"] = ""
	if got := fmt.Sprint(open(t, files).Base().Needs); got != "[a/b app-misc/own]" {
		t.Errorf("@system of a directory is %s", got)
	}

	prefix := openFS(t, root(map[string]string{"p/var/db/pkg/a-a/b-1/SLOT": ""}), depgraph.Setting{Prefix: "/p"})
	if base := prefix.Base(); !slices.Contains(base.Paths, "/usr") || !slices.Contains(base.Except, "/p") {
		t.Errorf("in a prefix, base is %+v", base)
	}
}

// The flags of what is not installed are the profile's and the administrator's.
func TestFlags(t *testing.T) {
	e := func(iuse string) *ebuild {
		return &ebuild{category: "dev-libs", name: "zlibx", pf: "zlibx-1", version: "1", iuse: iuse}
	}
	spelled := func(on map[string]bool) string {
		var list []string
		for name, is := range on {
			if is {
				list = append(list, name)
			}
		}
		slices.Sort(list)
		return strings.Join(list, " ")
	}
	env := map[string]string{}
	s := depgraph.Setting{Getenv: func(name string) string { return env[name] }}
	db := openFS(t, root(profiled), s)
	if got, want := spelled(db.flagsOf(e("+def nodef"))), "X amd64 def elibc_musl python_targets_python3_13 ssl"; got != want {
		t.Errorf("configured: %s, want %s", got, want)
	}
	env["USE"] = "more -ssl"
	if got, want := spelled(db.flagsOf(e(""))), "X amd64 elibc_musl more python_targets_python3_13"; got != want {
		t.Errorf("with USE: %s, want %s", got, want)
	}
	env["EBUILD_PHASE"], env["PF"], env["CATEGORY"] = "compile", "zlibx-1", "dev-libs"
	if got, want := spelled(db.flagsOf(e("+def"))), "more"; got != want {
		t.Errorf("within the build: %s, want %s", got, want)
	}

	files := maps.Clone(profiled)
	files["dev-libs/zlibx-0.9:"] = "SLOT=0/1\nUSE=old abi_x86_64\nIUSE=old +def\nIUSE_EFFECTIVE=old def abi_x86_64"
	files["dev-libs/zlibx-2:"] = "SLOT=2\nUSE=two\nIUSE=two"
	db = open(t, files)
	if got, want := spelled(db.flagsOf(e("+def +fresh"))), "abi_x86_64 fresh old"; got != want {
		t.Errorf("with another version installed: %s, want %s", got, want)
	}
	two := e("")
	two.slot = "2"
	if got, want := spelled(db.flagsOf(two)), "two"; got != want {
		t.Errorf("with another version of the slot installed: %s, want %s", got, want)
	}
}
