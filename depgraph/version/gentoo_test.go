package version

import "testing"

// See checkOrders. The rules are PMS 3.3's; the pairs are those of Portage's own tests
// (lib/portage/tests/versions/test_vercmp.py), and more.
const gentooOrder = `
4.0 5 5.0 6.0
1 1b 1.0 1.0b 1.0.0
1_p1 1b 1b_p1
1.0_alpha 1.0_alpha1 1.0_alpha2 1.0_beta 1.0_beta1 1.0_pre 1.0_pre2 1.0_rc3 1.0 1.0_p 1.0_p2
1.0_alpha_beta 1.0_alpha_rc 1.0_alpha 1.0_alpha_p 1.0_alpha1
1.0_p=1.0_p0=1.0_p00 1.0_p1
1.0=1.0-r0=1.0-r00 1.0-r1=1.0-r01 1.0-r10
999999999999999999999999999998 999999999999999999999999999999
1.001000000000000000001 1.001000000000000000002
1.00100000000 1.0010000000000000001
1.01 1.1 1.2 1.10
1.0=1.00=1.000 1.001=1.0010 1.01=1.010 1.02 1.1 1.10
12.2 12.2b 12.2.5
01=1 02=2 10
0 0.0
1.0-r1 1.0a 1.0.1_alpha
20060810 20060810-r1 20240101
`

func TestGentoo(t *testing.T) { checkOrders(t, Gentoo, gentooOrder) }

// TestIsGentoo has what is a version, and what is none and so before all.
func TestIsGentoo(t *testing.T) {
	for _, v := range []string{"0", "1", "1.2.3", "1a", "1.2b_alpha_p4-r10", "9999", "1_pre", "1-r0", "007"} {
		if !IsGentoo(v) {
			t.Errorf("%q is a version", v)
		}
	}
	for _, v := range []string{"", "a", "1.", ".1", "1..2", "1A", "1ab", "1_", "1_foo", "1_rc-1", "1-r", "1-rc", "1-r1-r1", "1-1", "1.2a.3", "v1", " 1", "1 ", "1_p1b", "-r1"} {
		if IsGentoo(v) {
			t.Errorf("%q is no version", v)
		}
		if Gentoo(v, "0_alpha") != -1 {
			t.Errorf("%q does not come first", v)
		}
	}
}
