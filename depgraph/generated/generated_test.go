package generated

import (
	"testing"

	"github.com/depview/depview/depgraph"
)

func TestFind(t *testing.T) {
	table := NewTable([]Files{
		{"accounts", "", "/etc/passwd /var/lib/pam/"},
		{"keys", "sshd|ssh", "/etc/ssh/*_key /usr/lib/key"},
		{"within", "apt", "/var/lib/pam/apt/ /etc/apt"},
	}, []Beside{
		{"bytecode", "/__pycache__/", `(/.*)/__pycache__/([^/]+?)\.[^./]+\.pyc`, `${1}/${2}.py`},
		{"icon", "/icon", `/usr/lib/icon`, `/usr/share/icon`},
		{"catalogue", "/xml/", `/etc/xml/([^/]+)\.xml`, `${1}`},
	})()
	installed := func(name string) string { return map[string]string{"ssh": "ssh:i386", "libxml": "libxml"}[name] }
	for name, want := range map[string]*depgraph.Origin{
		"/etc/passwd":             {},
		"/etc/passwd/x":           nil,
		"/var/lib/pam/a/b":        {},
		"/var/lib/pam":            {},
		"/var/lib/pam/apt/x":      {Package: "apt"},
		"/etc/ssh/host_key":       {Package: "ssh:i386"},
		"/etc/ssh/a/host_key":     nil,
		"/a/__pycache__/b.c1.pyc": {Path: "/a/b.py"},
		"/a/__pycache__/b":        nil,
		"/etc/xml/libxml.xml":     {Package: "libxml"},
		"/":                       nil,
	} {
		got, ok := table.Find(name, installed)
		switch {
		case ok != (want != nil):
			t.Errorf("%s: generated: %v", name, ok)
		case ok && got != *want:
			t.Errorf("%s: %+v, want %+v", name, got, *want)
		}
	}
	for name, want := range map[string]depgraph.Origin{
		"/lib/a/__pycache__/b.c1.pyc":     {Path: "/lib/a/b.py"},
		"/usr/lib/a/__pycache__/b.c1.pyc": {Path: "/usr/lib/a/b.py"},
		"/lib/key":                        {Package: "ssh:i386"},
		"/usr/lib/key":                    {Package: "ssh:i386"},
		"/lib/icon":                       {Path: "/usr/share/icon"},
	} {
		if got, ok := table.FindInUsr(name, installed); !ok || got != want {
			t.Errorf("%s: %+v %t, want %+v", name, got, ok, want)
		}
	}
	if got := First("new|old", func(string) string { return "" }); got != "new" {
		t.Error(got)
	}
	if InUsr("/lib/x") != "/usr/lib/x" || InUsr("/libx") != "/libx" || InUsr("/usr/lib/x") != "/usr/lib/x" {
		t.Error("InUsr")
	}
}
