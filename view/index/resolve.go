package index

import (
	"io/fs"
	"path"
	"strings"
	"sync"
)

// MaxLinks is how many symbolic links one resolution follows, as in Linux's
// path_resolution(7).
const MaxLinks = 40

// A Resolver finds the canonical form of paths on a root: realpath of the
// directory, and the name as it is. It remembers what it found, so the root must
// not change under it. It is safe for concurrent use.
type Resolver struct {
	root fs.FS

	mu   sync.Mutex
	dirs map[string]string // a directory as spelled → its realpath
	// looked, if it is there, is told of every path that was asked whether it is a
	// symbolic link, before it is.
	looked func(p string)
	found  func(p, target string) // and of every one that is
}

// NewResolver returns a resolver for root, which must tell symbolic links
// (fs.ReadLinkFS).
func NewResolver(root fs.FS) *Resolver {
	return &Resolver{root: root, dirs: map[string]string{"/": "/"}}
}

// Canonical returns realpath(dirname) + "/" + basename. A component that does not
// exist stands for itself.
func (r *Resolver) Canonical(p string) string {
	dir, name := split(p)
	if name == "" {
		return "/"
	}
	return path.Join(r.Dir(dir), name)
}

// Dir returns the realpath of a directory.
func (r *Resolver) Dir(dir string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	links := 0
	return r.dirLocked(dir, &links)
}

// split returns the directory of a path and the name in it, both clean; the root
// has no name. Lists of packages come through here path by path, so that the usual
// case must cost little.
func split(p string) (dir, name string) {
	if !clean(p) {
		p = path.Clean("/" + p)
	}
	slash := strings.LastIndexByte(p, '/')
	return p[:max(slash, 1)], p[slash+1:]
}

// clean tells that p is absolute and path.Clean would not change it. It may say
// no where a name begins with a dot.
func clean(p string) bool {
	if p == "" || p[0] != '/' || len(p) > 1 && p[len(p)-1] == '/' {
		return false
	}
	for i := 1; i < len(p); i++ {
		if p[i-1] == '/' && (p[i] == '/' || p[i] == '.') {
			return false
		}
	}
	return true
}

// dirLocked follows symbolic links in the whole of dir.
func (r *Resolver) dirLocked(dir string, links *int) string {
	if d, ok := r.dirs[dir]; ok {
		return d
	}
	above, name := split(dir)
	d := dir
	if real := r.dirLocked(above, links); real != above {
		d = path.Join(real, name)
	}
	if target, ok := r.look(d); ok && *links < MaxLinks {
		*links++
		d = r.dirLocked(Join(path.Dir(d), target), links)
	}
	if *links < MaxLinks { // what a loop led to holds for this walk only
		r.dirs[dir] = d
	}
	return d
}

// look is Link for a directory of a path.
func (r *Resolver) look(p string) (target string, ok bool) {
	if r.looked != nil {
		r.looked(p)
	}
	if target, ok = r.Link(p); ok && r.found != nil {
		r.found(p, target)
	}
	return target, ok
}

// Link returns the target of the symbolic link at p, if one is there.
func (r *Resolver) Link(p string) (target string, ok bool) { return link(r.root, p) }

func link(root fs.FS, p string) (target string, ok bool) {
	info, err := fs.Lstat(root, Name(p))
	if err != nil || info.Mode().Type() != fs.ModeSymlink {
		return "", false
	}
	target, err = fs.ReadLink(root, Name(p))
	return target, err == nil
}

// Lstat stats the file at p.
func (r *Resolver) Lstat(p string) (fs.FileInfo, error) { return fs.Lstat(r.root, Name(p)) }

// Join gives the path that target means in a symbolic link in directory dir.
func Join(dir, target string) string {
	if strings.HasPrefix(target, "/") {
		return path.Clean(target)
	}
	return path.Join(dir, target)
}

// Name turns an absolute path into an fs.FS name.
func Name(p string) string {
	if p == "/" {
		return "."
	}
	return p[1:]
}
