package pkgsrc

// fnmatch is fnmatch(3) with FNM_PERIOD, as pkg_install calls it, on bytes: the pattern's
// "*", "?" and "[…]", and "\" before a character that stands for itself. A period at the
// front is matched by a period alone. A bracket that is not closed is a character.
func fnmatch(pattern, name string) bool {
	p, n := 0, 0
	star, from := -1, 0 // where to go on after a mismatch: behind the last "*", and from there
	for {
		if p < len(pattern) && pattern[p] == '*' {
			if n == 0 && hidden(name) {
				return false
			}
			p++
			star, from = p, n
			continue
		}
		if p == len(pattern) && n == len(name) {
			return true
		}
		if p < len(pattern) && n < len(name) {
			if size, ok := matchOne(pattern[p:], name[n], n == 0 && hidden(name)); ok {
				p, n = p+size, n+1
				continue
			}
		}
		if star < 0 || from == len(name) {
			return false
		}
		from++
		p, n = star, from
	}
}

func hidden(name string) bool { return name != "" && name[0] == '.' }

// matchOne tells whether the pattern begins with something that c matches, other than
// "*", and of how many bytes. A period that only a period matches is literal.
func matchOne(pattern string, c byte, literal bool) (size int, ok bool) {
	switch pattern[0] {
	case '?':
		return 1, !literal
	case '[':
		if size, ok := bracket(pattern, c); size > 0 {
			return size, ok && !literal
		}
	case '\\':
		if len(pattern) > 1 {
			return 2, pattern[1] == c
		}
	}
	return 1, pattern[0] == c
}

// bracket tells whether c is in the bracket expression that the pattern begins with, and
// how long that is, 0 where it has no end: [a-z], [!a-z].
func bracket(pattern string, c byte) (size int, ok bool) {
	i := 1
	negated := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if negated {
		i++
	}
	for first := true; ; first = false {
		if i < len(pattern) && pattern[i] == ']' && !first {
			return i + 1, ok != negated
		}
		low, next := character(pattern, i)
		if next == 0 {
			return 0, false
		}
		i = next
		high := low
		if i+1 < len(pattern) && pattern[i] == '-' && pattern[i+1] != ']' {
			if high, next = character(pattern, i+1); next == 0 {
				return 0, false
			}
			i = next
		}
		ok = ok || low <= c && c <= high
	}
}

// character reads a character of a bracket expression at i; next is behind it, 0 where
// there is none.
func character(pattern string, i int) (c byte, next int) {
	if i < len(pattern) && pattern[i] == '\\' {
		i++
	}
	if i >= len(pattern) {
		return 0, 0
	}
	return pattern[i], i + 1
}
