package main

import (
	"fmt"
	"slices"
)

// A result is all that is known of one workload under one peer.
type result struct {
	Workload string   `json:"workload"`
	Peer     string   `json:"peer"`
	Failed   string   `json:"failed,omitempty"` // why, with the last line of the output
	Samples  []sample `json:"samples"`
	Ratio    *spread  `json:"ratio,omitempty"`     // of wall time to native's in the same round
	CPURatio *spread  `json:"cpu_ratio,omitempty"` // of CPU time, likewise
	Counts   *counts  `json:"stats,omitempty"`     // of the last round; PeakKB is the highest
}

// A spread is the middle and the ends of several values.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

func (s *spread) String() string { return s.format("%.2f") }

// format writes each value in one way.
func (s *spread) format(verb string) string {
	if s == nil {
		return "–"
	}
	if s.Min == s.Max {
		return fmt.Sprintf(verb, s.Median)
	}
	return fmt.Sprintf(verb+" ("+verb+"–"+verb+")", s.Median, s.Min, s.Max)
}

// spreadOf returns nil where there is no value.
func spreadOf(values []float64) *spread {
	if len(values) == 0 {
		return nil
	}
	v := slices.Sorted(slices.Values(values))
	half := len(v) / 2
	s := &spread{Median: v[half], Min: v[0], Max: v[len(v)-1]}
	if len(v)%2 == 0 {
		s.Median = (v[half-1] + v[half]) / 2
	}
	return s
}

// compare sets r's ratios to base, round by round. Rounds that one of them has not
// run do not count, nor does the first.
func (r *result) compare(base *result) {
	var wall, cpu []float64
	for _, s := range r.Samples {
		at := slices.IndexFunc(base.Samples, func(b sample) bool { return b.Round == s.Round })
		if at < 0 || s.Round == 0 {
			continue
		}
		n := base.Samples[at]
		if n.Wall > 0 {
			wall = append(wall, s.Wall/n.Wall)
		}
		if n.CPU > 0 {
			cpu = append(cpu, s.CPU/n.CPU)
		}
	}
	r.Ratio, r.CPURatio = spreadOf(wall), spreadOf(cpu)
}

// wall is the wall time in milliseconds, the first run's left out.
func (r *result) wall() *spread {
	var wall []float64
	for _, s := range r.Samples {
		if s.Round > 0 {
			wall = append(wall, 1000*s.Wall)
		}
	}
	return spreadOf(wall)
}

// minus is what c counts beyond d, opcode by opcode. A second run's requests are
// those of two runs less those of one; below zero is noise.
func (c *counts) minus(d *counts) *counts {
	rest := &counts{Requests: map[string]int64{}}
	for op, n := range c.Requests {
		if n -= d.Requests[op]; n > 0 {
			rest.Requests[op] = n
		}
	}
	return rest
}
