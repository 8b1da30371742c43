package version

import "testing"

// See checkOrders.
const debianOrder = `
1.0~~ 1.0~~a 1.0~ 1.0 1.0a
1.0~rc1 1.0 1.0-1 1.0-1+b1 1.0-1.1 1.0-2 1.0-10
0=0:0=0-0=00 1.0=1.0-0=0:1.0=1.00
9 1:0 1:1-1 2:0~ 2:0 10:0
1.2.3 1.2.10 1.2.a 1.2.+
A.1 a
1 1a 1b 1+ 1. 1.1
1.0-1~deb12u1 1.0-1~deb12u2 1.0-1
1-2-3 1-10-1
2.36-9+deb12u9 2.36-9+deb12u10
99999999999999999999998 99999999999999999999999
`

func TestDebian(t *testing.T) { checkOrders(t, Debian, debianOrder) }
