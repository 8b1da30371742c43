package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/depview/depview/"

// A listed package is what go list says of it.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// Imports go one way: cmd → fs → view → depgraph. The rules hold on every system
// that depview is compiled for, and for tests as well.
func TestImports(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "freebsd"} {
		t.Run(goos, func(t *testing.T) {
			packages := goList(t, goos)
			var layers []string
			for _, p := range packages {
				layers = append(layers, layerOf(p.ImportPath))
				for _, fault := range importFaults(p) {
					t.Error(fault)
				}
			}
			for _, l := range order {
				if !slices.Contains(layers, l) {
					t.Errorf("go list knows no package of %s", l)
				}
			}
		})
	}
}

// goList describes the module's packages as they are on an operating system.
func goList(t *testing.T, goos string) []listed {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"...")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// order has the layers; each may import itself and those before it.
var order = []string{"depgraph", "view", "fs", "cmd"}

// shared are the packages that sources have in common.
var shared = []string{"depgraph/generated", "depgraph/rootfs", "depgraph/sourcetest", "depgraph/sqlite", "depgraph/version"}

// layerOf returns the top folder of a package of this module, or "".
func layerOf(path string) string {
	rest, ours := strings.CutPrefix(path, module)
	if !ours {
		return ""
	}
	top, _, _ := strings.Cut(rest, "/")
	return top
}

// importFaults lists what p imports and must not.
func importFaults(p listed) []string {
	name := strings.TrimPrefix(p.ImportPath, module)
	var faults []string
	for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		if why := forbidden(name, i); why != "" {
			faults = append(faults, fmt.Sprintf("%s imports %s: %s", name, strings.TrimPrefix(i, module), why))
		}
	}
	return faults
}

// forbidden says why the package called name may not import path, if so.
func forbidden(name, path string) string {
	layer := layerOf(module + name)
	to := layerOf(path)
	under := func(dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }
	switch {
	case to != "" && layer != "tests" && slices.Index(order, layer) < slices.Index(order, to):
		return "imports go from cmd to fs to view to depgraph"
	case layer == "depgraph" && name != layer && to == layer && path != module+layer && path != module+name &&
		!slices.Contains(shared, strings.TrimPrefix(path, module)):
		return "a source imports depgraph and no other source"
	case name == "tests" && path == "github.com/hanwen/go-fuse/v2/posixtest":
		return "" // its checks are for any file system
	case under("github.com/hanwen/go-fuse") && (layer != "fs" || name == "fs/jail"):
		return "only fs knows go-fuse"
	case layer != "depgraph" && layer != "view" || name == "view/cache" || name == "view/capture" || name == "view/pack":
		return "" // these know a real system
	case under("syscall") || under("golang.org/x/sys"):
		return "this layer makes no system calls"
	}
	return ""
}

// Each rule finds what breaks it, and nothing else.
func TestImportRules(t *testing.T) {
	const fuse, unix = "github.com/hanwen/go-fuse/v2/fs", "golang.org/x/sys/unix"
	for _, c := range []struct {
		name, path string
		bad        bool
	}{
		{"cmd/depview", module + "fs", false},
		{"cmd/depview", module + "depgraph/dpkg", false},
		{"fs", module + "fs/jail", false},
		{"fs", module + "cmd/depview", true},
		{"view", module + "fs", true},
		{"view/record", module + "view", false},
		{"depgraph", module + "view/record", true},
		{"depgraph", "fs", false},
		{"depgraph/dpkg", module + "depgraph", false},
		{"depgraph/dpkg", module + "depgraph/dpkg", false}, // its external tests
		{"depgraph/dpkg", module + "depgraph/rpm", true},
		{"depgraph/dpkg", module + "depgraph/version", false},
		{"depgraph", module + "depgraph/version", false},
		{"fs", fuse, false},
		{"fs/jail", fuse, true},
		{"cmd/depview", fuse, true},
		{"tests", fuse, true},
		{"tests", module + "depgraph", false},
		{"view/capture", fuse, true},
		{"view", "syscall", true},
		{"view/record", unix, true},
		{"view/capture", unix, false},
		{"depgraph", unix, true},
		{"depgraph/dpkg", "syscall", true},
		{"fs/jail", unix, false},
	} {
		if why := forbidden(c.name, c.path); (why != "") != c.bad {
			t.Errorf("%s imports %s: got %q", c.name, c.path, why)
		}
	}
}
