package gentoo

import (
	"strings"
	"testing"
)

// Lines as Portage writes them, those that _contents_re splits one way of several, and
// one from before 2005.
func TestContents(t *testing.T) {
	for line, want := range map[string]string{
		"dir /usr":       "/usr",
		"dir /a b  c ":   "/a b  c ",
		"dir /":          "",
		"fif /run/x y":   "/run/x y",
		"dev /dev/null":  "/dev/null",
		"dir relative/x": "/relative/x",
		"dir /a/../../b": "/b",
		"dir //a///b/./": "/a/b",
		"obj /usr/bin/foo 9a8ad92c50cae39aa2c5604fd0ab6d8c 1795309649": "/usr/bin/foo",
		"obj /a -> b f4d5d0c0671be202bc241807c243e80b 1":               "/a -> b",
		"obj /a 1 2 f4d5d0c0671be202bc241807c243e80b 1":                "/a 1 2",
		"obj /ende\xff\u00e4 f4d5d0c0671be202bc241807c243e80b 1":       "/ende\xff\u00e4",
		"sym /usr/bin/foo link -> foo 1795309649":                      "/usr/bin/foo link",
		"sym /a -> b -> c 5": "/a -> b",
		"sym /a -> b c 5":    "/a",
		"sym /a -> -> 5":     "/a",
		"sym /a -> b ->  5":  "/a",
		"sym /a ->  -> b 5":  "/a -> ",
		"sym /a -> 5 6":      "/a",
		"sym /a -> b (33188, 22L, 771L, 1, 0, 0, 2L, 1057, 1057, 1057)":       "/a",
		"sym /a ( -> (b (33188, 22L, 771L, 1, 0, 0, 2L, 1057, 1057, 1057)":    "/a (",
		"sym /usr/share/doc/ -> 3 -> /lib (1) 7":                              "/usr/share/doc/ -> 3",
		"obj /var/db/pkg/ 0123456789abcdef0123456789abcdef 99999999999999999": "/var/db/pkg",
	} {
		got, err := parseContents("c", line+"\n")
		if err != nil || strings.Join(got, "\n") != want && !(want == "" && len(got) == 0) {
			t.Errorf("%q: %q (%v), want %q", line, got, err, want)
		}
	}
}

func TestContentsErrors(t *testing.T) {
	for _, line := range []string{
		"x", "dir", "dir ", "dirx/a", "doo /a", "obj /a", "obj /a md5", "obj /a md5 x", "obj md5 1", "obj  md5 1", "obj /a  1",
		"sym /a", "sym /a -> b", "sym /a -> b x", "sym /a b 5", "sym /a ->  5", "sym  -> b 5", "sym /a -> b (1)", "dir /a\x00b",
		"sym /a -> b (33188, 22, 771, 1, 0, 0, 2, 1057, 1057, 1057)",
	} {
		got, err := parseContents("/c", "dir /usr\n\n"+line+"\n")
		if err == nil || !strings.HasPrefix(err.Error(), "/c:3: no entry of a CONTENTS file: ") {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
	if _, err := parseContents("/c", strings.Repeat("x", 1000)); err == nil || len(err.Error()) > 300 {
		t.Errorf("a long line: %v", err)
	}
}
