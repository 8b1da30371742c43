package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/record"
)

func explainCommand() *cobra.Command {
	var f viewFlags
	var from string
	cmd := &cobra.Command{
		Use:   "explain [flags] PATH...",
		Short: "say whether a path is visible, and why",
		Long: `explain prints each path's verdict (base, dependency and rule are visible;
undeclared, stray and excluded are hidden), the packages that own it, the chain
of dependencies that brought each in, the rule that decided, if one did, the
symbolic links on the way, and what to declare to have it shown. A path may be
spelled as a build spelled it, and need not exist.

With --capture it explains what that build saw, unless flags say what is to be
seen, and names the processes that wanted the path.`,
		Example: `  depview explain --recipe debian/control /usr/bin/cmake /usr/include/zlib.h
  depview explain --capture ../out /usr/bin/awk`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := newExplainer(&f, from)
			if err != nil {
				return err
			}
			defer e.scope.wait()
			for i, p := range args {
				if i > 0 {
					fmt.Println()
				}
				if err := e.explain(os.Stdout, p); err != nil {
					return fmt.Errorf("explain %s: %w", record.Quote(p), err)
				}
			}
			return nil
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&from, "capture", "", "explain what the build of the capture `DIR` saw, and who in it wanted the path")
	return cmd
}

// An explainer explains paths of a view and, if it has a capture, who wanted them.
type explainer struct {
	scope   *scope
	view    *view.View
	capture string // a directory, or ""
	declare func(names []string) string
}

func newExplainer(f *viewFlags, from string) (*explainer, error) {
	config, err := f.configOr(from)
	if err != nil {
		return nil, err
	}
	e := &explainer{capture: from}
	in := declaration(config)
	if from != "" {
		if in, err = declarationFor(from, config); err != nil {
			return nil, err
		}
	}
	e.declare = func(names []string) string { return declare(config.Sources, e.scope.stack)(in, names) }
	if e.scope, err = f.resolve(config); err != nil {
		return nil, err
	}
	e.view, err = e.scope.view(nil)
	return e, err
}

// explain prints all there is to say of a path.
func (e *explainer) explain(w io.Writer, name string) error {
	abs, err := spelled(name)
	if err != nil {
		return err
	}
	way, err := e.view.Way(abs)
	if err != nil {
		return causeOf(err)
	}
	fmt.Fprintf(w, "%s\n  %s\n", record.Quote(name), stateOf(way))
	if way.Path != name {
		fmt.Fprintf(w, "  is %s\n", record.Quote(way.Path))
	}
	e.reasons(w, way.Step)
	if err := e.links(w, way); err != nil {
		return err
	}
	e.obstacles(w, way)
	if dir, err := workingDir(); err == nil && way.Answer.Verdict == view.Stray && strings.HasPrefix(way.Path, dir+"/") {
		fmt.Fprintln(w, "  is in the current directory, which run shows as it is unless --work names another")
	}
	if e.capture == "" {
		return nil
	}
	return e.wanted(w, name, abs, way.Path)
}

// spelled makes a path of the command line absolute. What `..` in it means, the
// links before it decide.
func spelled(name string) (string, error) {
	if name == "" {
		return "", errors.New("the path is empty")
	}
	if path.IsAbs(name) {
		return name, nil
	}
	dir, err := workingDir()
	return dir + "/" + name, err
}

// stateOf says in a few words whether the view has the path.
func stateOf(way view.Way) string {
	state := verdictOf(way.Step)
	if _, blocked := firstHidden(way.Before); blocked && way.Visible() {
		state = fmt.Sprintf("hidden: because of its way; by itself it is %s", way.Answer.Verdict)
	}
	if errors.Is(way.Err, fs.ErrNotExist) {
		return "does not exist; would be " + state
	}
	return state
}

// verdictOf gives a step's verdict with what that comes to.
func verdictOf(s view.Step) string {
	switch {
	case s.Gone:
		return "hidden: it is not there where what it goes with is hidden"
	case s.Visible():
		return "visible: " + s.Answer.Verdict.String()
	}
	return "hidden: " + s.Answer.Verdict.String()
}

// reasons prints what the verdict of a path rests on.
func (e *explainer) reasons(w io.Writer, s view.Step) {
	if s.Err != nil && !errors.Is(s.Err, fs.ErrNotExist) {
		fmt.Fprintf(w, "  cannot be looked at on the root: %s\n", causeOf(s.Err))
	}
	owners := slices.SortedFunc(slices.Values(s.Answer.Owners), func(a, b *depgraph.Package) int { return cmp.Compare(a.Name, b.Name) })
	for _, o := range owners {
		fmt.Fprintf(w, "  owned by %s\n", record.Quote(strings.TrimSpace(o.Name+" "+o.Version)))
	}
	for _, o := range owners {
		if e.scope.visible(o) {
			fmt.Fprintf(w, "  because %s\n", record.Quote(e.scope.closure.Chain(o).String()))
		}
	}
	if r := s.Answer.Rule; r != nil {
		fmt.Fprintf(w, "  by the rule for %s (%s)\n", record.Quote(r.Path), record.Quote(r.Where))
	}
	if s.Answer.Via != "" && s.Link == "" {
		fmt.Fprintf(w, "  through %s\n", record.Quote(s.Answer.Via))
	}
	if in := e.view.StandIn(s.Path); in != nil {
		switch {
		case in.From != "":
			fmt.Fprintf(w, "  in the view it is the file that is %s on the root\n", record.Quote(in.From))
		case in.Data != nil:
			fmt.Fprintln(w, "  reads differently in the view, which is to know of visible packages only")
		}
	}
}

// causeOf is why a path that is named beside it could not be looked at.
func causeOf(err error) error {
	if p, ok := err.(*fs.PathError); ok && p.Op == "lstat" {
		return p.Err
	}
	return err
}

// obstacles prints what keeps a build from the path, or from what it leads to
// though it is visible itself, and what to do about it.
func (e *explainer) obstacles(w io.Writer, way view.Way) {
	hidden := way.Step
	before, blocked := firstHidden(way.Before)
	after, dangling := firstHidden(way.After)
	if blocked {
		fmt.Fprintf(w, "  on its way there is %s, which is %s\n", record.Quote(before.Path), inShort(before))
	}
	if way.Visible() && blocked {
		hidden = before
	} else if way.Visible() && dangling {
		hidden = after
		fmt.Fprintf(w, "  leads to %s, which is hidden\n", record.Quote(after.Path))
	}
	names := hidden.Answer.OwnerNames()
	if hidden.Answer.Verdict == view.Undeclared && len(names) > 0 {
		fmt.Fprintf(w, "  to show it: %s\n", record.Quote(e.declare(names)))
	}
}

// firstHidden returns the first of the steps that is there and not in the view.
func firstHidden(steps []view.Step) (view.Step, bool) {
	for _, s := range steps {
		if !s.Visible() && !errors.Is(s.Err, fs.ErrNotExist) {
			return s, true
		}
	}
	return view.Step{}, false
}
