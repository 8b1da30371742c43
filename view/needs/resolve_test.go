package needs

import (
	"debug/elf"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// root has a file for each path, and links.
func root(paths string, links map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for p := range strings.FieldsSeq(paths) {
		root[p[1:]] = &fstest.MapFile{Data: []byte("text"), Mode: 0o644}
	}
	for p, target := range links {
		root[p[1:]] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
	}
	return root
}

// found resolves a need: its paths, "own", or "".
func found(r *Resolver, f File, n Need) string {
	got, ok := r.Resolve(f, n)
	switch {
	case !ok:
		return ""
	case got.Own:
		return "own"
	}
	return strings.Join(got.Paths, " ")
}

func TestResolveLibraries(t *testing.T) {
	i386 := amd64
	i386.class, i386.machine = elf.ELFCLASS32, elf.EM_386
	fsys := root("/etc/ld.so.conf.d/none", map[string]string{
		"/lib": "usr/lib", "/usr/lib/x86_64-linux-gnu/libonig.so.5": "libonig.so.5.3", "/dev/link": "/dev/device",
	})
	library := func(p string, m image) { fsys[p[1:]] = &fstest.MapFile{Data: m.bytes(), Mode: 0o644} }
	library("/usr/lib/i386-linux-gnu/libonig.so.5", i386)
	library("/usr/lib/x86_64-linux-gnu/libonig.so.5.3", amd64)
	library("/opt/listed/libonig.so.5", i386)
	library("/opt/listed/liblisted.so.1", amd64)
	library("/opt/x/libonig.so.5", amd64)
	library("/usr/lib/x86_64-linux-gnu/libjq.so.1", amd64)
	fsys["etc/ld.so.conf"] = &fstest.MapFile{Data: []byte("# x\ninclude /etc/ld.so.conf.d/*.conf\n"), Mode: 0o644}
	fsys["etc/ld.so.conf.d/a.conf"] = &fstest.MapFile{Data: []byte("/opt/listed # y\n"), Mode: 0o644}
	fsys["dev/libdevice.so"] = &fstest.MapFile{Mode: fs.ModeDevice}

	r := NewResolver(fsys)
	r.Add(File{Path: "/usr/lib/jq/libprivate.so", Needs: []Need{{Library, "libc.so.6", "x86_64-elf64"}}})
	own, _ := read(t, "/usr/lib/jq/libjq.so.1.0", 0o755, amd64.bytes())
	r.Add(own)
	program := File{Path: "/usr/bin/jq"}
	for _, c := range []struct {
		name, machine string
		runpath       string
		want          string
	}{
		{"libonig.so.5", "x86_64-elf64", "", "/usr/lib/x86_64-linux-gnu/libonig.so.5 /usr/lib/x86_64-linux-gnu/libonig.so.5.3"},
		{"libonig.so.5", "386-elf32", "", "/opt/listed/libonig.so.5"},
		{"libonig.so.5", "x86_64-elf64", "/opt/x", "/opt/x/libonig.so.5"},
		{"libonig.so.5", "aarch64-elf64", "", ""},
		{"liblisted.so.1", "x86_64-elf64", "", "/opt/listed/liblisted.so.1"},
		{"libjq.so.1", "x86_64-elf64", "", "own"},
		{"libjq.so.1", "386-elf32", "", ""},
		{"libprivate.so", "x86_64-elf64", "", "own"},
		{"/lib/x86_64-linux-gnu/libonig.so.5.3", "x86_64-elf64", "", "/usr/lib/x86_64-linux-gnu/libonig.so.5.3"},
		{"../lib/x86_64-linux-gnu/libonig.so.5", "x86_64-elf64", "", ""},
		{"libdevice.so", "x86_64-elf64", "/dev", ""},
		{"@rpath/libonig.so.5", "amd64-macho", "/opt/x", "/opt/x/libonig.so.5"},
		{"@loader_path/../../opt/x/libonig.so.5", "amd64-macho", "", "/opt/x/libonig.so.5"},
	} {
		f := program
		if c.runpath != "" {
			f.RunPath = []string{c.runpath}
		}
		if got := found(r, f, Need{Library, c.name, c.machine}); got != c.want {
			t.Errorf("%s for %s: %s", c.name, c.machine, got)
		}
	}
}

func TestResolveOthers(t *testing.T) {
	r := NewResolver(root(`/usr/bin/python3.11 /usr/bin/awkward /usr/lib/x86_64-linux-gnu/pkgconfig/zlib.pc /usr/share/pkgconfig/xproto.pc
/usr/lib/python3.11/os.py /usr/lib/python3.11/json/__init__.py /usr/lib/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so
/usr/lib/python3/dist-packages/yaml/__init__.py /usr/lib/python3/dist-packages/namespace/x.py /usr/lib/python3/dist-packages/own.py
/usr/lib/python3/dist-packages/yaml/os.py
/usr/share/perl5/JSON.pm /usr/lib/x86_64-linux-gnu/perl5/5.36/DBI.pm /usr/lib/x86_64-linux-gnu/perl/5.36.0/POSIX.pm /usr/share/perl5/Own/Mod.pm
/usr/share/app/beside.py`,
		map[string]string{"/bin": "usr/bin", "/usr/bin/python3": "python3.11", "/usr/bin/awk": "/etc/alternatives/awk", "/etc/alternatives/awk": "/usr/bin/awkward",
			"/usr/bin/broken": "gone", "/usr/bin/loop": "loop", "/usr/lib/x86_64-linux-gnu/perl/5.36": "5.36.0"}))
	for _, p := range []string{"/usr/lib/python3/dist-packages/own.py", "/usr/share/app/lib/__init__.py", "/usr/share/app/lib/inner.py",
		"/usr/share/app/lib/native.abi3.so", "/usr/share/perl5/Own/Mod.pm", "/usr/share/app/Private.pm", "/usr/bin/tool"} {
		r.Add(File{Path: p})
	}
	for _, c := range []struct {
		kind Kind
		name string
		want string
	}{
		{Interpreter, "/bin/python3", "/usr/bin/python3 /usr/bin/python3.11"},
		{Program, "awk", "/usr/bin/awk /etc/alternatives/awk /usr/bin/awkward"},
		{Program, "tool", "own"},
		{Program, "broken", ""},
		{Program, "loop", ""},
		{Program, "gone", ""},
		{Program, "../bin/python3", ""},
		{PkgConfig, "zlib", "/usr/lib/x86_64-linux-gnu/pkgconfig/zlib.pc"},
		{PkgConfig, "xproto", "/usr/share/pkgconfig/xproto.pc"},
		{PythonModule, "os", "/usr/lib/python3.11/os.py"},
		{PythonModule, "json", "/usr/lib/python3.11/json/__init__.py"},
		{PythonModule, "_ssl", "/usr/lib/python3.11/lib-dynload/_ssl.cpython-311-x86_64-linux-gnu.so"},
		{PythonModule, "yaml", "/usr/lib/python3/dist-packages/yaml/__init__.py"},
		{PythonModule, "namespace", ""},
		{PythonModule, "sys", ""},
		{PythonModule, "own", "own"},
		{PythonModule, "lib", "own"},
		{PythonModule, "inner", ""},
		{PythonModule, "native", ""},
		{PythonModule, "beside", "/usr/share/app/beside.py"},
		{PerlModule, "JSON", "/usr/share/perl5/JSON.pm"},
		{PerlModule, "DBI", "/usr/lib/x86_64-linux-gnu/perl5/5.36/DBI.pm"},
		{PerlModule, "POSIX", "/usr/lib/x86_64-linux-gnu/perl/5.36.0/POSIX.pm"},
		{PerlModule, "Own::Mod", "own"},
		{PerlModule, "Mod", ""},
		{PerlModule, "Private", "own"},
	} {
		if got := found(r, File{Path: "/usr/share/app/x"}, Need{c.kind, c.name, ""}); got != c.want {
			t.Errorf("%s %s: %s", c.kind, c.name, got)
		}
	}
	inPackage := File{Path: "/usr/lib/python3/dist-packages/yaml/new.py"}
	if got := found(r, inPackage, Need{PythonModule, "os", ""}); got != "/usr/lib/python3.11/os.py" {
		t.Errorf("os from within a package: %s", got)
	}
}
