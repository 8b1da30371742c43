package view_test

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	w := newWorld()
	for _, line := range []string{"file /data/real/x", "link /short /data/real", "link /loop /loop", "link /data/far /short/x"} {
		w.line(t, strings.Fields(line))
	}
	v := w.view(t)
	for _, tc := range [][3]string{
		{"/", "/short/x", "/data/real/x"},
		{"/", "short", "/short"},
		{"/data", "far", "/data/far"},
		{"/short", "x", "/data/real/x"},
		{"/short", "none/x", ""},
		{"/data", "real/x/y", ""},
		{"/", "loop", ""},
		{"/", "loop/x", ""},
		{"/", "/", "/"},
	} {
		if got, ok := v.Find(tc[0], tc[1]); ok != (tc[2] != "") || ok && got != tc[2] {
			t.Errorf("%s below %s: %q %v, want %q", tc[1], tc[0], got, ok, tc[2])
		}
	}
}
