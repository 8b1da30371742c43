package pacman

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// parameter expands ${…}: bash(1), "Parameter Expansion".
func (x *expansion) parameter(raw string, quoted bool) error {
	inner := raw[2 : len(raw)-1]
	n := nameEnd(inner)
	if n == 0 {
		return unknownWord(raw) // ${#x}, ${!x}, ${1}
	}
	name, rest := inner[:n], inner[n:]
	all := false
	if index, after, ok := strings.Cut(rest, "]"); ok && strings.HasPrefix(rest, "[") {
		switch index[1:] {
		case "@", "*":
			all = true
		case "0":
		default:
			return unknownWord(raw)
		}
		rest = after
	}
	if done, err := x.orElse(name, rest, quoted); done || err != nil {
		return err
	}
	v, err := x.lookup(name)
	if err != nil {
		return err
	}
	texts := make([]string, 0, 1)
	for i, item := range v.items {
		if i == 0 || all {
			texts = append(texts, item.text)
		}
	}
	if rest != "" {
		change, err := x.change(rest)
		if err != nil || change == nil {
			return cmp.Or(err, unknownWord(raw))
		}
		for i, text := range texts {
			x.step(len(text) * len(text) * len(rest) >> 4)
			if len(text) > maxChanged || x.err != nil {
				return unknownWord(raw)
			}
			texts[i] = change(text)
		}
	}
	return x.putAll(texts, quoted)
}

// maxChanged is how long a text may be that is looked through for a pattern again and
// again, and how long the pattern may be.
const maxChanged = 1 << 8

// putAll adds the values of a list, a word each.
func (x *expansion) putAll(texts []string, quoted bool) error {
	for i, text := range texts {
		if i > 0 {
			if x.split {
				x.exists = x.exists || quoted
				x.end()
			} else if err := x.put(" "); err != nil {
				return err
			}
		}
		if quoted {
			x.exists = true
		}
		if err := x.putValue(text, quoted); err != nil {
			return err
		}
	}
	if len(texts) == 0 && x.word.Len() == 0 {
		x.exists = false // "${x[@]}" of an empty list is no word
	}
	return nil
}

// orElse expands ${x:-word}, ${x-word}, ${x:+word} and ${x+word}.
func (x *expansion) orElse(name, rest string, quoted bool) (done bool, err error) {
	sign := strings.TrimPrefix(rest, ":")
	if sign == "" || sign[0] != '-' && sign[0] != '+' {
		return false, nil
	}
	v, set := x.vars[name]
	if v.err != nil {
		return true, v.err
	}
	has := set && len(v.items) > 0
	if has && strings.HasPrefix(rest, ":") {
		has = v.items[0].text != ""
	}
	switch {
	case has == (sign[0] == '+'):
		return true, x.add(sign[1:], quoted)
	case has:
		return true, x.putValue(v.items[0].text, quoted)
	}
	return true, nil
}

// change returns what ${x%pattern} and the like do to a value, nil for what is not
// known here.
func (x *expansion) change(rest string) (func(string) string, error) {
	switch {
	case rest == "^^":
		return strings.ToUpper, nil
	case rest == ",,":
		return strings.ToLower, nil
	case rest == "^" || rest == ",":
		return func(s string) string {
			first, end := s[:min(1, len(s))], s[min(1, len(s)):]
			if rest == "^" {
				return strings.ToUpper(first) + end
			}
			return strings.ToLower(first) + end
		}, nil
	case rest[0] == ':':
		return substring(rest[1:]), nil
	case rest[0] == '#' || rest[0] == '%':
		pattern := strings.TrimPrefix(rest[1:], rest[:1])
		re, err := x.pattern(pattern)
		if err != nil {
			return nil, err
		}
		return func(s string) string { return trim(s, re, rest[0] == '#', len(pattern) < len(rest)-1) }, nil
	case rest[0] == '/':
		return x.replace(rest[1:])
	}
	return nil, nil
}

// substring is ${x:offset:length}.
func substring(text string) func(string) string {
	offset, length, cut := strings.Cut(text, ":")
	if strings.TrimSpace(offset) == "" {
		offset = "0"
	}
	from, err := strconv.Atoi(strings.TrimSpace(offset))
	n, errLength := 0, error(nil)
	if cut {
		n, errLength = strconv.Atoi(strings.TrimSpace(length))
	}
	if err != nil || errLength != nil {
		return nil
	}
	return func(s string) string {
		from, to := from, len(s)
		if from < 0 {
			from += len(s)
		}
		if from < 0 || from > len(s) {
			return ""
		}
		switch {
		case cut && n < 0:
			to += n
		case cut && n < len(s)-from:
			to = from + n
		}
		return s[from:max(from, to)]
	}
}

// trim takes the shortest or longest beginning or end away that matches.
func trim(s string, re *regexp.Regexp, beginning, longest bool) string {
	lengths := make([]int, len(s)+1)
	for i := range lengths {
		lengths[i] = i
	}
	if longest {
		slices.Reverse(lengths)
	}
	for _, n := range lengths {
		if beginning && re.MatchString(s[:n]) {
			return s[n:]
		}
		if !beginning && re.MatchString(s[len(s)-n:]) {
			return s[:len(s)-n]
		}
	}
	return s
}

// replace is ${x/pattern/text}, and with // for all.
func (x *expansion) replace(rest string) (func(string) string, error) {
	all := strings.HasPrefix(rest, "/")
	rest = strings.TrimPrefix(rest, "/")
	if strings.HasPrefix(rest, "#") || strings.HasPrefix(rest, "%") {
		return nil, nil // at the beginning or the end alone
	}
	end := slashIn(rest)
	pattern, text := rest[:end], ""
	if end < len(rest) {
		text = rest[end+1:]
	}
	whole, err := x.pattern(pattern)
	if err != nil || pattern == "" || strings.Contains(text, "&") {
		return nil, err
	}
	text, err = x.text(text)
	if err != nil {
		return nil, err
	}
	expression := strings.TrimSuffix(strings.TrimPrefix(whole.String(), "^(?s:"), ")$")
	re, err := regexp.Compile("(?s:" + expression + ")")
	if err != nil {
		return nil, nil
	}
	re.Longest()
	once := false
	return func(s string) string {
		once = false
		return re.ReplaceAllStringFunc(s, func(found string) string {
			if found == "" || once && !all {
				return found
			}
			once = true
			return text
		})
	}, nil
}

// slashIn returns where the slash is that ends a pattern, or where the text ends.
func slashIn(text string) int {
	s := &script{text: text}
	for i := 0; i < len(text); {
		if text[i] == '/' {
			return i
		}
		end, err := s.charEnd(i, len(text))
		if err != nil {
			break
		}
		i = end
	}
	return len(text)
}

// text expands what stands for one text, whatever blanks it has.
func (x *expansion) text(raw string) (string, error) {
	if err := x.deeper(0); err != nil {
		return "", err
	}
	defer x.back()
	part := &expansion{script: x.script, line: x.line, size: x.size}
	err := part.add(raw, false)
	return part.word.String(), err
}

// pattern turns a pattern of bash's into a regular expression of the whole text. What
// is quoted in it stands for itself.
func (x *expansion) pattern(raw string) (*regexp.Regexp, error) {
	if x.step(1000); len(raw) > maxChanged {
		return nil, unknownWord(raw)
	}
	var b strings.Builder
	for i := 0; i < len(raw); {
		switch c := raw[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		case '[':
			set, n := bracket(raw[i:])
			if n == 0 {
				return nil, unknownWord(raw)
			}
			b.WriteString(set)
			i += n
			continue
		case '(':
			return nil, unknownWord(raw) // extglob
		case '\\', '\'', '"', '$':
			end, err := (&script{text: raw}).charEnd(i, len(raw))
			if err != nil {
				return nil, unknownWord(raw)
			}
			if c == '$' && !strings.HasPrefix(raw[i:], "${") {
				end = i + 1 + nameEnd(raw[i+1:])
			}
			text, err := x.text(raw[i:end])
			if err != nil || c == '$' && strings.ContainsAny(text, `*?[\`) || len(text) > maxChanged {
				return nil, cmp.Or(err, unknownWord(raw))
			}
			b.WriteString(regexp.QuoteMeta(text))
			i = end
			continue
		default:
			b.WriteString(regexp.QuoteMeta(raw[i : i+1]))
		}
		i++
	}
	re, err := regexp.Compile("^(?s:" + b.String() + ")$")
	if err != nil {
		return nil, unknownWord(raw)
	}
	return re, nil
}

// bracket turns [a-z] and [!a] into what regular expressions have for them.
func bracket(raw string) (set string, length int) {
	end := strings.IndexByte(raw[min(2, len(raw)):], ']')
	if end < 0 || strings.ContainsAny(raw[1:end+2], `\'"$[&~-`) && !simpleRange.MatchString(raw[1:end+2]) {
		return "", 0
	}
	inner := raw[1 : end+2]
	if strings.HasPrefix(inner, "!") {
		inner = "^" + inner[1:]
	}
	return "[" + inner + "]", end + 3
}

// simpleRange is what a set may hold with a hyphen in it.
var simpleRange = regexp.MustCompile(`^[!^]?(?:[a-zA-Z0-9]-[a-zA-Z0-9]|[a-zA-Z0-9_.+])+$`)
