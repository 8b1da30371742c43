package main

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view"
	"github.com/depview/depview/view/record"
)

func explainCommand() *cobra.Command {
	var f viewFlags
	cmd := &cobra.Command{
		Use:   "explain [flags] PATH...",
		Short: "say whether a path is visible, and why",
		Long: `explain prints each path's verdict (base, dependency and rule are visible;
undeclared, stray and excluded are hidden), the packages that own it, the chain
of dependencies that brought its owner in, and the rule that decided, if one did.`,
		Example: "  depview explain --recipe debian/control /usr/bin/cmake /usr/include/zlib.h",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := f.scope()
			if err != nil {
				return err
			}
			defer s.wait()
			v, err := s.view(nil)
			if err != nil {
				return err
			}
			for i, p := range args {
				if i > 0 {
					fmt.Println()
				}
				if err := explain(os.Stdout, s, v, p); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f.add(cmd)
	return cmd
}

// hiddenAbove returns the highest directory above p that the view does not have,
// if there is one: of a directory whose files no list has, the view looks one
// level deep for what would make it visible.
func hiddenAbove(v *view.View, p string) (string, error) {
	hidden := ""
	for dir := path.Dir(p); dir != "/"; dir = path.Dir(dir) {
		a, err := v.Verdict(dir)
		if err != nil {
			return "", err
		}
		if !a.Verdict.Visible() {
			hidden = dir
		}
	}
	return hidden, nil
}

func explain(w io.Writer, s *scope, v *view.View, name string) error {
	abs, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	p := v.Canonical(abs)
	a, err := v.Verdict(p)
	if err != nil {
		return err
	}
	above, err := hiddenAbove(v, p)
	if err != nil {
		return err
	}
	what := "hidden"
	if a.Verdict.Visible() && above == "" {
		what = "visible"
	}
	fmt.Fprintf(w, "%s\n  %s: %s\n", record.Quote(abs), what, a.Verdict)
	if a.Verdict.Visible() && above != "" {
		fmt.Fprintf(w, "  but %s is hidden: explain that\n", record.Quote(above))
	}
	if p != abs {
		fmt.Fprintf(w, "  is %s\n", record.Quote(p))
	}
	if _, err := os.Lstat(filepath.Join(s.root, p)); err != nil {
		fmt.Fprintln(w, "  does not exist on the root")
	}
	for _, o := range a.Owners {
		fmt.Fprintf(w, "  owned by %s\n", strings.TrimSpace(o.Name+" "+o.Version))
	}
	for _, o := range a.Owners {
		if s.closure.Class(o) != depgraph.Outside {
			fmt.Fprintf(w, "  because %s\n", s.closure.Chain(o))
			break
		}
	}
	if a.Rule != nil {
		fmt.Fprintf(w, "  by the rule for %s (%s)\n", record.Quote(a.Rule.Path), a.Rule.Where)
	}
	if a.Via != "" {
		fmt.Fprintf(w, "  through %s\n", record.Quote(a.Via))
	}
	if a.Verdict == view.Undeclared && len(a.Owners) > 0 {
		fmt.Fprintf(w, "  to show it, declare %s\n", strings.Join(a.OwnerNames(), " or "))
	}
	return nil
}
