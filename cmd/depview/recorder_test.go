package main

import "testing"

func TestBelow(t *testing.T) {
	for _, c := range []struct {
		dir, asked, rest string
		known            bool
	}{
		{"/usr/share/perl5/File", "/usr/share/perl5/File/Temp.pm", "Temp.pm", true},
		{"/usr/share/perl5/File", "perl5/File/Temp.pm", "Temp.pm", true},
		{"/usr/share/perl5/File", "File", "", true},
		{"/usr/share/perl5/File", "/usr/share/perl5/File", "", true},
		{"/usr/share/perl5/File", "/usr/share/perl5/File/", "", true},
		{"/usr/include/glib-2.0", "/usr/lib/gcc/12/../../../include/glib-2.0/glib/gtypes.h", "glib/gtypes.h", true},
		{"/usr/lib/x/x", "/lib/x/x/x.so", "x.so", true}, // the longest match is the place
		{"/usr/lib/x", "x/y", "y", true},
		{"/usr/lib/x", "shortcut", "", false},
		{"/usr/lib/x", "", "", true},
	} {
		if rest, known := below(c.dir, c.asked); rest != c.rest || known != c.known {
			t.Errorf("below(%q, %q) = %q, %v; want %q, %v", c.dir, c.asked, rest, known, c.rest, c.known)
		}
	}
}
