package version

import "testing"

// See checkOrders. The rules are those of the comments in pkg's pkg_version.c.
const freebsdOrder = `
1 2 1,1
1.0 1.0_1 1.0_2 1.0_10 1.1 1.0,1 1.0_1,1 0.1,2
10=10.0=10.0.0 10.0.1 10.1=10..1
10 10a 10b
a 0
10.a 10=10.0 10a
10a1.b2=10a1b2
2.* 2pl1 2alpha3 2 2.9f7 3.* 3
10alpha=10.a 10.b=10beta 10pre 10rc 10 10a
pl11 alpha3 0.1beta2=0.1.b2 0.1
1.d2=1.dev2=1.Development2 1
1.0.1:2003.09.16 1.0:2003.09.16=1.0.2003.09.16
1.0+1 1.0+2 1.1
1+2 1.0.1+1
foo-1.0=1.0 bar-1.1
1.0,1_2=1.0.1_2 1.0,2_1
1.0ALPHA2=1.0alpha2 1.0Beta
9223372036854775806 9223372036854775807=99999999999999999999
`

func TestFreeBSD(t *testing.T) { checkOrders(t, FreeBSD, freebsdOrder) }
