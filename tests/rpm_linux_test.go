package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rpmDatabase is where rpm keeps its database in the roots of these tests.
const rpmDatabase = "/usr/lib/sysimage/rpm"

// An rpmPackage is one of a scratch root's: its files are taken from this machine, or
// have the text given. The first line of what is around them is Requires.
type rpmPackage struct {
	name, tags string
	programs   []string          // with the libraries that they are linked to, which libs has
	files      map[string]string // path in the root → text, "-> TARGET", or "= PATH" for a copy of this machine's
}

// TestRPMRoot builds a C program in views of a root of packages that rpm installed, with
// a library that its .spec file declares, and without. The real rpm in the view knows
// of visible packages alone.
func TestRPMRoot(t *testing.T) {
	needFuse(t)
	needRoot(t)
	for _, tool := range []string{"rpm", "rpmbuild", "tcc", "dash", "ldd"} {
		needTool(t, tool)
	}
	dir := scratch(t, "rpm")
	root := filepath.Join(dir, "root")
	installRPMs(t, dir, root, rpmWorld(t))
	port := filepath.Join(dir, "port")
	if err := os.MkdirAll(port, 0o755); err != nil {
		t.Fatal(err)
	}
	depview := func(args ...string) *exec.Cmd {
		cmd := exec.Command(binary, args...)
		cmd.Dir = port
		cmd.Env = []string{"PATH=/usr/bin:/usr/sbin", "HOME=/root", "LC_ALL=C", "XDG_CACHE_HOME=" + dir + "/cache", "XDG_STATE_HOME=" + dir + "/state"}
		return cmd
	}
	writeFile(t, port+"/port.c", "#include <stdio.h>\n#include <good.h>\n#include <secret.h>\nint main(void) { puts(GOOD SECRET); return 0; }\n", 0o644)
	spec := func(name, requires string) string {
		writeFile(t, port+"/"+name, "Name: port\nVersion: 1\nRelease: 1\nSummary: port\nLicense: none\n"+requires+"%description\nA port.\n", 0o644)
		return name
	}
	whole := spec("whole.spec", "BuildRequires: toolchain\nBuildRequires: (libgood-devel >= 1:2 or nothing), /usr/include/secret.h\n")
	leaky := spec("leaky.spec", "BuildRequires: toolchain, pkgconfig(good)\n")
	compile := []string{"--", "tcc", "-o", "port", "port.c"}

	t.Run("declared", func(t *testing.T) {
		out := must(t, depview(slices.Concat([]string{"run", "--from", "rpm:" + root, "--recipe", whole, "--"}, []string{"sh", "-c", "tcc -o port port.c && ./port"})...))
		if !strings.Contains(out, "good secret") {
			t.Errorf("the program says %q", out)
		}
	})
	t.Run("undeclared", func(t *testing.T) {
		out, err := depview(slices.Concat([]string{"run", "--from", "rpm:" + root, "--recipe", leaky}, compile)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "secret.h") {
			t.Errorf("%v: %s", err, out)
		}
		out, err = depview(slices.Concat([]string{"check", "--from", "rpm:" + root, "--recipe", leaky}, compile)...).CombinedOutput()
		var failed *exec.ExitError
		if !errors.As(err, &failed) || failed.ExitCode() == 0 || !strings.Contains(string(out), "BuildRequires: libsecret-devel") {
			t.Errorf("check: %v: %s", err, out)
		}
	})
	t.Run("query", func(t *testing.T) { testRPMQueries(t, root, depview, leaky) })
}

// testRPMQueries asks the real rpm, in a view and outside.
func testRPMQueries(t *testing.T, root string, depview func(args ...string) *exec.Cmd, recipe string) {
	inside := func(args ...string) []string {
		t.Helper()
		return sortedLines(must(t, depview(slices.Concat([]string{"run", "--from", "rpm:" + root, "--recipe", recipe, "--", "rpm", "--dbpath", rpmDatabase}, args)...)))
	}
	outside := func(args ...string) []string {
		t.Helper()
		return sortedLines(must(t, exec.Command("rpm", append([]string{"--root", root, "--dbpath", rpmDatabase}, args...)...)))
	}
	name := []string{"-qa", "--qf", `%{NAME}\n`}
	want := []string{"bash", "filesystem", "glibc", "libgood-devel", "rpm-build", "toolchain"}
	if got := inside(name...); !slices.Equal(got, want) {
		t.Errorf("rpm -qa in the view: %q, want %q", got, want)
	}
	if got := outside(name...); !slices.Contains(got, "libsecret-devel") || len(got) != len(want)+2 {
		t.Errorf("rpm -qa outside: %q", got)
	}
	for _, question := range [][]string{
		{"-ql", "libgood-devel"}, {"-qR", "rpm-build"}, {"-qf", "/usr/include/good.h"}, {"-q", "--whatprovides", "pkgconfig(good)"},
		{"-qf", "/bin/sh"}, {"-V", "bash", "libgood-devel"},
	} {
		if got, want := inside(question...), outside(question...); !slices.Equal(got, want) {
			t.Errorf("rpm %q: %q in the view, %q outside", question, got, want)
		}
	}
	script := "! rpm --dbpath " + rpmDatabase + " -q libsecret-devel && ! rpm --dbpath " + rpmDatabase + " -qf /usr/include/secret.h"
	must(t, depview("run", "--from", "rpm:"+root, "--recipe", recipe, "--", "sh", "-c", script))
	if got := depgraphNames(t, must(t, depview("deps", "--from", "rpm:"+root, "--recipe", recipe, "--json"))); !slices.Equal(got, want) {
		t.Errorf("depview deps: %q", got)
	}
}

// depgraphNames are the packages of depview deps --json.
func depgraphNames(t *testing.T, text string) (names []string) {
	var packages []struct{ Name string }
	if err := json.Unmarshal([]byte(text), &packages); err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}

func sortedLines(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(lines)
	return slices.DeleteFunc(lines, func(s string) bool { return s == "" || strings.HasPrefix(s, "depview: ") })
}

// rpmWorld are packages of a small system: a shell and rpm itself, which every build
// has, a compiler, and two libraries.
func rpmWorld(t *testing.T) []rpmPackage {
	t.Helper()
	headers := map[string]string{}
	for _, p := range []string{"libc6-dev", "linux-libc-dev", "tcc", "libtcc1", "libtcc-dev"} {
		out, _ := exec.Command("dpkg-query", "-L", p).Output()
		for path := range strings.Lines(string(out)) {
			path = strings.TrimSpace(path)
			if info, err := os.Lstat(path); err == nil && !info.IsDir() && !strings.HasPrefix(path, "/usr/share/") && !strings.HasSuffix(path, "/libc.a") {
				headers[path] = "= " + path
			}
		}
	}
	if len(headers) == 0 {
		t.Skip("needs the headers of Debian's package libc6-dev")
	}
	configuration := map[string]string{}
	for _, tree := range []string{"/usr/lib/rpm/rpmrc", "/usr/lib/rpm/macros", "/usr/lib/rpm/rpmpopt*", "/usr/lib/rpm/platform/x86_64-linux/macros"} {
		files, _ := filepath.Glob(tree)
		for _, f := range files {
			configuration[f] = "= " + f
		}
	}
	return []rpmPackage{
		{name: "filesystem", files: map[string]string{"/bin": "-> usr/bin", "/sbin": "-> usr/sbin", "/lib": "-> usr/lib", "/lib64": "-> usr/lib64", "/etc/os-release": "ID=fedora\nVERSION_ID=39\n"}},
		{name: "glibc", tags: "Requires: filesystem"}, // has every library
		{name: "bash", tags: "Requires: glibc", programs: []string{"/usr/bin/dash"}, files: map[string]string{"/usr/bin/sh": "-> dash"}},
		{name: "rpm-build", tags: "Requires: /bin/sh, (libgood-devel if nothing)", programs: []string{"/usr/bin/rpm"}, files: configuration},
		{name: "toolchain", tags: "Requires: glibc", programs: []string{"/usr/bin/tcc"}, files: headers},
		{name: "libgood-devel", tags: "Epoch: 1\nRequires: toolchain\nProvides: pkgconfig(good) = 2", files: map[string]string{"/usr/include/good.h": "#define GOOD \"good \"\n"}},
		{name: "libsecret-devel", tags: "Requires: libsecret", files: map[string]string{"/usr/include/secret.h": "#define SECRET \"secret\"\n"}},
		{name: "libsecret", files: map[string]string{"/usr/share/secret/data": "data\n"}},
	}
}

// installRPMs builds the packages, and installs them into root. The package glibc has
// the libraries of all programs.
func installRPMs(t *testing.T, dir, root string, packages []rpmPackage) {
	t.Helper()
	stage := filepath.Join(dir, "stage")
	var spec strings.Builder
	spec.WriteString("Name: world\nVersion: 2\nRelease: 1\nSummary: all\nLicense: none\n" +
		"%global __os_install_post %{nil}\n%global debug_package %{nil}\n%global _build_id_links none\n%global _binary_payload w0.gzdio\n" +
		"%global _unpackaged_files_terminate_build 0\n%description\nAll.\n%install\ncp -a " + stage + "/. %{buildroot}\n")
	libraries := map[string]bool{}
	for _, p := range packages {
		for _, program := range p.programs {
			for _, lib := range linkedTo(t, program) {
				libraries[lib] = true
			}
		}
	}
	for _, p := range packages {
		files := map[string]string{}
		for _, program := range p.programs {
			files[program] = "= " + program
		}
		for path, text := range p.files {
			files[path] = text
		}
		if p.name == "glibc" {
			for lib := range libraries {
				files[lib] = "= " + lib
			}
		}
		var list strings.Builder
		for path, text := range files {
			stageFile(t, filepath.Join(stage, merge(path)), text)
			fmt.Fprintf(&list, "%q\n", merge(path))
		}
		writeFile(t, dir+"/"+p.name+".files", list.String(), 0o644)
		fmt.Fprintf(&spec, "%%package -n %[1]s\nSummary: x\nAutoReqProv: no\n%[2]s\n%%description -n %[1]s\n%%files -n %[1]s -f %[3]s/%[1]s.files\n", p.name, p.tags, dir)
	}
	writeFile(t, dir+"/world.spec", spec.String(), 0o644)
	must(t, exec.Command("rpmbuild", "-bb", "--quiet", "--define", "_topdir "+dir+"/top", dir+"/world.spec"))
	built, _ := filepath.Glob(dir + "/top/RPMS/*/*.rpm")
	for _, tree := range []string{"usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "etc", "tmp", "proc", "dev", "sys", "root", rpmDatabase} {
		if err := os.MkdirAll(filepath.Join(root, tree), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	must(t, exec.Command("rpm", slices.Concat([]string{"--root", root, "--dbpath", rpmDatabase, "-i", "--noscripts", "--nodeps"}, built)...))
}

// merge spells a path as a merged /usr has it.
func merge(path string) string {
	for _, top := range []string{"/bin/", "/sbin/", "/lib/", "/lib64/"} {
		if strings.HasPrefix(path, top) {
			return "/usr" + path
		}
	}
	return path
}

func stageFile(t *testing.T, path, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if target, ok := strings.CutPrefix(text, "-> "); ok {
		err = errors.Join(err, os.Symlink(target, path))
	} else if source, ok := strings.CutPrefix(text, "= "); ok {
		must(t, exec.Command("cp", "-a", "--no-preserve=ownership", source, path))
		if target, linkErr := os.Readlink(path); linkErr == nil && filepath.IsAbs(target) {
			os.Remove(path)
			err = errors.Join(err, os.Symlink(merge(target), path))
		}
	} else {
		writeFile(t, path, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// linkedTo returns the libraries and the loader of a program, each with the links that
// lead to it.
func linkedTo(t *testing.T, program string) (list []string) {
	t.Helper()
	for word := range strings.FieldsSeq(must(t, exec.Command("ldd", program))) {
		if !strings.HasPrefix(word, "/") {
			continue
		}
		for {
			dir, err := filepath.EvalSymlinks(filepath.Dir(word))
			if err != nil {
				t.Fatal(err)
			}
			word = filepath.Join(dir, filepath.Base(word))
			list = append(list, word)
			target, err := os.Readlink(word)
			if err != nil {
				break
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(dir, target)
			}
			word = target
		}
	}
	return list
}
