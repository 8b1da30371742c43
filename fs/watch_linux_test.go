package fs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// use looks at each kind of file twice: it lists, reads, executes and follows a link,
// looks for what is hidden and for what is not there.
func use(t *testing.T, m *mounted) {
	for range 2 {
		m.names("/usr/lib")
		_, err := os.ReadFile(m.path("/usr/lib/libonig.so"))
		must(t, err)
		if out, err := exec.Command(m.path("/usr/lib/hard1")).CombinedOutput(); err != nil || string(out) != "" {
			t.Fatalf("%v: %s", err, out)
		}
		_, err = os.ReadFile(m.path("/usr/lib/hard2"))
		must(t, err)
		for _, p := range []string{"/usr/lib/libjq.so", "/usr/lib/none"} {
			if _, err := os.Lstat(m.path(p)); !os.IsNotExist(err) {
				t.Errorf("%s: %v", p, err)
			}
		}
	}
}

// TestWatch checks who hears of what: of first reads, or of every open.
func TestWatch(t *testing.T) {
	once := []string{"used /usr/lib/libonig.so false", "/usr/lib/libjq.so undeclared jq", "absent /usr/lib/none"}
	files := []string{"used /usr/lib/libonig.so.5 false", "used /usr/lib/hard1 true", "used /usr/lib/hard2 false"}
	each := append(slices.Clone(files), "listed /usr/lib")
	for _, engine := range []string{"read-only", "union"} {
		for _, c := range []struct {
			name  string
			world world
			want  []string
		}{
			{"first", world{Uses: true}, slices.Concat(once, files)},
			{"again", world{Uses: true, Again: true}, slices.Concat(once, files, once[1:2])},
			{"opens", world{Uses: true, Opens: true}, slices.Concat(once, each, each)},
		} {
			t.Run(engine+"/"+c.name, func(t *testing.T) {
				w := c.world
				w.Show = map[string][]string{"onig": {"/usr", "/usr/lib", "/usr/lib/libonig.so", "/usr/lib/libonig.so.5", "/usr/lib/hard1", "/usr/lib/hard2"}}
				w.Hide = port.Hide
				if engine == "union" {
					w.Upper = t.TempDir()
					for _, dir := range []string{"upper", "work"} {
						must(t, os.Mkdir(filepath.Join(w.Upper, dir), 0o755))
					}
				}
				w.Root = t.TempDir()
				must(t, os.MkdirAll(w.Root+"/usr/lib", 0o755))
				must(t, os.WriteFile(w.Root+"/usr/lib/hard1", []byte("#!/bin/true\n"), 0o755))
				m := mount(t, w, "/usr/lib/libonig.so -> libonig.so.5", "/usr/lib/libonig.so.5", "/usr/lib/hard2", "/usr/lib/libjq.so")
				use(t, m)
				got := m.hidden()
				got = slices.DeleteFunc(got, func(s string) bool { return strings.HasPrefix(s, "listed /") && s != "listed /usr/lib" })
				slices.Sort(got)
				slices.Sort(c.want)
				if !slices.Equal(got, c.want) {
					t.Errorf("heard\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
				}
			})
		}
	}
}

// TestWatchCaches checks that what was opened once is not read again where every open
// is heard of.
func TestWatchCaches(t *testing.T) {
	w := port
	w.Opens, w.Uses = true, true
	m := mount(t, w, "/usr/lib/libonig.so")
	for range 3 {
		_, err := os.ReadFile(m.path("/usr/lib/libonig.so"))
		must(t, err)
	}
	r := m.requests()
	if r["OPEN"] != 3 || r["READ"] != 1 {
		t.Errorf("requests: %v", r)
	}
}
