package macports

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/depview/depview/depgraph"
)

// A portfile is what the plain lines of a Portfile come to.
type portfile struct {
	name     string // of the file
	vars     map[string]string
	depends  map[depgraph.Kind][]written
	archive  *written          // what a use_xz or the like adds to depends_extract
	variants map[string][]word // bodies, by name
	defaults []string          // variants that are on
}

// A written is a dependency, or the option that adds one.
type written struct {
	text string
	line int
	by   string // the option
}

// inert has the PortGroups that add no dependency (macports-ports,
// _resources/port1.0/group). Others do, or may.
var inert = []string{"active_variants", "compiler_blacklist_versions", "github", "gitlab"}

// implied has the options that add dependencies where they say yes: of archives, of
// which the last counts (src/port1.0/portextract.tcl, add_extract_deps), and of build
// systems (src/port1.0/portconfigure.tcl, set_configure_type).
var (
	impliedArchive = map[string]string{
		"use_7z": "bin:7za:p7zip", "use_lzip": "bin:lzip:lzip", "use_lzma": "bin:lzma:xz",
		"use_xz": "bin:xz:xz", "use_zip": "bin:unzip:unzip",
		"use_bzip2": "", "use_dmg": "", "use_tar": "",
	}
	impliedBuild = map[string]string{
		"use_autoconf":   "port:autoconf port:automake port:libtool",
		"use_automake":   "port:autoconf port:automake port:libtool",
		"use_autoreconf": "port:autoconf port:automake port:libtool",
		"use_xmkmf":      "port:imake",
	}
	// src/port1.0/portfetch.tcl, set_fetch_type
	impliedFetch = map[string]string{
		"bzr": "bin:bzr:bzr", "cvs": "bin:cvs:cvs", "git": "bin:git:git", "hg": "bin:hg:mercurial", "svn": "bin:svn:subversion",
	}
)

var (
	// matters finds what changes dependencies in a command that is not understood.
	matters = regexp.MustCompile(`(?:^|[\s;{])(?:depends_(?:fetch|extract|patch|lib|build|run|test)|PortGroup|use_(?:autoconf|automake|autoreconf|xmkmf|7z|lzip|lzma|xz|zip)|fetch\.type)(?:$|[-\s])`)
	// hooks are commands whose bodies run when the port is built, and texts.
	hooks = regexp.MustCompile(`^(?:(?:pre-|post-)?(?:fetch|checksum|extract|patch|configure|build|destroot|test|install|activate|deactivate|mirror|pkg)|(?:long_)?description|notes|livecheck\..*|comment|subport)$`)
)

// readPortfile reads the plain lines of a Portfile: what is outside of blocks, in
// "platform darwin", and in default variants.
func (db *Database) readPortfile(name, text string) (*depgraph.Recipe, error) {
	p := &portfile{
		name:     name,
		vars:     map[string]string{"prefix": db.prefix},
		depends:  map[depgraph.Kind][]written{},
		variants: map[string][]word{},
	}
	if err := p.run(text, 1, 0); err != nil {
		return nil, err
	}
	for _, v := range p.defaults {
		for _, body := range p.variants[v] {
			if err := p.run(body.text, body.line, 1); err != nil {
				return nil, err
			}
		}
	}
	if p.archive != nil {
		p.depends[depgraph.Extract] = append(p.depends[depgraph.Extract], *p.archive)
	}
	if p.vars["name"] == "" {
		return nil, fmt.Errorf("%s:1: name: the Portfile has no such line", name)
	}
	r := &depgraph.Recipe{Name: p.vars["name"], Version: p.vars["version"]}
	for _, k := range depgraph.Kinds() {
		for _, d := range p.depends[k] {
			if err := db.direct(r, k, d.text, fmt.Sprintf("%s:%d: %s", name, d.line, d.by)); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// beyond returns the error for what only Tcl can tell.
func (p *portfile) beyond(line int, what, why string) error {
	if len(what) > 60 || strings.ContainsFunc(what, unicode.IsControl) {
		what = "a command" // that has no plain name
	}
	return fmt.Errorf("%s:%d: %s: %s, and MacPorts' port command, which runs it, is %w", p.name, line, what, why, depgraph.ErrNoTool)
}

// run reads commands.
func (p *portfile) run(text string, line, depth int) error {
	commands, err := parseTcl(p.name, text, line)
	if err != nil {
		return err
	}
	for _, c := range commands {
		if err := p.command(c, depth); err != nil {
			return err
		}
	}
	return nil
}

// command reads one command.
func (p *portfile) command(c command, depth int) error {
	option, action, _ := strings.Cut(c.name(), "-")
	kind := depgraph.Kind(strings.TrimPrefix(option, "depends_"))
	_, archive := impliedArchive[option]
	switch {
	case strings.HasPrefix(option, "depends_") && slices.Contains(depgraph.Kinds(), kind):
		return p.depend(c, kind, action)
	case c.name() == "PortGroup" && len(c.words) > 1:
		if group := c.words[1].text; !slices.Contains(inert, group) {
			return p.beyond(c.line, "PortGroup "+group, "what it adds is known to Tcl alone")
		}
	case archive, impliedBuild[option] != "", option == "fetch.type":
		return p.imply(c)
	case slices.Contains([]string{"name", "version", "revision", "epoch", "set", "github.setup", "gitlab.setup"}, c.name()):
		p.assign(c)
	case option == "default_variants":
		return p.choose(c)
	case c.name() == "variant" && len(c.words) > 2:
		p.variant(c)
	case c.name() == "platform" && len(c.words) == 3 && depth < 8 && slices.Contains([]string{"darwin", "macosx"}, c.words[1].text):
		return p.run(c.words[2].text, c.words[2].line, depth+1)
	case !hooks.MatchString(c.name()):
		for _, w := range c.words {
			if matters.MatchString(w.text) {
				return p.beyond(c.line, c.name(), "what it does is known to Tcl alone")
			}
		}
	}
	return nil
}

// depend reads depends_lib and the like (portfile(7); src/port1.0/portutil.tcl,
// options).
func (p *portfile) depend(c command, kind depgraph.Kind, action string) error {
	var list []written
	for _, w := range c.words[1:] {
		text, ok := p.value(w)
		if !ok {
			return p.beyond(w.line, c.name(), fmt.Sprintf("%q is for Tcl to read", w.text))
		}
		for _, text := range strings.Fields(text) {
			list = append(list, written{text, w.line, c.name()})
		}
	}
	const most = 1000 // no port has so many
	have := p.depends[kind]
	if len(have)+len(list) > most {
		return fmt.Errorf("%s:%d: %s: more than %d dependencies", p.name, c.line, c.name(), most)
	}
	switch action {
	case "":
		have = list
	case "append":
		have = append(have, list...)
	case "prepend":
		have = append(list, have...)
	case "delete":
		have = slices.DeleteFunc(have, func(w written) bool { return index(list, w.text) >= 0 })
	case "replace":
		for ; len(list) > 1; list = list[2:] {
			if i := index(have, list[0].text); i >= 0 {
				have[i] = list[1]
			}
		}
	default:
		return p.beyond(c.line, c.name(), "what it does is known to Tcl alone")
	}
	p.depends[kind] = have
	return nil
}

// index returns where a dependency is in a list, or -1.
func index(list []written, text string) int {
	return slices.IndexFunc(list, func(w written) bool { return w.text == text })
}

// maxValue bounds what variables that hold each other come to, in bytes.
const maxValue = 1 << 20

// value returns a word as it is once its variables are substituted. It fails where
// that is more than reading.
func (p *portfile) value(w word) (text string, ok bool) {
	if w.braced {
		return w.text, !strings.Contains(w.text, `\`)
	}
	if strings.ContainsAny(w.text, `[\`) {
		return "", false
	}
	ok = true
	size := len(w.text)
	text = variable.ReplaceAllStringFunc(w.text, func(use string) string {
		value, known := p.vars[strings.Trim(use, "${}")]
		size += len(value)
		if ok = ok && known && size <= maxValue; !ok {
			return ""
		}
		return value
	})
	return text, ok && !strings.Contains(text, "$")
}

// variable is a use of one (Tcl(n), "Variable substitution").
var variable = regexp.MustCompile(`\$\{[^}]*\}|\$[A-Za-z0-9_:]+`)
