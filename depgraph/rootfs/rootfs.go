// Package rootfs reads the tree of a root through its fs.FS, for sources: as a program
// whose root directory that is would read it. A link to /x leads to the root's own /x.
//
// Paths are absolute, as in messages and in a depgraph.Database, or relative to the root,
// which is the same here; what is handed to the fs.FS is [Relative].
package rootfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// Relative spells a path as fs.FS wants it: "usr/lib" for /usr/lib, "." for the root.
// One that leads up ends at the root.
func Relative(name string) string {
	if name = path.Clean("/" + name); name == "/" {
		return "."
	}
	return name[1:]
}

// Under returns what of a path is below the directory dir, "." for dir itself.
func Under(dir, name string) (rest string, ok bool) {
	if name == dir {
		return ".", true
	}
	return strings.CutPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

// chunks are what Read copies by: hundreds of small files are read one after the other.
var chunks = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// Read returns the text of a file, of at most so many bytes: a larger one is an error,
// so that a broken database does not fill the memory.
func Read(root fs.FS, name string, most int64) (string, error) {
	name = Relative(name)
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return ReadFrom(f, name, most)
}

// ReadFrom is Read of what is open, or packed in the file of that name.
func ReadFrom(r io.Reader, name string, most int64) (string, error) {
	var b strings.Builder
	if f, ok := r.(fs.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			b.Grow(int(min(max(info.Size(), 0), most)))
		}
	}
	chunk := chunks.Get().(*[32 << 10]byte)
	defer chunks.Put(chunk)
	n, err := io.CopyBuffer(&b, io.LimitReader(r, most+1), chunk[:])
	var named *fs.PathError
	switch {
	case err == nil && n > most:
		err = TooLarge(name, most)
	case err != nil && !errors.As(err, &named):
		err = &fs.PathError{Op: "read", Path: "/" + Relative(name), Err: err}
	}
	if err != nil {
		return "", err
	}
	return b.String(), nil
}

// ReadAny is Read of a file that need not be there: then it is empty.
func ReadAny(root fs.FS, name string, most int64) (string, error) {
	text, err := Read(root, name, most)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return text, err
}

// TooLarge is Read's error for a file of more than so many bytes.
func TooLarge(name string, most int64) error {
	size := fmt.Sprintf("%d bytes", most)
	if most >= 1<<20 {
		size = fmt.Sprintf("%d MiB", most>>20)
	}
	return &fs.PathError{Op: "read", Path: "/" + Relative(name), Err: errors.New("larger than " + size)}
}

var (
	toPattern   = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)
	fromPattern = strings.NewReplacer(`\\`, `\`, `\*`, `*`, `\?`, `?`, `\[`, `[`)
)

// Pattern returns the pattern, for path.Match, of one path.
func Pattern(name string) string { return toPattern.Replace(name) }

// Path returns the path that a pattern is of: see [Pattern].
func Path(pattern string) string { return fromPattern.Replace(pattern) }

// maxRelease bounds os-release, in bytes.
const maxRelease = 1 << 20

// Release returns what os-release(5) tells of the system: "ID", "VERSION_ID", …
func Release(root fs.FS) map[string]string {
	values := map[string]string{}
	for _, name := range []string{"etc/os-release", "usr/lib/os-release"} {
		text, err := Read(root, name, maxRelease)
		if err != nil {
			continue
		}
		for line := range strings.Lines(text) {
			if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
				values[key] = strings.Trim(value, `"'`)
			}
		}
		break
	}
	return values
}
