package needs

import (
	"path"
	"strings"
)

// readShebang reads the line that says what runs a script (execve(2)), and returns
// its language, if it is one whose sources are read: "python" or "perl"; "other" for
// any other, "" without such a line.
func (f *File) readShebang(source string) string {
	line, ok := strings.CutPrefix(source, "#!")
	if !ok {
		return ""
	}
	line, _, _ = strings.Cut(line[:min(len(line), maxName)], "\n")
	words := strings.Fields(line)
	if len(words) == 0 || !strings.HasPrefix(words[0], "/") {
		return "other"
	}
	f.need(Interpreter, words[0], "")
	name := path.Base(words[0])
	if name == "env" {
		name = envProgram(words[1:])
		f.need(Program, name, "")
	}
	for _, language := range []string{"python", "perl"} {
		if strings.HasPrefix(path.Base(name), language) {
			return language
		}
	}
	return "other"
}

// envProgram finds the program among the arguments of env(1), GNU's or BSD's. Quotes
// and escapes of -S are not read: who needs them names a program with blanks.
func envProgram(words []string) string {
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case strings.HasPrefix(word, "--split-string="):
			word = strings.TrimPrefix(word, "--split-string=")
			if !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
				return word
			}
		case word == "--unset", word == "--chdir":
			i++
		case word == "--split-string", word == "--", word == "-":
		case strings.HasPrefix(word, "--"):
		case strings.HasPrefix(word, "-"):
			at := strings.IndexAny(word, "SuCP")
			switch {
			case at < 0: // -i, -0, -v
			case word[at] == 'S' && at+1 < len(word):
				words[i] = word[at+1:] // and again
				i--
			case word[at] != 'S' && at+1 == len(word):
				i++
			}
		case strings.Contains(word, "="):
		default:
			return word
		}
	}
	return ""
}
