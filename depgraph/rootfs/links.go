package rootfs

import (
	"io/fs"
	"path"
	"strings"
	"sync"
)

// maxLinks is how many symbolic links a path may lead through, as on Linux.
const maxLinks = 40

// Real returns where a path is, with the symbolic links in it followed. What does not
// exist is where it would be; a path that leads in a circle is returned as it is.
func Real(root fs.FS, name string) string { return NewLinks(root).Real(name) }

// RealDir is Real but for the last name, which is not followed: it returns the path of
// the directory entry, the form in which a view asks for paths.
func RealDir(root fs.FS, name string) string { return NewLinks(root).RealDir(name) }

// Links follows symbolic links, and keeps in mind where they led.
type Links struct {
	root fs.FS
	mu   sync.Mutex
	real map[string]string
}

// NewLinks follows the links of a root. Its methods may be called concurrently.
func NewLinks(root fs.FS) *Links { return &Links{root: root, real: map[string]string{"/": "/"}} }

// Real is the function of that name.
func (l *Links) Real(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	name = path.Clean("/" + name)
	left := maxLinks
	if real := l.follow(name, &left); left >= 0 {
		return real
	}
	return name
}

// RealDir is the function of that name.
func (l *Links) RealDir(name string) string {
	name = path.Clean("/" + name)
	return path.Join(l.Real(path.Dir(name)), path.Base(name))
}

// Same tells whether two paths name one directory entry.
func (l *Links) Same(a, b string) bool {
	return a == b || path.Base(a) == path.Base(b) && l.Real(path.Dir(a)) == l.Real(path.Dir(b))
}

// follow returns where a clean path leads. It counts the links, and gives up where left
// is below zero.
func (l *Links) follow(name string, left *int) string {
	real, ok := l.real[name]
	if ok || *left < 0 {
		return real
	}
	dir := l.follow(path.Dir(name), left)
	real = path.Join(dir, path.Base(name))
	if target, err := fs.ReadLink(l.root, Relative(real)); err == nil {
		*left--
		real = l.from(dir, target, left)
	}
	if *left >= 0 {
		l.real[name] = real
	}
	return real
}

// from returns where the target of a link in the real directory dir leads. "a/.." in it
// is the parent of where a leads.
func (l *Links) from(dir, target string, left *int) string {
	if path.IsAbs(target) {
		dir = "/"
	}
	for part := range strings.SplitSeq(target, "/") {
		switch part {
		case "", ".":
		case "..":
			dir = path.Dir(dir)
		default:
			dir = l.follow(path.Join(dir, part), left)
		}
	}
	return dir
}
