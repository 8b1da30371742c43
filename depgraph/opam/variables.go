package opam

import (
	"cmp"
	"io/fs"
	"runtime"
	"strings"

	"github.com/depview/depview/depgraph/rootfs"
)

// A system is what opam calls the machine: its os, os-distribution, os-family,
// os-version and arch (OpamSysPoll).
type system struct{ os, distribution, family, version, arch string }

// findSystem finds out from the tree root, and, where that does not tell, from the
// machine that depview runs on.
func findSystem(root fs.FS) system {
	s := system{os: runtime.GOOS, arch: archOf(runtime.GOARCH)}
	release := rootfs.Release(root)
	switch id := strings.ToLower(release["ID"]); {
	case id == "freebsd" || id == "openbsd" || id == "netbsd" || id == "dragonfly":
		s.os = id
	case id != "":
		s.os = "linux"
	case exists(root, "System/Library/CoreServices"), s.os == "darwin":
		s.os = "macos"
	}
	s.distribution, s.family = s.os, s.os
	s.version = strings.ToLower(release["VERSION_ID"])
	switch s.os {
	case "linux":
		s.distribution = cmp.Or(strings.ToLower(release["ID"]), s.os)
		like, _, _ := strings.Cut(strings.ToLower(release["ID_LIKE"]), " ")
		s.family = cmp.Or(like, s.distribution)
	case "macos":
		if exists(root, "opt/homebrew/bin/brew") || exists(root, "usr/local/bin/brew") {
			s.distribution = "homebrew"
		} else if exists(root, "opt/local/bin/port") {
			s.distribution = "macports"
		}
		s.family = s.distribution
	case "freebsd", "openbsd", "netbsd", "dragonfly":
		s.family = "bsd"
	}
	return s
}

// paths are the trees of the OS, for when no database tells of it, with those of the
// package manager that depexts come from where it has a tree of its own.
func (s system) paths() []string {
	switch s.os {
	case "macos":
		paths := []string{"/Library/Developer/CommandLineTools", "/System", "/bin", "/etc", "/private/etc", "/private/var/db", "/sbin", "/usr", "/var"}
		switch s.distribution {
		case "homebrew":
			paths = append(paths, "/opt/homebrew")
		case "macports":
			paths = append(paths, "/opt/local")
		}
		return paths
	case "linux":
		return []string{"/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr"}
	}
	return []string{"/bin", "/etc", "/lib", "/libexec", "/sbin", "/usr"}
}

// archOf is opam's name of a processor that Go calls otherwise.
func archOf(goarch string) string {
	if name, ok := map[string]string{"amd64": "x86_64", "386": "x86_32", "arm": "arm32", "ppc64le": "ppc64", "loong64": "loongarch64"}[goarch]; ok {
		return name
	}
	return goarch
}

func exists(root fs.FS, name string) bool {
	_, err := fs.Stat(root, name)
	return err == nil
}

// variables returns the env of the switch: what the environment overrides as
// OPAMVAR_name, what the switch and opam's configuration define, and the machine's
// (OpamPackageVar.resolve_switch). Variables of packages are not defined in it.
func (db *Database) variables(config, global []item) env {
	values := map[string]string{
		"os": db.system.os, "os-distribution": db.system.distribution, "os-family": db.system.family,
		"os-version": db.system.version, "arch": db.system.arch,
		"opam-version": "2.1", "make": "make",
		"switch": db.prefix[strings.LastIndexByte(db.prefix, '/')+1:],
		"root":   "/" + db.opamRoot, "prefix": "/" + db.prefix,
	}
	if v, ok := field(global, "opam-root-version"); ok && v.kind == theString {
		values["opam-version"] = v.text
	}
	if v, ok := field(global, "global-variables"); ok {
		for _, triple := range append(v.elements(), v) { // one alone may stand for the list
			if triple.kind == theList && len(triple.list) > 1 && triple.list[0].kind == theIdent {
				values[triple.list[0].text] = triple.list[1].text
			}
		}
	}
	for _, i := range section(config, "variables") {
		if i.section == nil {
			values[i.name] = i.value.text
		}
	}
	return func(name string) result {
		if v := db.setting.Env("OPAMVAR_" + strings.ReplaceAll(name, "-", "_")); v != "" {
			return textual(v)
		}
		v, ok := values[name]
		return result{v, ok && v != ""}
	}
}
