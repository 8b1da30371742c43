package record

import (
	"bufio"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize/english"
)

// fewPaths is how many paths of a group are shown unless all are wanted.
const fewPaths = 10

// writeText writes the report for people to read, and for grep:
//
//	libonig-dev: would have been read
//	  header   /usr/include/oniguruma.h
//	  library  /usr/lib/x86_64-linux-gnu/libonig.so
//	  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 812
//	  declare: Build-Depends: libonig-dev
//	only probed, which is no finding by itself; depview check --confirm tells for sure:
//	ccache: probed /usr/bin/ccache
//	files that no package owns: would have been read
//	  header   /opt/leftover.h
//	  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 812
//	denied in phase build:
//	  EROFS mkdirat /usr/local/x
//	  first by /usr/bin/mkdir (mkdir /usr/local/x), pid 813
//	declared and not used:
//	  libz-dev
//
// What the build chose goes through [Quote], and is the last on its line or inside
// of parentheses. A line that is not indented begins with packages and a colon, or
// with two words at least that no package is called: see packageName.
func (r *Report) writeText(b *bufio.Writer, d Details) error {
	p := printer{b, d.Verbose}
	p.state(r.Runs, d.Build)
	switch {
	case r.Empty() && r.Known > 0:
		p.line("nothing hidden was looked up but what the baseline has")
	case r.Empty():
		p.line("nothing hidden was looked up")
	}
	p.undeclared(r.Undeclared, r.confirmed())
	if len(r.Stray.Findings) > 0 {
		p.line("files that no package owns: %s", r.Stray.headline())
		p.group(&r.Stray)
	}
	if len(r.Absent.Findings) > 0 {
		p.line("names that do not exist, and would be hidden if they did:")
		p.group(&r.Absent)
	}
	p.denied(r.Denied)
	if len(r.Unused) > 0 {
		p.line("declared and not used%s:", r.soFar())
		for _, u := range r.Unused {
			p.line("  %s", packageName(u))
		}
	}
	p.leftOut(r)
	return nil
}

// A printer writes a report's parts as text.
type printer struct {
	*bufio.Writer
	verbose bool
}

func (p printer) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// state says of which commands the record may not tell all. There is one record
// for all runs of a capture, and but for the last they are over.
func (p printer) state(runs []Run, build State) {
	if len(runs) == 0 && build == Running {
		p.line("the build is still running: this is what it did so far")
	}
	for i, run := range runs {
		if !run.Ended.IsZero() {
			continue
		}
		how := "was killed, or depview was: this is what it did until then"
		switch {
		case i < len(runs)-1:
		case build == Running:
			how = "is still running: this is what it did so far"
		case build == NotKnown:
			how = "is still running or was killed: this is what it did so far"
		}
		p.line("the command (%s) %s", command(run.Argv), how)
	}
}

// undeclared writes the packages that the build misses, and then, a line each,
// those that it only probed for.
func (p printer) undeclared(groups []Group, confirmed bool) {
	var probed []Group
	for _, g := range groups {
		if g.Rank() == Probed && !p.verbose {
			probed = append(probed, g)
			continue
		}
		p.line("%s: %s", g.fewNames(), g.headline())
		p.group(&g)
		p.declare(&g)
	}
	if slices.ContainsFunc(groups, func(g Group) bool { return g.Rank() == Probed }) {
		p.aboutProbes(confirmed)
	}
	for _, g := range probed {
		what := g.headline()
		if g.optionalFor() != "" {
			what += ":"
		}
		p.line("%s: %s %s", g.fewNames(), what, g.example())
	}
}

func (p printer) aboutProbes(confirmed bool) {
	what := "only probed, which is no finding by itself"
	if p.verbose {
		what = "what was only probed is no finding by itself"
	}
	if !confirmed {
		what += "; depview check --confirm tells for sure"
	}
	if p.verbose {
		p.line("%s", what)
	} else {
		p.line("%s:", what)
	}
}

// headline says in words what became of the group's files.
func (g *Group) headline() string {
	rank := g.Rank()
	if len(g.Findings) == 0 {
		return rank.String()
	}
	first := g.Findings[0] // of that rank
	switch optional := g.optionalFor(); {
	case rank == Probed && optional != "":
		return fmt.Sprintf("optional for %s, which does without", packageName(optional))
	case rank > Probed && first.Confirmed:
		return rank.String() + " (confirmed)"
	}
	return rank.String()
}

// optionalFor returns the package for which all of the group is optional, or "".
func (g *Group) optionalFor() string {
	if len(g.Findings) == 0 {
		return ""
	}
	optional := g.Findings[0].OptionalFor
	if slices.ContainsFunc(g.Findings, func(f Finding) bool { return f.OptionalFor != optional }) {
		return ""
	}
	return optional
}

// example is the group's path, or one of them.
func (g *Group) example() string {
	path := Quote(g.Findings[0].Path)
	if n := len(g.Findings); n > 1 {
		return fmt.Sprintf("(%d paths) %s", n, path)
	}
	return path
}

// names lists the owners, any of which would do.
func (g *Group) names() string {
	if len(g.Owners) == 0 {
		return "an unknown package"
	}
	quoted := make([]string, len(g.Owners))
	for i, o := range g.Owners {
		quoted[i] = packageName(o)
	}
	return strings.Join(quoted, " or ")
}

// fewOwners is how many of many owners a line names.
const fewOwners = 4

// fewNames lists the owners, but of a directory that many share only the first.
func (g *Group) fewNames() string {
	if len(g.Owners) <= fewOwners {
		return g.names()
	}
	few := Group{Owners: g.Owners[:fewOwners-1]}
	return fmt.Sprintf("%s or %d more", few.names(), len(g.Owners)-len(few.Owners))
}

// packageName shows a package's name. One that could be taken for more than a
// name is quoted.
func packageName(name string) string {
	if strings.Contains(name, " ") || strings.HasSuffix(name, ":") {
		return strconv.Quote(name)
	}
	return Quote(name)
}

// confirmed tells whether a run that saw what was hidden has settled the ranks.
func (r *Report) confirmed() bool {
	settled := func(f Finding) bool { return f.Confirmed }
	return slices.ContainsFunc(r.Stray.Findings, settled) ||
		slices.ContainsFunc(r.Undeclared, func(g Group) bool { return slices.ContainsFunc(g.Findings, settled) })
}

func (p printer) declare(g *Group) {
	if g.Declare != "" {
		p.line("  declare: %s", Quote(g.Declare))
	} else if len(g.Owners) > 0 {
		p.line("  declare %s", g.names())
	}
	if g.ComesWith != "" {
		p.line("  or nothing: it comes with %s", packageName(g.ComesWith))
	}
}

// soFar says that the last command has not come to its end, where it may use more.
func (r *Report) soFar() string {
	if len(r.Runs) == 0 {
		return ""
	}
	switch last := r.Runs[len(r.Runs)-1]; {
	case last.Ended.IsZero():
		return " so far"
	case last.Status != 0:
		return " before the command failed"
	}
	return ""
}

// leftOut says how much there is that the report does not show.
func (p printer) leftOut(r *Report) {
	if r.Ignored > 0 && p.verbose { // a source ignores some in every build
		p.line("not shown: %s", english.Plural(r.Ignored, "ignored path", ""))
	}
	if r.Known > 0 {
		p.line("not shown: %s of the baseline", english.Plural(r.Known, "path", ""))
	}
	if r.Lost > 0 {
		p.line("not recorded: %s, as there were too many", english.Plural(r.Lost, "lookup", ""))
	}
}
