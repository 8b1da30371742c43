package main

import (
	"fmt"
	"io/fs"
	"os"
)

// A plainRoot is a root as databases are read from it. Files that would be waited for, as
// FIFOs, or that have no end, as some devices, are none of a database's; a root that
// somebody else made can have them in their place, or links to those of this machine.
type plainRoot struct{ rootFS }

// rootFS is what os.DirFS implements.
type rootFS interface {
	fs.ReadFileFS
	fs.ReadDirFS
	fs.StatFS
	fs.ReadLinkFS
}

func openRoot(dir string) fs.FS { return plainRoot{os.DirFS(dir).(rootFS)} }

// maxFile is more than a database has in one file.
const maxFile = 8 << 30

func (r plainRoot) plain(name string) error {
	info, err := r.Stat(name)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular() && !info.IsDir():
		return &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("not a regular file (%s)", info.Mode().Type())}
	case info.Mode().IsRegular() && info.Size() > maxFile:
		return &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("%d bytes are more than a package database has", info.Size())}
	}
	return nil
}

func (r plainRoot) Open(name string) (fs.File, error) {
	if err := r.plain(name); err != nil {
		return nil, err
	}
	return r.rootFS.Open(name)
}

func (r plainRoot) ReadFile(name string) ([]byte, error) {
	if err := r.plain(name); err != nil {
		return nil, err
	}
	return r.rootFS.ReadFile(name)
}
