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
// exist stands for itself.
func (r *resolver) canonical(p string) string {
	p = path.Clean("/" + p)
	if p == "/" {
		return p
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	links := 0
	return path.Join(r.dirLocked(path.Dir(p), &links), path.Base(p))
}

// real follows symbolic links in the whole of p.
func (r *resolver) real(p string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	links := 0
	return r.dirLocked(path.Clean("/"+p), &links)
}

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
