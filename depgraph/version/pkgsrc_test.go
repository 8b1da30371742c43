package version

import "testing"

// See checkOrders. The first lines are the cases of pkgsrc's own tests of its order,
// pkgtools/pkg_summary-utils/files/tests/pkgsrc-dewey-test.txt, and the examples of
// pkg_info(1). That file is about an awk program, for which 1.0alpha1 and 1.0.0.0alpha1,
// 1.1A and 1.1.a, 1a2 and 1_1_2 are equal; here they are in the order of dewey.c.
const pkgsrcOrder = `
1 2 22 101 202 10001
1 1.1 1.1.1 1.2 2.1
1.1alpha1 1.1alpha2 1.1alpha3 1.1beta1 1.1beta3 1.1beta10 1.1rc3=1.1pre3 1.1=1pl1=1_1 1.1nb1=1.1NB1 1.1nb2 1.1nb10 1.1.2
1.1beta1=1.1BETA1 1.1 1.1b=1.1B
1.1stable=1.1StAbLe
1.1.a 1.1A=1.1.1
1.stable2.3=1_stable2_3
1_1_2 1a2
1zzz=1.26.26.26
1z=1.26 1znb5=1.26nb5 1z5
0001.00023.000456=1.23.456
0001beta00023rc000456=1beta23rc456
1.0.4nb1 1.1nb1 1.2nb1
22 1001
1.0alpha1 1.0beta1 1.0rc1=1.0pre1 1.0.0.0alpha1 1.0.0.0beta1 1.0.0.0rc1=1.0.0.0pre1 1.0=1.0.0.0 1.0nb1=1.0.0.0nb1 1.0.0.0pl1 1.0pl1
0.0alpha1 0.0.0.0alpha1 0.0nb1=0.0.0.0nb1 0.0.0.0pl1 0.0pl1
1.2.9 1.3alpha2 1.3beta1 1.3rc1 1.3rc3 1.3
1.2e=1.2.5
1.0nb3.2=1.0.2nb3
1.0nb1nb2=1.0nb2
1.0nb=1.0=1.0nb0=1.0+=1.0-~
1.1a2 1.1blah2 1.1c2
20251208143052123455 20251208143052123456
1.0nb99999999999999999999 1.0nb100000000000000000000
`

func TestPkgsrc(t *testing.T) { checkOrders(t, Pkgsrc, pkgsrcOrder) }
