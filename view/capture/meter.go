package capture

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// A Meter tells how much a layer holds while a build writes to it. To go through a
// large one takes longer than the answer is worth, so that it goes on a little at
// each call and begins anew when it is through. It is usable until the capture is
// closed, and not by several goroutines at once.
type Meter struct {
	root    *os.Root
	pending []string // directories that this round has yet to read
	dir     *os.File // the one that it is reading
	name    string   // and its path from the capture
	sum     int64    // of this round so far
	missed  bool     // this round could not read something

	last  int64 // of the round before
	whole bool  // and that saw all there was
}

// Meter returns a meter of the capture's upper layer.
func (c *Capture) Meter() *Meter { return &Meter{root: c.root, pending: []string{upperName}} }

// Measure goes on for about the time given, and returns how many bytes the regular
// files hold. Where exact is false there may be more: no round has come to its end
// yet, or a directory was closed to this user.
func (m *Meter) Measure(budget time.Duration) (bytes int64, exact bool) {
	end := time.Now().Add(budget)
	for m.readSome() {
		if time.Now().After(end) {
			return max(m.last, m.sum), m.whole
		}
	}
	m.last, m.whole = m.sum, !m.missed
	m.sum, m.missed, m.pending = 0, false, []string{upperName}
	return m.last, m.whole
}

// fewNames is how many files are looked at before the time is.
const fewNames = 64

// readSome goes on with a directory, and tells whether the round has not come to
// its end.
func (m *Meter) readSome() bool {
	if m.dir == nil {
		n := len(m.pending) - 1
		if n < 0 {
			return false
		}
		m.name, m.pending = m.pending[n], m.pending[:n]
		// The build may have put a fifo or a link there meanwhile.
		dir, err := m.root.OpenFile(m.name, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
		if err != nil {
			m.missed = m.missed || !errors.Is(err, fs.ErrNotExist)
			return true
		}
		m.dir = dir
	}
	names, err := m.dir.Readdirnames(fewNames)
	for _, name := range names {
		m.add(name)
	}
	if err != nil || len(names) == 0 {
		m.Close()
	}
	return true
}

// add counts a file in the directory that is being read.
func (m *Meter) add(name string) {
	var st unix.Stat_t
	if unix.Fstatat(int(m.dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return // it is gone
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		m.sum += st.Size
	case unix.S_IFDIR:
		m.pending = append(m.pending, filepath.Join(m.name, name))
	}
}

// Close lets go of the directory that is being read.
func (m *Meter) Close() {
	if m.dir != nil {
		m.dir.Close()
		m.dir = nil
	}
}
