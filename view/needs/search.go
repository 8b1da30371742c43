package needs

import (
	"bufio"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/view/index"
)

// Where things of each kind are by default, in the order in which they are looked
// for; patterns are path.Match's. Libraries come after what /etc/ld.so.conf says.
// They are those of Debian and of other Linux systems, FreeBSD and pkgsrc's
// prefix.
var defaultDirs = map[Kind][]string{
	Library: {
		"/lib/*-*-*", "/usr/lib/*-*-*", "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib32", "/usr/lib32", "/libx32", "/usr/libx32",
		"/usr/local/lib/*-*-*", "/usr/local/lib", "/usr/local/lib64", "/opt/local/lib", "/usr/pkg/lib",
	},
	Program: {
		"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/games", "/opt/local/bin", "/usr/pkg/bin",
	},
	PkgConfig: {
		"/usr/local/lib/*-*-*/pkgconfig", "/usr/local/lib/pkgconfig", "/usr/local/share/pkgconfig", "/usr/lib/*-*-*/pkgconfig",
		"/usr/lib64/pkgconfig", "/usr/lib/pkgconfig", "/usr/share/pkgconfig", "/usr/local/libdata/pkgconfig", "/usr/libdata/pkgconfig",
		"/opt/local/lib/pkgconfig", "/usr/pkg/lib/pkgconfig",
	},
	PythonModule: {
		"/usr/lib/python3.*", "/usr/lib/python3.*/lib-dynload", "/usr/lib64/python3.*", "/usr/lib64/python3.*/lib-dynload",
		"/usr/local/lib/python3.*/dist-packages", "/usr/lib/python3/dist-packages", "/usr/lib/python3.*/dist-packages",
		"/usr/lib/python3.*/site-packages", "/usr/lib64/python3.*/site-packages",
		"/usr/local/lib/python3.*", "/usr/local/lib/python3.*/lib-dynload", "/usr/local/lib/python3.*/site-packages",
		"/usr/pkg/lib/python3.*", "/usr/pkg/lib/python3.*/site-packages",
	},
	PerlModule: {
		"/etc/perl", "/usr/local/lib/*-*-*/perl/*", "/usr/local/share/perl/*", "/usr/lib/*-*-*/perl5/*", "/usr/share/perl5",
		"/usr/lib/*-*-*/perl-base", "/usr/lib/*-*-*/perl/*", "/usr/share/perl/*", "/usr/local/lib/site_perl",
		"/usr/local/lib64/perl5", "/usr/local/share/perl5", "/usr/lib64/perl5/vendor_perl", "/usr/share/perl5/vendor_perl",
		"/usr/lib64/perl5", "/usr/lib/perl5/*/*_perl", "/usr/lib/perl5/*/core_perl", "/usr/lib/perl5", "/usr/share/perl5/core_perl",
		"/usr/local/lib/perl5/site_perl", "/usr/local/lib/perl5/*", "/usr/pkg/lib/perl5/vendor_perl/*", "/usr/pkg/lib/perl5/*",
	},
}

// searched returns the directories for a kind that are on the root.
func (r *Resolver) searched(k Kind) []string {
	dirs, ok := r.dirs[k]
	if ok {
		return dirs
	}
	if k == Library {
		dirs = r.linkerDirs("/etc/ld.so.conf", 0)
	}
	for _, pattern := range defaultDirs[k] {
		if !strings.Contains(pattern, "*") {
			dirs = append(dirs, pattern)
			continue
		}
		matches, _ := fs.Glob(r.root, index.Name(pattern)) // no pattern is malformed
		for _, m := range matches {
			dirs = append(dirs, "/"+m)
		}
	}
	r.dirs[k] = slices.Clip(dirs)
	return r.dirs[k]
}

// linkerDirs reads the directories that ldconfig(8) is told of.
func (r *Resolver) linkerDirs(name string, depth int) (dirs []string) {
	paths, ok := r.follow(name)
	if !ok || depth > 4 {
		return nil
	}
	file, err := r.root.Open(index.Name(paths[len(paths)-1]))
	if err != nil {
		return nil
	}
	defer file.Close()
	for s := bufio.NewScanner(file); s.Scan(); {
		line, _, _ := strings.Cut(s.Text(), "#")
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "include":
			matches, _ := fs.Glob(r.root, index.Name(index.Join(path.Dir(name), words[1])))
			for _, m := range matches {
				dirs = append(dirs, r.linkerDirs("/"+m, depth+1)...)
			}
		case len(words) == 1 && strings.HasPrefix(words[0], "/"):
			dirs = append(dirs, path.Clean(words[0]))
		}
	}
	return dirs
}

// candidates returns the paths that could satisfy a need, preferred ones first.
func (r *Resolver) candidates(f File, n Need) []string {
	if rest, ok := strings.CutPrefix(n.Name, "@rpath/"); ok {
		return within(f.RunPath, rest)
	}
	for _, origin := range []string{"@loader_path", "@executable_path"} {
		if rest, ok := strings.CutPrefix(n.Name, origin+"/"); ok {
			return within([]string{path.Dir(f.Path)}, rest)
		}
	}
	switch {
	case strings.HasPrefix(n.Name, "/"):
		return []string{path.Clean(n.Name)}
	case n.Kind == PythonModule:
		dirs := r.searched(n.Kind)
		if dir := path.Dir(f.Path); !r.own[path.Join(dir, "__init__.py")] && !r.has(dir, "__init__.py") {
			dirs = append([]string{dir}, dirs...) // a script's own
		}
		return r.pythonCandidates(dirs, n.Name)
	case n.Kind == PerlModule:
		return within(r.searched(n.Kind), strings.ReplaceAll(n.Name, "::", "/")+".pm")
	case strings.Contains(n.Name, "/"):
		return nil // relative to where it is started
	case n.Kind == PkgConfig:
		return within(r.searched(n.Kind), n.Name+".pc")
	case n.Kind == Library:
		return within(append(slices.Clip(f.RunPath), r.searched(n.Kind)...), n.Name)
	}
	return within(r.searched(n.Kind), n.Name)
}

func within(dirs []string, name string) []string {
	paths := make([]string, len(dirs))
	for i, dir := range dirs {
		paths[i] = path.Join(dir, name)
	}
	return paths
}

// pythonCandidates returns what a module can be in each directory: a package, a
// source, an extension. A package without __init__.py belongs to nobody and says
// nothing.
func (r *Resolver) pythonCandidates(dirs []string, name string) []string {
	var paths []string
	for _, dir := range dirs {
		if r.has(dir, name) {
			paths = append(paths, path.Join(dir, name, "__init__.py"))
		}
		if r.has(dir, name+".py") {
			paths = append(paths, path.Join(dir, name+".py"))
		}
		var extensions []string
		for in := range r.list(dir) {
			if strings.HasPrefix(in, name+".") && path.Ext(in) == ".so" {
				extensions = append(extensions, path.Join(dir, in))
			}
		}
		paths = append(paths, slices.Sorted(slices.Values(extensions))...)
	}
	return paths
}
