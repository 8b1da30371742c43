package view_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/depview/depview/view"
)

// Each test is a name, a root, packages and rules, and questions with their
// answers, a line each:
//
//	file PATH… | dir PATH…        what the root has
//	link PATH TARGET
//	base|dep|out PACKAGE FILE…    a package of the base, the closure, or neither
//	show PATH | hide PATH         a rule
//	stack                         the packages that follow are of a database below
//	tree PATH… | except PATH…     a base path, and what is none within one
//	mount PATH…
//	gen PATH [package NAME | path PATH]   a generated file
//	put PATH gone | link TARGET | from PATH | data
//	= PATH VERDICT [OWNER,…] [via PATH]
//
// The verdict "-" is that of a path the view has nothing at.
var verdicts = `
name a path belongs to the first database that owns it
file /sw/bin/ocaml /sw/lib/z /usr/bin/ocaml /usr/lib/x
dir /sw/share /usr/share/doc
out ocaml /sw/bin/ocaml /usr/share/doc
dep zarith /sw/lib/z
stack
base base /sw/bin/ocaml /usr/lib/x
out  ocaml /usr/bin/ocaml /sw/lib/z
= /sw/bin/ocaml undeclared ocaml
= /sw/lib/z dependency zarith
= /sw/lib dependency
= /sw/bin stray
= /usr/bin/ocaml undeclared ocaml
= /usr/lib/x base base

name what a base path excepts is no base, and what a path within it has is
file /Library/a /Library/Frameworks/b /Library/Frameworks/mine/c /Library/Frame/d
tree /Library /Library/Frameworks/mine
except /Library/Frameworks
= /Library/a base
= /Library/Frame/d base
= /Library/Frameworks/b stray
= /Library/Frameworks/mine/c base
= /Library/Frameworks base

name owners decide
file /usr/bin/cc /usr/bin/jq /usr/lib/libonig.so /usr/share/both
base gcc /usr /usr/bin /usr/bin/cc /usr/share/both
dep  libonig /usr /usr/lib /usr/lib/libonig.so
out  jq /usr /usr/bin /usr/bin/jq /usr/share/both /usr/share/jq
= /usr/bin/cc base gcc
= /usr/lib/libonig.so dependency libonig
= /usr/bin/jq undeclared jq
= /usr/share/both base gcc
= / base
= /usr/bin base gcc
= /usr/lib dependency libonig

name a path that need not exist is judged
base gcc /usr/bin/cc
out  jq /usr/bin/jq
= /usr/bin/jq undeclared jq
= /nowhere stray

name merged usr: a list's spelling does not matter
file /usr/lib/x.so /usr/bin/sh
link /lib usr/lib
link /bin usr/bin
base libx /lib /lib/x.so
out  dash /bin/sh
= /usr/lib/x.so base libx
= /lib base libx
= /usr/bin/sh undeclared dash

name absolute and chained directory links
file /data/real/x
link /a /b
link /b data/real
dep  x /a/x
= /data/real/x dependency x
= /data/real dependency
= /data dependency

name a loop of links ends
link /a b
link /b a
= /a stray via /b
= /b stray via /a

name unowned links take their target's verdict
file /usr/bin/mawk /usr/bin/gawk
link /usr/bin/awk /etc/alternatives/awk
link /etc/alternatives/awk /usr/bin/mawk
link /usr/bin/nawk /etc/alternatives/nawk
link /etc/alternatives/nawk ../../usr/bin/gawk
link /usr/bin/dangling /nowhere
base mawk /usr/bin/mawk /etc/alternatives
out  gawk /usr/bin/gawk
= /usr/bin/awk base mawk via /etc/alternatives/awk
= /usr/bin/nawk undeclared gawk via /etc/alternatives/nawk
= /usr/bin/dangling stray via /nowhere

name an owned link is its owner's, wherever it leads
file /opt/a/x
link /opt/b/x ../a/x
dep  b /opt/b/x
out  a /opt/a/x
= /opt/b/x dependency b
= /opt/a/x undeclared a

name the longest rule goes first
file /usr/local/bin/x /usr/local/keep/y /usr/local/keep/no/z
base local /usr/local/bin/x /usr/local/keep/no/z
hide /usr/local
show /usr/local/keep
hide /usr/local/keep/no
= /usr/local/bin/x excluded
= /usr/local/bin excluded
= /usr/local/keep/y rule
= /usr/local/keep rule
= /usr/local/keep/no/z excluded
= /usr/local rule
= /usr rule

name a rule shows what nobody has made yet
show /opt/later
= /opt/later rule
= /opt stray

name base paths, and what is owned below them
file /etc/passwd /etc/x/conf /etc/y/conf
link /etc/out /opt/thing
file /opt/thing
out  x /etc/x /etc/x/conf
tree /etc
= /etc/passwd base
= /etc/x/conf undeclared x
= /etc/y/conf base
= /etc/y base
= /etc/x undeclared x
= /etc/out stray via /opt/thing

name generated files
file /etc/ld.so.cache /py/a.py /py/__pycache__/a.pyc /py/h.py /py/__pycache__/h.pyc /py/__pycache__/gone.pyc /m/cache /n/cache
base py /py/a.py
out  hy /py/h.py
dep  mime /m
gen /etc/ld.so.cache
gen /py/__pycache__/a.pyc path /py/a.py
gen /py/__pycache__/h.pyc path /py/h.py
gen /py/__pycache__/gone.pyc path /py/gone.py
gen /m/cache package mime
gen /n/cache package hy
gen /n/other package nobody
= /etc/ld.so.cache base
= /py/__pycache__/a.pyc base py via /py/a.py
= /py/__pycache__/h.pyc undeclared hy via /py/h.py
= /py/__pycache__/gone.pyc stray via /py/gone.py
= /py/__pycache__ base via /py/__pycache__/a.pyc
= /m/cache dependency mime
= /n/cache undeclared hy
= /n/other stray

name directories: visible by something visible below
file /opt/deep/er/file /opt/other/file /srv/x/y
link /srv/links/a /opt/deep/er/file
link /srv/nolinks/a /opt/other/file
dep  deep /opt/deep/er/file
out  other /opt/other /opt/other/file
out  more /opt/deep /opt/deep/er
= /opt dependency
= /opt/deep dependency more
= /opt/deep/er dependency more
= /opt/other undeclared other
= /srv/links dependency via /srv/links/a
= /srv/nolinks stray
= /srv stray

name mounts are there and empty
file /proc/1 /home/me/src/main.c /home/other
link /etc/mtab /proc/mounts
link /lib/masked.service /proc/1
tree /etc
base files /proc /home
mount /proc /home/me/src
= /proc rule
= /proc/1 rule
= /home/me/src/main.c rule
= /home/me rule
= /home base files
= /home/other stray
= /etc/mtab base
= /lib/masked.service stray

name rewrites
file /var/lib/dpkg/status /usr/bin/x /usr/bin/x.distrib /etc/alternatives/awk /usr/share/new
base x /usr/bin/x.distrib /usr/bin/x /var/lib/dpkg/status
out  divert /usr/bin/x
put /var/lib/dpkg/status data
put /usr/bin/x from /usr/bin/x.distrib
put /usr/bin/x.distrib gone
put /etc/alternatives/awk link /usr/bin/mawk
put /opt/made/link link /usr/bin/x
= /var/lib/dpkg/status base x
= /usr/bin/x base x
= /usr/bin/x.distrib -
= /etc/alternatives/awk base
= /opt/made/link base
= /opt/made base
= /opt base

name a rule goes before a rewrite
file /etc/alternatives/awk
hide /etc/alternatives
put /etc/alternatives/awk link /usr/bin/mawk
= /etc/alternatives/awk excluded
`

func TestVerdicts(t *testing.T) {
	for _, block := range strings.Split(strings.TrimSpace(verdicts), "\n\n") {
		title, rest, _ := strings.Cut(block, "\n")
		t.Run(strings.TrimPrefix(title, "name "), func(t *testing.T) { check(t, rest) })
	}
}

func check(t *testing.T, text string) {
	w := newWorld()
	var v *view.View
	for _, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if f[0] != "=" {
			w.line(t, f)
			continue
		}
		if v == nil {
			v = w.view(t)
		}
		want := strings.Join(f[1:], " ")
		if got := f[1] + " " + describe(t, v, f[1]); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func describe(t *testing.T, v *view.View, p string) string {
	t.Helper()
	if s := v.StandIn(p); s != nil && s.Gone {
		return "-"
	}
	a, err := v.Verdict(p)
	if err != nil {
		t.Fatal(err)
	}
	out := a.Verdict.String()
	if names := a.OwnerNames(); len(names) > 0 {
		out += " " + strings.Join(names, ",")
	}
	if a.Via != "" {
		out += " via " + a.Via
	}
	return out
}

// TestExtra checks that what the root does not have is named for listings.
func TestExtra(t *testing.T) {
	w := newWorld()
	for _, line := range []string{"file /etc/x", "mount /work/src /tmp", "put /etc/new link x", "put /etc/x gone"} {
		w.line(t, strings.Fields(line))
	}
	v := w.view(t)
	for dir, want := range map[string]string{"/": "tmp work", "/work": "src", "/etc": "new", "/tmp": ""} {
		if got := strings.Join(v.Extra(dir), " "); got != want {
			t.Errorf("Extra(%s) = %q, want %q", dir, got, want)
		}
	}
	if s := v.StandIn("/work"); s == nil || !s.Dir {
		t.Errorf("/work: %+v, want a directory", s)
	}
}

// TestShadowed checks that a package which another of its name replaces owns nothing.
func TestShadowed(t *testing.T) {
	w := newWorld()
	for _, line := range []string{"file /usr/bin/old /usr/bin/both", "base old /usr/bin/old /usr/bin/both", "out other /usr/bin/both"} {
		w.line(t, strings.Fields(line))
	}
	w.config.Shadowed = w.packages[:1]
	v := w.view(t)
	for p, want := range map[string]string{"/usr/bin/old": "stray", "/usr/bin/both": "undeclared other", "/usr/bin": "stray"} {
		if got := describe(t, v, p); got != want {
			t.Errorf("%s: %s, want %s", p, got, want)
		}
	}
}

// FuzzVerdict checks on one fixed world that no path confuses the view, and that
// nothing visible is below a directory that is not.
func FuzzVerdict(f *testing.F) {
	w := newWorld()
	for _, line := range []string{
		"file /a/b/c /a/d/e /etc/f", "link /l a/b", "link /a/m ../l", "link /x/y /a/d/e",
		"base p /l/c", "out q /a/d /a/d/e", "hide /etc", "show /etc/g/h", "tree /x", "mount /w/k",
	} {
		w.line(nil, strings.Fields(line))
	}
	v := w.view(f)
	for _, p := range []string{"/a/b/c", "/l/c", "/a/m", "/x/y", "/etc/g/h/i", "//", "/../a", "/w/k/z", "/a/d/e"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		p = v.Canonical(path.Join("/", p))
		if !fs.ValidPath(strings.TrimPrefix(p, "/")) {
			return
		}
		a, err := v.Verdict(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, statErr := fs.Lstat(w.root, strings.TrimPrefix(p, "/")); statErr != nil || !a.Verdict.Visible() {
			return
		}
		for dir := path.Dir(p); dir != "/"; dir = path.Dir(dir) {
			if above, err := v.Verdict(dir); err != nil || !above.Verdict.Visible() {
				t.Errorf("%s is %s, but %s above it is %s (%v)", p, a.Verdict, dir, above.Verdict, err)
			}
		}
	})
}
