package record

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize/english"
)

// group writes the paths of a group, those that one command line asked for
// together. Beside files that would have been read or run, those that were only
// probed are counted.
func (p printer) group(g *Group) {
	rank, all := g.Rank(), g.Findings
	if !p.verbose {
		all = slices.DeleteFunc(slices.Clone(all), func(f Finding) bool { return rank > Probed && f.Rank == Probed })
	}
	shown := all
	if !p.verbose && len(shown) > fewPaths {
		shown = shown[:fewPaths]
	}
	width := len(AProgram)
	for _, f := range shown {
		width = max(width, len(f.What))
	}
	for _, asked := range together(shown) {
		if r := asked[0].Rank; r != rank {
			p.line("  %s:", r)
			rank = r
		}
		p.asked(asked, width, g.optionalFor() == "")
	}
	if n := len(all) - len(shown); n > 0 {
		p.line("  … and %d more", n)
	}
	if n := len(g.Findings) - len(all); n > 0 {
		p.line("  … and %s that %s only probed", english.Plural(n, "path", ""), english.PluralWord(n, "was", "were"))
	}
}

// asked writes what one command line asked for, and who it was.
func (p printer) asked(findings []Finding, width int, optional bool) {
	for _, f := range findings {
		p.line("  %-*s  %s", width, f.What, Quote(f.Path))
		if p.verbose && f.Asked != "" {
			p.line("  %-*s  %s", width, "asked as", Quote(f.Asked))
		}
	}
	if o := findings[0].OptionalFor; o != "" && optional {
		p.line("  optional for %s, which does without", packageName(o))
	}
	p.line("  first by %s", first(findings))
}

// together splits findings, which keep their order, into those of the same rank
// that were asked for by the same command line: a compiler's paths, wherever they
// stand among others.
func together(findings []Finding) [][]Finding {
	var parts [][]Finding
	at := map[string]int{}
	for _, f := range findings {
		key := strings.Join(append([]string{strconv.Itoa(int(f.Rank)), f.OptionalFor, f.By.Exe}, f.By.Argv...), "\x00")
		if i, ok := at[key]; ok {
			parts[i] = append(parts[i], f)
			continue
		}
		at[key] = len(parts)
		parts = append(parts, []Finding{f})
	}
	return parts
}

// first is the earliest process of findings.
func first(findings []Finding) Process {
	return slices.MinFunc(findings, func(a, b Finding) int { return a.By.Time.Compare(b.By.Time) }).By
}

// denied writes what was refused, a part for each phase.
func (p printer) denied(denials []Denial) {
	var phases []string
	of := map[string][]Denial{}
	for _, d := range denials {
		if of[d.Phase] == nil {
			phases = append(phases, d.Phase)
		}
		of[d.Phase] = append(of[d.Phase], d)
	}
	for _, phase := range phases {
		if phase == "" {
			p.line("writes and connections that were denied:")
		} else {
			p.line("denied in phase %s:", Quote(phase))
		}
		shown := of[phase]
		if !p.verbose && len(shown) > fewPaths {
			shown = shown[:fewPaths]
		}
		for i, d := range shown {
			p.line("  %s", d)
			if i+1 == len(shown) || shown[i+1].By.who() != d.By.who() {
				p.line("  first by %s", d.By)
			}
		}
		if n := len(of[phase]) - len(shown); n > 0 {
			p.line("  … and %d more", n)
		}
	}
}

// String shows the denial on one line: "EROFS mkdirat (3 times) /usr/local/x".
func (d Denial) String() string {
	s := packageName(d.Errno) + " " + packageName(d.Syscall)
	if d.Count > 1 {
		s += fmt.Sprintf(" (%d times)", d.Count)
	}
	return s + " " + Quote(cmp.Or(d.Path, d.Address))
}

// String shows the process on one line: "/usr/bin/cc1 (cc1 -quiet x.c), pid 8".
func (p Process) String() string {
	if p.PID != 0 {
		return fmt.Sprintf("%s, pid %d", p.who(), p.PID)
	}
	return p.who()
}

// who shows what two processes that do the same have in common.
func (p Process) who() string {
	exe := "an unknown process"
	if p.Exe != "" {
		exe = word(p.Exe)
	}
	if len(p.Argv) > 0 {
		return fmt.Sprintf("%s (%s)", exe, command(p.Argv))
	}
	return exe
}
