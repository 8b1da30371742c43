package view

import (
	"io/fs"
	"path"
	"strings"
	"sync"
)

// maxLinks is how many symbolic links one resolution follows, as in Linux's
// path_resolution(7).
const maxLinks = 40

// A resolver finds the canonical form of paths on the root: realpath of the
// directory, and the name as it is. It remembers what it found, so the root must
// not change under it; a view is compiled once and describes that moment.
type resolver struct {
	root fs.FS

	mu   sync.Mutex
	dirs map[string]string // a directory as spelled → its realpath
}

func newResolver(root fs.FS) *resolver {
	return &resolver{root: root, dirs: map[string]string{"/": "/"}}
}

// canonical returns realpath(dirname) + "/" + basename. A component that does not
// exist stands for itself. Lists of packages come through here path by path, so
// that the usual case, a clean path in a directory that is its own realpath, must
// cost no more than one look at what is known.
func (r *resolver) canonical(p string) string {
	if !clean(p) {
		p = path.Clean("/" + p)
	}
	if p == "/" {
		return p
	}
	slash := strings.LastIndexByte(p, '/')
	dir := p[:max(slash, 1)]
	r.mu.Lock()
	defer r.mu.Unlock()
	real, ok := r.dirs[dir]
	if !ok {
		links := 0
		real = r.dirLocked(dir, &links)
	}
	switch real {
	case dir:
		return p
	case "/":
		return p[slash:]
	}
	return real + p[slash:]
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
func (r *resolver) dirLocked(dir string, links *int) string {
	if d, ok := r.dirs[dir]; ok {
		return d
	}
	d := path.Join(r.dirLocked(path.Dir(dir), links), path.Base(dir))
	if target, ok := r.link(d); ok && *links < maxLinks {
		*links++
		d = r.dirLocked(join(path.Dir(d), target), links)
	}
	if *links < maxLinks { // what a loop led to holds for this walk only
		r.dirs[dir] = d
	}
	return d
}

// link returns the target of the symbolic link at p, if one is there.
func (r *resolver) link(p string) (string, bool) {
	info, err := r.lstat(p)
	if err != nil || info.Mode().Type() != fs.ModeSymlink {
		return "", false
	}
	target, err := fs.ReadLink(r.root, rel(p))
	return target, err == nil
}

func (r *resolver) lstat(p string) (fs.FileInfo, error) { return fs.Lstat(r.root, rel(p)) }

// join gives the path that target means in a symbolic link in directory dir.
func join(dir, target string) string {
	if strings.HasPrefix(target, "/") {
		return path.Clean(target)
	}
	return path.Join(dir, target)
}

// rel turns an absolute path into an fs.FS name.
func rel(p string) string {
	if p == "/" {
		return "."
	}
	return p[1:]
}
