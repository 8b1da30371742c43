package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/depview/depview/depgraph"
)

func depsCommand() *cobra.Command {
	var f viewFlags
	var asTOML, asJSON, asDot bool
	cmd := &cobra.Command{
		Use:   "deps [flags]",
		Short: "list the packages that a view shows, and why each is there",
		Long: `deps lists the base OS and the target's closure: each package with its version,
whether it is base or dependency, and what brought it in. --toml writes the
deps.toml that says the same without a recipe or a flag.`,
		Example: `  depview deps --recipe debian/control
  depview deps --dep libonig-dev --dot | dot -Tsvg > deps.svg`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := f.scope()
			if err != nil {
				return err
			}
			defer s.wait()
			switch {
			case asTOML:
				_, err = os.Stdout.Write(s.resolved().TOML())
				return err
			case asJSON:
				return writeDepsJSON(os.Stdout, s)
			case asDot:
				return writeDepsDot(os.Stdout, s)
			}
			return writeDeps(os.Stdout, s)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&asTOML, "toml", false, "write a resolved deps.toml")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	cmd.Flags().BoolVar(&asDot, "dot", false, "write a graph for dot(1)")
	cmd.MarkFlagsMutuallyExclusive("toml", "json", "dot")
	return cmd
}

// because says what brought a package in.
func because(s *scope, p *depgraph.Package) string {
	r := s.closure.Reason(p)
	switch {
	case r.By != nil:
		return "needed by " + r.By.Name
	case r.Direct != nil && r.Direct.Where != "":
		return r.Direct.Where
	}
	return "base OS"
}

func className(c depgraph.Class) string {
	if c == depgraph.InBase {
		return "base"
	}
	return "dependency"
}

func writeDeps(w io.Writer, s *scope) error {
	tab := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, p := range s.closure.Packages() {
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\n", p.Name, p.Version, className(s.closure.Class(p)), because(s, p))
	}
	return tab.Flush()
}

func writeDepsJSON(w io.Writer, s *scope) error {
	type dependency struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		Source  string `json:"source"`
		Class   string `json:"class"`
		Because string `json:"because"`
	}
	list := []dependency{}
	for _, p := range s.closure.Packages() {
		list = append(list, dependency{p.Name, p.Version, p.Source, className(s.closure.Class(p)), because(s, p)})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(list)
}

// writeDepsDot draws what brought each dependency in; the base OS is left out.
func writeDepsDot(w io.Writer, s *scope) error {
	target := s.config.Target.Name
	if target == "" {
		target = "target"
	}
	fmt.Fprintf(w, "digraph deps {\n\trankdir=LR;\n\t%s [shape=box];\n", strconv.Quote(target))
	for _, p := range s.closure.Packages() {
		if s.closure.Class(p) != depgraph.InClosure {
			continue
		}
		from := target
		if r := s.closure.Reason(p); r.By != nil {
			from = r.By.Name
		}
		fmt.Fprintf(w, "\t%s -> %s;\n", strconv.Quote(from), strconv.Quote(p.Name))
	}
	_, err := fmt.Fprintln(w, "}")
	return err
}
