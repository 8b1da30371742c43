package suggest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/needs"
	"github.com/depview/depview/view/record"
)

var update = flag.Bool("update", false, "write what is got as what is wanted")

// TestGolden makes a suggestion from each testdata/*.txt. The lines of one, up to
// the first section, are
//
//	libfoo-dev: libfoo             a package and its needs
//	libfoo-dev provides foo-dev    a virtual name of it
//	base: libc6                    the base
//	declared build: libfoo-dev a|b at debian/control:7: Build-Depends
//	declared build: a|!b at …      the same, if b is there
//	target: jq
//	start learn test               a command, its mode and phase
//	use undeclared open /usr/include/foo.h libfoo-dev by /usr/bin/cc1 cc1 -quiet x.c
//	owns /usr/bin/git git
//	need libfoo5 library libfoo.so.5 /usr/bin/x
//
// and its sections, which open with "-- NAME --", are what text, verbose, json and
// toml give. Values with blanks or escapes are in Go's quotes.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(string(text), "\n-- ")
			s, err := New(readInput(t, parts[0]))
			if err != nil {
				t.Fatal(err)
			}
			got := parts[0]
			for _, part := range parts[1:] {
				section, _, _ := strings.Cut(part, " --")
				got += "\n-- " + section + " --\n" + output(t, s, section)
			}
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(text) {
				t.Errorf("got:\n%s", got)
			}
		})
	}
}

func output(t *testing.T, s *Suggestion, section string) string {
	var b bytes.Buffer
	var err error
	switch section {
	case "text":
		err = s.Text(&b, false)
	case "verbose":
		err = s.Text(&b, true)
	case "json":
		err = s.JSON(&b)
		if !json.Valid(b.Bytes()) {
			t.Error("not JSON")
		}
	case "toml":
		c := depgraph.Config{Target: depgraph.TargetConfig{Name: s.Target, Direct: s.Direct()}}
		b.Write(c.TOML())
		if _, err := depgraph.ReadConfig("deps.toml", b.Bytes(), nil, nil); err != nil {
			t.Error(err)
		}
	default:
		t.Fatalf("unknown section %q", section)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func readInput(t *testing.T, text string) Input {
	in := Input{Declare: declare}
	packages := map[string]*depgraph.Package{}
	var order []*depgraph.Package
	var events []record.Event
	owners := map[string][]string{}
	for line := range strings.Lines(text) {
		w := words(t, line)
		switch {
		case len(w) == 0 || w[0] == "#":
		case w[0] == "target:":
			in.Target = w[1]
		case w[0] == "base:":
			in.Base = append(in.Base, directs("", w[1:], "")...)
		case w[0] == "declared":
			at := slices.Index(w, "at")
			kind := depgraph.Kind(strings.TrimSuffix(w[1], ":"))
			in.Declared = append(in.Declared, directs(kind, w[2:at], strings.Join(w[at+1:], " "))...)
		case w[0] == "start":
			events = append(events, record.Event{Kind: record.Start, Mode: w[1], Phase: strings.Join(w[2:], "")})
		case w[0] == "use":
			events = append(events, useOf(w))
		case w[0] == "owns":
			owners[w[1]] = w[2:]
			in.Owners = func(path string) []string { return owners[path] }
		case w[0] == "need":
			pkg := strings.TrimPrefix(w[1], "-")
			in.Captured = append(in.Captured, Captured{pkg, needs.Need{Kind: needs.Kind(w[2]), Name: w[3]}, w[4]})
		case len(w) == 3 && w[1] == "provides":
			p := packages[w[0]]
			p.Provides = append(p.Provides, depgraph.Provide{Name: w[2]})
		default:
			p := &depgraph.Package{Name: strings.TrimSuffix(w[0], ":")}
			for _, d := range directs("", w[1:], "") {
				p.Needs = append(p.Needs, d.Need)
			}
			packages[p.Name] = p
			order = append(order, p)
		}
	}
	in.Events = func(yield func(record.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
	var err error
	if in.Graph, err = depgraph.New(nil, order); err != nil {
		t.Fatal(err)
	}
	return in
}

func declare(kind depgraph.Kind, names []string) string {
	if kind == depgraph.Run {
		return ""
	}
	return "Build-Depends: " + strings.Join(names, ", ")
}

// words splits at blanks, and unquotes.
func words(t *testing.T, line string) (list []string) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		var word string
		if line[0] == '"' {
			end := strings.Index(line[1:], `"`) + 2
			if _, err := fmt.Sscanf(line[:end], "%q", &word); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			line = line[end:]
		} else {
			word, line, _ = strings.Cut(line, " ")
		}
		list = append(list, word)
	}
	return list
}

func directs(kind depgraph.Kind, names []string, where string) (list []depgraph.Direct) {
	for _, name := range names {
		var n depgraph.Need
		for a := range strings.SplitSeq(name, "|") {
			name, condition := strings.CutPrefix(a, "!")
			n = append(n, depgraph.Alternative{Name: name, Condition: condition})
		}
		list = append(list, depgraph.Direct{Kind: kind, Need: n, Where: where})
	}
	return list
}

// useOf reads "use VERDICT CALL PATH OWNER… by EXE ARGV…".
func useOf(w []string) record.Event {
	by := slices.Index(w, "by")
	e := record.Event{Kind: record.Used, Verdict: w[1], Call: record.Call(w[2]), Path: w[3], Owners: w[4:by], Exe: w[by+1], Argv: w[by+2:]}
	e.Call, e.OptionalFor, _ = cutCall(string(e.Call))
	if e.Call == "listed" {
		e.Call, e.Listed = record.Open, true
	}
	return e
}

// cutCall reads "open=git": a use that git does without.
func cutCall(word string) (record.Call, string, bool) {
	call, optional, ok := strings.Cut(word, "=")
	return record.Call(call), optional, ok
}
