package depgraph

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

func TestClosure(t *testing.T) {
	for block := range strings.SplitSeq(strings.TrimSpace(closureTests), "\n\n") {
		title, body, _ := strings.Cut(block, "\n")
		t.Run(strings.TrimPrefix(title, "name: "), func(t *testing.T) { testClosure(t, body) })
	}
}

func testClosure(t *testing.T, body string) {
	var own []*Package
	var sources []Layer
	kind := ""
	var req Request
	want := map[string]string{}
	for line := range strings.Lines(body) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		if word, chain, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(word, "why ") {
			want[word] = strings.TrimSpace(chain) // a name in it may have a colon
			continue
		}
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
		case word == "want", word == "unmet", word == "error":
			want[word] = rest
		case strings.HasPrefix(word, "stack "):
			kind = strings.TrimPrefix(word, "stack ")
			sources = append(sources, Layer{Kind: kind})
		default:
			p := parsePackage(word, rest)
			if p.Source = kind; kind == "" {
				own = append(own, p)
			} else {
				l := &sources[len(sources)-1]
				l.Packages = append(l.Packages, p)
			}
		}
	}
	if len(sources) == 0 {
		own, sources = nil, []Layer{{Packages: own}}
	}
	g, err := Stack(own, sources...)
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
			name, absent := strings.CutPrefix(a, "!")
			n = append(n, alternative(name))
			n[len(n)-1].Condition = absent
		}
		all = append(all, Direct{Kind: Build, Need: n, Where: where})
	}
	return all
}

func alternative(text string) Alternative {
	if name, below := strings.CutPrefix(text, "_"); below {
		return Alternative{Name: name, Below: true}
	}
	if kind, name, in := strings.Cut(text, "@"); in {
		return Alternative{Name: name, In: kind}
	}
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
	g, _ := New(nil, []*Package{{Name: "a"}})
	c, err := g.Closure(Request{})
	if err != nil {
		t.Fatal(err)
	}
	a := g.Package("a")
	if c.Class(a) != Outside || len(c.Chain(a).Steps) != 0 || c.Reason(a).Direct != nil {
		t.Errorf("a is %v, by %v", c.Class(a), c.Chain(a))
	}
}
