package depgraph

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// closureTests has one test a block. A block opens with its name; then
//
//	jq: libonig-dev a|b c>=2     the package jq and its needs
//	exim=4: / @mta               … version 4, which provides mta
//	nullmailer^1: / @mta=2       … of rank 1, which provides version 2 of mta
//	old-:                        … removed but for its configuration files
//	base: libc                   the request's base, from the database
//	base!: libc                  … written down at deps.toml:9
//	direct: libonig-dev          the direct dependencies, at control:7
//	target: jq
//
// and what is expected: "want: BASE / CLOSURE" in the order of names, "unmet:",
// "why PACKAGE: CHAIN", or "error:" and the whole message.
const closureTests = `
name: direct and indirect
app: lib-dev
lib-dev: lib
lib: libc
libc:
stranger: libc
target: app
direct: lib-dev
want: / lib lib-dev libc
why libc: app (Build-Depends: lib-dev) → lib-dev → lib → libc
why stranger: app

name: a package of the base stays base
libc:
gcc: libc
lib: libc gcc
base: gcc
direct: lib gcc libc
want: gcc libc / lib
why libc: base (gcc) → gcc → libc
why lib: target (Build-Depends: lib) → lib

name: cycles that do not touch the target
a: b
b: c
c: a
target: elsewhere
direct: b
want: / a b c

name: the first alternative
a:
b:
direct: a|b
want: / a

name: the first installed alternative
b:
c:
direct: a|b|c
want: / b

name: an alternative that something else needs anyway is enough
x: a|b
y: b
a:
b:
direct: x y
want: / b x y

name: … also when that is found far down, after the choice
x: a|b
y: z
z: zz
zz: b
a: huge
huge:
b:
direct: x y
want: / b x y z zz

name: … also in the base
x: a|b
a:
b:
base: b
direct: x
want: b / x

name: the base does not choose by what the target needs
p: a|b
a:
b:
base: p
direct: b
want: a p / b

name: choices in the order of discovery, breadth first
x: deep
deep: b|a
y: a|b
a:
b:
direct: x y
want: / a deep x y

name: a choice brings needs that settle the next one
direct: a|b c|d
a: d
b:
c:
d:
want: / a d

name: the package of that name comes before providers
mta:
exim: / @mta
direct: mta
want: / mta

name: providers by rank, then by name
postfix^2: / @mta
zmail^1: / @mta
exim^2: / @mta
direct: mta
want: / zmail
why zmail: target (Build-Depends: mta) → zmail

name: providers of one rank by name
postfix: / @mta
exim: / @mta
direct: cron
cron: mta
want: / cron exim
why exim: target (Build-Depends: cron) → cron (mta) → exim

name: a provider that is needed anyway is enough
postfix: / @mta
exim: / @mta
direct: mta postfix
want: / postfix

name: versions
lib=1: / @liba=3
other=3: / @lib=3
direct: lib>=2
want: / other

name: a virtual name without a version satisfies no version
other=3: / @lib
direct: lib>=2
error: debian/control:7: Build-Depends: lib (>= 2) is not installed

name: removed packages satisfy nobody
a-: / @v
b: / @v
direct: v a|b
want: / b

name: run-time needs that nobody satisfies are no error
a: gone c|gone2
c:
b: gone
base: b
direct: a
want: b / a c
unmet: b→gone a→gone

name: not installed
lib-:
old=1:
v: / @virtual=1
direct: lib old>=2 virtual>=5 a|lib ok
ok:
error: debian/control:7: Build-Depends: lib is not installed; debian/control:7: Build-Depends: old (>= 2) is not installed (old 1 is); debian/control:7: Build-Depends: virtual (>= 5) is not installed; debian/control:7: Build-Depends: a | lib is not installed

name: unknown
direct: x y|z
error: debian/control:7: Build-Depends: unknown package "x"; debian/control:7: Build-Depends: unknown packages "y | z"

name: the database's own base may be incomplete
libc:
base: libc gcc
want: libc /

name: the user's base may not
libc:
base!: libc gcc
error: deps.toml:9: base.packages: unknown package "gcc"

name: a cycle through the target
jq: libonig
libonig-dev: libonig
libonig: jq
target: jq
direct: libonig-dev
error: dependency cycle through the target: jq → libonig-dev → libonig → jq

name: the target depends on itself
jq:
target: jq
direct: jq
error: dependency cycle through the target: jq → jq

name: a target that the base holds
gcc: libc
libc: gcc
lib: gcc
target: gcc
base: libc
direct: lib
want: gcc libc / lib

name: a target that is chosen among alternatives
jq: / @json
gojq: / @json
target: gojq
direct: gojq|jq jq
want: / jq
`

func TestClosure(t *testing.T) {
	for block := range strings.SplitSeq(strings.TrimSpace(closureTests), "\n\n") {
		title, body, _ := strings.Cut(block, "\n")
		t.Run(strings.TrimPrefix(title, "name: "), func(t *testing.T) { testClosure(t, body) })
	}
}

func testClosure(t *testing.T, body string) {
	var packages []*Package
	var req Request
	want := map[string]string{}
	for line := range strings.Lines(body) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		rest = strings.TrimSpace(rest)
		switch {
		case word == "target":
			req.Target = rest
		case word == "base":
			req.Base = directs(rest, "")
		case word == "base!":
			req.Base = directs(rest, "deps.toml:9: base.packages")
		case word == "direct":
			req.Direct = directs(rest, "debian/control:7: Build-Depends")
		case word == "want", word == "unmet", word == "error", strings.HasPrefix(word, "why "):
			want[word] = rest
		default:
			packages = append(packages, parsePackage(word, rest))
		}
	}
	g, err := New(packages)
	if err != nil {
		t.Fatal(err)
	}
	c, err := g.Closure(req)
	if err != nil || want["error"] != "" {
		if err == nil || err.Error() != want["error"] {
			t.Errorf("error: %v\nwant:  %s", err, want["error"])
		}
		return
	}
	if got := strings.TrimSpace(summary(c)); got != want["want"] {
		t.Errorf("closure: %s\nwant:    %s", got, want["want"])
	}
	var unmet []string
	for _, r := range c.Unmet() {
		unmet = append(unmet, r.By.Name+"→"+r.Need.String())
	}
	if got := strings.Join(unmet, " "); got != want["unmet"] {
		t.Errorf("unmet: %s\nwant:  %s", got, want["unmet"])
	}
	for word, chain := range want {
		if name, ok := strings.CutPrefix(word, "why "); ok {
			if got := c.Chain(g.Package(name)).String(); got != chain {
				t.Errorf("why %s: %s\nwant: %s", name, got, chain)
			}
		}
	}
}

// summary lists the base, "/", and the rest of the closure.
func summary(c *Closure) string {
	class := map[Class]string{}
	for _, p := range c.Packages() {
		class[c.Class(p)] += p.Name + " "
	}
	return class[InBase] + "/ " + class[InClosure]
}

func parsePackage(head, rest string) *Package {
	p := &Package{}
	head, p.Removed = strings.CutSuffix(head, "-")
	head, rank, _ := strings.Cut(head, "^")
	p.Rank, _ = strconv.Atoi(rank)
	p.Name, p.Version, _ = strings.Cut(head, "=")
	needs, provides, _ := strings.Cut(rest, "/")
	for _, d := range directs(needs, "") {
		p.Needs = append(p.Needs, d.Need)
	}
	for word := range strings.FieldsSeq(provides) {
		name, version, _ := strings.Cut(strings.TrimPrefix(word, "@"), "=")
		p.Provides = append(p.Provides, Provide{name, version})
	}
	return p
}

func directs(text, where string) []Direct {
	var all []Direct
	for word := range strings.FieldsSeq(text) {
		var n Need
		for a := range strings.SplitSeq(word, "|") {
			n = append(n, alternative(a))
		}
		all = append(all, Direct{Kind: Build, Need: n, Where: where})
	}
	return all
}

func alternative(text string) Alternative {
	name, least, versioned := strings.Cut(text, ">=")
	if !versioned {
		return Alternative{Name: name}
	}
	return Alternative{
		Name: name,
		Text: fmt.Sprintf("%s (>= %s)", name, least),
		Accepts: func(p *Package, v *Provide) bool {
			if v != nil {
				return v.Version >= least
			}
			return p.Version >= least
		},
	}
}

// TestClosureUnknownInConfig has a dependency that a [package] table declares.
func TestClosureUnknownInConfig(t *testing.T) {
	text := "[target]\ndepends = ['a']\n[package.a]\nfiles = []\ndepends = {run = [\n'b',\n'c | d']}\n"
	c, err := ReadConfig("deps.toml", []byte(text), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(c.Packages)
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Closure(Request{Direct: c.Target.Direct})
	want := `deps.toml:6: package.a.depends.run: unknown package "b"; ` +
		`deps.toml:7: package.a.depends.run: unknown packages "c | d"`
	var unmet *UnmetError
	if !errors.As(err, &unmet) || len(unmet.Unmet) != 2 || err.Error() != want {
		t.Errorf("error: %v\nwant:  %s", err, want)
	}
}

func TestChainOutside(t *testing.T) {
	g, _ := New([]*Package{{Name: "a"}})
	c, err := g.Closure(Request{})
	if err != nil {
		t.Fatal(err)
	}
	a := g.Package("a")
	if c.Class(a) != Outside || len(c.Chain(a).Steps) != 0 || c.Reason(a).Direct != nil {
		t.Errorf("a is %v, by %v", c.Class(a), c.Chain(a))
	}
}
