package apk

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/version"
)

func TestParseDependency(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"zlib", "zlib"},
		{"so:libz.so.1=1.3", "so:libz.so.1 = 1.3"},
		{"cmd:sh", "cmd:sh"},
		{"pc:gtk+-3.0>=3.24", "pc:gtk+-3.0 >= 3.24"},
		{"/bin/sh", "/bin/sh"},
		{"py3.12:foo[bar]~1.2", "py3.12:foo[bar] ~ 1.2"},
		{"a~=1.2", "a ~ 1.2"},
		{"a>~1.2", "a >~ 1.2"},
		{"a<~1.2", "a <~ 1.2"},
		{"a<1", "a < 1"},
		{"a=<1", "a <= 1"},
		{"a>1_rc1-r2", "a > 1_rc1-r2"},
		{"a=>1", "a >= 1"},
		{"a<=>1", "a  1"},
		{"a><Q1abc=", "a >< Q1abc="},
		{"!a", "not a"},
		{"!a<2", "not a < 2"},
		{"a@edge", "a"},
		{"a@edge>=2", "a >= 2"},

		{"", `error: bad dependency "": no name`},
		{"!", `error: bad dependency "!": no name`},
		{"=1", `error: bad dependency "=1": no name`},
		{"@edge", `error: bad dependency "@edge": no name`},
		{"a=", `error: bad dependency "a=": no version`},
		{"a<>", `error: bad dependency "a<>": no version`},
		{"a\x00", `error: bad dependency "a\x00": no name`},
	} {
		d, err := parseDependency(c.text, true)
		got := d.name
		if d.conflict {
			got = "not " + got
		}
		if d.operator != whatever || d.version != "" {
			got += " " + operatorNames[d.operator] + " " + d.version
		}
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

var operatorNames = map[version.Relation]string{
	less: "<", less | equal: "<=", equal: "=", greater | equal: ">=", greater: ">", digest: "><",
	equal | fuzzy: "~", less | equal | fuzzy: "<~", greater | equal | fuzzy: ">~",
}

func TestSatisfying(t *testing.T) {
	db := opened(t,
		pkg("busybox 1.36.1-r5", "p:/bin/sh cmd:sh=1.36.1-r5", "k:10"),
		pkg("dash 0.5", "p:/bin/sh", "k:60"),
		pkg("bash 5", "p:/bin/sh"),
		pkg("openssl 3.1_rc2-r0", "p:so:libssl.so.3=3 !nothing"),
		pkg("odd not-a-version"))
	g, err := depgraph.New([]*depgraph.Package{{Name: "declared"}, {Name: "aged", Version: "1"}}, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	for dep, want := range map[string]string{
		"/bin/sh":                   "dash busybox bash",
		"/bin/sh>=5":                "dash busybox bash",
		"cmd:sh~1.36":               "busybox",
		"cmd:sh~1.3":                "",
		"busybox~1.36":              "busybox",
		"busybox>1.36":              "busybox",
		"busybox>~1.37":             "",
		"busybox<1.36.1-r5":         "",
		"openssl<3.1":               "openssl",
		"openssl>=3.1":              "",
		"openssl~3":                 "openssl",
		"so:libssl.so.3=3":          "openssl",
		"nothing":                   "",
		"odd":                       "odd",
		"odd=not-a-version":         "odd",
		"odd<0":                     "odd",
		"odd<=>0":                   "odd",
		"bash><" + identity("bash"): "bash",
		"bash><" + identity("dash"): "",
		"bash><rubbish":             "",
		"declared>=2":               "declared",
		"declared><Q1":              "declared",
		"aged>=2":                   "",
		"aged~1":                    "aged",
	} {
		need, err := db.Need(dep)
		if err != nil {
			t.Fatal(err)
		}
		if got := names(g.Satisfying(need[0], nil)); got != want {
			t.Errorf("%s: %s, want %s", dep, got, want)
		}
	}
	for dep, want := range map[string]string{
		"a b": `bad dependency "a b": it has a space`,
		"!a":  `bad dependency "!a": a conflict is nothing to depend on`,
		"a>":  `bad dependency "a>": no version`,
		"":    `bad dependency "": no name`,
	} {
		if _, err := db.Need(dep); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", dep, err, want)
		}
	}
}

// A part of Alpine: what comes by install_if.
var following = []string{
	pkg("alpine-base 3", "D:openrc busybox"),
	pkg("openrc 1"),
	pkg("busybox 1"),
	pkg("python3 3.12", "D:so:libpython.so"),
	pkg("libpython 3.12", "p:so:libpython.so=1"),
	pkg("pyc 3.12", "i:python3=3.12"),
	pkg("py3-foo 1", "D:python3"),
	pkg("py3-foo-pyc 1", "i:pyc py3-foo=1"),
	pkg("py3-foo-doc 1", "i:py3-foo=1 docs"),
	pkg("docs 1", "p:documentation"),
	pkg("nginx 1"),
	pkg("nginx-openrc 1", "D:ifupdown", "i:openrc nginx=1"),
	pkg("ifupdown 1"),
	pkg("nginx-openrc-doc 1", "i:nginx-openrc documentation"),
	pkg("nginx-other 1", "i:openrc nginx=2"),
	pkg("nginx-lonely 1", "i:nginx=1 !busybox"),
	pkg("lone 1"),
	pkg("lone-extra 1", "i:lone !absent"),
	pkg("manual 1"),
	pkg("openrc-manual 1", "i:openrc manual"),
	pkg("early 1", "D:openrc"),
	pkg("early-late 1", "i:documentation>=0 early"),
	pkg("early-old 1", "i:early=1 openrc>1"),
	pkg("openrc-settings 1", "i:openrc busybox=1"),
	pkg("odd 1", "i:openrc busybox="),
}

func TestInstallIf(t *testing.T) {
	db := opened(t, following...)
	g, err := depgraph.New(nil, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	base := make([]depgraph.Direct, 0)
	for _, n := range db.Base().Needs {
		base = append(base, depgraph.Direct{Need: n})
	}
	for direct, want := range map[string]string{
		"":                  "",
		"libpython":         "libpython",
		"python3":           "libpython pyc python3",
		"py3-foo":           "libpython py3-foo py3-foo-pyc pyc python3",
		"py3-foo docs":      "docs libpython py3-foo py3-foo-doc py3-foo-pyc pyc python3",
		"docs py3-foo":      "docs libpython py3-foo py3-foo-doc py3-foo-pyc pyc python3",
		"nginx":             "ifupdown nginx nginx-openrc",
		"nginx-openrc":      "ifupdown nginx-openrc",
		"nginx-openrc docs": "docs ifupdown nginx-openrc nginx-openrc-doc",
		"nginx docs":        "docs ifupdown nginx nginx-openrc nginx-openrc-doc",
		"nginx-openrc-doc":  "nginx-openrc-doc",
		"lone":              "lone lone-extra",
		"manual":            "manual openrc-manual", // the leader is in the base
		"early":             "early",
		"early docs":        "docs early early-late",
		"py3-foo-doc":       "py3-foo-doc",
	} {
		r := depgraph.Request{Base: base}
		for _, name := range strings.Fields(direct) {
			r.Direct = append(r.Direct, depgraph.Direct{Kind: depgraph.Build, Need: depgraph.Named(name), Where: "--dep"})
		}
		c, err := g.Closure(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := names(c.Dependencies()); got != want {
			t.Errorf("%s: %s, want %s", direct, got, want)
		}
		if got := len(c.Packages()) - len(c.Dependencies()); got != 4 {
			t.Errorf("%s: %d packages in the base", direct, got)
		}
	}
	p := g.Package("py3-foo")
	needs, err := p.Optional()
	if got := fmt.Sprint(needs); err != nil || got != "[py3-foo-pyc py3-foo-doc]" {
		t.Errorf("optional: %s (%v)", got, err)
	}
	if got := fmt.Sprint(runNeeds(t, p)); got != "[python3 py3-foo-pyc (install_if) if pyc py3-foo-doc (install_if) if docs]" {
		t.Errorf("needs: %s", got)
	}
}

// Packages that are in need of each other and follow each other.
func TestCircles(t *testing.T) {
	db := opened(t, pkg("a 1", "D:b", "i:a=1 b"), pkg("b 1", "D:a", "i:c a=1"), pkg("c 1", "i:b a", "D:c"))
	g, err := depgraph.New(nil, db.Packages())
	if err != nil {
		t.Fatal(err)
	}
	c, err := g.Closure(depgraph.Request{Direct: []depgraph.Direct{{Need: depgraph.Named("a"), Where: "x"}}})
	if got := names(c.Packages()); err != nil || got != "a b c" {
		t.Errorf("%s (%v)", got, err)
	}
}

func TestWords(t *testing.T) {
	if got := slices.Collect(words("  a b\nc\td ")); !slices.Equal(got, []string{"a", "b", "c\td"}) {
		t.Errorf("%q", got)
	}
}
