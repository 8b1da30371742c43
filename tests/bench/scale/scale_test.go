package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// A package's files are distinct, and no other package has them.
func TestPathOf(t *testing.T) {
	seen := map[string]bool{}
	for i := range 3 {
		for k := range filesEach {
			if p := pathOf(i, k); seen[p] {
				t.Errorf("%s is there twice", p)
			} else {
				seen[p] = true
			}
		}
	}
}

func TestAxis(t *testing.T) {
	a := decades([]float64{20, 3000, 500}, 100, 400)
	if a.low != 1 || a.high != 4 || a.at(10) != 100 || a.at(10000) != 400 || a.at(100) != 200 {
		t.Errorf("got %+v, with 100 at %v", a, a.at(100))
	}
	if a := decades([]float64{10}, 0, 1); a.high <= a.low {
		t.Errorf("one value spans nothing: %+v", a)
	}
}

// The plot is well-formed, names its curves, and leaves out what failed.
func TestPlot(t *testing.T) {
	svg := string(plot([]point{
		{Packages: 10, Paths: 1000, Command: "deps", First: figures{5, 2048}, Again: figures{3, 2048}},
		{Packages: 100, Paths: 10000, Command: "deps", First: figures{50, 4096}, Again: figures{30, 4096}},
		{Packages: 100, Paths: 10000, Command: "explain", Failed: "exit status 1"},
	}))
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(svg, ">deps, first<") || !strings.Contains(svg, ">deps, again<") || strings.Contains(svg, "explain") {
		t.Errorf("the curves are not those that were measured:\n%s", svg)
	}
}
