package main

import (
	"bytes"
	"fmt"
	"math"
)

// A curve is one command's line: solid for the first runs, dashed for the later.
type curve struct {
	name, colour string
	dashed       bool
	x, y         []float64
}

var colours = map[string]string{"deps": "#0072b2", "explain": "#d55e00", "run -- true": "#009e73"}

// plot draws two panels with logarithmic axes, milliseconds and MiB against paths,
// as an SVG file.
func plot(points []point) []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="460" viewBox="0 0 1000 460" font-family="sans-serif" font-size="13">
<rect width="1000" height="460" fill="white"/>
`)
	panel(&b, 0, "start-up time, ms", curves(points, func(f figures) float64 { return f.MS }))
	panel(&b, 500, "peak memory, MiB", curves(points, func(f figures) float64 { return f.PeakKB / 1024 }))
	fmt.Fprintln(&b, "</svg>")
	return b.Bytes()
}

// curves sorts the points into lines; commands that failed have none there.
func curves(points []point, value func(figures) float64) (all []*curve) {
	at := map[string]*curve{}
	add := func(p point, which string, f figures, dashed bool) {
		name := p.Command + ", " + which
		if at[name] == nil {
			at[name] = &curve{name: name, colour: colours[p.Command], dashed: dashed}
			all = append(all, at[name])
		}
		c := at[name]
		c.x, c.y = append(c.x, float64(p.Paths)), append(c.y, value(f))
	}
	for _, p := range points {
		if p.Failed == "" {
			add(p, "first", p.First, false)
			add(p, "again", p.Again, true)
		}
	}
	return all
}

// The inside of a panel, relative to its left edge.
const left, right, top, bottom = 70.0, 480.0, 50.0, 320.0

// An axis maps decades to pixels.
type axis struct{ low, high, from, to float64 } // low and high are powers of ten

func (a axis) at(v float64) float64 {
	return a.from + (math.Log10(v)-a.low)/(a.high-a.low)*(a.to-a.from)
}

// decades spans the values, and at least one power of ten.
func decades(values []float64, from, to float64) axis {
	a := axis{math.Inf(1), math.Inf(-1), from, to}
	for _, v := range values {
		a.low, a.high = min(a.low, math.Floor(math.Log10(v))), max(a.high, math.Ceil(math.Log10(v)))
	}
	if a.low >= a.high {
		a.high = a.low + 1
	}
	return a
}

func panel(b *bytes.Buffer, offset float64, title string, all []*curve) {
	if len(all) == 0 {
		return
	}
	var xs, ys []float64
	for _, c := range all {
		xs, ys = append(xs, c.x...), append(ys, c.y...)
	}
	x, y := decades(xs, offset+left, offset+right), decades(ys, bottom, top)
	fmt.Fprintf(b, `<text x="%g" y="30" font-size="16">%s</text>`+"\n", offset+left, title)
	for d := x.low; d <= x.high; d++ {
		at := x.at(math.Pow(10, d))
		fmt.Fprintf(b, `<path d="M%.1f %g V%g" stroke="#ddd"/><text x="%.1f" y="%g" text-anchor="middle">%s</text>`+"\n", at, top, bottom, at, bottom+18, number(d))
	}
	for d := y.low; d <= y.high; d++ {
		at := y.at(math.Pow(10, d))
		fmt.Fprintf(b, `<path d="M%g %.1f H%g" stroke="#ddd"/><text x="%g" y="%.1f" text-anchor="end">%s</text>`+"\n", offset+left, at, offset+right, offset+left-6, at+4, number(d))
	}
	fmt.Fprintf(b, `<text x="%g" y="%g" text-anchor="middle">paths in the database</text>`+"\n", offset+(left+right)/2, bottom+38)
	for i, c := range all {
		style := fmt.Sprintf(`stroke="%s" stroke-width="2" fill="none"`, c.colour)
		if c.dashed {
			style += ` stroke-dasharray="6 4"`
		}
		path := ""
		for k := range c.x {
			px, py := x.at(c.x[k]), y.at(c.y[k])
			path += fmt.Sprintf("%c%.1f %.1f ", "ML"[min(k, 1)], px, py)
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"><title>%s: %.4g</title></circle>`+"\n", px, py, c.colour, c.name, c.y[k])
		}
		// The legend has two columns, first and again.
		lx, ly := offset+left+float64(i%2)*200, bottom+66+float64(i/2)*20
		fmt.Fprintf(b, `<path d="%s" %s/><path d="M%g %g h30" %s/><text x="%g" y="%g">%s</text>`+"\n", path, style, lx, ly-4, style, lx+38, ly, c.name)
	}
}

// number writes a power of ten as people do.
func number(exponent float64) string {
	v := math.Pow(10, exponent)
	switch {
	case exponent >= 6:
		return fmt.Sprintf("%g M", v/1e6)
	case exponent >= 4:
		return fmt.Sprintf("%g k", v/1e3)
	}
	return fmt.Sprintf("%g", v)
}
