package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/depview/depview/view"
	"github.com/depview/depview/view/record"
)

// links prints the symbolic links that the way goes through, and where it ends:
//
//	/usr/bin/awk → /etc/alternatives/awk: visible: base
//	/etc/alternatives/awk → /usr/bin/mawk: visible: base
//	  on the root it leads to /usr/bin/gawk: hidden: undeclared, owned by gawk
//	/usr/bin/mawk: visible: base, owned by mawk
func (e *explainer) links(w io.Writer, way view.Way) error {
	steps := slices.Concat(way.Before, []view.Step{way.Step}, way.After)
	shown := map[string]bool{}
	for i, s := range steps {
		end := i == len(steps)-1 && way.Link != ""
		if s.Link == "" && !end || shown[s.Path] {
			continue
		}
		shown[s.Path] = true
		if s.Link == "" {
			fmt.Fprintf(w, "  %s: %s\n", record.Quote(s.Path), inShort(s))
			continue
		}
		fmt.Fprintf(w, "  %s → %s: %s\n", record.Quote(s.Path), record.Quote(s.Link), inShort(s))
		if err := e.switched(w, s); err != nil {
			return err
		}
	}
	return nil
}

// switched tells of a link that leads elsewhere in the view, as one of
// update-alternatives does where its choice is hidden, what the root's leads to.
func (e *explainer) switched(w io.Writer, s view.Step) error {
	if s.Host == "" {
		return nil
	}
	target := s.Host
	if !path.IsAbs(target) {
		target = path.Dir(s.Path) + "/" + target
	}
	way, err := e.view.Way(target)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "    on the root it leads to %s: %s\n", record.Quote(way.Path), inShort(way.Step))
	return nil
}

// inShort is a step's verdict and owners.
func inShort(s view.Step) string {
	text := verdictOf(s)
	if errors.Is(s.Err, fs.ErrNotExist) {
		text = "does not exist; would be " + text
	}
	names := s.Answer.OwnerNames()
	if len(names) == 0 {
		return text
	}
	text += ", owned by " + record.Quote(strings.Join(names[:min(len(names), fewNames)], ", "))
	if n := len(names) - fewNames; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}
