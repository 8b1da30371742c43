package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"
	"golang.org/x/sys/unix"

	"github.com/depview/depview/view/capture"
)

// A progress is what the status line tells of a recorder.
type progress interface {
	Packages() int // of the closure, whose files were used; 0 where that is not known
	Hidden() int   // paths that were looked up and are not there
}

// A live keeps a status line on the terminal that is standard error:
//
//	depview: 1:02, 41 packages, 3 hidden hits, 12 MB captured
//
// The terminal is the command's too. What the command writes there cannot be seen
// from here, and must not be lost or mixed up with the line: a warning, a question
// that waits for its answer in the same line. So the line stands below the one that
// the cursor is in, which stays where the command left it, in the middle of a line
// too. What is written next comes into a line of its own. Where that is several
// lines at once, the second is written over the status line, which leans to the
// right so that a short one stays apart from what shows of it until it scrolls away.
// No colour is used.
//
// There is none where the command's own output comes to the terminal: where standard
// output is one or, as in "| tee log", a pipe that may lead to one. Nor is there one
// while another process group has the terminal, as an interactive shell's jobs have,
// or depview was put into the background: who writes then may be stopped for it.
//
// What depview itself has to say meanwhile goes through Write.
type live struct {
	out  *os.File
	quit chan struct{}
	done chan struct{} // closed once the line is no longer kept

	mu    sync.Mutex
	shown string // the line, if there is one
}

// How often the line changes at most, and when it comes first: most commands are
// done before.
const (
	liveEvery = 250 * time.Millisecond
	liveFirst = time.Second
)

// What a build has captured is looked at this often, for so long: a quarter of a
// percent of one processor, whatever the capture holds.
const (
	meterEvery = 2 * time.Second
	meterTime  = 5 * time.Millisecond
)

func newLive() *live { return &live{out: os.Stderr} }

// start keeps the line until stop is called. The meter may be nil.
func (l *live) start(p progress, m *capture.Meter) {
	l.quit, l.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(l.done)
		l.keep(p, m)
		if m != nil {
			m.Close()
		}
	}()
}

// stop takes the line away.
func (l *live) stop() {
	if l.quit == nil {
		return
	}
	close(l.quit)
	<-l.done
	l.quit = nil
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
}

func (l *live) keep(p progress, m *capture.Meter) {
	start := time.Now()
	tick := time.NewTicker(liveEvery)
	defer tick.Stop()
	var measured time.Time
	captured := ""
	for {
		select {
		case <-l.quit:
			return
		case <-tick.C:
		}
		elapsed := time.Since(start)
		width := l.width()
		if elapsed < liveFirst || width == 0 {
			continue
		}
		if m != nil && time.Since(measured) >= meterEvery {
			captured = capturedText(m.Measure(meterTime))
			measured = time.Now()
		}
		l.show(fit(liveText(elapsed, p, captured), width-1))
	}
}

// liveText is the whole status line.
func liveText(elapsed time.Duration, p progress, captured string) string {
	parts := []string{clock(elapsed)}
	if n := p.Packages(); n > 0 {
		parts = append(parts, english.Plural(n, "package", ""))
	}
	parts = append(parts, english.Plural(p.Hidden(), "hidden hit", ""))
	if captured != "" {
		parts = append(parts, captured)
	}
	return "depview: " + strings.Join(parts, ", ")
}

func capturedText(bytes int64, exact bool) string {
	text := humanize.Bytes(uint64(bytes)) + " captured"
	if !exact {
		return "at least " + text
	}
	return text
}

// clock shows a time as 0:07, 12:34 or 1:02:03.
func clock(d time.Duration) string {
	s := int(d.Seconds())
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// fit makes s so many runes wide, by spaces to its left or by cutting its end off.
func fit(s string, width int) string {
	width = max(width, 0)
	if n := utf8.RuneCountInString(s); n <= width {
		return strings.Repeat(" ", width-n) + s
	}
	return string([]rune(s)[:width])
}

// What a terminal since the VT100 does at these.
const (
	clearToEnd    = "\x1b[J"        // from the cursor to the end of the screen
	makeRoomBelow = "\x1bD\x1b[A"   // a line down, which may scroll, and up again: same column
	saveCursor    = "\x1b7"         // and
	restoreCursor = "\x1b8"         // back
	nextLine      = "\x1b[B" + "\r" // the first column of the line below
)

// show has the line read text.
func (l *live) show(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if text != l.shown {
		l.shown = text
		_, _ = l.out.WriteString(clearToEnd + makeRoomBelow + saveCursor + nextLine + text + restoreCursor)
	}
}

// erase takes the line away. The caller holds the lock.
func (l *live) erase() {
	if l.shown != "" && l.width() > 0 {
		_, _ = l.out.WriteString(clearToEnd)
	}
	l.shown = ""
}

// Write is standard error's, above the line.
func (l *live) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	return l.out.Write(b)
}

// width is how many columns the terminal has, 0 where it cannot have the line now.
func (l *live) width() int {
	fd := int(l.out.Fd())
	size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	if err != nil || size.Row == 1 {
		return 0
	}
	if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || group != unix.Getpgrp() {
		return 0
	}
	return cmp.Or(int(size.Col), 80)
}

// liveFits tells whether standard error is a terminal that can show the line, and
// the command's output does not come there.
func liveFits(term string, out, err *os.File) bool {
	if term == "" || term == "dumb" || !isTerminal(err) || isTerminal(out) {
		return false
	}
	info, e := out.Stat()
	if e != nil {
		return true // it is closed
	}
	return info.Mode().IsRegular() || info.Mode()&os.ModeCharDevice != 0
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}
