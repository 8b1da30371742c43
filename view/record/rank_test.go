package record

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestRank pins who is believed to want what, with events as builds make them.
func TestRank(t *testing.T) {
	const cc1, ld = "/usr/lib/gcc/x86_64-linux-gnu/12/cc1", "/usr/bin/x86_64-linux-gnu-ld.bfd"
	for _, tt := range []struct {
		name  string
		call  Call
		typ   Type
		path  string
		exe   string
		argv  string // JSON
		rank  Rank
		what  What
		other string // OptionalFor
	}{
		// A call that has but one use tells by itself.
		{"python's subprocess", Exec, Program, "/usr/bin/curl", "/usr/bin/python3.11", `["python3","gen.py"]`, WouldRun, AProgram, ""},
		{"tclsh's exec", Exec, Program, "/usr/bin/bison", "/usr/bin/tclsh8.6", `["tclsh","gen.tcl"]`, WouldRun, AProgram, ""},
		{"configure's own run", Exec, Program, "/usr/bin/file", "/usr/bin/dash", `["/bin/sh","./configure"]`, WouldRun, AProgram, ""},
		{"a program opens its data", Open, File, "/usr/share/dict/words", "/usr/bin/look", `["look","a"]`, WouldRead, AData, ""},
		{"what is only recommended", Open, File, "/usr/lib/x86_64-linux-gnu/perl5/5.36/Locale/gettext.pm", "/usr/bin/perl", `["perl","/usr/bin/dpkg-architecture"]`, Probed, APerl, "libdpkg-perl"},
		{"find's walk", Open, Directory, "/usr/share/doc/x", "/usr/bin/find", `["find","/usr"]`, Probed, ADirectory, ""},
		{"a call of no use", Other, File, "/usr/include/x.h", cc1, `["cc1","x.c"]`, Probed, AHeader, ""},

		// Programs, of which their callers walk along PATH.
		{"a shell", Stat, Program, "/usr/bin/git", "/usr/bin/dash", `["/bin/sh","-c","git describe"]`, WouldRun, AProgram, ""},
		{"which, a script", Stat, Program, "/usr/bin/cmake", "/usr/bin/dash", `["/bin/sh","/usr/bin/which","cmake"]`, WouldRun, AProgram, ""},
		{"make", Stat, Program, "/usr/bin/ruby", "/usr/bin/make", `["make","-j2"]`, WouldRun, AProgram, ""},
		{"ruby's system and backquotes", Stat, Program, "/usr/bin/gperf", "/usr/bin/ruby3.1", `["ruby","-e","system('gperf')"]`, WouldRun, AProgram, ""},
		{"mkmf's find_executable", Stat, Program, "/usr/bin/git", "/usr/bin/ruby3.1", `["ruby","-r","./conf","extconf.rb"]`, Probed, AProgram, ""},
		{"configure's list of candidates", Stat, Program, "/usr/bin/doxygen", "/usr/bin/dash", `["/bin/sh","./configure","--prefix=/usr"]`, Probed, AProgram, ""},
		{"configure under bash -e", Stat, Program, "/usr/bin/doxygen", "/usr/bin/bash", `["bash","-e","../configure"]`, Probed, AProgram, ""},
		{"cmake's find_program", Stat, Program, "/usr/bin/git", "/usr/bin/cmake", `["cmake",".."]`, Probed, AProgram, ""},
		{"meson's find_program", Stat, Program, "/usr/bin/cscope", "/usr/bin/python3.11", `["/usr/bin/python3","/usr/bin/meson","setup","b"]`, Probed, AProgram, ""},
		{"shutil.which", Stat, Program, "/usr/bin/strace", "/usr/bin/python3.11", `["python3","gen.py"]`, Probed, AProgram, ""},
		{"tclsh's auto_execok", Stat, Program, "/usr/bin/flex", "/usr/bin/tclsh8.6", `["tclsh"]`, Probed, AProgram, ""},
		{"rsync", Stat, Program, "/usr/bin/git", "/usr/bin/rsync", `["rsync","-a","/usr/bin","x"]`, Probed, AProgram, ""},

		// Headers and libraries.
		{"an #include", Stat, File, "/usr/include/zlib.h", cc1, `["cc1","-quiet","x.c"]`, WouldRead, AHeader, ""},
		{"-lz", Stat, File, "/usr/lib/x86_64-linux-gnu/libz.so", ld, `["/usr/bin/ld","-lz"]`, WouldRead, ALibrary, ""},
		{"pkg-config", Stat, File, "/usr/lib/x86_64-linux-gnu/pkgconfig/zlib.pc", "/usr/bin/pkgconf", `["pkg-config","zlib"]`, WouldRead, APkgConfig, ""},
		{"cmake's find_path", Stat, File, "/usr/include/libxml2/libxml/xpath.h", "/usr/bin/cmake", `["cmake",".."]`, WouldRead, AHeader, ""},
		{"find_package", Stat, File, "/usr/lib/cmake/fmt/fmt-config.cmake", "/usr/bin/cmake", `["cmake",".."]`, WouldRead, ACMake, ""},
		{"a cross compiler", Stat, File, "/usr/include/zlib.h", "/usr/bin/arm-linux-gnueabihf-cpp-12", `["cpp"]`, WouldRead, AHeader, ""},
		{"clang", Stat, File, "/usr/include/zlib.h", "/usr/lib/llvm-14/bin/clang", `["clang","-cc1","x.c"]`, WouldRead, AHeader, ""},
		{"make's prerequisite, or its wildcard", Stat, File, "/usr/include/lzma.h", "/usr/bin/make", `["make"]`, WouldRead, AHeader, ""},
		{"make's -lfoo", Stat, File, "/usr/lib/libfoo.a", "/usr/bin/make", `["make"]`, WouldRead, ALibrary, ""},
		{"configure's test -f", Stat, File, "/usr/include/lzma.h", "/usr/bin/dash", `["/bin/sh","./configure"]`, Probed, AHeader, ""},
		{"dpkg-shlibdeps", Stat, File, "/usr/lib/x86_64-linux-gnu/libz.so.1", "/usr/bin/perl", `["perl","/usr/bin/dpkg-shlibdeps"]`, Probed, ALibrary, ""},
		{"-I of a hidden directory", Stat, Directory, "/usr/include/libxml2", cc1, `["cc1","-quiet","-I","/usr/include/libxml2","x.c"]`, WouldRead, ADirectory, ""},
		{"-I of a hidden directory, in one", Stat, Directory, "/opt/include", "/usr/bin/clang", `["clang","-I/opt/include/","x.c"]`, WouldRead, ADirectory, ""},
		{"-isystem", Stat, Directory, "/opt/include", cc1, `["cc1","-isystem","/opt/include"]`, WouldRead, ADirectory, ""},
		{"-I of another directory", Stat, Directory, "/usr/lib32", cc1, `["cc1","-I","/usr/lib","x.c","-I"]`, Probed, ADirectory, ""},
		{"-I for who is no compiler", Stat, Directory, "/opt/include", "/usr/bin/m4", `["m4","-I","/opt/include"]`, Probed, ADirectory, ""},
		{"find_path's directory", Stat, Directory, "/usr/include/libxml2", "/usr/bin/cmake", `["cmake",".."]`, Probed, ADirectory, ""},

		// Modules.
		{"perl's use", Stat, File, "/usr/share/perl5/YAML.pm", "/usr/bin/perl", `["perl","Makefile.PL"]`, WouldRead, APerl, ""},
		{"python's path entry", Stat, File, "/usr/lib/python3/dist-packages/yaml/__init__.py", "/usr/bin/python3.11", `["python3","setup.py"]`, WouldRead, APython, ""},
		{"a module, and find", Stat, File, "/usr/share/perl5/YAML.pm", "/usr/bin/find", `["find","/usr"]`, Probed, APerl, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := Event{Kind: Hidden, Call: tt.call, Type: tt.typ, Path: tt.path, Exe: tt.exe, OptionalFor: tt.other}
			if err := json.Unmarshal([]byte(tt.argv), &e.Argv); err != nil {
				t.Fatal(err)
			}
			if rank, what := e.Rank(), e.What(); rank != tt.rank || what != tt.what {
				t.Errorf("%s is a %s that %s, want a %s that %s", tt.path, what, rank, tt.what, tt.rank)
			}
		})
	}
}

func TestWhatAbsent(t *testing.T) {
	for p, want := range map[string]What{
		"/usr/local/bin/ls": AProgram, "/opt/x/bin": AData, "/usr/local/include/x.h": AHeader,
		"/opt/lib/libz.a": ALibrary, "/opt/x": AData,
	} {
		if got := whatAbsent(p); got != want {
			t.Errorf("%s: %s, want %s", p, got, want)
		}
	}
}

func TestComesWith(t *testing.T) {
	asked := func(path, owner string) Event {
		return Event{Kind: Hidden, Call: Exec, Type: Program, Path: path, Verdict: Undeclared, Owners: []string{owner}, Exe: "/bin/sh"}
	}
	brings := func(names []string) map[string]bool {
		return map[string]bool{names[0]: true, "pkgconf-bin": names[0] == "pkgconf", "a": names[0] == "b", "b": names[0] == "a"}
	}
	got := reportText(t, Options{Brings: brings}, false, asked("/usr/bin/pkg-config", "pkgconf"), asked("/usr/bin/pkgconf", "pkgconf-bin"), asked("/bin/a", "a"), asked("/bin/b", "b"))
	want := `a: would have run
  program  /bin/a
  first by /bin/sh
  declare a
b: would have run
  program  /bin/b
  first by /bin/sh
  declare b
pkgconf: would have run
  program  /usr/bin/pkg-config
  first by /bin/sh
  declare pkgconf
pkgconf-bin: would have run
  program  /usr/bin/pkgconf
  first by /bin/sh
  declare pkgconf-bin
  or nothing: it comes with pkgconf
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestFewOwners(t *testing.T) {
	e := Event{Kind: Hidden, Path: "/usr/lib32", Type: Directory, Verdict: Undeclared, Owners: []string{"e", "d", "c", "b", "a"}}
	if got, want := reportText(t, Options{}, false, e), "a or b or c or 2 more: probed /usr/lib32\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got:\n%s\nwant at the end:\n%s", got, want)
	}
}
