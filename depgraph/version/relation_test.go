package version

import "testing"

func TestRelation(t *testing.T) {
	for operator, want := range map[string]string{
		"<": "-", "<=": "-0", "=": "0", "==": "0", "!=": "-+", ">=": "0+", ">": "+", "": "", "~": "", "=<": "",
	} {
		got := ""
		for order, sign := range "-0+" {
			if RelationOf(operator).Holds(7 * (order - 1)) {
				got += string(sign)
			}
		}
		if got != want {
			t.Errorf("%q holds for %q, want %q", operator, got, want)
		}
	}
}
