package jail

import (
	"slices"
	"strings"
	"testing"
)

// unquote reads a string as TinyScheme's readstrexp does.
func unquote(t *testing.T, s string) string {
	t.Helper()
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		t.Fatalf("%s is no string", s)
	}
	const hex = "0123456789abcdef"
	var out []byte
	for s = s[1 : len(s)-1]; s != ""; s = s[1:] {
		switch {
		case s[0] == '"':
			t.Fatalf("a quotation mark ends the string before %s", s)
		case s[0] != '\\':
			out = append(out, s[0])
		case s[1] == 'x':
			out = append(out, byte(strings.IndexByte(hex, s[2])<<4|strings.IndexByte(hex, s[3])))
			s = s[3:]
		default:
			out = append(out, s[1])
			s = s[1:]
		}
	}
	return string(out)
}

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"/work/src":      `"/work/src"`,
		"":               `""`,
		`a"b`:            `"a\"b"`,
		`a\nb\`:          `"a\\nb\\"`,
		"a\nb\tc\x7f":    `"a\x0ab\x09c\x7f"`,
		"größe":          `"größe"`,
		"\xff\xe4a":      `"\xff\xe4a"`,
		"half \xc3":      `"half \xc3"`,
		"\uFFFD stays":   `"` + "\uFFFD stays" + `"`,
		"(allow x) ; \n": `"(allow x) ; \x0a"`,
	} {
		got := quote(s)
		if got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
		if back := unquote(t, got); back != s {
			t.Errorf("%q comes back as %q", s, back)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, goos := range []string{"darwin", "freebsd"} {
		for _, writable := range []bool{false, true} {
			o := viewOptions(goos, writable)
			if slices.Contains(o, "ro") == writable {
				t.Errorf("%s, writable %v: %q", goos, writable, o)
			}
			for _, name := range []string{"noappledouble", "noapplexattr"} {
				if slices.Contains(o, name) != (goos == "darwin") {
					t.Errorf("%s: %q", goos, o)
				}
			}
			if slices.Contains(o, "push_symlinks_in") {
				t.Errorf("%s: absolute links would lead to the host: %q", goos, o)
			}
		}
	}
	if o := throughOptions(true); !slices.Contains(o, "ro") || !slices.Contains(o, "allow_recursion") || slices.Contains(o, "noappledouble") {
		t.Errorf("passed through: %q", o)
	}
}

func TestPlaces(t *testing.T) {
	for goos, want := range map[string]string{
		"linux": "/dev /proc /tmp", "freebsd": "/dev /proc /tmp", "darwin": "/dev /private/tmp",
	} {
		if got := strings.Join(own(goos), " "); got != want {
			t.Errorf("%s mounts over %s, want %s", goos, got, want)
		}
		if got := links(goos)["/tmp"]; (got != "") != (goos == "darwin") || got != "" && "/"+got != tmp(goos) {
			t.Errorf("%s: /tmp leads to %q", goos, got)
		}
	}
}

func TestIsView(t *testing.T) {
	for _, c := range []struct {
		fstype, source string
		want           bool
	}{
		{"fusefs.depview", "/dev/fuse", true},
		{"macfuse", "depview", true},
		{"macfuse", "depview@macfuse0", true},
		{"fusefs.sshfs", "/dev/fuse", false},
		{"macfuse", "depviewer", false},
		{"zfs", "zroot/tmp", false},
		{"nullfs", "/work/src", false},
	} {
		if got := isView(c.fstype, c.source); got != c.want {
			t.Errorf("%s from %s: %v", c.fstype, c.source, got)
		}
	}
}

func TestProcArgs2(t *testing.T) {
	for _, c := range []struct {
		name, data, exe, argv string
	}{
		{"usual", "\x03\x00\x00\x00/usr/bin/cc\x00\x00\x00\x00cc\x00-o\x00a b\x00HOME=/tmp\x00", "/usr/bin/cc", "cc|-o|a b"},
		{"empty argument", "\x03\x00\x00\x00/bin/sh\x00\x00sh\x00\x00x\x00PATH=\x00", "/bin/sh", "sh||x"},
		{"cut off", "\x09\x00\x00\x00/bin/sh\x00sh\x00-c\x00tru", "/bin/sh", "sh|-c"},
		{"negative", "\xff\xff\xff\xff/bin/sh\x00sh\x00", "/bin/sh", ""},
		{"no path", "\x01\x00\x00\x00/bin", "", ""},
		{"short", "\x01\x00", "", ""},
		{"long", "\x02\x00\x00\x00/bin/sh\x00sh\x00" + strings.Repeat("x", 2*maxCommandLine) + "\x00", "/bin/sh", "sh|" + strings.Repeat("x", maxCommandLine-3)},
	} {
		exe, argv := procArgs2([]byte(c.data))
		if exe != c.exe || strings.Join(argv, "|") != c.argv {
			t.Errorf("%s: %q, %q", c.name, exe, argv)
		}
	}
}

func TestSplitArgs(t *testing.T) {
	for data, want := range map[string][]string{
		"cc\x00-o\x00a b\x00": {"cc", "-o", "a b"},
		"sh\x00\x00x\x00":     {"sh", "", "x"},
		"":                    nil,
		"\x00":                nil,
	} {
		if got := splitArgs([]byte(data)); !slices.Equal(got, want) {
			t.Errorf("%q: %q", data, got)
		}
	}
}
