package depgraph

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

var errBroken = errors.New("broken")

// TestCoverProperties makes random graphs, declarations and uses, and checks what
// holds for all of them.
func TestCoverProperties(t *testing.T) {
	for seed := range uint64(1000) {
		random := rand.New(rand.NewPCG(seed, 1))
		packages, req := randomGraph(random)
		g, _ := New(nil, packages)
		d := Demand{Base: req.Base, Declared: req.Direct}
		for _, p := range packages {
			if random.IntN(3) == 0 {
				d.Used = append(d.Used, p)
			}
		}
		if random.IntN(4) == 0 {
			d.Declared, d.Given = d.Declared[:1], d.Declared[1:]
		}
		c, err := g.Cover(d)
		if err != nil {
			t.Fatal(seed, err)
		}
		checkCover(t, fmt.Sprint("seed ", seed), g, d, c)
		checkUnused(t, seed, g, d, c.Unused)

		random.Shuffle(len(packages), func(i, j int) { packages[i], packages[j] = packages[j], packages[i] })
		random.Shuffle(len(d.Used), func(i, j int) { d.Used[i], d.Used[j] = d.Used[j], d.Used[i] })
		g, _ = New(nil, packages)
		if again, _ := g.Cover(d); spell(again.Direct) != spell(c.Direct) {
			t.Errorf("seed %d: the order of packages makes %s of %s", seed, spell(again.Direct), spell(c.Direct))
		}
	}
}

// checkCover tells what is wrong with a cover: that it does not cover, that it could
// do with less, or that it does not tell of a declared dependency.
func checkCover(t *testing.T, name string, g *Graph, d Demand, c *Cover) {
	t.Helper()
	covered := coveredBy(t, g, d, c.Direct)
	for _, p := range d.Used {
		if covered[p] == slices.Contains(c.Masked, p) {
			t.Errorf("%s: %s is covered: %v, and masked: %v", name, p.Name, covered[p], !covered[p])
		}
	}
	for _, p := range c.Masked {
		more := coveredBy(t, g, d, append(slices.Clone(c.Direct), Direct{Need: Named(p.Name)}))
		if more[p] && includes(more, covered) {
			t.Errorf("%s: %s is masked, and %s + %[2]s covers it", name, p.Name, spell(c.Direct))
		}
	}
	for i := range c.Direct {
		if rest := coveredBy(t, g, d, slices.Delete(slices.Clone(c.Direct), i, i+1)); includes(rest, covered) {
			t.Errorf("%s: %s does it without %s", name, spell(c.Direct), c.Direct[i].Need)
		}
	}
	for _, chain := range c.Through {
		if last := chain.Steps[len(chain.Steps)-1].Package; len(chain.Steps) < 2 || !slices.Contains(d.Used, last) {
			t.Errorf("%s: through: %s", name, chain)
		}
	}
	base, _ := g.Closure(Request{Base: d.Base})
	for _, n := range d.Declared {
		times := 0
		for _, list := range [][]Direct{c.Direct, c.Unused, c.Implied} {
			for _, m := range list {
				if m.Where != "" && m.Need.String() == n.Need.String() {
					times++
				}
			}
		}
		ofBase := slices.ContainsFunc(g.candidates(n.Need, nil), func(p *Package) bool { return base.Class(p) == InBase })
		if ofBase != (times == 0) {
			t.Errorf("%s: %s is in %d lists", name, n.Need, times)
		}
	}
}

// checkUnused tells if something is lost without the unused dependencies, or if one
// of them names a used package.
func checkUnused(t *testing.T, seed uint64, g *Graph, d Demand, unused []Direct) {
	all := coveredBy(t, g, d, d.Declared)
	rest := slices.DeleteFunc(slices.Clone(d.Declared), func(n Direct) bool {
		return slices.ContainsFunc(unused, func(u Direct) bool { return u.Need.String() == n.Need.String() })
	})
	if !includes(coveredBy(t, g, d, rest), all) {
		t.Errorf("seed %d: not unused: %s", seed, spell(unused))
	}
	for _, u := range unused {
		for _, p := range g.candidates(u.Need, nil) {
			if all[p] {
				t.Errorf("seed %d: %s was used, and %s is called unused", seed, p.Name, u.Need)
			}
		}
	}
}

// coveredBy returns the used packages that direct dependencies bring, and those of
// the base.
func coveredBy(t *testing.T, g *Graph, d Demand, direct []Direct) map[*Package]bool {
	t.Helper()
	c, err := g.Closure(Request{Base: d.Base, Direct: slices.Concat(d.Given, direct)})
	if err != nil {
		t.Fatal(err)
	}
	covered := map[*Package]bool{}
	for _, p := range d.Used {
		if c.Class(p) != Outside {
			covered[p] = true
		}
	}
	return covered
}

func includes(all, some map[*Package]bool) bool {
	for p := range some {
		if !all[p] {
			return false
		}
	}
	return true
}

// bigDemand has n packages, each of which needs some of those below it, one in
// eight through a choice, used ones among them, and 200 declared.
func bigDemand(n, used int) (*Graph, Demand) {
	random := rand.New(rand.NewPCG(1, 2))
	packages := make([]*Package, n)
	for i := range packages {
		p := &Package{Name: fmt.Sprintf("p%04d", i)}
		for range random.IntN(4) {
			if i == 0 {
				break
			}
			need := Named(packages[random.IntN(i)].Name)
			if random.IntN(8) == 0 {
				need = append(need, Named(packages[random.IntN(i)].Name)...)
			}
			p.Needs = append(p.Needs, need)
		}
		packages[i] = p
	}
	g, err := New(nil, packages)
	if err != nil {
		panic(err)
	}
	d := Demand{Base: directs("p0300 p0301", "")}
	for range used {
		d.Used = append(d.Used, packages[random.IntN(n)])
	}
	for range 200 {
		d.Declared = append(d.Declared, Direct{Kind: Build, Need: Named(packages[random.IntN(n)].Name), Where: "x"})
	}
	return g, d
}
