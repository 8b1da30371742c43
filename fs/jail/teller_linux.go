package jail

import (
	"hash/maphash"
	"strings"
	"sync"
	"time"
)

const (
	// maxTold is how many refusals are told of, one by one, and maxToldBytes how much
	// text they may have together: a build can make up as many as it likes.
	maxTold      = 10000
	maxToldBytes = 16 << 20
	// waiting is how many wait for the parent to take them. When there are more,
	// none are kept: the build is not to wait.
	waiting = 1024
)

// A teller sends what was refused to the parent, each to a program once.
type teller struct {
	control control
	queue   chan Denial
	sent    chan struct{} // closed when all is

	mu   sync.Mutex
	seed maphash.Seed
	told map[uint64]bool
	room int // for text, in bytes
	more int // that were not told of one by one
	over bool
}

func newTeller(c control) *teller {
	t := &teller{
		control: c, queue: make(chan Denial, waiting), sent: make(chan struct{}),
		seed: maphash.MakeSeed(), told: map[uint64]bool{}, room: maxToldBytes,
	}
	go t.send()
	return t
}

func (t *teller) send() {
	defer close(t.sent)
	for d := range t.queue {
		if t.control.send(message{Denied: d.wire()}, -1) != nil {
			return // the parent is gone, and this process is about to be
		}
	}
}

// tell takes a refusal to send. Argv is looked up only if it is to be sent.
func (t *teller) tell(d Denial, argv func() []string) {
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, s := range []string{d.Exe, d.Path, d.Address, d.Syscall, d.Errno} {
		h.WriteString(s)
		h.WriteByte(0)
	}
	key := h.Sum64()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over || t.told[key] {
		return
	}
	if len(t.told) == maxTold {
		t.more++
		return
	}
	t.told[key] = true
	d.Argv = argv()
	if t.room -= len(d.Exe) + len(d.Path) + len(strings.Join(d.Argv, " ")); t.room >= 0 {
		select {
		case t.queue <- d:
			return
		default:
		}
	}
	t.more++
}

// finish sends what is left, unless the parent is too slow.
func (t *teller) finish() {
	t.mu.Lock()
	if t.more > 0 {
		select {
		case t.queue <- Denial{More: t.more}:
		default:
		}
	}
	t.over = true
	close(t.queue)
	t.mu.Unlock()
	select {
	case <-t.sent:
	case <-time.After(patience):
	}
}

// A wireDenial is a denial as it goes to the parent, its texts as bytes.
type wireDenial struct {
	Denial    Denial // without its texts
	Exe, Path []byte
	Argv      [][]byte
}

func (d Denial) wire() *wireDenial {
	w := &wireDenial{Exe: []byte(d.Exe), Path: []byte(d.Path)}
	for _, a := range d.Argv {
		w.Argv = append(w.Argv, []byte(a))
	}
	d.Exe, d.Path, d.Argv = "", "", nil
	w.Denial = d
	return w
}

func (w *wireDenial) denial() Denial {
	d := w.Denial
	d.Exe, d.Path = string(w.Exe), string(w.Path)
	for _, a := range w.Argv {
		d.Argv = append(d.Argv, string(a))
	}
	return d
}
