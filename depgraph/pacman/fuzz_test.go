package pacman

import (
	"fmt"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/sourcetest"
)

// FuzzDatabase reads a database of one package with any desc, files and pacman.conf.
func FuzzDatabase(f *testing.F) {
	for name, text := range machine() {
		if strings.HasSuffix(name, "/desc") {
			f.Add(text, machine()[path.Dir(name)+"/files"], "[options]\nDBPath = /var/lib/pacman\n", "9\n")
		}
	}
	f.Add("%NAME%\na\n\n%VERSION%\n1-1\n\n%DEPENDS%\na>=1: x\n\n", "%FILES%\n../x\n\n\n%FILES%\nusr//./x/\n", "[options]\nDBPath=/", "10")
	f.Fuzz(func(t *testing.T, desc, list, conf, format string) {
		sourcetest.Limit(t)
		const dir = "var/lib/pacman/local"
		db, err := Open(root(map[string]string{
			"etc/pacman.conf": conf, dir + "/ALPM_DB_VERSION": format, dir + "/a-1-1/desc": desc, dir + "/a-1-1/files": list,
		}), depgraph.Setting{})
		if err != nil {
			if !strings.Contains(err.Error(), "/ALPM_DB_VERSION:1: ") && !strings.Contains(err.Error(), "/local)") {
				t.Errorf("%v names no file and line", err)
			}
			return
		}
		p := db.Packages()[0]
		if p.Name != "a" || p.Version != "1-1" || len(db.Packages()) != 1 {
			t.Errorf("package %s %s", p.Name, p.Version)
		}
		if needs, err := p.RunNeeds(); err != nil {
			if !strings.HasPrefix(err.Error(), "/"+dir+"/a-1-1/desc:") {
				t.Errorf("%v names no file and line", err)
			}
		} else if len(needs) > strings.Count(desc, "\n")+1 {
			t.Errorf("%q: %d needs", desc, len(needs))
		}
		db.Base()
		paths, err := db.Files(p)
		if err != nil && !strings.HasPrefix(err.Error(), "/"+dir+"/a-1-1/files:") {
			t.Errorf("%v names no file and line", err)
		}
		for _, p := range paths {
			if !strings.HasPrefix(p, "/") || p == "/" || path.Clean(p) != p || strings.ContainsAny(p, "\x00\n") {
				t.Errorf("%q: path %q", list, p)
			}
			db.Generated(p)
		}
	})
}

// BenchmarkOpen opens a database of 5,000 packages.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	files := map[string]string{"var/lib/pacman/local/ALPM_DB_VERSION": "9\n"}
	for i := range 5000 {
		depends := "DEPENDS"
		for j := range 10 {
			depends += fmt.Sprintf("|package-%d>=1.%d", (i*7+j*13)%5000, j)
		}
		paths := []string{"usr/", "usr/share/"}
		for j := range 40 {
			paths = append(paths, fmt.Sprintf("usr/share/package-%d/file-%d", i, j))
		}
		entry(files, fmt.Sprintf("package-%d 1.%d-1", i, i), []string{"LICENSE|GPL", "VALIDATION|pgp", depends,
			"OPTDEPENDS|package-1: more|package-2: yet more", fmt.Sprintf("PROVIDES|virtual-%d|libp%d.so=1-64", i%100, i)}, paths...)
	}
	for name, text := range files {
		if err := os.MkdirAll(path.Dir(dir+"/"+name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		db, err := Open(os.DirFS(dir), depgraph.Setting{})
		if err != nil || len(db.Packages()) != 5000 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/open")
}
