package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/record"
)

// configOr is the config of the flags or, if they do not say what is to be seen,
// that of the capture in a directory.
func (f *viewFlags) configOr(dir string) (*depgraph.Config, error) {
	said := f.deps+f.target+f.recipe+f.phase != "" || len(f.from)+len(f.dep)+len(f.base)+len(f.set) > 0
	if dir == "" || said {
		return f.config()
	}
	name := viewName(dir)
	text, err := os.ReadFile(name) // the capture may be in use
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hinted{err, "--capture names the capture of a build: depview run prints its path"}
	}
	if err != nil {
		return nil, err
	}
	return depgraph.ReadConfig(name, text, nil, os.ReadFile)
}

// viewName is the name of the config that the build of a capture ran with.
func viewName(dir string) string { return filepath.Join(dir, "view.toml") }

// fewMentions is how many processes are named that wanted a path.
const fewMentions = 5

// wanted prints who in the capture's record wanted the path that is spelled so.
func (e *explainer) wanted(w io.Writer, names ...string) error {
	file, err := openRecord(e.capture)
	if err != nil {
		return err
	}
	defer file.Close()
	list, err := record.About(record.Read(file), names...)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(w, "  nobody asked for it, by the record")
	}
	for _, m := range list[:min(len(list), fewMentions)] {
		fmt.Fprintf(w, "  wanted by %s\n", m)
	}
	if n := len(list) - fewMentions; n > 0 {
		fmt.Fprintf(w, "  … and %d times more\n", n)
	}
	return nil
}
