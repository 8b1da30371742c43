package needs

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// perlUse finds a use or require that begins a statement, and its arguments.
	perlUse = regexp.MustCompile(`(?:^|[;{}])\s*(use|require)\s+([A-Za-z_]\w*(?:::\w+)*)([^;]*)`)
	// perlName finds the names of modules in the arguments of base and parent.
	perlName = regexp.MustCompile(`[A-Za-z_]\w*(?:::\w+)*`)
)

// perlModules returns the modules that a source uses or requires by name, and the
// parents of its classes. Pragmas, whose names are in lower case, come with perl.
// It goes line by line, without documentation and comments:
//
//   - what stands in an eval on the same line is optional, and left out; one that
//     spans lines does not make it so;
//   - a name in a variable or a string is not seen, and lines of a string or
//     here-document that look like a use are taken for one.
func perlModules(source string) []string {
	var names []string
	lines := strings.Split(source, "\n")
	pod := false
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "=cut"):
			pod = false
			continue
		case len(line) > 1 && line[0] == '=' && isWord(rune(line[1])):
			pod = true
		}
		if pod {
			continue
		}
		if end := strings.TrimSpace(line); end == "__END__" || end == "__DATA__" {
			break
		}
		line = perlCode(line)
		for n := i + 1; isParent(line) && n < min(len(lines), i+maxParentLines); n++ {
			line += " " + perlCode(lines[n])
		}
		names = append(names, perlLine(line)...)
	}
	return names
}

// maxParentLines is how long a list of parents may be.
const maxParentLines = 32

// isParent tells of the beginning of a list of parents that goes on.
func isParent(line string) bool {
	words := strings.Fields(line[:min(len(line), maxName)])
	return len(words) > 1 && words[0] == "use" && (words[1] == "base" || words[1] == "parent") && !strings.Contains(line, ";")
}

// perlCode is a line without a comment. A # after anything but a blank can be part
// of a name or a pattern.
func perlCode(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return strings.TrimSuffix(line, "\r")
}

func perlLine(line string) (names []string) {
	if !strings.Contains(line, "use") && !strings.Contains(line, "require") {
		return nil
	}
	eval := strings.Index(line, "eval")
	for _, m := range perlUse.FindAllStringSubmatchIndex(line, -1) {
		name, args := line[m[4]:m[5]], line[m[6]:m[7]]
		switch {
		case eval >= 0 && eval < m[2]:
		case name == "base" || name == "parent":
			words := perlName.FindAllString(args, -1)
			if !slices.Contains(words, "norequire") {
				names = append(names, slices.DeleteFunc(words, func(w string) bool { return w == "qw" || w == "q" || w == "qq" })...)
			}
		case strings.Contains(name, "::"), strings.ToLower(name) != name:
			names = append(names, name)
		}
	}
	return names
}
