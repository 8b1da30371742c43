package record

import (
	"fmt"
	"testing"
)

// A flood of names of one package fills its ration, and not another's.
func TestRation(t *testing.T) {
	r := NewRation()
	admitted := 0
	for i := range 3 * maxEvents {
		e := Event{Kind: Hidden, Path: fmt.Sprintf("/flood/%d/%d", i%1000, i), Owners: []string{"flood"}}
		if r.Admit(&e, 1) {
			admitted++
		}
	}
	if admitted != maxEvents {
		t.Errorf("%d events of one package were admitted, want %d", admitted, maxEvents)
	}
	late := Event{Kind: Hidden, Path: "/usr/include/late.h", Owners: []string{"late"}}
	if !r.Admit(&late, 1) || r.Admit(&late, 1) || !r.Admit(&late, 2) {
		t.Error("a package that comes late is recorded once for each rank that it rises to")
	}
	if got := r.Known(Hidden, late.Path); got != 2 {
		t.Errorf("known with rank %d, want 2", got)
	}
	left := r.Left()
	if len(left) != 1 || left[0].Kind != More || left[0].OfKind != Hidden || left[0].Count != 2*maxEvents {
		t.Errorf("left out: %+v", left)
	}
	if again := r.Left(); again != nil {
		t.Errorf("told twice: %+v", again)
	}
}

// One directory takes no more than its share, and long names no more than theirs.
func TestRationShares(t *testing.T) {
	count := func(n int, event func(i int) Event) (admitted int) {
		r := NewRation()
		for i := range n {
			if e := event(i); r.Admit(&e, 1) {
				admitted++
			}
		}
		return admitted
	}
	if got := count(3*maxAlike, func(i int) Event { return Event{Kind: Absent, Path: fmt.Sprintf("/d/%d", i)} }); got != maxAlike {
		t.Errorf("%d of one directory, want %d", got, maxAlike)
	}
	long := make([]byte, 4000)
	got := count(maxBytes/2000, func(i int) Event { return Event{Kind: Absent, Path: fmt.Sprintf("/%s%d/x", long, i)} })
	if got > maxBytes/4000+1 {
		t.Errorf("%d names of 4000 bytes were admitted", got)
	}
}
