package jail

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// A pace decides how a caller and the keeper wake each other. On an idle machine
// they had best take turns on one processor: to wake another costs more than the
// call. On a busy one that would pile the build's processes up on the processor
// where the keeper happens to be, so the scheduler is to choose.
type pace struct {
	load  int // /proc/loadavg, or -1
	calls int // since the machine was last looked at
	turns bool
}

// takeTurns tells, after each call, whether to take turns, and whether that is
// new.
func (p *pace) takeTurns() (turns, changed bool) {
	const every = 64
	if p.calls++; p.calls < every {
		return p.turns, false
	}
	p.calls = 0
	was := p.turns
	p.turns = p.idle()
	return p.turns, p.turns != was
}

// idle tells whether nothing runs but this thread: the fourth word of
// /proc/loadavg is how many run, a slash, and how many there are.
func (p *pace) idle() bool {
	var buf [64]byte
	n, err := unix.Pread(p.load, buf[:], 0)
	if err != nil {
		return false
	}
	words := bytes.Fields(buf[:n])
	return len(words) > 3 && bytes.HasPrefix(words[3], []byte("1/"))
}
