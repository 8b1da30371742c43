package freebsd

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// usesTable has the words of USES that ask for the same in every port and on every
// system (Mk/Uses/*.mk of the ports tree): words, then fields with what goes into
// them. A word that ends in ":*" stands for any argument, and for none.
const usesTable = `
autoreconf autoreconf:build        BUILD autoconf:devel/autoconf automake:devel/automake
bison bison:build                  BUILD bison:devel/bison
bison:run                          RUN bison:devel/bison
bison:both                         BUILD bison:devel/bison RUN bison:devel/bison
cmake cmake:insource cmake:testing BUILD cmake:devel/cmake-core ninja:devel/ninja
cmake:noninja                      BUILD cmake:devel/cmake-core
desktop-file-utils                 BUILD update-desktop-database:devel/desktop-file-utils RUN update-desktop-database:devel/desktop-file-utils
gettext                            LIB libintl.so:devel/gettext-runtime BUILD msgfmt:devel/gettext-tools
gettext-runtime gettext-runtime:lib LIB libintl.so:devel/gettext-runtime
gettext-tools gettext-tools:build  BUILD msgfmt:devel/gettext-tools
gettext-tools:run                  RUN msgfmt:devel/gettext-tools
gmake                              BUILD gmake:devel/gmake
gperf                              BUILD gperf:devel/gperf
libtool:build                      BUILD libtool:devel/libtool
makeinfo                           BUILD makeinfo:print/texinfo
meson                              BUILD meson:devel/meson ninja:devel/ninja
ninja ninja:build                  BUILD ninja:devel/ninja
pkgconfig pkgconfig:build          BUILD pkgconf:devel/pkgconf
pkgconfig:run                      RUN pkgconf:devel/pkgconf
pkgconfig:both                     BUILD pkgconf:devel/pkgconf RUN pkgconf:devel/pkgconf
readline readline:port             LIB libreadline.so:devel/readline
shared-mime-info                   BUILD update-mime-database:misc/shared-mime-info RUN update-mime-database:misc/shared-mime-info
sqlite sqlite:3                    LIB libsqlite3.so:databases/sqlite3
alias:* bison:alias bison:wrapper cfi:* charsetfix:* compiler:features cpe:* desthack:* dos2unix:* elfctl
iconv kmod:* libtool libtool:keepla localbase:* metaport pathfix shebangfix tar:* trigger uidfix
`

// plainUse are the variables USE_* that ask for nothing. The others do, or may.
var plainUse = map[string]bool{
	"USE_CSTD": true, "USE_CXXSTD": true, "USE_GITHUB": true, "USE_GITLAB": true, "USE_LDCONFIG": true,
	"USE_LDCONFIG32": true, "USE_LOCALE": true, "USE_RC_SUBR": true, "USE_SOURCEHUT": true, "USE_SUBMAKE": true,
}

// usesIndex is the table by words: fields, each with what goes into it behind.
var usesIndex = sync.OnceValue(func() map[string][]string {
	index := map[string][]string{}
	for line := range strings.Lines(usesTable) {
		words := strings.Fields(line)
		n := 0
		for n < len(words) && !isFieldStem(words[n]) {
			n++
		}
		for _, word := range words[:n] {
			index[word] = words[n:]
		}
	}
	return index
})

func isFieldStem(s string) bool { return isField(s + "_DEPENDS") }

// addUses adds what the words of a variable such as USES stand for.
func (m *makefile) addUses(p *port, variable string) error {
	words, err := m.expand(variable)
	if err != nil {
		return err
	}
	var autoreconf, libtool word
	for _, w := range words {
		name, _, _ := strings.Cut(w.text, ":")
		asks, ok := usesIndex()[w.text]
		if !ok {
			asks, ok = usesIndex()[name+":*"]
		}
		if !ok {
			return m.onlyMake(w.line, variable+"="+w.text)
		}
		switch name {
		case "autoreconf":
			autoreconf = w
		case "libtool":
			libtool = w
		}
		field := ""
		for _, ask := range asks {
			if isFieldStem(ask) {
				field = ask + "_DEPENDS"
			} else {
				p.add(field, word{w.line, ask})
			}
		}
	}
	if autoreconf.text != "" && libtool.text != "" {
		p.add("BUILD_DEPENDS", word{autoreconf.line, "libtoolize:devel/libtool"})
	}
	return nil
}

// add adds a dependency, once.
func (p *port) add(field string, w word) {
	if !slices.ContainsFunc(p.depends[field], func(have word) bool { return have.text == w.text }) {
		p.depends[field] = append(p.depends[field], w)
	}
}

// addDepends adds the words of a variable to a field. Where make would know a package's
// exact name, or flavor, the origin alone is asked for.
func (m *makefile) addDepends(p *port, field, variable string) error {
	words, err := m.expand(variable)
	if err != nil {
		return err
	}
	for _, w := range words {
		if strings.Contains(w.text, "$") {
			parts := splitDepend(w.text)
			if len(parts) < 2 {
				return m.onlyMake(w.line, w.text)
			}
			if bare, flavor, _ := strings.Cut(parts[1], "@"); strings.Contains(flavor, "$") {
				parts[1] = bare
			}
			if strings.Contains(strings.Join(parts[1:], ":"), "$") {
				return m.onlyMake(w.line, w.text)
			}
			w.text = strings.Join(parts, ":")
		}
		p.add(field, w)
	}
	return nil
}

// addOptions adds what options ask for that are on, and those that are off: by what the
// Makefile says they are, not by what was chosen.
func (m *makefile) addOptions(p *port) error {
	on, err := m.options()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m.variables)) {
		bare, off := strings.CutSuffix(name, "_OFF")
		for _, f := range fields {
			if option, ok := strings.CutSuffix(bare, "_"+f.name); ok && on[option] != off && m.defined(option) {
				if err := m.addDepends(p, f.name, name); err != nil {
					return err
				}
			}
		}
		if option, ok := strings.CutSuffix(bare, "_USES"); ok && on[option] != off && m.defined(option) {
			if err := m.addUses(p, name); err != nil {
				return err
			}
		}
		if option, ok := strings.CutSuffix(bare, "_USE"); ok && on[option] != off && m.defined(option) {
			return m.onlyMake(m.variables[name].line, name)
		}
	}
	return nil
}

// options returns those that are on by default: the port's OPTIONS_DEFAULT, and what
// the ports tree has on where a port defines it (bsd.options.mk).
func (m *makefile) options() (on map[string]bool, err error) {
	on = map[string]bool{}
	words, err := m.expand("OPTIONS_DEFAULT")
	if err != nil {
		return nil, err
	}
	for _, w := range words {
		on[w.text] = true
	}
	defined, err := m.expand("OPTIONS_DEFINE")
	for _, w := range defined {
		if slices.Contains([]string{"DOCS", "EXAMPLES", "IPV6", "NLS"}, w.text) {
			on[w.text] = true
		}
	}
	return on, err
}

// defined tells whether some OPTIONS_ variable names an option.
func (m *makefile) defined(option string) bool {
	for name, v := range m.variables {
		if strings.HasPrefix(name, "OPTIONS_") && slices.ContainsFunc(v.words, func(w word) bool { return w.text == option }) {
			return true
		}
	}
	return false
}

// title returns the package's name and version.
func (m *makefile) title() (name, version string, err error) {
	var values [7]string
	for i, variable := range []string{"PKGNAMEPREFIX", "PORTNAME", "PKGNAMESUFFIX", "PORTVERSION", "DISTVERSION", "PORTREVISION", "PORTEPOCH"} {
		if values[i], err = m.value(variable); err != nil {
			return "", "", err
		}
	}
	if name = values[0] + values[1] + values[2]; values[1] == "" {
		return "", "", m.notAPort()
	}
	if version = values[3]; version == "" {
		version = values[4]
	}
	if version != "" && values[5] != "" && values[5] != "0" {
		version += "_" + values[5]
	}
	if version != "" && values[6] != "" && values[6] != "0" {
		version += "," + values[6]
	}
	return name, version, nil
}
