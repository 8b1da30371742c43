package version

import "testing"

// See checkOrders. The first lines are those of MacPorts' own tests
// (src/pextlib1.0/tests/vercomp.tcl).
const macportsOrder = `
1.0 2.0
abc def
a 1
1.0=1.00=1_0=.1.0=1-0 1.0a=1.0.a 1.0.0 1.0.1 1.1 1.10
1.0 1.0b 1.0beta 1.0beta2 1.0bz
1.6.40 1.6.50
1 1. 1.a 1.0
9 10 010a 11
2023.A 2023.a 2023.0101=2023.101
1.214 1.215 1.300 2
1.0 1.0p1=1.0-p1=1.0p01 1.0p2
0=00=000=+0 1
99999999999999999999998 99999999999999999999999
`

func TestMacPorts(t *testing.T) { checkOrders(t, MacPorts, macportsOrder) }
