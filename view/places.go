package view

import (
	"io/fs"
	"path"
	"strings"

	"github.com/depview/depview/view/index"
)

// Real returns where the canonical path p of the root leads, with every symbolic link
// followed, and the type and permissions of what is there. A link that leads nowhere
// or in a circle gives fs.ErrNotExist.
func (v *View) Real(p string) (string, fs.FileMode, error) {
	for range index.MaxLinks {
		info, err := v.resolve.Lstat(p)
		if err != nil {
			return p, 0, err
		}
		if info.Mode().Type() != fs.ModeSymlink {
			return p, info.Mode(), nil
		}
		target, ok := v.resolve.Link(p)
		if !ok {
			break
		}
		p = v.resolve.Canonical(index.Join(path.Dir(p), target))
	}
	return p, 0, fs.ErrNotExist
}

// Find returns the canonical form of what rest names below the canonical directory
// dir, if it is there. Canonical keeps every directory in mind that it is asked for;
// Find none that is not there, of which a build can think up any number.
func (v *View) Find(dir, rest string) (p string, ok bool) {
	p = dir
	for _, name := range strings.Split(strings.Trim(path.Clean(rest), "/"), "/") {
		real, _, err := v.Real(p)
		if err != nil {
			return "", false
		}
		p = path.Join(real, name)
	}
	_, _, err := v.Real(p)
	return p, err == nil
}
