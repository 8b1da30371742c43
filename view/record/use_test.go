package record

import "testing"

func TestLinked(t *testing.T) {
	for _, c := range []struct {
		exe, path string
		call      Call
		want      bool
	}{
		{"/usr/bin/x86_64-linux-gnu-ld.bfd", "/usr/lib/libz.so", Open, true},
		{"/usr/bin/ld.lld", "/usr/lib/libz.a", Open, true},
		{"/usr/lib/gcc/x86_64-linux-gnu/12/collect2", "/usr/lib/libz.so.1", Open, true},
		{"/usr/bin/x86_64-linux-gnu-ld", "/usr/include/zlib.h", Open, false},
		{"/usr/lib64/ld-linux-x86-64.so.2", "/usr/lib/libz.so.1", Open, false},
		{"/usr/bin/xz", "/usr/lib/libz.so.1", Open, false},
		{"/usr/bin/ld", "/usr/lib/libz.so", Exec, false},
	} {
		if got := (Event{Exe: c.exe, Path: c.path, Call: c.call}).Linked(); got != c.want {
			t.Errorf("%s and %s: %v", c.exe, c.path, got)
		}
	}
}
