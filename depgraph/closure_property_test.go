package depgraph

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestClosureProperties makes random graphs and checks what holds for all of them.
func TestClosureProperties(t *testing.T) {
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 0))
		packages, req := randomGraph(random)
		g, _ := New(nil, packages)
		c, err := g.Closure(req)
		if err != nil {
			t.Fatal(seed, err)
		}
		for _, p := range c.Packages() {
			for _, n := range p.Needs {
				found := g.candidates(n, p)
				if len(found) > 0 && !slices.ContainsFunc(found, func(q *Package) bool { return c.Class(q) != Outside }) {
					t.Errorf("seed %d: %s needs %s, and has none of it", seed, p.Name, n)
				}
			}
			if steps := c.Chain(p).Steps; steps[len(steps)-1].Package != p || steps[0].Reason.Direct == nil {
				t.Errorf("seed %d: the chain to %s does not go from the request to it", seed, p.Name)
			}
		}

		random.Shuffle(len(packages), func(i, j int) { packages[i], packages[j] = packages[j], packages[i] })
		g, _ = New(nil, packages)
		if again, _ := g.Closure(req); summary(again) != summary(c) {
			t.Errorf("seed %d: the order of packages makes %s of %s", seed, summary(again), summary(c))
		}

		// Where only the closure is installed, it is enough.
		g, _ = New(nil, c.Packages())
		small, err := g.Closure(req)
		if err != nil {
			t.Fatal(seed, err)
		}
		for _, r := range small.Unmet() {
			if !slices.ContainsFunc(c.Unmet(), func(o Reason) bool { return o.By == r.By && o.Need.String() == r.Need.String() }) {
				t.Errorf("seed %d: in a clean root %s has no %s", seed, r.By.Name, r.Need)
			}
		}
	}
}

// randomGraph returns 20 packages, p0 to p19, that provide v0 to v4 and need
// each other, and a request that can be met.
func randomGraph(random *rand.Rand) ([]*Package, Request) {
	need := func() string {
		names := []string{"gone"}
		for range 1 + random.IntN(3) {
			names = append(names, fmt.Sprint("p", random.IntN(20)), fmt.Sprint("v", random.IntN(5)))
		}
		random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		return strings.Join(names[:1+random.IntN(len(names))], "|")
	}
	var packages []*Package
	for i := range 20 {
		var needs string
		for range random.IntN(3) {
			needs += need() + " "
		}
		needs += fmt.Sprint("/ @v", random.IntN(5))
		packages = append(packages, parsePackage(fmt.Sprint("p", i, "^", random.IntN(3)), needs))
	}
	return packages, Request{Base: directs("p0 "+need()+"|p0", ""), Direct: directs(need()+"|p1 p2|p3 "+need()+"|p4", "x")}
}
