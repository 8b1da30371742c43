package view

import (
	"path"
	"strings"

	"github.com/depview/depview/view/index"
)

// A Step is a name on the way to a file.
type Step struct {
	Path   string // canonical
	Answer Answer
	Err    error // why there is nothing, neither on the root nor instead of it; nil if there is
	Gone   bool  // the root has something there, and the view has nothing in its place
	// Link is where the symbolic link there leads, as it is written, and "" if there
	// is none. Where the view has a link that leads elsewhere than the root's, the
	// latter leads to Host.
	Link, Host string
}

// Visible tells whether the view has the name, if there is anything.
func (s Step) Visible() bool { return s.Answer.Verdict.Visible() && !s.Gone }

// A Way is all that a kernel goes through to get at a path.
type Way struct {
	Step          // the path itself, in its canonical form
	Before []Step // the directories that lead there, and the links among them
	After  []Step // if the path is a symbolic link, what comes from there to its end
}

// Way follows an absolute path name by name, as a kernel does: `..` is the parent of
// the directory that was come to, and not of how that was spelled, and a slash at
// the end follows a link. So it goes on from what is not visible or not there, to
// tell of all that is in the way.
func (v *View) Way(p string) (Way, error) {
	w := walker{view: v}
	at, err := w.walk("/", p, false)
	if err != nil {
		return Way{}, err
	}
	way := Way{Before: w.steps}
	if n := len(w.steps) - 1; n >= 0 && w.steps[n].Path == at {
		way.Before = w.steps[:n:n]
	}
	if way.Step, err = v.step(at); err != nil || way.Link == "" {
		return way, err
	}
	w.steps = nil
	_, err = w.walk(path.Dir(at), way.Link, true)
	way.After = w.steps
	return way, err
}

// A walker notes the names that it comes through.
type walker struct {
	view  *View
	steps []Step
	links int // that were followed
}

// walk goes on from a directory by rest, and returns where that is. A link at the
// end of it is followed only if asked for.
func (w *walker) walk(dir, rest string, follow bool) (string, error) {
	if strings.HasPrefix(rest, "/") {
		dir = "/"
	}
	names := strings.Split(rest, "/")
	for i, name := range names {
		switch name {
		case "", ".":
			continue
		case "..":
			dir = path.Dir(dir)
			continue
		}
		s, err := w.view.step(path.Join(dir, name))
		if err != nil {
			return "", err
		}
		w.steps = append(w.steps, s)
		if s.Link == "" || !follow && i == len(names)-1 || w.links == index.MaxLinks {
			dir = s.Path
			continue
		}
		w.links++
		if dir, err = w.walk(dir, s.Link, true); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// step looks at a canonical path.
func (v *View) step(p string) (Step, error) {
	a, err := v.Verdict(p)
	if err != nil {
		return Step{}, err
	}
	s := Step{Path: p, Answer: a}
	if v.mounted(p) {
		return s, nil // what is on the root there is nobody's business
	}
	_, s.Err = v.resolve.Lstat(p)
	link, _ := v.resolve.Link(p)
	switch in := v.standIns[p]; {
	case in == nil:
		s.Link = link
	case in.Gone:
		s.Link, s.Gone = link, s.Err == nil
	default:
		s.Err, s.Link = nil, in.Link
		if in.From != "" {
			s.Link, _ = v.resolve.Link(in.From)
		} else if in.Link != "" && link != in.Link {
			s.Host = link
		}
	}
	return s, nil
}
