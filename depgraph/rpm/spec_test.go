package rpm

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

const spec = `# jq's, with one of everything
%global major 1
%define full() %{nothing}
%{!?python:%global python python3}
%bcond_without check
%bcond_with docs
%bcond tests %{with check}
%global long a \
  b
Name:           jq
Version:        %{major}.7
Release:        2%{?dist}
Epoch:          1
License:        MIT, %{unknown}
Summary:        https://example.org/%{name}?a=%20b
# BuildRequires: never
BuildRequires:  gcc, make >= 4  flex
BuildRequires: %{python}-devel = %{version}-%{release}
BuildRequires:  pkgconfig(oniguruma) >= 6, perl(Test::More), /usr/bin/env
%if %{with check}
BuildRequires:  valgrind
%endif
%if %{with docs} || 0%{?suse_version} > 1500
BuildRequires:  only-docs
%elif 0%{?fedora} >= 39 && "%{?dist}" == ".fc39"
BuildRequires:  fedora-thing
%else
BuildRequires:  other-thing
%endif
%ifarch %{ix86} s390x
BuildRequires:  not-here
%else
%ifnarch aarch64
buildrequires:  only-x86
%endif
%endif
%{?with_tests:BuildRequires: tests-thing}
%{?systemd_requires}
BuildRequires:  (rich-a or rich-b), (one and two), (c if d)
Requires:       never

%package devel
Version:        99
BuildRequires:  for-devel
Summary:        more
%description
BuildRequires: of the text
%description devel
%build
%if %{anything at all}
make
%endif
%files
%changelog
* Mon Jan 1 2024 x - 100%
`

const wantSpec = `
jq.spec:17: BuildRequires: gcc
jq.spec:17: BuildRequires: make >= 4
jq.spec:17: BuildRequires: flex
jq.spec:18: BuildRequires: python3-devel = 1.7-2.fc39
jq.spec:19: BuildRequires: pkgconfig(oniguruma) >= 6
jq.spec:19: BuildRequires: perl(Test::More)
jq.spec:19: BuildRequires: /usr/bin/env
jq.spec:21: BuildRequires: valgrind
jq.spec:26: BuildRequires: fedora-thing
jq.spec:34: buildrequires: only-x86
jq.spec:37: BuildRequires: tests-thing
jq.spec:39: BuildRequires: rich-a | rich-b
jq.spec:39: BuildRequires: one
jq.spec:39: BuildRequires: two
jq.spec:39: BuildRequires: c if d
jq.spec:44: BuildRequires: for-devel`

// fedora is a root of Fedora 39.
func fedora(t testing.TB) fstest.MapFS {
	files := root(t, machine, merged...)
	files["usr/lib/rpm/macros.d/macros.dist"] = file("# comment\n%fedora\t39\n%dist %{!?distprefix0:%{?distprefix}}.fc%{fedora}\n%bad(x) %{1}\n%multi \\\n  line\n")
	return files
}

func recipe(t testing.TB, files fstest.MapFS, s depgraph.Setting, name, text string) (*depgraph.Recipe, error) {
	t.Helper()
	db, err := Open(files, s)
	if err != nil {
		t.Fatal(err)
	}
	defer db.(*Database).store.close()
	return db.Recipe(name, []byte(text))
}

func directs(t testing.TB, r *depgraph.Recipe) string {
	var got string
	for _, d := range r.Direct {
		got += fmt.Sprintf("\n%s: %s", d.Where, d.Need)
		if d.Kind != depgraph.Build {
			t.Errorf("%s is of kind %s", d.Need, d.Kind)
		}
	}
	return got
}

func TestRecipeLines(t *testing.T) {
	r, err := recipe(t, fedora(t), depgraph.Setting{}, "jq.spec", spec)
	if err != nil {
		t.Fatal(err)
	}
	if got := directs(t, r); r.Name != "jq" || r.Version != "1.7" || got != wantSpec {
		t.Errorf("%s %s%s", r.Name, r.Version, got)
	}
	if got := depgraph.Declare("rpm")([]string{"oniguruma-devel", "bison"}); got != "BuildRequires: oniguruma-devel bison" {
		t.Errorf("Declare: %q", got)
	}
}

// TestRecipeTool has a rpmspec that prints what the real one does.
func TestRecipeTool(t *testing.T) {
	var asked []string
	tool := func(argv ...string) ([]byte, error) {
		asked = argv
		return []byte("jq\n1:1.7-2\n(c if d)\n/usr/bin/env\nfrom-a-macro\nmake >= 4\npython3-devel = 1.7-2.fc39\nrpmlib(X) <= 4\n"), nil
	}
	r, err := recipe(t, fedora(t), depgraph.Setting{Run: tool}, "-jq.spec", spec)
	if err != nil {
		t.Fatal(err)
	}
	const want = `
-jq.spec:39: BuildRequires: c if d
-jq.spec:19: BuildRequires: /usr/bin/env
-jq.spec: BuildRequires: from-a-macro
-jq.spec:17: BuildRequires: make >= 4
-jq.spec:18: BuildRequires: python3-devel = 1.7-2.fc39`
	if got := directs(t, r); r.Name != "jq" || r.Version != "1:1.7-2" || got != want {
		t.Errorf("%s %s%s", r.Name, r.Version, got)
	}
	const wantArgs = `rpmspec -q --srpm --qf %{NAME}\n%{EVR}\n[%{REQUIRENEVRS}\n] --define fedora 39 --define dist .fc39 ./-jq.spec`
	if got := strings.Join(asked, " "); got != wantArgs {
		t.Errorf("asked: %s", got)
	}
	failed := errors.New("rpmspec: exit status 1: error: line 3: bad")
	if _, err := recipe(t, fedora(t), depgraph.Setting{Run: func(...string) ([]byte, error) { return nil, failed }}, "jq.spec", spec); !errors.Is(err, failed) || !strings.HasPrefix(err.Error(), "jq.spec: ") {
		t.Errorf("rpmspec fails: %v", err)
	}
	if _, err := recipe(t, fedora(t), depgraph.Setting{Run: func(...string) ([]byte, error) { return nil, nil }}, "jq.spec", spec); err == nil || err.Error() != `jq.spec: rpmspec prints ""` {
		t.Errorf("rpmspec prints nothing: %v", err)
	}
}

var badSpecs = map[string]string{
	"":                                  "x.spec: no Name",
	"Version: 1\n":                      "x.spec: no Name",
	"Name: a\n%if 1\n":                  "x.spec:2: %if without an %endif",
	"Name: a\n%endif\n":                 "x.spec:2: %endif without an %if",
	"Name: a\n%else\n":                  "x.spec:2: %else without an %if",
	"Name: a\nBuildRequires: b >= ":     `x.spec:2: BuildRequires: no version after the operator in "b >="`,
	"Name: a\nBuildRequires: %{x}":      "x.spec:2: only rpmspec knows what %x is, and it is not installed",
	"Name: a\nBuildRequires: %(echo b)": "x.spec:2: only rpmspec knows what %(echo b) is, and it is not installed",
	"Name: a\nBuildRequires: %{lua: print(1)}":                             "x.spec:2: only rpmspec knows what %{lua: print(1)} is, and it is not installed",
	"Name: a\n%gometa\n":                                                   "x.spec:2: only rpmspec knows what %gometa is, and it is not installed",
	"Name: a\n%define b(x) %1\nBuildRequires: %{b y}":                      "x.spec:3: only rpmspec knows what %{b y} is, and it is not installed",
	"Name: a\n%define b(x) %1\nBuildRequires: %b":                          "x.spec:3: only rpmspec knows what %b, which has options, is, and it is not installed",
	"Name: a\n%global b %(date)\nBuildRequires: %b":                        "x.spec:3: only rpmspec knows what %(date) is, and it is not installed",
	"Name: a\n%define b %{b}\nBuildRequires: %b":                           "x.spec:3: a macro that leads to itself",
	"Name: a\n%define b %{c}%{c}\n%define c %{b}%{b}\nBuildRequires: %b":   "x.spec:4: a macro that leads to itself",
	"Name: a\n%if %{x}\nBuildRequires: b\n%endif\n":                        "x.spec:3: BuildRequires: the %if of line 2: only rpmspec knows what %x is, and it is not installed",
	"Name: a\n%if 1 +\nBuildRequires: b\n%endif\n":                         `x.spec:3: BuildRequires: the %if of line 2: "1 +" cannot be computed: a mistake at ""`,
	"Name: a\n%if %{x}\n%else\nBuildRequires: b\n%endif\n":                 "x.spec:4: BuildRequires: the %if of line 2: only rpmspec knows what %x is, and it is not installed",
	"Name: a\n%if %{x}\n%global y 1\n%endif\n%if 0%{?y}\nBuildRequires: b": "x.spec:6: BuildRequires: the %if of line 5: the %if of line 2: only rpmspec knows what %x is, and it is not installed",
	"Name: a\nBuildRequires: %%b\n":                                        `x.spec:2: BuildRequires: "%b" is no name`,
	"Name: a\nBuildRequires: (b or\n":                                      `x.spec:2: BuildRequires: no name in "(b or"`,
	"Name: a\nBuildRequires: %{x\n":                                        "x.spec:2: %{x has no end",
}

func TestRecipeErrors(t *testing.T) {
	for _, text := range slices.Sorted(maps.Keys(badSpecs)) {
		if _, err := recipe(t, root(t, nil), depgraph.Setting{}, "x.spec", text); err == nil || err.Error() != badSpecs[text] {
			t.Errorf("%q: %v\nwant %s", text, err, badSpecs[text])
		}
	}
}

// What hangs on a condition that only rpm can tell, and is no dependency, does no harm.
func TestRecipeUnknown(t *testing.T) {
	r, err := recipe(t, root(t, nil), depgraph.Setting{}, "x.spec",
		"Name: a\n%if %{x}\nSource: b\n%if 1\nURL: c\n%endif\n%elif 1\nPatch: 1\n%endif\nSummary: %{x}\nBuildRequires: c\n%prep\n%if %{y}\n%endif\n%gometa\n")
	if err != nil || directs(t, r) != "\nx.spec:11: BuildRequires: c" {
		t.Error(err, r)
	}
}

func TestEvaluate(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", "0": "0", " 2 + 3 * 4 ": "14", "(2+3)*4": "20", "7/2": "3", "-1 + 2": "1", "- 3": "-3",
		"1 < 2": "1", "2 <= 1": "0", "1 == 1 && 2 != 3": "1", "!1": "0", "!0 || 0": "1", "!(1 && 0)": "1",
		`"a" == "a"`: "1", `"a" < "b"`: "1", `"a" + "b"`: "ab", `"" || 0`: "0", `v"1.10" > v"1.9"`: "1",
		"1 ? 2 : 3": "2", "0 ? 2 : 0 ? 3 : 4": "4", "1 && 2": "2", "0 || 5": "5", `"a" && 1`: "1", "039": "39",
	} {
		if got, err := evaluate(text); err != nil || got != want {
			t.Errorf("%s = %s (%v), want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "a", "1 1", "(1", `"a`, "1 +", "1 / 0", `"a" - "b"`, `1 == "a"`, "1 ? 2", "99999999999999999999", strings.Repeat("(", 1000) + "1"} {
		if got, err := evaluate(text); err == nil {
			t.Errorf("%s = %s", text, got)
		}
	}
}

func FuzzRecipe(f *testing.F) {
	f.Add(spec)
	for text := range badSpecs {
		f.Add(text)
	}
	f.Add("%define a %{b}%{b}%{b}%{b}\n%define b %{c}%{c}%{c}%{c}\n%define c %{d}%{d}%{d}\nName: %a")
	f.Add("%if (((1)))\n%endif\nName: x\nBuildRequires: %[1 + 1]")
	files := fedora(f)
	db, err := Open(files, depgraph.Setting{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sourcetest.Bounded(t, func() {
			r, err := db.Recipe("x.spec", []byte(text))
			if err != nil {
				sourcetest.Names(t, err, "x.spec")
				return
			}
			for _, d := range r.Direct {
				if !strings.HasPrefix(d.Where, "x.spec:") || len(d.Need) == 0 {
					t.Errorf("%s: %s", d.Where, d.Need)
				}
			}
		})
	})
}
