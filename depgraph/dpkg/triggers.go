package dpkg

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/depview/depview/depgraph"
)

// triggerFiles filters who is interested in which trigger. In
// /var/lib/dpkg/triggers, File holds lines "PATH PACKAGE[/noawait]"; a file named
// after an explicit trigger holds lines "PACKAGE[/noawait]", and goes with the
// last of them (deb-triggers(5), dpkg's doc/triggers.txt). They are a few dozen
// lines: they are read at once, to tell which files are gone.
func (s *selection) triggerFiles() ([]depgraph.Rewrite, error) {
	const dir = admin + "/triggers"
	entries, err := fs.ReadDir(s.db.root, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("dpkg database: %w", err)
	}
	var rewrites []depgraph.Rewrite
	for _, e := range entries {
		if e.IsDir() || e.Name() == "Lock" || e.Name() == "Unincorp" {
			continue // Unincorp holds triggers that wait for dpkg to run: none, as a rule
		}
		text, err := s.db.read(dir + "/" + e.Name())
		if err != nil {
			return nil, err
		}
		if left := s.interested(text); left != text {
			r := depgraph.Rewrite{Path: "/" + dir + "/" + e.Name()}
			if left == "" && e.Name() != "File" {
				r.Gone = true
			} else {
				r.Data = func() ([]byte, error) { return []byte(left), nil }
			}
			rewrites = append(rewrites, r)
		}
	}
	return rewrites, nil
}

// interested keeps the lines whose last word is a package of the selection.
func (s *selection) interested(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		name, _, _ := strings.Cut(words[len(words)-1], "/")
		if s.knows(name) {
			b.WriteString(line)
		}
	}
	return b.String()
}
