package pkgsrc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// patterns is a table: a pattern, the PKGNAMEs it matches, "!", those it does not. They
// are the cases of the tests of pkgsrc-rs (src/pattern.rs), which its author took from
// pkg_install, the examples of pkg_info(1), and what opattern.c and dewey.c leave to
// nobody's imagination; all were put to those two files, compiled.
const patterns = `
a-{b,c}-{d{e,f},g}-h>=1	a-b-de-h-2 a-b-df-h-2 a-b-g-h-2 a-c-de-h-2 a-c-df-h-2 a-c-g-h-2 ! a-a-g-h-2 a-b-d-h-2
{mysql,mariadb,percona}-[0-9]*	mysql-8.0.36 mariadb-11.4.3 ! postgresql-16.4
mpg123{,-esound,-nas}>=0.59.18	mpg123-1 mpg123-esound-1 mpg123-nas-1 ! mpg123-alsa-1
foo}>=1	foo}-1 ! foo-1
foo>1	foo-1.1 foo-1.0pl1 ! foo-0.5 foo-1.0 foo-1.0alpha1
foo<1	foo-1.0alpha1 ! foo-1
foo>=1	foo-1.0 foo-2 ! foo bar-1.0 foo-bar-2 foo-0.9
foo<2	foo-1.0 ! foo-2
foo<=2	foo-1.0 foo-2 foo-2.0 ! foo-2.1 foo-2nb1
foo>=1<2	foo-1.0 ! foo-0.5 foo-2
foo>1<2	foo-1.0nb2 ! foo-0.5 foo-2.0
foo>1.1.1<2	foo-1.22b2
foo>1nb3	foo-1.0nb4 ! foo-1.0nb2
foo>1alpha<2beta	foo-1.5 ! foo-2.5
foo>1.1	foo-1.1blah2
foo>1.1a2	foo-1.1blah2
foo>1.1c2	! foo-1.1blah2
foo>1<2<3	foo-1.5 foo-2 foo-2.4 ! foo-3 foo-23
foo<2>3	foo-1 foo-2 foo-2.3 ! foo-3 foo-23
librsvg>=2.12<2.41	librsvg-2.12 librsvg-2.13 ! librsvg-2.11 librsvg-2.12alpha librsvg-2.41
name>=1.3<2.0	name-1.3 name-1.9nb3 ! name-2.0 name-1.3rc3
pkg>=0	pkg- ! pkg
foo-[0-9]*	foo-1.0 foo-3d-1.0 ! foo-bar-1.0 fo-1.0 foo foo-
fo?-[0-9]*	foo-1.0 ! fo-1.0 bo?-1
fo*-[0-9]*	foo-1.0 fo-1 ! boo-1.0
?oo-[0-9]*	foo-1.0 boo-2 ! oo-1
*oo-[0-9]*	foo-1.0 oo-1 ! .oo-1
*-1.0	foo-1.0 ! foo-1.1
f*	foo foo-1 ! bar
foo-[0-9]	foo-1 ! foo-a foo-10
foo-[!0-9]*	foo-a ! foo-1
foo-[^2-9]*	foo-1 foo-x ! foo-2
foo-[0-9	foo-[0-9 foo-1 ! foo- foo-a
foo-[]0]	foo-] foo-0 ! foo-1
foo-\*	foo-* foo-\* ! foo-x
foo-\[1]*	foo-[1] foo-[1]2 ! foo-1
foo-1.0	foo-1.0 foo-1.0-1 ! foo-1.1 foo-1.0nb1 bar-1.0
foo	foo foo-1 foo-3d-2 ! foo-bar-1 foobar-1
mutt-[0-9]*	mutt-2.2.13 ! mutt-vid-1.1 pine-1.0
foo==1	foo==1 ! foo-1
`

func TestPatterns(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(patterns)) {
		text, names, _ := strings.Cut(strings.TrimSpace(line), "\t")
		p, err := compile(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		want := true
		for name := range strings.FieldsSeq(names) {
			if name == "!" {
				want = false
			} else if got := p.matches(name); got != want {
				t.Errorf("%s and %s: %t", text, name, got)
			}
		}
	}
}

func TestPatternErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "an empty pattern",
		"{foo,bar":                      `bad pattern "{foo,bar": a brace is not closed`,
		"{{foo,bar}>=1":                 `bad pattern "{{foo,bar}>=1": a brace is not closed`,
		strings.Repeat("{a,b}", 9):      `bad pattern "` + strings.Repeat("{a,b}", 9) + `": more than 256 alternatives`,
		strings.Repeat("x", 2000):       "a pattern of 2000 bytes, " + `"xxxxxxxxxxxxxxxxxxxx"` + "…: longer than 1024",
		strings.Repeat("{", 500) + "}}": `bad pattern "` + strings.Repeat("{", 500) + `}}": a brace is not closed`,
	} {
		if _, err := compile(text); err == nil || err.Error() != want {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
}

func TestBaseOf(t *testing.T) {
	for text, want := range map[string]string{
		"foo>=1": "foo", "pkg-name>=2.0<3.0": "pkg-name", "foo-[0-9]*": "foo", "mpg123-nas-[0-9]*": "mpg123-nas",
		"foo-1.[0-9]*": "foo", "foo-1.0": "foo", "pkg-name-2.0nb1": "pkg-name", "foo": "foo", "foo-bar": "foo-bar",
		"*-1.0": "*-1.0", "fo?-[0-9]*": "fo?-[0-9]*", "foo-bar*-1": "foo-bar*-1", "foo-*": "foo-*", "-1": "-1", "<1": "",
	} {
		if got := baseOf(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// installed makes a database of packages with nothing but their names.
func installed(t testing.TB, pkgnames ...string) *Database {
	t.Helper()
	files := map[string]string{}
	for _, name := range pkgnames {
		files["usr/pkg/pkgdb/"+name+"/+CONTENTS"] = "@name " + name + "\n@cwd /usr/pkg\n"
	}
	return open(t, files)
}

// names of what satisfies a need, in the order of preference.
func satisfying(t testing.TB, db *Database, own []*depgraph.Package, need depgraph.Need) (names []string) {
	t.Helper()
	g, err := depgraph.New(own, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range need {
		for _, p := range g.Satisfying(a, nil) {
			if !slices.Contains(names, p.Name+"-"+p.Version) {
				names = append(names, p.Name+"-"+p.Version)
			}
		}
	}
	return names
}

// Whoever satisfies a need, best first, as pkg_order has it.
func TestNeed(t *testing.T) {
	db := installed(t, "foo-1.0", "foo-3d-7", "foo-bar-2.0nb1", "mysql-8.0", "mariadb-11.4", "percona-8.0", "py310-six-1.16", "py311-six-1.16", "bare")
	for text, want := range map[string]string{
		"foo>=1":                         "foo-1.0",
		"foo>=2":                         "",
		"foo":                            "foo-3d-7 foo-1.0",
		"foo-[0-9]*":                     "foo-3d-7 foo-1.0",
		"foo-[0-9]*:../../misc/foo":      "foo-3d-7 foo-1.0",
		"{mysql,mariadb,percona}-[0-9]*": "mariadb-11.4 mysql-8.0 percona-8.0",
		"{mysql,mariadb}<9":              "mysql-8.0",
		"py*-six-[0-9]*":                 "py310-six-1.16 py311-six-1.16",
		"foo-bar-2.0nb1":                 "foo-bar-2.0nb1",
		"foo-bar-2.0":                    "",
		"bare":                           "bare-",
		"bare>=1":                        "",
		"own>=2":                         "own-2",
		"own>=3":                         "",
		"unversioned>=3":                 "unversioned-",
		"{nothing,unversioned,mysql}{>=3,-[0-9]*}": "mysql-8.0 unversioned-",
	} {
		need, err := db.Need(text)
		if err != nil {
			t.Fatal(err)
		}
		own := []*depgraph.Package{{Name: "own", Version: "2"}, {Name: "unversioned"}}
		if got := strings.Join(satisfying(t, db, own, need), " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		if bare, _, _ := strings.Cut(text, ":"); need[0].String() != bare {
			t.Errorf("%s is told as %s", text, need)
		}
	}
	for text, want := range map[string]string{
		"foo >= 1": `bad pattern "foo >= 1": it has a space`,
		"":         "an empty pattern",
		"foo{":     `bad pattern "foo{": a brace is not closed`,
	} {
		if _, err := db.Need(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// Two versions of one package at once.
func TestSeveralVersions(t *testing.T) {
	db := installed(t, "a-1", "a-1-5", "a-2", "a-2.0", "a-9", "-3")
	var got []string
	for _, p := range db.Packages() {
		got = append(got, fmt.Sprint(p.Name, " ", p.Version, " ", p.Provides))
	}
	const want = "-3 3 [], a-1+ 1 [{a 1}], a-1 5 [], a-2 2 [{a 2}], a-2.0 2.0 [{a 2.0}], a 9 []"
	if strings.Join(got, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(got, ", "), want)
	}
	for text, want := range map[string]string{"a<9": "a-2-2 a-2.0-2.0 a-1+-1", "a": "a-9 a-1-5 a-2-2 a-2.0-2.0 a-1+-1", "a-2": "a-2-2", "a>=0": "a-9 a-2-2 a-2.0-2.0 a-1+-1"} {
		need, err := db.Need(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(satisfying(t, db, nil, need), " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzPattern(f *testing.F) {
	for line := range strings.Lines(patterns) {
		text, names, _ := strings.Cut(line, "\t")
		for name := range strings.FieldsSeq(names) {
			f.Add(text, name)
		}
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		sourcetest.Limit(t)
		p, err := compile(text)
		if err != nil {
			return
		}
		if len(p.alternatives) == 0 || len(p.alternatives) > maxAlternatives {
			t.Errorf("%q: %d alternatives", text, len(p.alternatives))
		}
		if !strings.ContainsAny(text, `{<>*?[]\`) && p.matches(text) != true {
			t.Errorf("%q does not match itself", text)
		}
		for _, a := range p.alternatives {
			if match(a, name) && !strings.HasPrefix(name, prefixOf(a)) {
				t.Errorf("%q matches %q, which does not begin with %q", a, name, prefixOf(a))
			}
		}
	})
}
