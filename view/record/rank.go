package record

import (
	"path"
	"slices"
	"strings"
)

// A Rank says how sure it is that the build wanted a file.
type Rank int

// The ranks. A build probes for what it may find on its way along PATH or through
// a list of candidates; what it would have read or run is a dependency.
const (
	Probed Rank = iota
	WouldRead
	WouldRun
)

var rankNames = [...]string{"probed", "would have been read", "would have run"}

// String says the rank in words.
func (r Rank) String() string { return rankNames[r] }

// A What is a kind of file that a package has for others.
type What string

// The kinds of file, as reports name them.
const (
	AProgram   What = "program"
	AHeader    What = "header"
	ALibrary   What = "library"
	APkgConfig What = "pkg-config file"
	ACMake     What = "CMake package"
	APython    What = "Python module"
	APerl      What = "Perl module"
	ADirectory What = "directory"
	AData      What = "data"
)

// Rank ranks a hidden path by the call that asked for it first and by who asked.
// That is exact where the call is an exec or an open. Who only looks whether there
// is such a file is believed to want it if looking for such files is its business:
// a compiler's include search, a shell that walks along PATH. A configure script
// asks for many a program that it would never run, and so do build systems.
func (e Event) Rank() Rank {
	what, asker := whatOf(e.Path, e.Type), askerOf(e)
	switch {
	case e.OptionalFor != "":
		return Probed
	case e.Call == Exec:
		return WouldRun
	case e.Call == Open && what != ADirectory:
		return WouldRead
	case what == ADirectory && asker == translator && e.searched():
		return WouldRead
	case e.Call == Other || what == ADirectory:
		return Probed
	}
	switch what {
	case AProgram:
		if asker == shell || asker == maker {
			return WouldRun
		}
	case AHeader, ALibrary, APkgConfig, ACMake:
		if asker == translator || asker == builder || asker == maker {
			return WouldRead
		}
	case APerl:
		if asker == perl {
			return WouldRead
		}
	case APython:
		if asker == python {
			return WouldRead
		}
	}
	return Probed
}

// searched tells whether the command line says to search the path. A compiler looks
// for no file in such a directory if that is not there.
func (e Event) searched() bool {
	for i, arg := range e.Argv {
		for _, flag := range []string{"-I", "-L", "-F", "-isystem", "-iquote", "-idirafter"} {
			dir, ok := strings.CutPrefix(arg, flag)
			if ok && dir == "" && i+1 < len(e.Argv) {
				dir = e.Argv[i+1]
			}
			if ok && dir != "" && (dir == e.Asked || path.Clean(dir) == e.Path) {
				return true
			}
		}
	}
	return false
}

// An asker is the kind of program that asks.
type asker int

const (
	anyone     asker = iota
	shell            // runs commands
	configure        // a shell or Ruby, too, with a configure script
	maker            // runs commands, and looks for prerequisites; asks for no others
	translator       // reads headers and libraries: a compiler, a linker, pkg-config
	builder          // looks for what it is going to have read: CMake, Meson
	perl
	python
)

func askerOf(e Event) asker {
	name := path.Base(e.Exe)
	is := func(names ...string) bool { return slices.Contains(names, name) }
	begins := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}
	// x86_64-linux-gnu-gcc-12 is gcc-12.
	for _, tool := range []string{"gcc", "g++", "cpp", "ld", "clang", "pkg-config", "pkgconf"} {
		if _, rest, ok := strings.Cut(name, "-"+tool); ok && (rest == "" || rest[0] == '-' || rest[0] == '.') {
			name = tool + rest
		}
	}
	switch {
	case is("sh", "dash", "bash", "ksh", "mksh", "zsh", "ash", "busybox", "env", "xargs", "nice", "time"):
		if len(e.Argv) > 1 && slices.ContainsFunc(e.Argv[1:min(len(e.Argv), 4)], isConfigure) {
			return configure
		}
		return shell
	case begins("ruby"): // walks along PATH before it calls execve
		if len(e.Argv) > 1 && slices.ContainsFunc(e.Argv[1:], isConfigure) {
			return configure
		}
		return shell
	case is("make", "gmake", "bmake", "ninja", "samu"):
		return maker
	case begins("cc1", "gcc", "g++", "cpp", "clang", "f951", "gnat1", "collect2", "ld", "gold", "mold", "lld", "pkg-config", "pkgconf", "lto1", "go", "rustc"):
		return translator
	case begins("cmake", "ctest", "cpack", "meson"):
		return builder
	case begins("perl"):
		return perl
	case begins("python", "pypy"):
		if len(e.Argv) > 1 && slices.ContainsFunc(e.Argv[1:min(len(e.Argv), 4)], func(a string) bool { return path.Base(a) == "meson" }) {
			return builder
		}
		return python
	}
	return anyone
}

// isConfigure tells whether an argument of a shell names a configure script.
func isConfigure(arg string) bool {
	return slices.Contains([]string{"configure", "config.status", "config.guess", "conftest.sh", "extconf.rb"}, path.Base(arg))
}

// whatOf tells what kind of file is at a path.
func whatOf(p string, t Type) What {
	name, ext := path.Base(p), path.Ext(p)
	within := func(dirs ...string) bool {
		return slices.ContainsFunc(dirs, func(d string) bool { return strings.Contains(p+"/", "/"+d+"/") })
	}
	switch {
	case strings.HasSuffix(name, ".pc") && within("pkgconfig"):
		return APkgConfig
	case ext == ".cmake":
		return ACMake
	case isLibrary(name) && !within("perl", "perl5", "python3", "site-packages", "dist-packages"):
		return ALibrary
	case (ext == ".pm" || ext == ".pl" || ext == ".so") && within("perl", "perl5"):
		return APerl
	case within("site-packages", "dist-packages") && !IsMetadata(p), ext == ".py", ext == ".pyc":
		return APython
	case t == Directory:
		return ADirectory
	case within("include") || slices.Contains([]string{".h", ".hh", ".hpp", ".hxx", ".inc"}, ext):
		return AHeader
	case t == Program && within("bin", "sbin", "games", "libexec"), t == Program && !within("share"):
		return AProgram
	}
	return AData
}

// whatAbsent tells what kind of file a name that does not exist would be.
func whatAbsent(p string) What {
	if slices.Contains([]string{"bin", "sbin", "games"}, path.Base(path.Dir(p))) {
		return AProgram
	}
	return whatOf(p, "")
}

// IsMetadata tells whether a file among Python's modules is none of them: what
// importlib.metadata and site(3) read of each distribution that they find.
func IsMetadata(p string) bool {
	dir := path.Ext(path.Dir(p))
	return dir == ".egg-info" || dir == ".dist-info" || slices.Contains([]string{".egg-info", ".dist-info", ".pth", ".h"}, path.Ext(p))
}

// isLibrary tells whether a file's name is a library's: libz.so, libz.so.1.2.13,
// libz.a, libz.dylib.
func isLibrary(name string) bool {
	stem, version, _ := strings.Cut(name, ".so")
	if stem != name && (version == "" || version[0] == '.' && strings.Trim(version, ".0123456789") == "") {
		return true
	}
	return slices.Contains([]string{".a", ".la", ".dylib", ".tbd"}, path.Ext(name))
}
