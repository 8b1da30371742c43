package opam

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// metaDir is the directory of a switch's database, in its prefix.
const metaDir = ".opam-switch"

// find returns the prefix of the switch, relative to root: the one that is set, or the
// environment's, or the one that is selected in the opam root. A directory that has a
// local switch, or an opam root, stands for its switch.
func find(root fs.FS, s depgraph.Setting) (string, error) {
	for _, dir := range []string{s.Prefix, s.Env("OPAM_SWITCH_PREFIX")} {
		if dir != "" {
			return switchIn(root, rootfs.Relative(dir), s)
		}
	}
	opamRoot := s.Env("OPAMROOT")
	if opamRoot == "" && s.Env("HOME") != "" {
		opamRoot = path.Join(s.Env("HOME"), ".opam")
	}
	if opamRoot == "" {
		return "", fmt.Errorf("no opam switch: neither OPAM_SWITCH_PREFIX nor OPAMROOT nor HOME is set: %w", fs.ErrNotExist)
	}
	return selected(root, rootfs.Relative(opamRoot), s)
}

// switchIn returns the prefix that a directory stands for.
func switchIn(root fs.FS, dir string, s depgraph.Setting) (string, error) {
	for _, prefix := range []string{dir, dir + "/_opam"} {
		if _, err := fs.Stat(root, prefix+"/"+metaDir); err == nil {
			return prefix, nil
		}
	}
	if _, err := fs.Stat(root, dir+"/config"); err == nil {
		return selected(root, dir, s)
	}
	return dir, nil
}

// selected returns the prefix of OPAMSWITCH, or of the switch that opam's configuration
// has selected. One whose name is a path is local to that directory (OpamSwitch.get_root).
func selected(root fs.FS, opamRoot string, s depgraph.Setting) (string, error) {
	name := s.Env("OPAMSWITCH")
	if name == "" {
		config := opamRoot + "/config"
		text, err := read(root, config)
		if err != nil {
			return "", fmt.Errorf("no opam root /%s here: %w", opamRoot, err)
		}
		items, err := parse("/"+config, text)
		if err != nil {
			return "", err
		}
		if v, ok := field(items, "switch"); ok {
			name, _ = v.str()
		}
	}
	switch {
	case name == "" || strings.ContainsRune(name, 0):
		return "", fmt.Errorf("no opam switch is selected in /%s: %w", opamRoot, fs.ErrNotExist)
	case strings.HasPrefix(name, "/"):
		return rootfs.Relative(name) + "/_opam", nil
	case strings.HasPrefix(name, ".") || strings.Contains(name, "/"):
		return "", fmt.Errorf("the opam switch %s is relative to a directory that is not known here", name)
	}
	return opamRoot + "/" + name, nil
}

// read returns the text of a file, which may not be larger than any file of opam's.
func read(root fs.FS, name string) (string, error) { return rootfs.Read(root, name, maxText) }

// real returns where a path is, relative to the root: a view asks of paths so.
func real(root fs.FS, name string) string { return rootfs.Relative(rootfs.Real(root, name)) }
