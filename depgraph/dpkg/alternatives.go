package dpkg

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

// Where update-alternatives(1) keeps its administration and its links.
const (
	alternativesAdmin = admin + "/alternatives"
	alternativesLinks = "etc/alternatives"
)

// An alternative is a generic name with its choices, and slaves that follow it.
//
//	/usr/bin/awk → /etc/alternatives/awk → /usr/bin/mawk
//	link           name                    choice
type alternative struct {
	name    string
	mode    string // "auto" or "manual"
	link    string
	slaves  []slave
	choices []choice
}

// A slave is a further name that follows the choice, such as a manual page.
type slave struct{ name, link string }

// A choice is what can stand for an alternative.
type choice struct {
	path     string
	priority int
	slaves   []string // a path for each slave; empty where the choice has none
}

// readAlternatives reads the administration of every alternative.
func (db *Database) readAlternatives() ([]*alternative, error) {
	entries, err := fs.ReadDir(db.root, alternativesAdmin)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("dpkg database: %w", err)
	}
	var all []*alternative
	for _, e := range entries {
		if e.IsDir() || strings.HasSuffix(e.Name(), ".dpkg-tmp") {
			continue
		}
		text, err := db.read(alternativesAdmin + "/" + e.Name())
		if err != nil {
			return nil, err
		}
		a, err := parseAlternative(e.Name(), text)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// parseAlternative reads one file of the administration (update-alternatives.c,
// alternative_load): the mode; the link; name and link of each slave; an empty
// line; path, priority and slaves' paths of each choice; an empty line.
func parseAlternative(name, text string) (*alternative, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	at := 0
	next := func() (line string) {
		if at < len(lines) {
			line = lines[at]
		}
		at++
		return line
	}
	a := &alternative{name: name, mode: next(), link: next()}
	for s := next(); s != ""; s = next() {
		a.slaves = append(a.slaves, slave{name: s, link: next()})
	}
	for path := next(); path != ""; path = next() {
		priority, err := strconv.Atoi(next())
		if err != nil {
			return nil, fmt.Errorf("/%s/%s:%d: bad priority: %w", alternativesAdmin, name, at, err)
		}
		c := choice{path: path, priority: priority}
		for range a.slaves {
			c.slaves = append(c.slaves, next())
		}
		a.choices = append(a.choices, c)
	}
	if at > len(lines)+1 || a.mode != "auto" && a.mode != "manual" {
		return nil, fmt.Errorf("/%s/%s:%d: not a file of update-alternatives", alternativesAdmin, name, min(at, len(lines)))
	}
	return a, nil
}

// best is the choice of automatic mode: the highest priority, the first of equals.
func (a *alternative) best() choice {
	best := a.choices[0]
	for _, c := range a.choices[1:] {
		if c.priority > best.priority {
			best = c
		}
	}
	return best
}

// format returns a as update-alternatives writes it, which leaves out slaves
// that no choice has (alternative_save).
func (a *alternative) format() []byte {
	var b bytes.Buffer
	used := func(i int) bool {
		return slices.ContainsFunc(a.choices, func(c choice) bool { return c.slaves[i] != "" })
	}
	fmt.Fprintf(&b, "%s\n%s\n", a.mode, a.link)
	for i, s := range a.slaves {
		if used(i) {
			fmt.Fprintf(&b, "%s\n%s\n", s.name, s.link)
		}
	}
	b.WriteByte('\n')
	for _, c := range a.choices {
		fmt.Fprintf(&b, "%s\n%d\n", c.path, c.priority)
		for i, path := range c.slaves {
			if used(i) {
				b.WriteString(path + "\n")
			}
		}
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// rewriteAlternative says what is left of a where only the selection's packages
// were ever installed. Without a visible choice the administration goes; the
// links stay for the view to judge by their target, so that it can name the
// package that a build wanted through them. A choice that is hidden gives way to
// the best visible one, in automatic mode, as when its package is removed.
func (s *selection) rewriteAlternative(a *alternative) []depgraph.Rewrite {
	file := "/" + alternativesAdmin + "/" + a.name
	current, _ := fs.ReadLink(s.db.root, alternativesLinks+"/"+a.name)
	left := *a
	left.choices = nil
	switched := false
	for _, c := range a.choices {
		if s.owns(c.path) {
			left.choices = append(left.choices, c)
		} else if c.path == current {
			switched = true
		}
	}
	switch len(left.choices) {
	case len(a.choices):
		return nil
	case 0:
		return []depgraph.Rewrite{{Path: file, Gone: true}}
	}
	var links []depgraph.Rewrite
	if switched {
		left.mode = "auto"
		links = s.switchTo(a, left.best())
	}
	return append(links, depgraph.Rewrite{
		Path: file,
		Data: func() ([]byte, error) { return left.format(), nil },
	})
}

// switchTo returns the links that change where a stands for c. A slave whose
// file is not there has no links (update-alternatives(1), --slave).
func (s *selection) switchTo(a *alternative, c choice) []depgraph.Rewrite {
	links := s.point(a.link, a.name, c.path)
	for i, slave := range a.slaves {
		path := c.slaves[i]
		if path != "" && s.owns(path) && s.exists(path) {
			links = append(links, s.point(slave.link, slave.name, path)...)
			continue
		}
		for _, link := range []string{slave.link, "/" + alternativesLinks + "/" + slave.name} {
			if _, err := fs.ReadLink(s.db.root, rootfs.Relative(link)); err == nil {
				links = append(links, depgraph.Rewrite{Path: link, Gone: true})
			}
		}
	}
	return links
}

// point returns the two links by which path is reached, so far as they differ.
// What is no symbolic link was put there by the administrator, and stays.
func (s *selection) point(link, name, path string) (links []depgraph.Rewrite) {
	middle := "/" + alternativesLinks + "/" + name
	for _, l := range []depgraph.Rewrite{{Path: link, Link: middle}, {Path: middle, Link: path}} {
		target, err := fs.ReadLink(s.db.root, rootfs.Relative(l.Path))
		if err == nil && target != l.Link || errors.Is(err, fs.ErrNotExist) {
			links = append(links, l)
		}
	}
	return links
}
