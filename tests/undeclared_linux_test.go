package tests

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// leaksAll has TestUndeclared go through all packages, which takes half an hour, and
// not through the smallest alone.
var leaksAll = flag.Bool("leaks.all", false, "let TestUndeclared build all its packages")

// Debian packages declare what they need: with that, check finds nothing. With each
// build dependency struck in turn, check names what it brought, or a build that sees
// everything does not use it. As everywhere here, jq's tests are left out.
func TestUndeclared(t *testing.T) {
	needFuse(t)
	needRoot(t)
	for _, tool := range []string{"dpkg-buildpackage", "dpkg-checkbuilddeps", "dh"} {
		needTool(t, tool)
	}
	dir := scratch(t, "undeclared")
	sources := []debianSource{{name: "hello", options: "parallel=2 nocheck"}}
	if *leaksAll {
		for _, name := range []string{"jq", "lua5.4", "zlib"} {
			sources = append(sources, debianSource{name: name, options: "parallel=2 nocheck"})
		}
	}
	fetchSources(t, dir+"/source", sources)
	for _, s := range sources {
		t.Run(s.name, func(t *testing.T) {
			control, err := os.ReadFile(s.dir + "/debian/control")
			if err != nil {
				t.Fatal(err)
			}
			whole := s.check(t, dir, "whole", string(control))
			for _, g := range whole.Undeclared {
				if g.Rank != "probed" {
					t.Errorf("with all that is declared: %s %s", g.Owners, g.Rank)
				}
			}
			unused := s.learn(t, dir, string(control))
			t.Logf("not used, though declared: %q", unused)
			for _, d := range buildDepends(t, string(control)) {
				t.Run(d.name, func(t *testing.T) {
					t.Parallel() // a configure script keeps one processor busy
					s.strike(t, dir, string(control), d, unused)
				})
			}
		})
	}
}

// strike checks the source without one of its build dependencies.
func (s debianSource) strike(t *testing.T, dir, control string, d buildDepend, unused []string) {
	less := strings.Replace(control, d.text, "", 1)
	missing := s.brings(t, filepath.Join(dir, s.name+"-"+d.name), control, less)
	if len(missing) == 0 {
		t.Logf("without %s the view is the same: another brings it", d.name)
		return
	}
	r := s.check(t, dir, d.name, less)
	if g, ok := r.of(missing); ok && g.Rank == "probed" {
		r = s.check(t, dir, d.name, less, "--confirm") // as the report advises
	}
	if g, ok := r.of(missing); ok && g.Rank != "probed" {
		t.Logf("%s: %s, declare: %s", g.Owners, g.Rank, g.Declare)
		return
	}
	if slices.Contains(unused, d.name) {
		t.Logf("a build that sees %s does not use it", d.name)
		return
	}
	t.Errorf("check names nothing of what %s brings (%s), and a build uses it; it says: %+v", d.name, missing, r.Undeclared)
}

// of returns the first group, of the highest rank, with one of the packages.
func (r leakReport) of(packages []string) (leakGroup, bool) {
	at := slices.IndexFunc(r.Undeclared, func(g leakGroup) bool {
		return slices.ContainsFunc(g.Owners, func(o string) bool { return slices.Contains(packages, o) })
	})
	if at < 0 {
		return leakGroup{}, false
	}
	return r.Undeclared[at], true
}

// A buildDepend is one of a source's build dependencies, and its text, with the comma
// before or after it.
type buildDepend struct{ name, text string }

func buildDepends(t *testing.T, control string) (list []buildDepend) {
	t.Helper()
	field := regexp.MustCompile(`(?m)^Build-Depends:((?:.*\n)(?:[ \t].*\n)*)`).FindStringSubmatch(control)
	if field == nil {
		t.Fatalf("no Build-Depends in\n%s", control)
	}
	all := strings.Split(strings.TrimRight(field[1], "\n, \t"), ",")
	for i, text := range all {
		name := regexp.MustCompile(`[a-z0-9][a-z0-9+.-]*`).FindString(text)
		if i < len(all)-1 {
			text += ","
		} else if i > 0 {
			text = "," + text
		}
		list = append(list, buildDepend{name, text})
	}
	return list
}

// brings lists the packages that the recipe has in the view and the other has not. It
// writes them to a file.
func (s debianSource) brings(t *testing.T, file, recipe, less string) (missing []string) {
	t.Helper()
	names := func(control string) []string {
		writeFile(t, file, control, 0o644)
		var list []string
		for line := range strings.Lines(must(t, s.depview("deps", file))) {
			list = append(list, strings.Fields(line)[0])
		}
		return list
	}
	fewer := names(less)
	return slices.DeleteFunc(names(recipe), func(name string) bool { return slices.Contains(fewer, name) })
}

// check builds a copy of the source in a view, and returns the report.
func (s debianSource) check(t *testing.T, dir, name, control string, flags ...string) leakReport {
	t.Helper()
	capture, status := s.build(t, dir, name, control, "check", flags...)
	if status == 125 || status != 0 && name == "whole" {
		t.Fatalf("check ends with status %d", status)
	}
	return readLeaks(t, exec.Command(binary, "report", "--format", "json", capture))
}

// learn builds the source with everything visible, and returns which of its build
// dependencies suggest calls unused.
func (s debianSource) learn(t *testing.T, dir, control string) (unused []string) {
	t.Helper()
	capture, status := s.build(t, dir, "learn", control, "run", "--learn")
	if status != 0 {
		t.Fatalf("run --learn ends with status %d", status)
	}
	var said struct{ Unused []struct{ Depends string } }
	text := must(t, exec.Command(binary, "suggest", "--format", "json", capture))
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		t.Fatalf("suggest: %v\n%s", err, text)
	}
	for _, u := range said.Unused {
		unused = append(unused, strings.Fields(u.Depends)[0])
	}
	return unused
}

// build builds a copy of the source with a verb of depview's, by the recipe control.
func (s debianSource) build(t *testing.T, dir, name, control, verb string, flags ...string) (capture string, status int) {
	t.Helper()
	place := filepath.Join(dir, s.name, name)
	s = s.copyTo(t, place, false)
	recipe := filepath.Join(place, "control")
	writeFile(t, recipe, control, 0o644)
	capture = s.place(t, false)
	// The packages that are struck are not in the view's database either: -d.
	flags = append(flags, "--work", "..", "--capture", capture, "--", "dpkg-buildpackage", "-d", "-b", "-uc", "-us")
	cmd := s.depview(verb, recipe, flags...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("%s: %v\n%s", verb, err, lastLines(string(out)))
	}
	if err := os.RemoveAll(place); err != nil {
		t.Error(err)
	}
	return capture, cmd.ProcessState.ExitCode()
}
