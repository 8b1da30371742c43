package record

import (
	"fmt"
	"path"
	"strings"
)

// globs is a list of path patterns, each split at its slashes.
type globs [][]string

// compile checks patterns and prepares them. A pattern is matched against the
// whole path, slash by slash: a component is path.Match's, and a component `**`
// stands for any number of components, none included.
func compile(patterns []string) (globs, error) {
	gs := make(globs, 0, len(patterns))
	for _, p := range patterns {
		parts := strings.Split(p, "/")
		for _, part := range parts {
			if _, err := path.Match(part, ""); err != nil {
				return nil, fmt.Errorf("ignore pattern %q: %w", p, err)
			}
		}
		gs = append(gs, parts)
	}
	return gs, nil
}

// match reports whether any pattern matches p.
func (gs globs) match(p string) bool {
	parts := strings.Split(p, "/")
	for _, g := range gs {
		if matchParts(g, parts) {
			return true
		}
	}
	return false
}

// matchParts goes back only to the last `**`: a match that an earlier one could
// find by taking more, the last one finds as well. So the time is the product
// of the two lengths, whatever the pattern.
func matchParts(glob, parts []string) bool {
	g, p := 0, 0
	star, mark := -1, 0
	for p < len(parts) {
		if g < len(glob) && glob[g] == "**" {
			star, mark = g, p
			g++
			continue
		}
		if g < len(glob) {
			if ok, _ := path.Match(glob[g], parts[p]); ok {
				g, p = g+1, p+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		g, p = star+1, mark
	}
	for g < len(glob) && glob[g] == "**" {
		g++
	}
	return g == len(glob)
}
