package record

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

func parseJUnit(t testing.TB, text string) junitSuite {
	t.Helper()
	var suites junitSuites
	if err := xml.Unmarshal([]byte(text), &suites); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return suites.Suite
}

func TestReportJUnit(t *testing.T) {
	s := parseJUnit(t, written(t, reportOf(t, everything(), eventful()...), "junit", Details{}))
	if got := fmt.Sprintln(s.Name, s.Tests, s.Failures, s.Errors, s.Skipped, s.Time, s.Timestamp); got != "depview 4 3 0 1 9.000 2026-02-03T04:05:00\n" {
		t.Error(got)
	}
	var got []string
	for _, c := range s.Cases {
		line := c.Class + ": " + c.Name
		if c.Failure != nil {
			line += " failed: " + c.Failure.Message
		}
		if c.Skipped != nil {
			line += " skipped: " + c.Skipped.Message
		}
		got = append(got, line)
	}
	want := `depview.undeclared: zstd failed: would have run
depview.undeclared: libonig-dev failed: would have been read
depview.stray: files that no package owns failed: would have been read
depview.unused: libz-dev skipped: declared and not used`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got:\n%s\nwant:\n%s", s, want)
	}
	if text := s.Cases[1].Failure.Text; !strings.Contains(text, "\n  first by /usr/bin/cc1 (cc1 -quiet conftest.c), pid 900\n") || !strings.HasSuffix(text, "\n  declare: Build-Depends: libonig-dev\n") {
		t.Error(text)
	}
	for _, want := range []string{"\nccache: probed /usr/bin/ccache\n", "\n  EROFS mkdirat (3 times) /usr/local/x\n", "\nnot recorded: 17 lookups"} {
		if !strings.Contains(s.Out, want) {
			t.Errorf("no %q in\n%s", want, s.Out)
		}
	}
}

// Without a finding there is a test still, and it passes.
func TestReportJUnitEmpty(t *testing.T) {
	probe := asked("/usr/bin/ccache", Program, Stat, "ccache", 7, "cmake")
	for _, events := range [][]Event{nil, {probe}} {
		s := parseJUnit(t, written(t, reportOf(t, Options{}, events...), "junit", Details{}))
		if s.Tests != 1 || s.Failures != 0 || s.Cases[0].Failure != nil || s.Cases[0].Skipped != nil {
			t.Errorf("%+v", s)
		}
	}
}
