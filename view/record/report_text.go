package record

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// fewPaths is how many paths of a group are shown unless all are wanted.
const fewPaths = 10

// Text writes the report for people to read; verbose shows every path.
//
//	libonig-dev: 2 hidden paths were looked up
//	  /usr/include/oniguruma.h
//	  /usr/lib/x86_64-linux-gnu/libonig.so
//	  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 812
//	  declare: Build-Depends: libonig-dev
//	files that no package owns: 1 was looked up
//	  /opt/leftover.h
//	  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 812
//
// What the build chose goes through [Quote].
func (r *Report) Text(w io.Writer, verbose bool) error {
	b := bufio.NewWriter(w)
	if r.Empty() {
		fmt.Fprintln(b, "nothing hidden was looked up")
	}
	for _, g := range r.Undeclared {
		were := "hidden paths were"
		if len(g.Paths) == 1 {
			were = "hidden path was"
		}
		fmt.Fprintf(b, "%s: %d %s looked up\n", g.names(), len(g.Paths), were)
		g.text(b, verbose)
		if g.Declare != "" {
			fmt.Fprintf(b, "  declare: %s\n", Quote(g.Declare))
		} else if len(g.Owners) > 0 {
			fmt.Fprintf(b, "  declare %s\n", g.names())
		}
	}
	if n := len(r.Stray.Paths); n > 0 {
		were := "were"
		if n == 1 {
			were = "was"
		}
		fmt.Fprintf(b, "files that no package owns: %d %s looked up\n", n, were)
		r.Stray.text(b, verbose)
	}
	return b.Flush()
}

// names lists the owners, any of which would do.
func (g *Group) names() string {
	if len(g.Owners) == 0 {
		return "an unknown package"
	}
	quoted := make([]string, len(g.Owners))
	for i, o := range g.Owners {
		quoted[i] = Quote(o)
	}
	return strings.Join(quoted, " or ")
}

// text writes the paths and the first process.
func (g *Group) text(b *bufio.Writer, verbose bool) {
	shown := g.Paths
	if !verbose && len(shown) > fewPaths {
		shown = shown[:fewPaths]
	}
	for _, p := range shown {
		fmt.Fprintf(b, "  %s\n", Quote(p))
	}
	if more := len(g.Paths) - len(shown); more > 0 {
		fmt.Fprintf(b, "  … and %d more\n", more)
	}
	fmt.Fprintf(b, "  first by %s\n", g.First)
}

// String shows the process on one line: "/usr/bin/cc1 (cc1 -quiet x.c), pid 8".
func (p Process) String() string {
	var b strings.Builder
	if p.Exe == "" {
		b.WriteString("an unknown process")
	} else {
		b.WriteString(Quote(p.Exe))
	}
	if len(p.Argv) > 0 {
		fmt.Fprintf(&b, " (%s)", command(p.Argv))
	}
	if p.PID != 0 {
		fmt.Fprintf(&b, ", pid %d", p.PID)
	}
	return b.String()
}
