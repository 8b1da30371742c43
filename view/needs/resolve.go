package needs

import (
	"io/fs"
	"path"
	"strings"
	"unicode"

	"github.com/depview/depview/view/index"
)

// A Resolver finds what satisfies needs: a file of the build's own, or one on the
// root. It looks where a Unix system has such files by default, whatever the
// environment of a program may add; the lists are in search.go.
//
// The root must tell symbolic links (fs.ReadLinkFS) and not change meanwhile.
type Resolver struct {
	root     fs.FS
	links    *index.Resolver
	own      map[string]bool // canonical paths
	provided map[Need]bool   // by files of the build
	python   bool            // their Python modules are among provided
	listings map[string]map[string]bool
	dirs     map[Kind][]string
}

// A Found says what satisfies a need.
type Found struct {
	// Own says that a file of the build's own does.
	Own bool
	// Paths has the canonical path of what was found, and then, where that is a
	// symbolic link, what it leads to, link by link.
	Paths []string
}

// NewResolver returns a resolver on root.
func NewResolver(root fs.FS) *Resolver {
	return &Resolver{
		root: root, links: index.NewResolver(root), own: map[string]bool{}, provided: map[Need]bool{},
		listings: map[string]map[string]bool{}, dirs: map[Kind][]string{},
	}
}

// Add tells of a path that the build made; all come before the first Resolve. Of
// what is no regular file, only the Path counts.
func (r *Resolver) Add(f File) {
	r.own[r.links.Canonical(f.Path)] = true
	for _, n := range f.Provides {
		r.provided[n] = true
	}
	// A library whose name has no version may be asked for by that.
	for _, n := range f.Needs {
		if n.Kind == Library {
			r.provided[Need{Library, path.Base(f.Path), n.Machine}] = true
		}
	}
	if path.Ext(f.Path) == ".pm" {
		r.addPerl(f.Path)
	}
}

// addPerl notes the names that a module can have. Which directories Perl looks in
// for a build's own files only they know; it is none whose own name begins with a
// capital, which is part of a module's.
func (r *Resolver) addPerl(p string) {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(p, "/"), ".pm"), "/")
	for i := len(parts) - 1; i >= 0 && i > len(parts)-10; i-- {
		if i > 0 && parts[i-1] != "" && unicode.IsUpper(rune(parts[i-1][0])) {
			continue
		}
		r.provided[Need{PerlModule, strings.Join(parts[i:], "::"), ""}] = true
	}
}

// addPython does the same for Python: a module that is in no package of the build's
// own is a top-level one.
func (r *Resolver) addPython() {
	for p := range r.own {
		dir, name := path.Split(p)
		if ext := path.Ext(name); ext != ".py" && ext != ".so" {
			continue
		}
		name, _, _ = strings.Cut(name, ".")
		dir = path.Clean(dir)
		if name == "__init__" {
			dir, name = path.Split(dir)
			dir = path.Clean(dir)
		}
		if !r.own[path.Join(dir, "__init__.py")] {
			r.provided[Need{PythonModule, name, ""}] = true
		}
	}
	r.python = true
}

// Resolve finds what satisfies a need of f. Its own files come first, since the root
// may have an older build of the same.
func (r *Resolver) Resolve(f File, n Need) (Found, bool) {
	if n.Kind == PythonModule && !r.python {
		r.addPython()
	}
	if r.provided[n] {
		return Found{Own: true}, true
	}
	candidates := r.candidates(f, n)
	for _, p := range candidates {
		if r.own[r.links.Canonical(p)] {
			return Found{Own: true}, true
		}
	}
	for _, p := range candidates {
		if paths, ok := r.follow(p); ok && (n.Kind != Library || r.madeFor(paths[len(paths)-1], n.Machine)) {
			return Found{Own: r.own[paths[len(paths)-1]], Paths: paths}, true
		}
	}
	return Found{}, false
}

// follow returns the canonical path p and where it leads. It fails where nothing is.
func (r *Resolver) follow(p string) ([]string, bool) {
	var paths []string
	for range index.MaxLinks {
		p = r.links.Canonical(p)
		paths = append(paths, p)
		target, ok := r.links.Link(p)
		if !ok {
			_, err := r.links.Lstat(p)
			return paths, err == nil || r.own[p]
		}
		p = index.Join(path.Dir(p), target)
	}
	return nil, false
}

// madeFor tells whether the library at a path is for a machine. As in ld.so(8), one
// for another is passed by. The path can be of a build's choice, so nothing but a
// regular file is opened.
func (r *Resolver) madeFor(p, machine string) bool {
	if !strings.Contains(machine, "-elf") || r.own[p] {
		return true
	}
	if info, err := r.links.Lstat(p); err != nil || !info.Mode().IsRegular() {
		return false
	}
	file, err := r.root.Open(index.Name(p))
	if err != nil {
		return false
	}
	defer file.Close()
	return machineOf(file) == machine
}

// has tells whether a directory on the root has a name in it. Who asks for many
// names in one directory has it read once.
func (r *Resolver) has(dir, name string) bool { return r.list(dir)[name] }

func (r *Resolver) list(dir string) map[string]bool {
	names, ok := r.listings[dir]
	if !ok {
		names = map[string]bool{}
		entries, _ := fs.ReadDir(r.root, index.Name(r.links.Dir(dir))) // what cannot be read has nothing
		for _, e := range entries {
			names[e.Name()] = true
		}
		r.listings[dir] = names
	}
	return names
}
