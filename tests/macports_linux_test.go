package tests

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// A macportsPath is a place on a Mac with MacPorts, and what comes of it. Where it ends
// in a slash, it is a directory.
type macportsPath struct {
	path  string
	owner string // the active port
	// differs says why a view hides or shows what trace mode does not:
	//
	//	unowned    trace mode shows what no port owns, and reports it
	//	directory  it shows every directory that exists
	//	owned      it shows what a port owns outside of the prefix, in a base path
	//	leftover   it shows others' temporary files
	//	xcode      it hides Xcode from ports that do not ask for it
	//	loader     it does not see what is looked up before a library call
	differs string
}

var macportsPaths = []macportsPath{
	{"/opt/local/lib/libz.dylib", "zlib", ""},
	{"/opt/local/include/zlib.h", "zlib", ""},
	{"/opt/local/lib/libpng.dylib", "libpng", ""},
	{"/opt/local/include/libpng16/png.h", "libpng", ""},
	{"/opt/local/libexec/openssl3/lib/libssl.dylib", "openssl3", ""},

	// The base OS.
	{"/bin/sh", "", ""}, {"/sbin/mount", "", ""}, {"/usr/bin/cc", "", ""}, {"/usr/sbin/chown", "", ""},
	{"/usr/include/stdio.h", "", ""}, {"/usr/lib/libSystem.B.dylib", "", ""}, {"/usr/libexec/path_helper", "", ""},
	{"/usr/share/zoneinfo/UTC", "", ""}, {"/System/Library/Frameworks/A.framework/A", "", ""},
	{"/etc/hosts", "", ""}, {"/Library/Developer/CommandLineTools/usr/bin/clang", "", ""}, {"/Library/Preferences/x.plist", "", ""},
	{"/var/run/x", "", ""}, {"/var/db/timezone/zoneinfo/UTC", "", ""}, {"/var/db/mds/system/x", "", ""},
	{"/Applications/Xcode.app/Contents/Info.plist", "", "xcode"}, {"/var/db/xcode_select_link", "", "xcode"},
	{"/var/db/dyld/x", "", "loader"}, {"/var/select/sh", "", "loader"},

	// No part of it.
	{"/Library/Frameworks/y", "", ""}, {"/Library/Frameworks/A.framework/A", "", ""},
	{"/usr/local/lib/x", "", ""}, {"/usr/local/bin/tool", "", ""}, {"/usr/x", "", ""}, {"/opt/other/x", "", ""},
	{"/Applications/Other.app/x", "", ""}, {"/Users/me/x", "", ""}, {"/var/db/x", "", ""}, {"/var/root/x", "", ""}, {"/x", "", ""},
	{"/usr/local/", "", "directory"}, {"/Library/Frameworks/", "", "directory"}, {"/opt/other/", "", "directory"},
	{"/opt/local/libexec/openssl3/", "", "directory"}, {"/opt/local/stray/", "", "directory"},
	{"/var/tmp/left", "", "leftover"}, {"/var/folders/ab/cd/T/left", "", "leftover"},
	{"/Library/LaunchDaemons/org.macports.openssl3.plist", "openssl3", "owned"},

	// What no port owns in the prefix: MacPorts' own is there, the rest is not.
	{"/opt/local/", "", ""}, {"/opt/local/lib/", "", ""}, {"/opt/local/share/man/man1/", "", ""},
	{"/opt/local/bin/port", "", ""}, {"/opt/local/etc/macports/macports.conf", "", ""},
	{"/opt/local/share/macports/Tcl/x.tcl", "", ""}, {"/opt/local/libexec/macports/bin/tclsh8.6", "", ""},
	{"/opt/local/var/macports/registry/registry.db", "", ""}, {"/opt/local/var/macports/sources/ports/PortIndex", "", ""},
	{"/opt/local/lib/libstray.dylib", "", "unowned"}, {"/opt/local/stray/x", "", "unowned"},
	{"/opt/local/var/macports/build/other/work/x", "", "unowned"}, {"/opt/local/var/macports/software/gone/gone.tbz2", "", "unowned"},
}

// traceShows tells whether trace mode shows a path to a phase that sees ports: the table
// of src/port1.0/porttrace.tcl, as src/darwintracelib1.0/darwintrace.c goes through it.
func (p macportsPath) traceShows(ports []string) bool {
	if strings.HasSuffix(p.path, "/") {
		return true
	}
	for _, rule := range strings.Fields(`+/bin +/sbin +/dev +/usr/bin +/usr/sbin +/usr/include +/usr/lib +/usr/libexec +/usr/share
		+/System/Library -/Library/Frameworks +/Library +/etc +/tmp +/var/tmp +/var/folders +/var/empty +/var/run
		+/var/db/timezone/zoneinfo +/var/db/mds/system -/var/db/xcode_select_link -/Applications/Xcode.app +/var/db/launchd.db ?/opt/local`) {
		if tree := rule[1:]; p.path != tree && !strings.HasPrefix(p.path, tree+"/") {
			continue
		}
		switch rule[0] {
		case '+':
			return true
		case '-':
			return false
		}
		return p.owner == "" || slices.Contains(ports, p.owner)
	}
	return false
}

// macportsPhases has the ports that a phase sees of a port that needs libpng to build
// (and that zlib) and openssl3 to run: src/port1.0/portutil.tcl, target_run.
var macportsPhases = map[string][]string{
	"fetch": nil, "checksum": nil, "extract": nil, "patch": nil,
	"configure": {"libpng", "zlib"}, "build": {"libpng", "zlib"},
	"destroot": {"libpng", "openssl3", "zlib"}, "test": {"libpng", "openssl3", "zlib"},
	"install": {"openssl3"},
}

// TestMacPorts compares what a view shows with what trace mode does, path by path and
// phase by phase, on a prefix made of the fixture's registry.
func TestMacPorts(t *testing.T) {
	root, portfile := macportsRoot(t)
	paths := make([]string, len(macportsPaths))
	differed := map[string]bool{}
	for i, p := range macportsPaths {
		paths[i] = p.path
	}
	for phase, ports := range macportsPhases {
		flags := []string{"--from", "macports:" + root, "--recipe", portfile, "--phase", phase}
		var seen []string
		for line := range strings.Lines(must(t, exec.Command(binary, append([]string{"deps"}, flags...)...))) {
			seen = append(seen, strings.Fields(line)[0])
		}
		if !slices.Equal(seen, ports) {
			t.Errorf("%s: ports %q, want %q", phase, seen, ports)
		}
		said := must(t, exec.Command(binary, slices.Concat([]string{"explain"}, flags, paths)...))
		answers := strings.Split(said, "\n\n")
		if len(answers) != len(paths) {
			t.Fatalf("%d answers for %d paths", len(answers), len(paths))
		}
		for i, p := range macportsPaths {
			path, verdict, _ := strings.Cut(answers[i], "\n")
			shown := strings.HasPrefix(verdict, "  visible: ")
			if path != p.path || !shown && !strings.HasPrefix(verdict, "  hidden: ") {
				t.Fatalf("%s: %q", p.path, answers[i])
			}
			if want := p.shows(ports); shown != want {
				t.Errorf("%s: shown %t, want %t, and trace mode %t\n%s", phase, shown, want, p.traceShows(ports), answers[i])
			}
			differed[p.path] = differed[p.path] || shown != p.traceShows(ports)
		}
	}
	for _, p := range macportsPaths {
		if differed[p.path] != (p.differs != "") {
			t.Errorf("%s differs: %t, and that is said to be %q", p.path, differed[p.path], p.differs)
		}
	}
}

// TestMacPortsForms has a person write dependencies as a Portfile does.
func TestMacPortsForms(t *testing.T) {
	root, _ := macportsRoot(t)
	for dep, want := range map[string]string{
		"build:port:libpng":                  "libpng zlib",
		"path:lib/libz.dylib:zlib-ng":        "zlib",
		"lib:lib:libpng:libpng-apng":         "libpng zlib",
		"extract:bin:sh:bash":                "", // /bin/sh is the system's
		"macports:port:openssl3":             "openssl3",
		"test:path:share/none:openssl3":      "openssl3",
		"patch:path:/usr/include/stdio.h:no": "",
	} {
		var seen []string
		for line := range strings.Lines(must(t, exec.Command(binary, "deps", "--from", "macports:"+root, "--dep", dep))) {
			seen = append(seen, strings.Fields(line)[0])
		}
		if got := strings.Join(seen, " "); got != want {
			t.Errorf("%s: %s, want %s", dep, got, want)
		}
	}
	for dep, want := range map[string]string{
		"port:none":          `depview: --dep: unknown package "port:none"`,
		"path:lib/none:none": `depview: --dep: unknown package "path:lib/none:none"`,
	} {
		out, err := exec.Command(binary, "deps", "--from", "macports:"+root, "--dep", dep).CombinedOutput()
		if err == nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("%s: %s (%v)", dep, out, err)
		}
	}
}

// shows tells whether a view shows a path to a phase that sees ports.
func (p macportsPath) shows(ports []string) bool {
	switch p.differs {
	case "unowned", "leftover":
		return false
	case "xcode", "loader":
		return true
	case "owned":
		return slices.Contains(ports, p.owner)
	case "directory":
		return slices.ContainsFunc(macportsPaths, func(below macportsPath) bool {
			return slices.Contains(ports, below.owner) && strings.HasPrefix(below.path, p.path)
		})
	}
	return p.traceShows(ports)
}

// TestMacPortsRegistry reads the registry from inside a view: by depview itself, since
// port(1) is for macOS.
func TestMacPortsRegistry(t *testing.T) {
	needFuse(t)
	root, portfile := macportsRoot(t)
	if err := copyFile(binary, filepath.Join(root, "usr/bin/depview")); err != nil {
		t.Fatal(err)
	}
	inView := func(args ...string) *exec.Cmd {
		cmd := exec.Command(binary, append([]string{"run", "--from", "macports:" + root, "--recipe", portfile, "--phase", "configure", "--"}, args...)...)
		cmd.Dir = scratch(t, "macports-work")
		return cmd
	}
	got := must(t, inView("/usr/bin/depview", "deps", "--from", "macports", "--dep", "libpng"))
	if want := "libpng  1.6.50_0  dependency  --dep\nzlib    1.3.1_0   dependency  needed by libpng\n"; got != want {
		t.Errorf("in the view: %s", got)
	}
}

// macportsRoot makes a root of the paths above, with the fixture's registry in which
// openssl3 has a file more, and a Portfile beside it.
func macportsRoot(t *testing.T) (root, portfile string) {
	t.Helper()
	root = scratch(t, "macports")
	for _, p := range macportsPaths {
		name := filepath.Join(root, p.path)
		dir := name
		if !strings.HasSuffix(p.path, "/") {
			dir = filepath.Dir(name)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if dir != name {
			writeFile(t, name, "", 0o755)
		}
	}
	registry := filepath.Join(root, "opt/local/var/macports/registry/registry.db")
	if err := copyFile("../depgraph/macports/testdata/registry.db", registry); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", registry)
	if err == nil {
		_, err = db.Exec("PRAGMA journal_mode = wal")
	}
	if err == nil {
		_, err = db.Exec("INSERT INTO files (id, path, actual_path, active) VALUES (4, ?1, ?1, 1)", "/Library/LaunchDaemons/org.macports.openssl3.plist")
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	portfile = filepath.Join(scratch(t, "macports-port"), "Portfile")
	writeFile(t, portfile, "name target\nversion 1\ndepends_build port:libpng\ndepends_run port:openssl3\n", 0o644)
	return root, portfile
}
