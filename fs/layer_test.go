package fs

import "testing"

// TestShownAs has a file take the number that another, copied up, is seen as.
func TestShownAs(t *testing.T) {
	l := &layer{numbers: &devices{}, shown: map[uint64]uint64{}, owns: map[uint64]uint64{}}
	l.show(100, 7) // what is number 100 was 7
	seen := map[uint64]uint64{}
	for _, own := range []uint64{100, 7, 8, 100, 7, 8} {
		shown := l.shownAs(own)
		if before, ok := seen[own]; ok && before != shown {
			t.Errorf("%d is shown as %d and as %d", own, before, shown)
		}
		seen[own] = shown
	}
	if seen[100] != 7 || seen[7] == 7 || seen[8] != 8 || seen[7] == seen[8] {
		t.Errorf("shown are %v", seen)
	}
	l.unshow(seen[7])
	l.unshow(7)
	if got := l.shownAs(7); got != 7 {
		t.Errorf("7 is shown as %d when all else is gone", got)
	}
}
