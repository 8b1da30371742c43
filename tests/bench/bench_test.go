package main

import (
	"maps"
	"reflect"
	"testing"
)

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   *spread
		text   string
	}{
		{nil, nil, "–"},
		{[]float64{1.5}, &spread{1.5, 1.5, 1.5}, "1.50"},
		{[]float64{3, 1, 2}, &spread{2, 1, 3}, "2.00 (1.00–3.00)"},
		{[]float64{4, 1, 2, 3}, &spread{2.5, 1, 4}, "2.50 (1.00–4.00)"},
	} {
		if got := spreadOf(c.values); !reflect.DeepEqual(got, c.want) || got.String() != c.text {
			t.Errorf("%v: got %v, want %s", c.values, got, c.text)
		}
	}
}

// Only rounds that both have run count, and the first never does.
func TestCompare(t *testing.T) {
	base := &result{Samples: []sample{{0, 9, 9}, {1, 2, 1}, {2, 4, 0}}}
	r := &result{Samples: []sample{{0, 1, 1}, {1, 3, 2}, {2, 4, 8}, {3, 100, 100}}}
	r.compare(base)
	if want := (spread{1.25, 1, 1.5}); r.Ratio == nil || *r.Ratio != want {
		t.Errorf("wall: got %v, want %v", r.Ratio, &want)
	}
	if want := (spread{2, 2, 2}); r.CPURatio == nil || *r.CPURatio != want {
		t.Errorf("CPU: got %v, want %v", r.CPURatio, &want)
	}
}

func TestMinus(t *testing.T) {
	once := &counts{Requests: map[string]int64{"LOOKUP": 100, "READ": 7, "GETATTR": 3}}
	both := &counts{Requests: map[string]int64{"LOOKUP": 104, "READ": 7, "GETATTR": 2, "STATFS": 1}}
	rest := both.minus(once)
	if want := map[string]int64{"LOOKUP": 4, "STATFS": 1}; !maps.Equal(rest.Requests, want) || rest.total() != 5 {
		t.Errorf("got %v, want %v", rest.Requests, want)
	}
	if got := opcodes(rest.Requests); got != "LOOKUP 4, STATFS 1" {
		t.Errorf("got %q", got)
	}
}

func TestLastLine(t *testing.T) {
	for out, want := range map[string]string{"": "", "\n": "", "one": "one", "one\n\n  two \n\n": "two"} {
		if got := lastLine([]byte(out)); got != want {
			t.Errorf("%q: got %q, want %q", out, got, want)
		}
	}
}

// The names are arguments of -only and -peers, and keys of the report.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range workloads(full) {
		if seen[w.name] || len(w.command) == 0 {
			t.Errorf("workload %q is there twice or has no command", w.name)
		}
		if w.again != "" && !seen[w.again] {
			t.Errorf("%s runs %s again, which does not come before it", w.name, w.again)
		}
		seen[w.name] = true
	}
	for _, p := range peers {
		if seen[p.name] || p.argv == nil {
			t.Errorf("peer %q is there twice or runs nothing", p.name)
		}
		seen[p.name] = true
	}
}
