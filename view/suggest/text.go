package suggest

import (
	"bufio"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/dustin/go-humanize/english"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/record"
)

// fewLines is how many lines of a kind that asks for nothing are shown.
const fewLines = 10

// Text writes the suggestion for people to read, a line for each package; verbose
// adds the rest of the evidence, and all lines.
//
//	build    libonig-dev  declared; read /usr/include/oniguruma.h by cc1 -quiet src/builtin.c
//	build    zlib1g-dev   to add: Build-Depends: zlib1g-dev; linked /usr/lib/libz.so by ld -lz
//	run      libonig5     to add; /usr/bin/jq needs libonig.so.5
//	unused   help2man     debian/control:7: Build-Depends
//	through  libpng-dev   target (libgd-dev) → libgd-dev → libpng-dev; read /usr/include/png.h by cc1
//
// What the build chose, or a file of it, goes through [record.Quote].
func (s *Suggestion) Text(w io.Writer, verbose bool) error {
	t := &text{verbose: verbose}
	for _, one := range s.Suggested {
		t.line(string(one.Kind), one.Need.String(), one.head(), one.Evidence)
	}
	for _, d := range s.Unused {
		t.line("unused", d.Need.String(), record.Quote(d.Where), nil)
	}
	for _, i := range s.Implied {
		t.line("implied", i.Need.String(), fmt.Sprintf("%s; %s brings it", record.Quote(i.Where), record.Quote(i.By)), nil)
	}
	own := 0
	for _, th := range s.Through {
		if th.ByItsOwn && !verbose {
			own++
			continue
		}
		t.line("through", th.Package, record.Quote(th.Chain.String()), th.Evidence)
	}
	for _, u := range s.Masked {
		t.line("masked", u.Package, "another package answers to its name", u.Evidence)
	}
	if len(s.Itself) > 0 {
		t.line("itself", s.Target, "the build used an installed copy of what it builds", s.Itself)
	}
	for _, e := range s.Stray {
		t.line("stray", e.Path, fmt.Sprintf("no package owns it; %s by %s", e.How, e.by()), nil)
	}
	t.unresolved(s.Unresolved)
	b := bufio.NewWriter(w)
	if !s.Learned {
		fmt.Fprintln(b, "no command of this capture saw everything: what was hidden from it is not in this list")
	}
	if len(t.rows) == 0 {
		fmt.Fprintln(b, "nothing was used that is not of the base OS")
	}
	t.write(b)
	if own > 0 {
		fmt.Fprintf(b, "through others come %s, used by nobody but what needs them\n", english.Plural(own, "more package", ""))
	}
	return b.Flush()
}

// text is a table of three columns, of which the last may hold anything, and lines
// below some of its rows.
type text struct {
	verbose bool
	rows    []row
}

type row struct {
	kind, name, rest string
	more             []Evidence
}

// line adds a row. Its last column has the first of the evidence, too.
func (t *text) line(kind, name, rest string, evidence []Evidence) {
	r := row{kind: kind, name: record.Quote(name), rest: rest}
	if len(evidence) > 0 {
		if r.rest != "" {
			r.rest += "; "
		}
		r.rest += evidence[0].about(name)
		r.more = evidence[1:]
	}
	t.rows = append(t.rows, r)
}

func (t *text) unresolved(list []Captured) {
	shown := list
	if !t.verbose && len(shown) > fewLines {
		shown = shown[:fewLines]
	}
	for _, c := range shown {
		t.line("missing", c.Need.String(), record.Quote(c.File)+" needs it", nil)
	}
	if more := len(list) - len(shown); more > 0 {
		t.line("missing", "…", fmt.Sprintf("and %d more", more), nil)
	}
}

// maxColumn is how wide the column of names may get.
const maxColumn = 32

func (t *text) write(w io.Writer) {
	width := 0
	for _, r := range t.rows {
		if n := utf8.RuneCountInString(r.name); n <= maxColumn {
			width = max(width, n)
		}
	}
	for _, r := range t.rows {
		fmt.Fprintf(w, "%-7s  %-*s  %s\n", r.kind, width, r.name, r.rest)
		for _, e := range r.more {
			if t.verbose {
				fmt.Fprintf(w, "%-7s  %-*s  %s\n", "", width, "", e.about(""))
			}
		}
	}
}

// head says whether a dependency is there, or what to write.
func (s *Suggested) head() string {
	switch {
	case s.Declare != "":
		return "to add: " + record.Quote(s.Declare)
	case s.Where == "":
		return "to add"
	case !s.Judged && s.Kind == depgraph.Run:
		return "declared; it is used when the target runs, which nothing here shows"
	case !s.Judged:
		return "declared; no command of this capture could use it"
	case s.Was != "":
		return fmt.Sprintf("declared for %s (%s)", s.Was, record.Quote(s.Where))
	}
	return "declared"
}

// about is String, with the package where it is not the one of the line.
func (e Evidence) about(name string) string {
	if e.Package == "" || name == "" || e.Package == name {
		return e.String()
	}
	return record.Quote(e.Package) + ": " + e.String()
}

// String says the use: "read /usr/include/zlib.h by cc1 -quiet x.c".
func (e Evidence) String() string {
	if e.How == Needs {
		return fmt.Sprintf("%s needs %s", record.Quote(e.Path), record.Quote(e.Need.String()))
	}
	return fmt.Sprintf("%s %s by %s", e.How, record.Quote(e.Path), e.by())
}

// by says who used the file.
func (e Evidence) by() string {
	switch {
	case len(e.Argv) > 0:
		return record.Command(e.Argv)
	case e.Exe != "":
		return record.Quote(e.Exe)
	}
	return "an unknown process"
}
