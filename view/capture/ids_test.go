package capture

import "testing"

func TestIDs(t *testing.T) {
	many := IDs{
		Users:  []Range{{0, 1000, 1}, {1, 100000, 50}, {51, 300000, 10}},
		Groups: []Range{{0, 1001, 1}, {1, 200000, 100}},
	}
	for _, c := range []struct {
		name         string
		ids          IDs
		stored       [2]uint32 // user and group where the capture is
		seen         [2]int    // what the build saw
		lower, shown [2]uint32 // what it sees of a file of the machine's
	}{
		{"no namespace", IDs{}, [2]uint32{33, 44}, [2]int{33, 44}, [2]uint32{33, 44}, [2]uint32{33, 44}},
		{"one id: its own", Only(1000, 1001), [2]uint32{1000, 1001}, [2]int{0, 0}, [2]uint32{0, 0}, [2]uint32{0, 0}},
		{"one id: another's", Only(1000, 1001), [2]uint32{33, 44}, [2]int{33, 44}, [2]uint32{33, 44}, [2]uint32{0, 0}},
		{"many: its own", many, [2]uint32{1000, 1001}, [2]int{0, 0}, [2]uint32{0, 0}, [2]uint32{0, 0}},
		{"many: the first", many, [2]uint32{100000, 200000}, [2]int{1, 1}, [2]uint32{1, 1}, [2]uint32{1, 1}},
		{"many: the last", many, [2]uint32{300009, 200099}, [2]int{60, 100}, [2]uint32{60, 100}, [2]uint32{60, 100}},
		{"many: past the last", many, [2]uint32{300010, 200100}, [2]int{300010, 200100}, [2]uint32{61, 101}, [2]uint32{0, 0}},
		{"many: between ranges", many, [2]uint32{100050, 1}, [2]int{100050, 1}, [2]uint32{50, 33}, [2]uint32{50, 33}},
	} {
		if got := [2]int{c.ids.uid(c.stored[0]), c.ids.gid(c.stored[1])}; got != c.seen {
			t.Errorf("%s: %v reads as %v, want %v", c.name, c.stored, got, c.seen)
		}
		var got [2]uint32
		if got[0], got[1] = c.ids.Shown(c.lower[0], c.lower[1]); got != c.shown {
			t.Errorf("%s: %v is shown as %v, want %v", c.name, c.lower, got, c.shown)
		}
	}
	if !many.Many() || Only(1, 1).Many() || (IDs{}).Many() {
		t.Error("Many")
	}
}
