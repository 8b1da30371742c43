package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type fixedProgress struct{ packages, hidden int }

func (p fixedProgress) Packages() int { return p.packages }
func (p fixedProgress) Hidden() int   { return p.hidden }

func TestLiveText(t *testing.T) {
	for _, test := range []struct {
		elapsed  time.Duration
		p        fixedProgress
		captured string
		want     string
	}{
		{time.Second, fixedProgress{}, "", "depview: 0:01, 0 hidden hits"},
		{62*time.Second + 999*time.Millisecond, fixedProgress{41, 1}, capturedText(12e6, true), "depview: 1:02, 41 packages, 1 hidden hit, 12 MB captured"},
		{time.Hour + 2*time.Minute + 3*time.Second, fixedProgress{1, 1234}, capturedText(0, false), "depview: 1:02:03, 1 package, 1,234 hidden hits, at least 0 B captured"},
	} {
		if got := liveText(test.elapsed, test.p, test.captured); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestLiveFitsTheWidth(t *testing.T) {
	for _, s := range []string{"", "abc", "ähnlich: 12 MB"} {
		for width := -1; width < 20; width++ {
			got := fit(s, width)
			if utf8.RuneCountInString(got) != max(width, 0) || !utf8.ValidString(got) {
				t.Errorf("fit(%q, %d) = %q", s, width, got)
			}
			if rest := strings.TrimLeft(got, " "); !strings.HasPrefix(s, rest) {
				t.Errorf("fit(%q, %d) = %q, which is no beginning of it", s, width, got)
			}
		}
	}
}

// TestLiveBeforeMessages checks that what depview says is not mixed up with the
// line, and that what is no terminal gets no line and nothing to take one away.
func TestLiveBeforeMessages(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	l := &live{out: out}
	l.stop() // never started
	l.start(fixedProgress{}, nil)
	time.Sleep(liveFirst + 2*liveEvery)
	if _, err := l.Write([]byte("depview: a message\n")); err != nil {
		t.Fatal(err)
	}
	l.stop()
	l.stop()
	if text, err := os.ReadFile(out.Name()); err != nil || string(text) != "depview: a message\n" {
		t.Errorf("%q, %v", text, err)
	}
	for _, term := range []string{"", "dumb", "xterm"} {
		if liveFits(term, out, out) {
			t.Errorf("TERM=%s: a file was taken for a terminal", term)
		}
	}
}
