package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// filesEach is how many files a synthetic package has. They are in its list, and
// nowhere else.
const filesEach = 100

func packageName(i int) string { return fmt.Sprintf("p%06d", i) }

// pathOf is file k of package i: a quarter of a package's files are in each of the
// places where packages have most of theirs.
func pathOf(i, k int) string {
	place := [...]string{"lib/x86_64-linux-gnu/", "include/", "share/", "share/doc/"}[k/25%4]
	return fmt.Sprintf("/usr/%s%s/file%02d", place, packageName(i), k)
}

// makeRoot makes a root in dir: the base paths of a merged-/usr system, a true that
// needs no library, and dpkg's database of n packages. Package i needs packages
// i/2 and i/3, so a closure has some of every age, 29 packages of 1,000 and
// 76 of 100,000.
func makeRoot(ctx context.Context, dir string, n int) error {
	info := filepath.Join(dir, "var/lib/dpkg/info")
	for _, d := range []string{"dev", "etc", "opt", "proc", "run", "tmp", "var/tmp", "usr/bin", "usr/lib", "usr/lib64", "usr/sbin", "var/lib/dpkg/info"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	for _, l := range []string{"bin", "lib", "lib64", "sbin"} {
		if err := os.Symlink("usr/"+l, filepath.Join(dir, l)); err != nil {
			return err
		}
	}
	if err := makeTrue(ctx, filepath.Join(dir, "usr/bin/true")); err != nil {
		return err
	}
	const files = "/.\n/bin\n/lib\n/lib64\n/sbin\n/dev\n/etc\n/opt\n/proc\n/run\n/tmp\n/usr\n/usr/bin\n/usr/bin/true\n/var\n/var/lib\n/var/tmp\n"
	if err := os.WriteFile(filepath.Join(info, "base-files.list"), []byte(files), 0o644); err != nil {
		return err
	}
	status, err := os.Create(filepath.Join(dir, "var/lib/dpkg/status"))
	if err != nil {
		return err
	}
	defer status.Close()
	w := bufio.NewWriter(status)
	stanza(w, "base-files", "Essential: yes\n")
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		needs := ""
		if i > 1 {
			needs = fmt.Sprintf("Depends: %s, %s (>= 1.0)\n", packageName(i/2), packageName(i/3))
		}
		stanza(w, packageName(i), needs)
		if err := writeList(filepath.Join(info, packageName(i)+".list"), i); err != nil {
			return err
		}
	}
	return w.Flush()
}

// stanza writes what dpkg knows of a package (deb-control(5)); the bufio.Writer
// keeps the first error for Flush.
func stanza(w *bufio.Writer, name, extra string) {
	fmt.Fprintf(w, `Package: %s
Status: install ok installed
Priority: optional
Section: misc
Installed-Size: 400
Maintainer: Nobody <nobody@localhost>
Architecture: amd64
Version: 1.2.3-4
%sDescription: synthetic package
 It is there to be read over.

`, name, extra)
}

func writeList(name string, i int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 16<<10)
	fmt.Fprintln(w, "/.\n/usr")
	for k := range filesEach {
		path := pathOf(i, k)
		if k%25 == 0 {
			fmt.Fprintf(w, "%s\n%s\n", filepath.Dir(filepath.Dir(path)), filepath.Dir(path))
		}
		fmt.Fprintln(w, path)
	}
	return w.Flush()
}

// makeTrue compiles a program that does nothing and is static.
func makeTrue(ctx context.Context, name string) error {
	source := name + ".go"
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		return err
	}
	defer os.Remove(source)
	cmd := exec.CommandContext(ctx, "go", "build", "-o", name, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, text)
	}
	return nil
}
