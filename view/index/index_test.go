package index_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/index"
)

// lists are packages with their paths, a package a line.
func lists(t testing.TB, text string) (packages []*depgraph.Package, files func(*depgraph.Package) ([]string, error)) {
	t.Helper()
	paths := map[*depgraph.Package][]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		f := strings.Split(line, " ")
		p := &depgraph.Package{Name: f[0]}
		packages = append(packages, p)
		paths[p] = f[1:]
	}
	return packages, func(p *depgraph.Package) ([]string, error) { return paths[p], nil }
}

func build(t testing.TB, root fs.FS, text string) *index.Index {
	t.Helper()
	packages, files := lists(t, text)
	x, _, err := index.Build(root, packages, files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func names(packages []*depgraph.Package) string {
	var list []string
	for _, p := range packages {
		list = append(list, p.Name)
	}
	return strings.Join(list, ",")
}

func TestOwners(t *testing.T) {
	root := fstest.MapFS{
		"bin":         {Mode: fs.ModeSymlink, Data: []byte("usr/bin")},
		"usr/bin/sh":  {},
		"a":           {Mode: fs.ModeSymlink, Data: []byte("/b")},
		"b":           {Mode: fs.ModeSymlink, Data: []byte("c/d")},
		"c/d/file":    {},
		"loop":        {Mode: fs.ModeSymlink, Data: []byte("loop")},
		"usr/bin/a\n": {},
	}
	x := build(t, root, `
base /. / //top /bin /usr /usr/bin /usr//bin/../bin/tidy /usr/share/doc
dash /bin/sh /bin /usr/bin/sh /usr/share/doc
far /a/file
loop /loop/x
odd /usr/bin/sh.d/ /usr/bin/sh- /.hidden /usr/.../x`)
	for p, want := range map[string]string{
		"/":                "",
		"/top":             "base",
		"/bin":             "base,dash",
		"/usr/bin":         "base",
		"/usr/bin/sh":      "dash",
		"/bin/sh":          "", // not canonical
		"/usr/bin/tidy":    "base",
		"/usr/share":       "",
		"/usr/share/doc":   "base,dash",
		"/c/d/file":        "far",
		"/a/file":          "",
		"/c":               "",
		"/usr/bin/sh.d":    "odd",
		"/usr/bin/sh-":     "odd",
		"/usr/bin/s":       "",
		"/usr/bin/sh/x":    "",
		"/.hidden":         "odd",
		"/usr/.../x":       "odd",
		"/nowhere/at/all":  "",
		"/usr/bin/sh.d/no": "",
	} {
		if got := names(x.Owners(p)); got != want {
			t.Errorf("owners of %s: %q, want %q", p, got, want)
		}
	}
}

func TestBelow(t *testing.T) {
	x := build(t, fstest.MapFS{}, "p /a/b/c /a/d\nq /a/b /a/b/c /e\nr /a-b")
	for dir, want := range map[string]string{
		"/":    "/a/b:q /a/b/c:p,q /a/d:p /a-b:r /e:q",
		"/a":   "/a/b:q /a/b/c:p,q /a/d:p",
		"/a/b": "/a/b/c:p,q",
		"/e":   "",
		"/no":  "",
	} {
		var got []string
		x.Below(dir, none, func(p []byte, owners func(func(int) bool)) bool {
			var list []*depgraph.Package
			for i := range owners {
				list = append(list, x.Packages()[i])
			}
			got = append(got, string(p)+":"+names(list))
			return true
		})
		if strings.Join(got, " ") != want {
			t.Errorf("below %s: %v, want %s", dir, got, want)
		}
	}
	n := 0
	x.Below("/", none, func([]byte, func(func(int) bool)) bool { n++; return n < 2 })
	if n != 2 {
		t.Errorf("%d calls after the second wanted no more", n)
	}
	x = build(t, fstest.MapFS{}, "p /a/p/1 /a/p/2/3 /b\nq /a/q/1 /a/q/r/2\nr /a/q/r/3 /a/q/r/4/5")
	var got []string
	skip := func(owner int) bool { return owner != 1 }
	x.Below("/", skip, func(p []byte, _ func(func(int) bool)) bool { got = append(got, string(p)); return true })
	if want := "/a/q/1 /a/q/r/2 /a/q/r/3 /b"; strings.Join(got, " ") != want {
		t.Errorf("below / without what is p's or r's alone: %v, want %s", got, want)
	}
}

func TestNamed(t *testing.T) {
	x := build(t, fstest.MapFS{}, "p /a/b/c /c /z\nq /a/x /a/x/c /b/c/d/e/x /cc")
	for name, want := range map[string]string{
		"c": "/ /a/b /a/x /b", "x": "/a /b/c/d/e", "z": "/", "d": "/b/c", "none": "", "": "",
	} {
		if got := strings.Join(slices.Sorted(slices.Values(x.Named(name))), " "); got != want {
			t.Errorf("%s is in %q, want %q", name, got, want)
		}
	}
}

// TestOpen checks that an index is used where it lies, and that other bytes are
// refused.
func TestOpen(t *testing.T) {
	x := build(t, fstest.MapFS{}, "p /a/b /c\nq /c")
	same, err := index.Open(slices.Concat(x.Parts()...), x.Packages())
	if err != nil || names(same.Owners("/c")) != "p,q" {
		t.Errorf("/c of a copy: %v (%v)", same.Owners("/c"), err)
	}
	blob := slices.Concat(x.Parts()...)
	for n := range len(blob) {
		if _, err := index.Open(blob[:n], nil); !errors.Is(err, index.ErrFormat) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if x := build(t, fstest.MapFS{}, "p"); x.Owners("/p") != nil {
		t.Error("an index of nothing knows of something")
	}
}

func TestUnreadableList(t *testing.T) {
	packages := []*depgraph.Package{{Name: "broken"}, {Name: "too"}, {Name: "three"}, {Name: "four"}}
	_, _, err := index.Build(fstest.MapFS{}, packages, func(*depgraph.Package) ([]string, error) { return nil, fs.ErrPermission }, nil)
	if !errors.Is(err, fs.ErrPermission) || err.Error() != "files of package broken: permission denied" {
		t.Errorf("%v, want the first alone", err)
	}
}

// TestAgainstMap compares an index of random lists with a map.
func TestAgainstMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	root := fstest.MapFS{"0/1": {Mode: fs.ModeSymlink, Data: []byte("../2")}, "3": {Mode: fs.ModeSymlink, Data: []byte("0")}}
	r := index.NewResolver(root)
	want := map[string][]string{}
	var text strings.Builder
	for i := range 200 {
		name := fmt.Sprintf("p%d", i)
		text.WriteString(name)
		for range random.IntN(40) {
			var p string
			for range 1 + random.IntN(4) {
				p += fmt.Sprintf("/%d", random.IntN(6))
			}
			text.WriteString(" " + p)
			if c := r.Canonical(p); !slices.Contains(want[c], name) {
				want[c] = append(want[c], name)
			}
		}
		text.WriteByte('\n')
	}
	x := build(t, root, text.String())
	for p, owners := range want {
		got := strings.Split(names(x.Owners(p)), ",")
		if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(owners))) {
			t.Errorf("owners of %s: %v, want %v", p, got, owners)
		}
	}
	found := 0
	x.Below("/", none, func(p []byte, _ func(func(int) bool)) bool {
		found++
		if want[string(p)] == nil {
			t.Errorf("%s is in no list", p)
		}
		return true
	})
	if found != len(want) {
		t.Errorf("%d paths, want %d", found, len(want))
	}
}

func all(int) bool  { return true }
func none(int) bool { return false }

// TestSameLinks changes a root under its links.
func TestSameLinks(t *testing.T) {
	root := fstest.MapFS{
		"lib": {Mode: fs.ModeSymlink, Data: []byte("usr/lib")}, "usr/lib/x/y": {}, "opt/a/f": {}, "srv/f": {},
	}
	stamps := map[string]uint64{}
	look := func(dir string) uint64 { return max(stamps[dir], 7) }
	packages, files := lists(t, "p /lib/x/y /opt/a/f /var/none/f")
	_, links, err := index.Build(root, packages, files, look)
	if err != nil {
		t.Fatal(err)
	}
	b := links.Bytes()
	same := func() bool { return index.SameLinks(b, all, root, look) }
	if !same() {
		t.Error("nothing changed, and it is not the same")
	}
	link := func(target string) *fstest.MapFile {
		return &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte(target)}
	}
	for _, c := range []struct {
		what, dir, name string
		file            *fstest.MapFile
		want            bool
	}{
		{"another file", "/opt", "opt/b", &fstest.MapFile{}, true},
		{"a directory made a link", "/opt", "opt/a", link("../srv"), false},
		{"a link to elsewhere", "/", "lib", link("opt"), false},
		{"a link made a directory", "/", "lib", &fstest.MapFile{Mode: fs.ModeDir}, false},
		{"what was absent now a link", "/", "var", link("srv"), false},
		{"what was absent now there", "/var", "var/none", &fstest.MapFile{Mode: fs.ModeDir}, true},
	} {
		was, old := root[c.name], stamps[c.dir]
		root[c.name], stamps[c.dir] = c.file, 8
		if got := same(); got != c.want {
			t.Errorf("%s: the same is %v", c.what, got)
		}
		if stamps[c.dir] = old; was == nil {
			delete(root, c.name)
		} else {
			root[c.name] = was
		}
		if !same() {
			t.Fatalf("%s: not the same after it was undone", c.what)
		}
	}
	for n := 1; n < len(b); n++ {
		index.SameLinks(b[:n], all, root, look) // it may be either, but ends
	}
	if index.SameLinks([]byte("nonsense"), all, root, look) {
		t.Error("nonsense is the same")
	}
}

// TestLinkOwners checks whose links are whose: a link concerns anyone, what only one
// package has anything in concerns that one.
func TestLinkOwners(t *testing.T) {
	root := fstest.MapFS{"a/link": {Mode: fs.ModeSymlink, Data: []byte("/b")}, "b/c/f": {}}
	packages, files := lists(t, "zero /shared/zero/x/y/f\none /shared/one/x/f /a/own/g\ntwo /a/link/c/f /shared/f")
	var mu sync.Mutex
	looked := map[string]bool{}
	look := func(dir string) uint64 {
		mu.Lock()
		defer mu.Unlock()
		looked[dir] = true
		return 1
	}
	_, links, err := index.Build(root, packages, files, look)
	if err != nil {
		t.Fatal(err)
	}
	for owner, want := range map[int]string{
		index.Anyone: "/ /a /shared",
		0:            "/shared/zero /shared/zero/x",
		1:            "/shared/one",
		2:            "/b",
	} {
		clear(looked)
		if !index.SameLinks(links.Bytes(), func(o int) bool { return o == owner }, root, look) {
			t.Errorf("links of %d are not the same", owner)
		}
		if got := strings.Join(slices.Sorted(maps.Keys(looked)), " "); got != want {
			t.Errorf("links of %d: looked at %s, want %s", owner, got, want)
		}
	}
}

// TestRacyStamp checks that a directory without a stamp is looked into each time.
func TestRacyStamp(t *testing.T) {
	root := fstest.MapFS{"opt/a/f": {}}
	packages, files := lists(t, "p /opt/a/f")
	look := func(string) uint64 { return 0 }
	_, links, err := index.Build(root, packages, files, look)
	if err != nil {
		t.Fatal(err)
	}
	if !index.SameLinks(links.Bytes(), all, root, look) {
		t.Error("nothing changed, and it is not the same")
	}
	root["opt/a"] = &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte("b")}
	if index.SameLinks(links.Bytes(), all, root, look) {
		t.Error("a link went unseen")
	}
}

func BenchmarkOwners(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "p%d", i)
		for k := range 100 {
			fmt.Fprintf(&text, " /usr/share/doc/p%d/file%d", i, k)
		}
		text.WriteByte('\n')
	}
	x := build(b, fstest.MapFS{}, text.String())
	for b.Loop() {
		if x.Owners("/usr/share/doc/p777/file77") == nil {
			b.Fatal("not found")
		}
	}
	b.ReportMetric(float64(len(slices.Concat(x.Parts()...)))/100000, "bytes/path")
}
