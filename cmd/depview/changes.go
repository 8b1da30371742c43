package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/depview/depview/fs"
	"github.com/depview/depview/view/capture"
)

func changesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "changes [CAPTURE]",
		Short: "list what a build wrote",
		Long: `changes compares a capture with what its build saw: A for added, M for modified,
D for deleted, with type, mode, owner and size. What was copied up and not
changed is left out. Without CAPTURE it is the latest.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return read(args, true, func(l *capture.Layer, lower capture.Lower) error {
				changes, err := capture.Changes(cmd.Context(), l, lower)
				if err != nil {
					return err
				}
				return capture.WriteText(os.Stdout, changes)
			})
		},
	}
}

// treeOf compiles the view that the capture's build ran in, to compare with, and
// shows it as a namespace of ids does.
func treeOf(c *capture.Capture, ids capture.IDs) (*fs.Tree, error) {
	config, err := viewConfig(c)
	if err != nil {
		return nil, err
	}
	s, err := newScope(config, "", func(error) {})
	if err != nil {
		return nil, err
	}
	defer s.wait()
	v, err := s.view(nil)
	if err != nil {
		return nil, err
	}
	return fs.New(v, s.root, fs.Options{IDs: ids})
}
