package apk

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// archive makes an archive of scripts.
func archive(t testing.TB, members ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range members {
		h := &tar.Header{Name: name, Mode: 0o755, Size: int64(len(name)), Format: tar.FormatUSTAR}
		switch {
		case strings.HasSuffix(name, "/"):
			h.Size, h.Typeflag = 0, tar.TypeDir
		case len(name) > 100:
			h.Format = tar.FormatGNU
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			fmt.Fprint(w, name)
		}
	}
	w.Close()
	return b.String()
}

func packed(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	fmt.Fprint(w, text)
	w.Close()
	return b.String()
}

// scripts lists an archive, and checks that every script is whole.
func scripts(t testing.TB, text string) (names []string) {
	t.Helper()
	for r := tar.NewReader(strings.NewReader(text)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return names
		} else if err != nil {
			t.Fatal(err)
		}
		if content, _ := io.ReadAll(r); string(content) != h.Name {
			t.Errorf("%s holds %q", h.Name, content)
		}
		names = append(names, h.Name)
	}
}

func rewritten(t testing.TB, db *Database, names ...string) map[string]string {
	t.Helper()
	rewrites, err := db.Rewrites(func(p *depgraph.Package) bool { return slices.Contains(names, p.OwnName()) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rewrites {
		data, err := r.Data()
		if err != nil {
			t.Errorf("%s: %v", r.Path, err)
		}
		got[r.Path] = string(data)
	}
	return got
}

func TestRewrites(t *testing.T) {
	long := "a-1." + strings.Repeat("0", 100) + "." + identity("a") + ".post-install"
	members := []string{"a-1." + identity("a") + ".post-install", "dir/", "b-1." + identity("b") + ".trigger", long, "none", "b-1.Q1?.trigger",
		"a-1.Q1YQAAAAAAAAAAAAAAAAAAAAAAAAA=.pre-upgrade"}
	files := map[string]string{
		"lib/apk/db/installed":      pkg("a 1", "p:so:a.so=1", "F:usr", "R:x") + pkg("b 1", "D:a") + pkg("c 1"),
		"lib/apk/db/triggers":       identity("a") + " /usr/lib /lib\n" + identity("b") + " /etc\nQ1? /x\n" + identity("d") + " /y\n",
		"lib/apk/db/scripts.tar":    archive(t, members...),
		"lib/apk/db/scripts.tar.gz": packed(t, archive(t, members...)),
		"etc/apk/world":             "a\nb@edge\nso:a.so>0 c~1 !d none\n.virtual=1 a><" + identity("a") + "\n",
	}
	db := open(t, files)
	got := rewritten(t, db, "a", "c")
	kept := []string{members[0], long}
	for path, want := range map[string]string{
		"/lib/apk/db/installed": pkg("a 1", "p:so:a.so=1", "F:usr", "R:x") + pkg("c 1"),
		"/lib/apk/db/triggers":  identity("a") + " /usr/lib /lib\n",
		"/etc/apk/world":        "a\nso:a.so>0\nc~1\n!d\na><" + identity("a") + "\n",
	} {
		if got[path] != want {
			t.Errorf("%s: %q, want %q", path, got[path], want)
		}
	}
	unpacked, err := gzip.NewReader(strings.NewReader(got["/lib/apk/db/scripts.tar.gz"]))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(unpacked)
	for _, text := range []string{string(text), got["/lib/apk/db/scripts.tar"]} {
		if names := scripts(t, text); !slices.Equal(names, kept) {
			t.Errorf("scripts %q, want %q", names, kept)
		}
	}
	if len(got) != 5 {
		t.Errorf("%d rewrites", len(got))
	}
	all := rewritten(t, db, "a", "b", "c")
	if all["/lib/apk/db/installed"] != files["lib/apk/db/installed"] {
		t.Errorf("of nothing hidden: %q", all["/lib/apk/db/installed"])
	}
}

// What is made of the fixture is a database again.
func TestFixtureRewrites(t *testing.T) {
	opened, err := Open(os.DirFS("testdata"), depgraph.Setting{})
	if err != nil {
		t.Fatal(err)
	}
	got := rewritten(t, opened.(*Database), "zlib")
	files := map[string]string{}
	for path, text := range got {
		files[rootfs.Relative(path)] = text
	}
	if shown := show(t, open(t, files)); shown != zlibShown {
		t.Errorf("got\n%swant\n%s", shown, zlibShown)
	}
	if world := got["/etc/apk/world"]; world != "" {
		t.Errorf("world %q", world)
	}
	if all := rewritten(t, opened.(*Database), "cap", "zlib"); all["/etc/apk/world"] != "cap><Q1HbheatjBm3P+ICP33XJHYSPqvrY=\n" {
		t.Errorf("world %q", all["/etc/apk/world"])
	}
	unpacked, err := gzip.NewReader(strings.NewReader(got["/lib/apk/db/scripts.tar.gz"]))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if names := scripts(t, string(text)); err != nil || len(names) != 0 {
		t.Errorf("scripts %v (%v)", names, err)
	}
}

func TestRewriteErrors(t *testing.T) {
	lower(t)
	whole := archive(t, "a-1."+identity("a")+".trigger")
	for name, cases := range map[string]map[string]string{
		"lib/apk/db/scripts.tar": {
			strings.Repeat("x", 600): "apk database: /lib/apk/db/scripts.tar: after byte 0: archive/tar: invalid tar header",
			whole[:530]:              "apk database: /lib/apk/db/scripts.tar: after byte 0: not an archive of scripts",
		},
		"lib/apk/db/scripts.tar.gz": {
			"x":                   "apk database: /lib/apk/db/scripts.tar.gz: unexpected EOF",
			packed(t, whole)[:30]: "apk database: read /lib/apk/db/scripts.tar.gz: unexpected EOF",
			packed(t, strings.Repeat("\x00", int(limit)+1)): "apk database: read /lib/apk/db/scripts.tar.gz: larger than 1 MiB",
		},
	} {
		for text, want := range cases {
			db := open(t, map[string]string{"lib/apk/db/installed": pkg("a 1"), name: text})
			rewrites, err := db.Rewrites(everything, nil)
			if err != nil || len(rewrites) != 2 {
				t.Fatal(rewrites, err)
			}
			if _, err := rewrites[1].Data(); err == nil || err.Error() != want {
				t.Errorf("%.20q: %v, want %s", text, err, want)
			}
		}
	}
}
