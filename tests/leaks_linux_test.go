package tests

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestLeaks has depview find what the small projects in leaks/ do not declare. Each
// uses a real tool, needs one installed package that its deps.toml or debian/control
// does not name, and names one that it does not need; leakProject has what its
// expect.toml says of them. A project builds natively; check finds just the two
// packages, whether the build fails without the one or only differs, and nothing
// once that is declared; and the build passes in a view of what suggest makes of a
// run that hid nothing. Around the one package lie files that a program only probes,
// as aclocal reads all macros there are: to report any of them is a false finding.
//
// A line a project and the sums are printed, which is what make leaks shows.
func TestLeaks(t *testing.T) {
	needFuse(t)
	projects := leakProjects(t)
	dir := scratch(t, "leaks")
	var tally leakTally
	t.Run("project", func(t *testing.T) {
		for _, p := range projects {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				var r leakResult
				defer func() { tally.add(p, r) }()
				p.prepare(t, filepath.Join(dir, p.name))
				r = p.test(t)
			})
		}
	})
	fmt.Println(tally.String())
	if tally.found < tally.n || tally.wrong > 0 || tally.verified < tally.n {
		t.Error(tally.String())
	}
}

// A leakResult says how depview did with one project.
type leakResult struct {
	found    bool     // the undeclared package, by the file and with the rank it has
	wrong    []string // the other findings
	verified bool     // a view of what is suggested suffices
}

// test builds the project in all the ways there are. The second user only checks.
func (p *leakProject) test(t *testing.T) (r leakResult) {
	first, second := leakUser{p, os.Geteuid() == 0}, leakUser{p, false}
	r = first.lacking(t)
	r.wrong = append(r.wrong, first.complete(t)...)
	if first != second {
		other := second.lacking(t)
		r.found = r.found && other.found
		r.wrong = append(r.wrong, other.wrong...)
	}
	r.verified = first.suggested(t)
	return r
}

// lacking checks the project as it is.
func (u leakUser) lacking(t *testing.T) (r leakResult) {
	dir := u.copy(t, "lacking")
	report := u.check(t, dir, 3)
	u.lacks(t, dir, report)
	for _, g := range report.wanted() {
		if slices.Contains(g.Owners, u.Undeclared) && len(g.Owners) == 1 {
			r.found = u.betrayed(t, g)
		} else {
			r.wrong = append(r.wrong, g.String())
		}
	}
	if !r.found {
		t.Errorf("as %v, %s is not found: %v", u, u.Undeclared, report.wanted())
	}
	if len(r.wrong) > 0 {
		t.Errorf("as %v, false findings: %s", u, strings.Join(r.wrong, "; "))
	}
	if !slices.Equal(report.Unused, []string{u.Unused}) {
		t.Errorf("as %v, unused is %q, and should be %s", u, report.Unused, u.Unused)
	}
	return r
}

// lacks has the test fail if the build does as well without the package: then
// nothing was planted.
func (u leakUser) lacks(t *testing.T, dir string, report leakReport) {
	t.Helper()
	if len(report.Runs) != 2 {
		t.Fatalf("as %v, the report is about %d runs, and not about the build and its confirmation", u, len(report.Runs))
	}
	if report.Runs[1].Status != 0 {
		t.Errorf("as %v, the build ends with status %d where everything is visible", u, report.Runs[1].Status)
	}
	fails := report.Runs[0].Status != 0
	if fails != (u.Without == "fails") || !fails && u.result(t, dir) == u.native {
		t.Errorf("as %v, the build ends with status %d without %s and makes %q; it %s, it is said",
			u, report.Runs[0].Status, u.Undeclared, u.result(t, dir), u.Without)
	}
}

// betrayed tells whether a finding is of the kind that is expected.
func (u leakUser) betrayed(t *testing.T, g leakGroup) bool {
	t.Helper()
	for _, f := range g.Findings {
		if f.What == u.What && f.Rank == u.Rank {
			return true
		}
	}
	t.Errorf("as %v, %s is found, but not by a %s that %s: %v", u, u.Undeclared, u.What, u.Rank, g)
	return false
}

// complete checks the project with the package declared, and returns what is found.
func (u leakUser) complete(t *testing.T) (wrong []string) {
	dir := u.copy(t, "complete")
	report := u.check(t, dir, 0, "--dep", "build:"+u.Undeclared)
	for _, g := range report.wanted() {
		wrong = append(wrong, "with all declared, "+g.String())
	}
	if len(wrong) > 0 {
		t.Errorf("as %v, false findings: %s", u, strings.Join(wrong, "; "))
	}
	if got := u.result(t, dir); got != u.native {
		t.Errorf("as %v, the build makes %q in the view and %q natively", u, got, u.native)
	}
	return wrong
}

// suggested tells whether a build in a view of what suggest names passes.
func (u leakUser) suggested(t *testing.T) bool {
	dir, capture := u.copy(t, "learn"), u.place("learn-capture")
	must(t, u.depview(dir, "run", u.flags(dir, "--learn", "--capture", capture)...))
	if got := u.result(t, dir); got != u.native {
		t.Errorf("the build makes %q where everything is visible and %q natively", got, u.native)
	}
	names := u.suggestion(t, capture)
	if !slices.Contains(names, u.Undeclared) || slices.Contains(names, u.Unused) {
		t.Errorf("%q is suggested, where %s is needed and %s is not", names, u.Undeclared, u.Unused)
	}
	dir = u.copy(t, "verify")
	out, err := u.depview(dir, "suggest", "--verify", capture, "--", "sh", "-c", u.Command).CombinedOutput()
	if err != nil {
		t.Errorf("suggest --verify: %v\n%s", err, lastLines(string(out)))
		return false
	}
	if got := u.result(t, dir); got != u.native {
		t.Errorf("the build makes %q in the view that is suggested and %q natively", got, u.native)
		return false
	}
	return true
}

// check runs depview check, which is to end with a status, and returns its report.
func (u leakUser) check(t *testing.T, dir string, status int, more ...string) leakReport {
	t.Helper()
	capture := dir + "-capture"
	cmd := u.depview(dir, "check", u.flags(dir, append(more, "--confirm", "--capture", capture)...)...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != status {
		t.Errorf("as %v, check ends with status %d, and should with %d:\n%s", u, got, status, lastLines(string(out)))
	}
	return u.report(t, capture)
}

// A leakTally sums up the results.
type leakTally struct {
	mu                        sync.Mutex
	n, found, wrong, verified int
}

func (s *leakTally) add(p *leakProject, r leakResult) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	how := "not found"
	if r.found {
		s.found++
		how = p.Rank
	}
	verified := "not verified"
	if r.verified {
		s.verified++
		verified = "verified"
	}
	slices.Sort(r.wrong)
	r.wrong = slices.Compact(r.wrong)
	s.wrong += len(r.wrong)
	fmt.Printf("%-16s %-18s %-16s %-20s %s\n", p.name, p.Undeclared, p.What, how,
		cmp.Or(strings.Join(r.wrong, "; "), verified))
}

func (s *leakTally) String() string {
	return fmt.Sprintf("recall %d/%d (%d %%), false findings %d, suggest --verify %d/%d",
		s.found, s.n, 100*s.found/max(s.n, 1), s.wrong, s.verified, s.n)
}
