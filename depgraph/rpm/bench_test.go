package rpm

import (
	"fmt"
	"os"
	"testing"

	"github.com/depview/depview/depgraph"
)

// large writes a database of 5,000 packages of 40 files and 10 requirements each, and
// returns its root.
func large(b *testing.B) string {
	packages := make([]pack, 5000)
	for i := range packages {
		p := pack{name: fmt.Sprintf("package-%d", i), evr: "1:2.3.4-5.fc39", arch: "x86_64"}
		p.provides = []string{p.name + " = " + p.evr, p.name + "(x86-64) = " + p.evr, fmt.Sprintf("lib%d.so.1()(64bit)", i)}
		p.requires = []string{"/bin/sh", "rpmlib(CompressedFileNames) <= 3.0.4-1"}
		for n := range 8 {
			p.requires = append(p.requires, fmt.Sprintf("lib%d.so.1()(64bit)", i/(n+2)))
		}
		for n := range 39 {
			p.files = append(p.files, fmt.Sprintf("/usr/share/doc/%s/file-%d.html", p.name, n))
		}
		p.files = append(p.files, "/usr/bin/"+p.name)
		packages[i] = p
	}
	packages[0].files = append(packages[0].files, "/usr/bin/sh")
	dir := b.TempDir()
	for _, err := range []error{
		os.MkdirAll(dir+"/usr/lib/sysimage/rpm", 0o755), os.Symlink("usr/bin", dir+"/bin"),
		os.WriteFile(dir+"/"+sysimage, database(b, packages...), 0o644),
	} {
		if err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

func BenchmarkOpen(b *testing.B) {
	root := os.DirFS(large(b))
	for b.Loop() {
		db, err := Open(root, depgraph.Setting{})
		if err != nil {
			b.Fatal(err)
		}
		db.(*Database).store.close()
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
}

func BenchmarkFilesOfAll(b *testing.B) {
	db, err := Open(os.DirFS(large(b)), depgraph.Setting{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.(*Database).store.close()
	for b.Loop() {
		for _, p := range db.Packages() {
			if _, err := db.Files(p); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkRewrites(b *testing.B) {
	db, err := Open(os.DirFS(large(b)), depgraph.Setting{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.(*Database).store.close()
	for b.Loop() {
		list, err := db.Rewrites(func(p *depgraph.Package) bool { return p.Name < "package-11" }, nil)
		if err == nil {
			_, err = list[0].Data()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
