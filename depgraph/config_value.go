package depgraph

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// A reader reads one document. Reading goes on after an error, with zero values;
// the error that stands first in the file is the one to report.
type reader struct {
	name string
	read func(path string) ([]byte, error)
	vars variables
	err  error
	line int // that err is on
}

// A value is a value of the document, or the absence of one.
type value struct {
	*reader
	key toml.Key // from the document down; elements of an array have the array's
	at  *place
	v   any // as the toml package decodes it; nil: not there
}

// where says where v stands: "deps.toml:4: target.depends.build".
func (v value) where() string {
	if len(v.key) == 0 {
		return fmt.Sprintf("%s:%d", v.name, v.at.line)
	}
	return fmt.Sprintf("%s:%d: %s", v.name, v.at.line, v.key)
}

// fail notes an error about v.
func (v value) fail(format string, args ...any) {
	if v.err == nil || v.at.line < v.line {
		v.err = fmt.Errorf("%s: "+format, append([]any{v.where()}, args...)...)
		v.line = v.at.line
	}
}

func (v value) mistyped(want string) { v.fail("want %s, not %s", want, typeName(v.v)) }

func typeName(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case int64:
		return "an integer"
	case float64:
		return "a float"
	case time.Time:
		return "a date"
	case map[string]any:
		return "a table"
	}
	return "a list"
}

// is tells whether v is there.
func (v value) is() bool { return v.v != nil }

// get returns the value of a key of the table v.
func (v value) get(name string) value {
	table, _ := v.v.(map[string]any)
	key := append(slices.Clip(v.key), name)
	return value{v.reader, key, v.at.key(name), table[name]}
}

// table checks that v, if there, is a table, of no other keys than those listed.
func (v value) table(known ...string) {
	for _, k := range v.tables() {
		if name := k.key[len(k.key)-1]; !slices.Contains(known, name) {
			k.fail("unknown key (known here: %s)", strings.Join(known, ", "))
		}
	}
}

// tables returns the values of the table v, whatever their keys, by name.
func (v value) tables() []value {
	table, ok := v.v.(map[string]any)
	if v.is() && !ok {
		v.mistyped("a table")
	}
	var all []value
	for _, name := range slices.Sorted(maps.Keys(table)) {
		all = append(all, v.get(name))
	}
	return all
}

// list returns the elements of the list v.
func (v value) list(want string) []value {
	var elements []any
	switch l := v.v.(type) {
	case nil:
	case []any:
		elements = l
	case []map[string]any: // an array of tables
		for _, t := range l {
			elements = append(elements, t)
		}
	default:
		v.mistyped(want)
	}
	var all []value
	for i, e := range elements {
		all = append(all, value{v.reader, v.key, v.at.item(i), e})
	}
	return all
}

// text returns the string v with its variables expanded.
func (v value) text() string {
	s, ok := v.v.(string)
	if v.is() && !ok {
		v.mistyped("a string")
	}
	return v.vars.expand(v, s)
}

// flag returns the boolean v, or otherwise where it is not there.
func (v value) flag(otherwise bool) bool {
	b, ok := v.v.(bool)
	switch {
	case ok:
		return b
	case v.is():
		v.mistyped("true or false")
	}
	return otherwise
}

// path returns the absolute path v, cleaned.
func (v value) path() string {
	s := v.text()
	if v.is() && !path.IsAbs(s) {
		v.fail("%q is not an absolute path", s)
	}
	return path.Clean(s)
}

// paths returns the absolute paths in the list v, cleaned.
func (v value) paths() []string {
	var all []string
	for _, e := range v.list("a list of paths") {
		all = append(all, e.path())
	}
	return all
}

// globs returns the absolute patterns in the list v.
func (v value) globs() []string {
	all := v.paths()
	for i, e := range v.list("") {
		if _, err := path.Match(all[i], ""); err != nil {
			e.fail("%q: %w", all[i], err)
		}
	}
	return all
}
