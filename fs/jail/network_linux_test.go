package jail

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseAddress(t *testing.T) {
	v6 := func(b ...byte) []byte { return append([]byte{unix.AF_INET6, 0, 0x01, 0xbb, 0, 0, 0, 0}, b...) }
	local := []byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{[]byte{unix.AF_INET, 0, 0x01, 0xbb, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0}, "192.0.2.1:443"},
		{[]byte{unix.AF_INET, 0, 0x01, 0xbb, 192, 0, 2, 1}, "192.0.2.1:443"},
		{[]byte{unix.AF_INET, 0, 0x01, 0xbb, 192, 0, 2}, ""},
		{v6(local...), "[fe80::1]:443"},
		{append(v6(local...), 3, 0, 0, 0), "[fe80::1%3]:443"},
		{v6(local[:15]...), ""},
		{v6(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1), "192.0.2.1:443"},
		{[]byte{unix.AF_UNIX, 0, '/', 'x', 0, 0, 0, 0}, ""},
		{[]byte{unix.AF_NETLINK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, ""},
		{nil, ""},
	} {
		to, ok := parseAddress(c.data)
		if ok != (c.want != "") || ok && to.String() != c.want {
			t.Errorf("%v: got %v, %v, want %s", c.data, to, ok, c.want)
		}
	}
}
