package needs

import "strings"

// pkgConfigRequires returns the modules that a .pc file requires, publicly and
// privately, without versions (pc(5)). A variable holds for what comes after it.
func pkgConfigRequires(text string) []string {
	variables := map[string]string{}
	var modules []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line, _, _ = strings.Cut(line, "#")
		at := strings.IndexAny(line, ":=")
		if at < 0 {
			continue
		}
		key := strings.TrimSpace(line[:at])
		if line[at] == '=' {
			if len(variables) < maxVariables {
				variables[key] = expand(line[at+1:], variables)
			}
			continue
		}
		switch key {
		case "Requires", "Requires.private", "Requires.internal":
			modules = append(modules, moduleNames(expand(line[at+1:], variables))...)
		}
	}
	return modules
}

// The limits of variables: how many, and bytes that are put into a value for them.
// Each could hold the one before twice.
const (
	maxVariables = 256
	maxValue     = 4096
)

// expand replaces ${name} in a value; what is too long, or not known, is left out.
func expand(value string, variables map[string]string) string {
	var b strings.Builder
	for b.Len() < maxValue {
		before, rest, found := strings.Cut(value, "${")
		b.WriteString(before)
		if !found {
			return strings.TrimSpace(b.String())
		}
		name, after, _ := strings.Cut(rest, "}")
		if b.Len()+len(variables[name]) < maxValue {
			b.WriteString(variables[name])
		}
		value = after
	}
	return strings.TrimSpace(b.String())
}

// moduleNames reads a list such as "glib-2.0 >= 2.40, zlib bzip2".
func moduleNames(list string) []string {
	var spaced strings.Builder
	operator := false
	for _, c := range list {
		if is := strings.ContainsRune("!<>=", c); is != operator {
			operator = is
			spaced.WriteByte(' ')
		}
		spaced.WriteRune(c)
	}
	var names []string
	version := false
	for word := range strings.FieldsSeq(strings.ReplaceAll(spaced.String(), ",", " ")) {
		switch {
		case strings.Trim(word, "!<>=") == "":
			version = true
		case version:
			version = false
		default:
			names = append(names, word)
		}
	}
	return names
}
