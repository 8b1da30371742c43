package version

import (
	"strings"
	"testing"
)

// See checkOrders. The rules are of apk-package(5), and each was held against the
// table that apk-tools tests itself with (test/unit/version.data).
const apkOrder = `
1_alpha 1_alpha1 1_alpha2 1_alpha10 1_beta 1_pre 1_rc 1_rc1 1 1-r0 1-r1 1-r10 1_cvs 1_svn 1_git 1_hg 1_p 1_p1 1a 1b 1.0
1.2 1.2~12 1.2_git20240101 1.2_p1 1.2a 1.2a-r1 1.2b 1.2.0 1.2.1 1.2.9 1.2.10 1.3 1.10 2
1_alpha_pre2 1_alpha
1_rc1_p1=1_rc1_p1 1_rc1_p2 2
9 010=10 11 20240101
8.2.0 8.2.001 8.2.0015 8.2.002 8.2.02 8.2.1 8.2.10
1.0~1234 1.0~1234-r0 1.0~2345-r0
1.0~1234-r0 1.0~1234-r1 1.0~2345-r0
99999999999999999999998 99999999999999999999999
1.0_pre20191002222144-r0 1.0_pre20210530193627-r0 1.0-r0

=foo=-r1=.1 0 0.1
1.0_foo=1.0_foo2=1.0-pre1=1.0..1=1.0- 1.0
1.0bc=1.0bx 1.0b
1.0-r2_p1=1.0-r2.1=1.0-r2-r3 1.0-r2
1.0_p~=1.0_p~x=1.0_p-1 1.0_p
1.0-r=1.0X 1.0-r0
1.0a.1=1.0a1 1.0a
`

func TestApk(t *testing.T) { checkOrders(t, Apk, apkOrder) }

func TestApkFuzzy(t *testing.T) {
	for _, c := range []struct{ want, equal, less, greater string }{
		{"3.6", "3.6 3.6.0 3.6.9 3.6_rc1 3.6.0_pre1 3.6a 3.6-r1 3.6~12-r1 3.6.9_post1 3.6junk", "3.5 3 2.9.9 3.5.9 3.06", "3.7 3.60 4"},
		{"3.8.1", "3.8.1 3.8.1.2 3.8.1_git1", "3.8 3.8.0 3.8.0.1", "3.8.2 3.9"},
		{"1-r1", "1-r1", "1 1-r0 1-r", "1-r2 1.0 2"},
		{"1_rc", "1_rc 1_rc1 1_rc_p", "1_pre9", "1 1.0 1-r0"},
	} {
		for order, words := range map[int]string{0: c.equal, -1: c.less, +1: c.greater} {
			for have := range strings.FieldsSeq(words) {
				if got := ApkFuzzy(have, c.want); got != order {
					t.Errorf("%s ~ %s: %d, want %d", have, c.want, got, order)
				}
			}
		}
	}
}
