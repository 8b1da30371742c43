package depgraph

import (
	"strings"
	"testing"
)

// coverTests has one test a block, in the form of closureTests, with
//
//	given: zlib-dev             what is there in any case
//	declared: lib-dev a|b       what the target has, at control:7
//	used: lib zlib-dev          the packages that were used
//
// and what is expected: "want:" with what is added after a "+", "unused:",
// "implied:", "through PACKAGE:" with the chain, "masked:", or "error:".
const coverTests = `
name: nothing declared
app-dev: lib-dev
lib-dev: lib
lib: libc
libc:
base: libc
used: app-dev lib-dev lib libc
want: +app-dev
through lib: target (app-dev) → app-dev → lib-dev → lib
through lib-dev: target (app-dev) → app-dev → lib-dev

name: what is declared and named
lib-dev: lib
lib:
declared: lib-dev
used: lib-dev lib
want: lib-dev
through lib: target (Build-Depends: lib-dev) → lib-dev → lib

name: declared and unused
help2man: perl
perl:
lib-dev:
declared: help2man lib-dev
used: lib-dev
want: lib-dev
unused: help2man

name: a metapackage stays
python3-all-dev: python3-all python3-dev
python3-all: python3
python3-dev: python3
python3:
declared: python3-all-dev
used: python3-dev python3
want: python3-all-dev
through python3-dev: target (Build-Depends: python3-all-dev) → python3-all-dev → python3-dev
through python3: target (Build-Depends: python3-all-dev) → python3-all-dev → python3-all → python3

name: a metapackage goes where all that it brings is declared
all: a b
a:
b:
declared: all a b
used: a b
want: a b
unused: all

name: of two metapackages the first stays
one: a
two: a
a:
declared: one two
used: a
want: one
unused: two
through a: target (Build-Depends: one) → one → a

name: a virtual package stays as it is written
debhelper=13: / @debhelper-compat=13
declared: debhelper-compat>=13
used: debhelper
want: debhelper-compat (>= 13)

name: alternatives stay as they are written
b: c
c:
declared: a|b
used: b
want: a | b

name: what a declared one brings is declared and used too
libfoo-dev:
libfoo-extra-dev: libfoo-dev
declared: libfoo-dev libfoo-extra-dev
used: libfoo-dev libfoo-extra-dev
want: libfoo-extra-dev
implied: libfoo-dev

name: … and nothing but that is used
libfoo-dev:
libfoo-extra-dev: libfoo-dev
declared: libfoo-extra-dev libfoo-dev
used: libfoo-dev
want: libfoo-dev
unused: libfoo-extra-dev

name: what is to be added makes a declared one unnecessary
meta: x
x:
y: x
declared: meta
used: x y
want: +y
implied: meta
through x: target (y) → y → x

name: packages that need each other
b: c
c: a
a: b
z: b
used: c b a
want: +a
through b: target (a) → a → b
through c: target (a) → a → b → c

name: … of which one is declared
b: c
c: a
a: b
declared: c
used: a b c
want: c
through a: target (Build-Depends: c) → c → a
through b: target (Build-Depends: c) → c → a → b

name: a cycle that another one leads to
a: b
b: a
z: b
used: a b z
want: +z
through a: target (z) → z → b → a
through b: target (z) → z → b

name: a package that nobody used is not asked for
both: a b
a:
b:
used: a b
want: +a +b

name: a choice that did not bring what was used
app: x|y
x:
y:
declared: app
used: app y
want: app +y

name: what is added settles a choice, and loses what it had brought
app: x|y
x:
y:
z: y
declared: app
used: app x z
want: app +x +z

name: given
lib-dev: lib
lib:
tool:
given: lib-dev
declared: lib-dev
used: lib lib-dev tool
want: +tool
implied: lib-dev
through lib: target (lib-dev) → lib-dev → lib

name: what the base has is neither suggested nor unused
make:
base: make
declared: make
used: make
want:

name: the base satisfies one alternative
make:
remake:
base: make
declared: remake|make
used: remake
want: +remake

name: the target
jq: libjq
libjq:
target: jq
used: jq libjq
want: +libjq

name: a need for the target is not followed by an error
gcc: libgcc
libgcc: gcc
target: gcc
used: libgcc
want: +libgcc

name: another package answers to the name
perl: / @libtest-perl
libtest-perl:
base: perl
used: libtest-perl
want:
masked: libtest-perl

name: … and what it needs is there all the same
perl: / @libtest-perl
libtest-perl: data
data:
base: perl
used: libtest-perl data
want: +data
masked: libtest-perl

name: removed
old-:
used: old
want:
masked: old

name: declared twice
a:
declared: a a
used: a
want: a
implied: a

name: unmet
declared: gone
error: debian/control:7: Build-Depends: unknown package "gone"
`

func TestCover(t *testing.T) {
	for block := range strings.SplitSeq(strings.TrimSpace(coverTests), "\n\n") {
		title, body, _ := strings.Cut(block, "\n")
		t.Run(strings.TrimPrefix(title, "name: "), func(t *testing.T) { testCover(t, body) })
	}
}

func testCover(t *testing.T, body string) {
	var packages []*Package
	var d Demand
	var used string
	want := map[string]string{"unused": "", "implied": "", "masked": ""}
	for line := range strings.Lines(body) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		rest = strings.TrimSpace(rest)
		switch {
		case word == "target":
			d.Target = rest
		case word == "base":
			d.Base = directs(rest, "")
		case word == "given":
			d.Given = directs(rest, "")
		case word == "declared":
			d.Declared = directs(rest, "debian/control:7: Build-Depends")
		case word == "used":
			used = rest
		case word == "want", word == "error", word == "unused", word == "implied", word == "masked", strings.HasPrefix(word, "through "):
			want[word] = rest
		default:
			packages = append(packages, parsePackage(word, rest))
		}
	}
	g, err := New(nil, packages)
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(used) {
		d.Used = append(d.Used, g.Package(name))
	}
	c, err := g.Cover(d)
	if err != nil || want["error"] != "" {
		if err == nil || err.Error() != want["error"] {
			t.Errorf("error: %v\nwant:  %s", err, want["error"])
		}
		return
	}
	got := map[string]string{"want": spell(c.Direct), "unused": spell(c.Unused), "implied": spell(c.Implied), "masked": ""}
	for _, p := range c.Masked {
		got["masked"] = strings.TrimSpace(got["masked"] + " " + p.Name)
	}
	for _, chain := range c.Through {
		got["through "+chain.Steps[len(chain.Steps)-1].Package.Name] = chain.String()
	}
	for word := range got {
		if got[word] != want[word] {
			t.Errorf("%s: %s\nwant: %s", word, got[word], want[word])
		}
	}
	if len(got) != len(want) {
		t.Errorf("got:  %v\nwant: %v", got, want)
	}
	unused, err := g.Unused(d)
	if err != nil || spell(unused) != want["unused"] {
		t.Errorf("Unused: %s, %v", spell(unused), err)
	}
}

// spell writes dependencies, with a "+" before those that are to be added.
func spell(list []Direct) string {
	var words []string
	for _, d := range list {
		word := d.Need.String()
		if d.Where == "" {
			word = "+" + word
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// An error in a package's entry is not lost.
func TestCoverBroken(t *testing.T) {
	broken := &Package{Name: "a", Late: func() ([]Need, error) { return nil, errBroken }}
	g, _ := New(nil, []*Package{broken})
	for _, d := range []Demand{{Used: []*Package{broken}}, {Declared: directs("a", "x")}} {
		if _, err := g.Cover(d); err != errBroken {
			t.Errorf("error: %v", err)
		}
	}
}

// BenchmarkCover covers 1,000 used packages of 5,000.
func BenchmarkCover(b *testing.B) {
	g, d := bigDemand(5000, 1000)
	for b.Loop() {
		c, err := g.Cover(d)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(c.Direct)), "dependencies")
	}
}

// TestCoverLayers is for the answer; the time is BenchmarkCover's.
func TestCoverLayers(t *testing.T) {
	g, d := bigDemand(800, 300)
	c, err := g.Cover(d)
	if err != nil {
		t.Fatal(err)
	}
	checkCover(t, "layers", g, d, c)
}
