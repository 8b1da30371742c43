package view_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/index"
)

// TestConfirm checks that the indexes are confirmed when an answer depends on it, and
// not before: only what visible packages own is certain until then.
func TestConfirm(t *testing.T) {
	lines := []string{
		"file /usr/bin/in /usr/bin/out /etc/made /srv/made /srv/stray", "link /srv/link /usr/bin/in", "link /srv/out /usr/bin/in",
		"base in /usr/bin/in", "out out /usr/bin/out /opt/data/out /opt/link/made", "gen /etc/made", "gen /etc/unique", "tree /srv/base",
		"file /etc/unique /srv/base/made /srv/base/other",
	}
	for _, c := range []struct {
		path string
		sure bool // without Confirm
		want view.Verdict
	}{
		{"/usr/bin/in", true, view.Base},
		{"/usr/bin", true, view.Base},
		{"/usr/bin/out", true, view.Undeclared},
		{"/srv/stray", true, view.Stray},
		{"/etc/unique", true, view.Base},
		{"/srv/link", true, view.Base},
		{"/srv/base/other", true, view.Base},
		// The package out has a file of this name, in a directory that is none,
		{"/srv/out", true, view.Base},
		// and of this, in one that has become a link.
		{"/etc/made", false, view.Base},
		{"/srv/base/made", false, view.Base},
	} {
		w := newWorld()
		for _, line := range lines {
			w.line(t, strings.Fields(line))
		}
		asked := 0
		w.config.Confirm = func() ([]*index.Index, error) { asked++; return w.config.Indexes, nil }
		v := w.view(t)
		w.line(t, strings.Fields("link /opt/link data"))
		info, err := fs.Lstat(w.root, strings.TrimPrefix(c.path, "/"))
		if err != nil {
			t.Fatal(err)
		}
		if a, err := v.VerdictOf(c.path, info.Mode().Type()); err != nil || a.Verdict != c.want || (asked == 0) != c.sure {
			t.Errorf("%s: %s (%v), Confirm called %d times; want %s, and that it can be said without: %v", c.path, a.Verdict, err, asked, c.want, c.sure)
		}
		if _, err := v.Verdict(c.path); err != nil || asked != 1 {
			t.Errorf("%s: Confirm was called %d times before Verdict's answer (%v)", c.path, asked, err)
		}
	}
}

// TestConfirmChanges has Confirm find out that a directory has become a link.
func TestConfirmChanges(t *testing.T) {
	w := newWorld()
	for _, line := range []string{"file /etc/made", "base in /usr/bin/in", "out out /opt/etc/made", "gen /etc/made"} {
		w.line(t, strings.Fields(line))
	}
	w.config.Confirm = func() ([]*index.Index, error) {
		x, _, err := index.Build(w.root, w.packages, func(p *depgraph.Package) ([]string, error) { return w.files[p], nil }, nil)
		return []*index.Index{x}, err
	}
	v := w.view(t)
	w.line(t, strings.Fields("link /opt/etc /etc"))
	if a, err := v.VerdictOf("/etc/made", 0); err != nil || a.Verdict != view.Undeclared {
		t.Errorf("/etc/made, which is now out's too: %s (%v)", a.Verdict, err)
	}
	w.config.Confirm = func() ([]*index.Index, error) { return nil, fs.ErrPermission }
	delete(w.root, "opt/etc")
	v = w.view(t)
	w.line(t, strings.Fields("link /opt/etc /etc"))
	for range 2 {
		if a, err := v.VerdictOf("/etc/made", 0); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("/etc/made: %s (%v), want the error", a.Verdict, err)
		}
	}
}
