package record

import (
	"hash/maphash"
	"path"
	"strings"
	"sync"
)

// A Ration says which events are worth recording. A build can look up millions of
// names, hostile or not, and neither its record nor what the recorder remembers of it
// may grow with them: see the limits. What is left out is counted.
type Ration struct {
	seed maphash.Seed

	mu    sync.Mutex
	known map[uint64]uint8 // how much is recorded of a path, by kind and path
	alike map[uint64]int32 // events of the same kind and owners, and those in one directory
	bytes int
	lost  map[Kind]int
}

// The limits. The first few of each owner are recorded however full the record is, so
// that no package can hide behind another: there are only so many sets of owners.
const (
	maxAlike  = 2000      // of one kind, owners and directory
	maxEvents = 50_000    // in all
	maxBytes  = 128 << 20 // about
	maxFirst  = 50        // of one kind and owners
)

// NewRation returns one for a new session.
func NewRation() *Ration {
	return &Ration{seed: maphash.MakeSeed(), known: map[uint64]uint8{}, alike: map[uint64]int32{}, lost: map[Kind]int{}}
}

// Known returns the rank by which the path's last event of the kind was admitted, 0 if
// there is none.
func (r *Ration) Known(k Kind, path string) uint8 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[r.hash(string(k), path)]
}

// Full tells whether what is new has little chance, so that it is not worth finding
// out about. It counts it as left out.
func (r *Ration) Full(k Kind) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) < 2*maxEvents {
		return false
	}
	r.lost[k]++
	return true
}

// Admit tells whether to record e, which says so much of its path: more than what is
// known. A rank is at least 1.
func (r *Ration) Admit(e *Event, rank uint8) bool {
	owners := string(e.Kind) + strings.Join(e.Owners, "\x00")
	key, same, near := r.hash(string(e.Kind), e.Path), r.hash(owners, ""), r.hash(owners, path.Dir(e.Path))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[key] >= rank {
		return false
	}
	full := len(r.known) >= maxEvents || r.bytes >= maxBytes || r.alike[near] >= maxAlike
	if full && r.alike[same] >= maxFirst {
		r.lost[e.Kind]++
		return false
	}
	r.known[key] = rank
	r.alike[same]++
	r.alike[near]++
	r.bytes += e.size()
	return true
}

// size is about how many bytes e takes in a record.
func (e *Event) size() int {
	n := 200 + len(e.Path) + len(e.Asked) + len(e.Target) + len(e.Exe)
	for _, list := range [][]string{e.Owners, e.Argv} {
		for _, s := range list {
			n += len(s) + 3
		}
	}
	return n
}

// Left returns an event for each kind of which some were left out since the last time.
func (r *Ration) Left() (events []Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for kind, n := range r.lost {
		events = append(events, Event{Kind: More, OfKind: kind, Count: n})
	}
	clear(r.lost)
	return events
}

func (r *Ration) hash(kind, path string) uint64 {
	var h maphash.Hash
	h.SetSeed(r.seed)
	h.WriteString(kind)
	h.WriteByte(0)
	h.WriteString(path)
	return h.Sum64()
}
