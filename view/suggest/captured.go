package suggest

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/depview/depview/view/capture"
	"github.com/depview/depview/view/needs"
)

// A Layer is what a build wrote: see [capture.Layer].
type Layer interface {
	Walk() iter.Seq2[capture.Entry, error]
	Open(capture.Entry) (io.ReadCloser, error)
}

// ReadNeeds reads what the regular files of a layer need when they run, and whose
// files satisfy it: those at the paths that owners, which returns the names of
// packages, is asked about on the root. What the layer's own files satisfy is left
// out, as is documentation.
//
// A file that is damaged is no error; damaged has them. An error is the walk's, or
// that of reading a file.
func ReadNeeds(layer Layer, root fs.FS, owners func(path string) []string) (list []Captured, damaged []error, err error) {
	resolver := needs.NewResolver(root)
	var files []needs.File
	for e, err := range layer.Walk() {
		if err != nil {
			return nil, nil, err
		}
		if e.Whiteout {
			continue
		}
		f := needs.File{Path: e.Path}
		if e.Type == capture.File && !strings.HasPrefix(e.Path, "/usr/share/doc/") {
			var bad error
			if f, bad, err = readFile(layer, e); err != nil {
				return nil, nil, err
			}
			if bad != nil {
				damaged = append(damaged, bad)
			}
		}
		resolver.Add(f)
		if len(f.Needs) > 0 {
			files = append(files, f)
		}
	}
	for _, f := range files {
		for _, n := range f.Needs {
			if c, ok := captured(resolver, f, n, owners); ok {
				list = append(list, c)
			}
		}
	}
	return list, damaged, nil
}

// readFile tells a file that is damaged from one that cannot be read.
func readFile(layer Layer, e capture.Entry) (f needs.File, bad, err error) {
	file, err := layer.Open(e)
	if err != nil {
		return f, nil, err
	}
	defer file.Close()
	at, ok := file.(io.ReaderAt)
	if !ok {
		return f, nil, fmt.Errorf("%q: cannot be read at an offset", e.Path)
	}
	f, bad = needs.Read(at, e.Size, e.Path, fs.FileMode(e.Mode&0o777))
	return f, bad, nil
}

// captured finds who satisfies a need. A module that nobody has is built into the
// interpreter, or optional; a path that nobody owns is of no package.
func captured(r *needs.Resolver, f needs.File, n needs.Need, owners func(string) []string) (Captured, bool) {
	c := Captured{Need: n, File: f.Path}
	found, ok := r.Resolve(f, n)
	switch {
	case !ok:
		return c, n.Kind != needs.PythonModule && n.Kind != needs.PerlModule
	case found.Own:
		return c, false
	}
	for _, p := range found.Paths {
		if names := owners(p); len(names) > 0 {
			c.Package = slices.Min(names)
			return c, true
		}
	}
	return c, false
}
