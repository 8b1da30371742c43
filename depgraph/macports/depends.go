package macports

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// A spec is a dependency as portfile(7), "Dependencies", has it: a port's name, or
//
//	port:NAME
//	path:FILE:NAME   FILE is below the prefix, or absolute
//	bin:FILE:NAME    FILE is a program in the PATH of ports
//	lib:FILE:NAME    FILE is a library in /usr/lib or the prefix, without its ".dylib"
//
// The port NAME satisfies it; where that is not active, whatever is at FILE does.
type spec struct {
	text, form, file, port string
}

// parseSpec reads a dependency (src/port1.0/portdepends.tcl, validate_depends_options).
func parseSpec(text string) (spec, error) {
	s := spec{text: text}
	form, rest, colon := strings.Cut(text, ":")
	if !colon {
		form, rest = "port", text
	}
	switch s.form = form; form {
	case "port":
		s.port = rest[strings.LastIndexByte(rest, ':')+1:] // what is between is not used
	case "path", "bin", "lib":
		s.file, s.port, _ = strings.Cut(rest, ":")
		if s.file == "" || strings.IndexByte(s.file, 0) >= 0 || form != "path" && strings.Contains(s.file, "/") {
			return s, fmt.Errorf("bad file %q in %q: want %s:FILE:PORT", s.file, text, form)
		}
	default:
		return s, fmt.Errorf("bad dependency %q: want PORT, port:PORT, path:FILE:PORT, bin:FILE:PORT or lib:FILE:PORT", text)
	}
	if !isName(s.port) {
		return s, fmt.Errorf("bad port name %q in %q", s.port, text)
	}
	return s, nil
}

// Need reads one dependency as in a Portfile. It is empty where a file of the system
// satisfies it, and no port has to.
func (db *Database) Need(text string) (depgraph.Need, error) {
	s, err := parseSpec(strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	return db.need(s)
}

// need resolves a dependency as _get_dep_port does (src/port1.0/portutil.tcl): the
// named port if it is active; else the owner of the file, and nobody where it has none;
// else the named port, which is not there.
func (db *Database) need(s spec) (depgraph.Need, error) {
	p := db.port(s.port)
	if p == nil || p.Removed {
		for _, file := range db.candidates(s) {
			owner, err := db.owner(file)
			if err != nil {
				return nil, err
			}
			if owner != nil {
				p = owner
				break
			}
			if db.satisfies(s, file) {
				return nil, nil
			}
		}
	}
	name := s.port
	if p != nil {
		name = p.OwnName()
	}
	return depgraph.Need{{Name: name, Text: s.text}}, nil
}

// candidates returns the files that satisfy s, in the order in which they are looked
// for. To older MacPorts, FILE is a regular expression; here, as now there, it is a
// name.
func (db *Database) candidates(s spec) (files []string) {
	in := func(dirs []string, names ...string) {
		for _, dir := range dirs {
			for _, name := range names {
				files = append(files, path.Join(dir, name))
			}
		}
	}
	switch {
	case s.form == "path" && strings.HasPrefix(s.file, "/"):
		in([]string{"/"}, s.file)
	case s.form == "path":
		in([]string{db.prefix}, s.file)
	case s.form == "bin": // binpath of macports.conf(5)
		in([]string{db.prefix + "/bin", db.prefix + "/sbin", "/bin", "/sbin", "/usr/bin", "/usr/sbin"}, s.file)
	case s.form == "lib": // _libtest; a version is after the first dot, "libz.1"
		name, number, dotted := strings.Cut(s.file, ".")
		if dotted {
			number = "." + number
		}
		in([]string{db.prefix + "/Library/Frameworks", "/Library/Frameworks", "/System/Library/Frameworks",
			"/lib", "/usr/lib", db.prefix + "/lib"}, name+number+".dylib", name+".so"+number)
	}
	return files
}

// satisfies tells whether a file that no port owns is there, as s asks for it.
func (db *Database) satisfies(s spec, file string) bool {
	if s.form != "bin" {
		_, err := fs.Lstat(db.root, rootfs.Relative(file))
		return err == nil
	}
	info, err := fs.Stat(db.root, rootfs.Relative(file))
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}
