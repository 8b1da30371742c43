package version

import "testing"

// See checkOrders. Most are of rpm's own tests/rpmvercmp.at.
const rpmOrder = `
1.0 2.0 2.0.1 2.0.1a
5.5p1 5.5p2 5.5p10
xyz10 xyz10.1
xyz.4 2.0_ 8
1.0=1_0=1.0.=1..0=1.+0
10a1b 10b2
1.0aa 1.0b 1.0.1 1.0.1.0
2_0=2.0 20
1.0~rc1~git123 1.0~rc1 1.0~rc2 1.0 1.0arc1
1.0~rc1^git1 1.0~rc2
1.0 1.0^ 1.0^git1~pre 1.0^git1 1.0^git2 1.01=1.1 1.01^ 2.0
1.0~rc1 1.0 1.0-0~ 1.0-0 1.0-1 1.0-1.fc39 1.0-2 1.0-10
0=0:0=00 9 1:0 1:1-1 2:0~ 2:0 10:0
1.0-1=0:1.0-1
a:1=a1=a.1
99999999999999999999998 99999999999999999999999
5.14.0-362.8.1.el9_3 5.14.0-362.13.1.el9_3 5.14.0-427.el9
FC5 fc4
2a 2.0
`

func TestRPM(t *testing.T) { checkOrders(t, RPM, rpmOrder) }
