package gentoo

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph/sourcetest"
	"github.com/depview/depview/depgraph/version"
)

// The cases are those of Portage's lib/portage/tests/dep/test_isvalidatom.py, with
// blockers and without wildcards in names, which only users may write.
func TestAtoms(t *testing.T) {
	for _, text := range strings.Fields(`
		sys-apps/portage =sys-apps/portage-2.1 =sys-apps/portage-2.1* >=sys-apps/portage-2.1 <=sys-apps/portage-2.1
		>sys-apps/portage-2.1 <sys-apps/portage-2.1 ~sys-apps/portage-2.1 sys-apps/portage:foo
		=sys-apps/portage-2.2*:foo[bar?,!baz?,!doc=,build=] =sys-apps/portage-2.2*:foo[doc?]
		=sys-apps/portage-2.2*:foo[bar,-baz,doc?,!build?] =sys-apps/portage-2.2*:foo[bar(+),-baz(-),doc(+)?]
		null/portage >=null/portage-2.1 ~null/portage-2.1 =foo/bar--baz-1-r1 =foo/bar-baz--1-r1 =foo/bar-baz---1
		games-strategy/ufo2000 ~games-strategy/ufo2000-0.1 =media-libs/x264-20060810 foo/b app-text/7plus foo/666
		=dev-libs/poppler-qt3-0.11* sys-apps/portage::repo_123-name =sys-apps/portage-2.1*::repo sys-apps/portage:foo::repo
		=sys-apps/portage-2.2*:foo::repo[bar?,!baz?,!doc=,build=]
		virtual/ffmpeg:0/53 virtual/ffmpeg:0/53= virtual/ffmpeg:= virtual/ffmpeg:0= virtual/ffmpeg:* virtual/ffmpeg:0
		!a/b !!a/b !<a/b-1 !!=a/b-1* a.b_c+d/e_f+g a/b[c@d] x11-libs/gtk+:3 a/b:3.0_x-y+z`) {
		if a, err := parseAtom(text); err != nil || a.text != text || a.blocker != strings.HasPrefix(text, "!") {
			t.Errorf("%s: %+v, %v", text, a, err)
		}
	}
	for _, text := range strings.Fields(`
		sys-apps/portage-2.1:foo sys-apps/portage-2.1: sys-apps/portage: sys-apps/portage:[foo]
		=sys-apps/portage-2.2*:foo[!doc] =sys-apps/portage-2.2*:foo[!-doc] =sys-apps/portage-2.2*:foo[!-doc=]
		=sys-apps/portage-2.2*:foo[-doc?] =sys-apps/portage-2.2*:foo[-doc=] =sys-apps/portage-2.2*:foo[-doc!=]
		=sys-apps/portage-2.2*:foo[bar][-baz] =sys-apps/portage-2.2*:foo[bar,] =sys-apps/portage-2.2*:foo[,bar] a/b[] a/b[c a/b[(+)] a/b[c(+)(-)]
		>~cate-gory/foo-1.0 <~category/foo-1.0 ###cat/foo-1.0 ~sys-apps/portage portage =portage >=portage-2.1 =portage-2.1*
		null/portage*:0 >=null/portage >null/portage =null/portage* =null/portage <null/portage null/portage-2.1*
		app-doc/php-docs-20071125 app-doc/php-docs-20071125-r2 =foo/bar-1-r1-1-r1 foo/-z-1
		=foo/bar-123-1 =foo/bar-123-1* foo/bar-123 =foo/bar-123-1-r1 foo/bar-123-r1 foo/bar-1 =foo/bar-baz-1--r1
		sys-apps/portage:::repo sys-apps/portage::repo:0 virtual/ffmpeg:0/53* virtual/ffmpeg:0* a/b:/1 a/b:1/ a/b:.x a/b:-x
		!!!a/b ! !! = a/ /b a//b a/b/c a:b -a/b .a/b ~a/b-1-r1 >=a/b-1* a/b::-r a/b:: a/b[-] a/b[!?]`) {
		if a, err := parseAtom(text); err == nil {
			t.Errorf("%s is read as %+v", text, a)
		} else if !strings.Contains(err.Error(), fmt.Sprintf("%q", text)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The cases are those of Portage's lib/portage/tests/dep/test_match_from_list.py.
func TestVersions(t *testing.T) {
	for _, c := range []struct{ atom, yes, no string }{
		{"=a/b-45*", "045 45 45.1 45-r1 45a 45_p1", "450 046 4"},
		{"=a/b-045", "045 45", "046 045-r1"},
		{"~a/b-045", "045-r1 045 45-r2", "046-r1 045a"},
		{"<=a/b-045", "045 44", "046 045-r1"},
		{"<a/b-046", "045", "046"},
		{">=a/b-047", "047 47-r1", "046-r1"},
		{">a/b-044", "045 044-r1", "044 44"},
		{"=a/b-1-r1*", "1-r1 01-r1", "1_alpha1 1-r11 1"},
		{"=a/b-1.1*", "1.1-r1 1.1.2 1.1b", "1.10-r1 1.10 1"},
		{"=a/b-1_pre*", "1_pre1 1_pre", "1_p 1"},
		{"=a/b-01-r11*", "1-r11 001-r11", "1-r1"},
		{"=a/b-1*", "1 1.2", "123 123-r1"},
		{"=a/b-0*", "0 00 0.1", "1"},
		{"a/b", "0 1 9999", ""},
	} {
		a, err := parseAtom(c.atom)
		if err != nil {
			t.Fatal(err)
		}
		for want, versions := range map[bool]string{true: c.yes, false: c.no} {
			for _, v := range strings.Fields(versions) {
				if got := a.matchesVersion(v); got != want {
					t.Errorf("%s and %s: %t", c.atom, v, got)
				}
			}
		}
	}
}

// What USE dependencies with conditions ask for, of the flags of who asks (PMS 8.3.4).
func TestFlagDependencies(t *testing.T) {
	for _, c := range []struct{ text, on, off string }{
		{"a/b[x?]", "a/b[x]", "a/b"},
		{"a/b[!x?]", "a/b", "a/b[-x]"},
		{"a/b[x=]", "a/b[x]", "a/b[-x]"},
		{"a/b[!x=]", "a/b[-x]", "a/b[x]"},
		{"=a/b-1*:0=[y,x(+)?,-z(-)]", "=a/b-1*:0=[y,x(+),-z(-)]", "=a/b-1*:0=[y,-z(-)]"},
		{"a/b[y]", "a/b[y]", "a/b[y]"},
	} {
		a, err := parseAtom(c.text)
		if err != nil {
			t.Fatal(err)
		}
		on, off := a.evaluated(map[string]bool{"x": true}).text, a.evaluated(nil).text
		if on != c.on || off != c.off {
			t.Errorf("%s: with the flag %s, want %s; without %s, want %s", c.text, on, c.on, off, c.off)
		}
		for _, text := range []string{on, off} {
			if _, err := parseAtom(text); err != nil {
				t.Error(err)
			}
		}
	}
}

// reductions has dependency strings, flags that are on, and the clauses, one a line.
// Many are Portage's (lib/portage/tests/dep/test_use_reduce.py), in its capital letters.
const reductions = `
	A B: A & B
	( A ): A
	( A ( B ) ): A & B
	a? ( A ) !a? ( B ): B
	+a a? ( A ) !a? ( B ): A
	+a,b a? ( b? ( A ) C ): A & C
	|| ( A B ): A|B
	|| ( A ): A
	|| ( A B ) C: A|B & C
	|| ( A || ( B || ( C D ) E ) ): A|B|C|D|E
	|| ( ( A B ) C ): A|C & B|C
	|| ( C ( A B ) ): C|A & C|B
	|| ( ( A B ) ( C D ) ): A|C & A|D & B|C & B|D
	|| ( ( A B ) ( C ) ): A|C & B|C
	|| ( ( A ( || ( B ) ) ) ): A & B
	|| ( ( A || ( B C ) ) D ): A|D & B|C|D
	( || ( ( ( A ) B ) ) ): A & B
	|| ( || ( a? ( A ) b? ( B ) ) ):
	+b || ( || ( a? ( A ) b? ( B ) ) ): B
	+a || ( a? ( A B ) ): A & B
	+a || ( a? ( A B ) C ): A|C & B|C
	A || ( bar? ( C ) ) foo? ( bar? ( C ) ) B: A & B
	+foo,bar A foo? ( || ( B || ( bar? ( || ( C D E ) ) !bar? ( F ) ) ) ) G: A & B|C|D|E & G
	|| ( A A B ): A|B
	!A !!B C: C
	|| ( !A B ): B
	|| ( ( !A ) B ): B
	+a x/y[a?,b] x/y[!a?]: x/y[a,b] & x/y
	:
`

func TestReduce(t *testing.T) {
	for line := range strings.Lines(reductions) {
		text, want, ok := cutLast(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		on := map[string]bool{}
		if list, rest, _ := strings.Cut(text, " "); strings.HasPrefix(list, "+") {
			turn(on, strings.ReplaceAll(list[1:], ",", " "))
			text = rest
		}
		letter := regexp.MustCompile(`\b[A-Z]\b`)
		nodes, err := parseDepends(origin{}, letter.ReplaceAllString(text, "x/$0"))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		r := (&Database{}).newReduction(on)
		got := strings.ReplaceAll(spell(r.all(nodes, false)), "x/", "")
		if want = strings.ReplaceAll(strings.TrimSpace(want), "x/", ""); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func spell(clauses []clause) string {
	var all []string
	for _, c := range clauses {
		var atoms []string
		for _, a := range c.atoms {
			atoms = append(atoms, a.text)
		}
		all = append(all, strings.Join(atoms, "|"))
	}
	return strings.Join(all, " & ")
}

// A group that the flags left nothing of fails from EAPI 7 on.
func TestEmptyGroup(t *testing.T) {
	nodes, err := parseDepends(origin{}, "|| ( a? ( b/c ) ) d/e")
	if err != nil {
		t.Fatal(err)
	}
	r := (&Database{}).newReduction(nil)
	r.emptyFails = true
	if got := spell(r.all(nodes, false)); got != "|| ( ) & d/e" {
		t.Errorf("got %s", got)
	}
}

func TestDependErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a/b\n)":                       `f:2: DEPEND: ")" without "("`,
		"(":                            `f:1: DEPEND: "(" without ")"`,
		"( )":                          `f:1: DEPEND: an empty group`,
		"||":                           `f:1: DEPEND: no "(" at the end`,
		"a?":                           `f:1: DEPEND: no "(" at the end`,
		"|| a/b":                       `f:1: DEPEND: want "(", not "a/b"`,
		"|| || ( a/b )":                `f:1: DEPEND: want "(", not "||"`,
		"a?\n\n b/c ( d/e )":           `f:3: DEPEND: want "(", not "b/c"`,
		"?? ( a/b )":                   `f:1: DEPEND: "??" is for REQUIRED_USE alone`,
		"!? ( a/b )":                   `f:1: DEPEND: bad USE flag in "!?"`,
		"-x? ( a/b )":                  `f:1: DEPEND: bad USE flag in "-x?"`,
		"( a/b)":                       `f:1: DEPEND: no space around a parenthesis in "a/b)"`,
		"a/b || ( b/c ||( d/e ) )":     `f:1: DEPEND: no space around a parenthesis in "||("`,
		nested(maxDepth + 1):           `f:1: DEPEND: more than 100 groups in one another`,
		strings.Repeat("|| ( ", 20000): `f:1: DEPEND: more than 100 groups in one another`,
		strings.Repeat("a/b\n", 70000): `f:65537: DEPEND: more than 65536 words`,
	} {
		if _, err := parseDepends(origin{"f", "DEPEND"}, text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", shortened(text), err, want)
		}
	}
	if _, err := parseDepends(origin{"f", ""}, nested(maxDepth)); err != nil {
		t.Errorf("%d groups: %v", maxDepth, err)
	}
}

// Groups that would multiply stand for their first option that is installed, else for
// the first.
func TestManyOptions(t *testing.T) {
	db := open(t, map[string]string{"a-a/x5-1:": "", "a-a/y5-1:": ""})
	group := "|| ("
	for i := range 11 {
		group += fmt.Sprintf(" ( a-a/x%d a-a/y%d )", i, i)
	}
	group += " )"
	reduce := func(db *Database, text string) []clause {
		nodes, err := parseDepends(origin{}, text)
		if err != nil {
			t.Fatal(err)
		}
		return db.newReduction(nil).all(nodes, false)
	}
	if got := spell(reduce(db, group)); got != "a-a/x5 & a-a/y5" {
		t.Errorf("got %s", got)
	}
	if got := spell(reduce(open(t, map[string]string{"b/b-1:": ""}), group)); got != "a-a/x0 & a-a/y0" {
		t.Errorf("got %s", got)
	}

	// What each group makes is little; what they make together is bounded.
	ten := "|| ("
	for i := range 10 {
		ten += fmt.Sprintf(" ( a-a/x%d a-a/y%d )", i, i)
	}
	ten += " ) "
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := reduce(db, strings.Repeat(ten, 1500))
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("%d MiB for %d clauses", grown>>20, len(got))
	}
}

func FuzzDepends(f *testing.F) {
	for line := range strings.Lines(reductions) {
		text, _, _ := cutLast(strings.TrimSpace(line), ":")
		f.Add(regexp.MustCompile(`\b[A-Z]\b`).ReplaceAllString(text, "x/$0"), "a b")
	}
	f.Add(">=dev-libs/zlibx-1.2:0/1=[ssl(+)?,-doc]::gentoo || ( ( !!<a/b-1 ~c/d-3_p2 ) =e/f-1* )", "ssl")
	db := fixture(f)
	f.Fuzz(func(t *testing.T, text, use string) {
		sourcetest.Limit(t)
		on := map[string]bool{}
		turn(on, use)
		nodes, err := parseDepends(origin{"/f", "DEPEND"}, text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "/f:") {
				t.Errorf("the error does not say where: %v", err)
			}
			return
		}
		for _, c := range db.newReduction(on).all(nodes, false) {
			if len(c.atoms) == 0 || c.line < 1 || c.line > strings.Count(text, "\n")+1 {
				t.Errorf("clause %+v", c)
			}
			for _, a := range c.atoms {
				again, err := parseAtom(a.text)
				if err != nil || again.name != a.name || a.blocker || a.operator != "" && !version.IsGentoo(a.version) {
					t.Errorf("atom %+v: %v", a, err)
				}
				for _, p := range db.Packages() {
					a.accepts(p, nil)
				}
			}
		}
		if need, err := db.Need(text); err == nil && len(need) == 0 {
			t.Errorf("%q is no need", text)
		}
	})
}
