package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/capture"
	"github.com/depview/depview/view/record"
)

// captureDir is the capture that args name, or the latest.
func captureDir(args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	state, err := stateDir()
	if err != nil {
		return "", err
	}
	dir, err := capture.Latest(state)
	if errors.Is(err, capture.ErrNone) {
		return "", hinted{err, "depview run makes one; or name it: depview VERB CAPTURE"}
	}
	return dir, err
}

// openCapture opens the capture that args name for reading.
func openCapture(args []string) (*capture.Capture, error) {
	dir, err := captureDir(args)
	if err != nil {
		return nil, err
	}
	return patiently(func() (*capture.Capture, error) { return capture.OpenRead(dir) })
}

// layer returns the capture's upper layer, with the owners that its build saw.
func layer(c *capture.Capture) (*capture.Layer, error) {
	ids, err := idsOf(c)
	if err != nil {
		return nil, err
	}
	return c.Layer(ids), nil
}

// viewConfig reads the capture's view.toml.
func viewConfig(c *capture.Capture) (*depgraph.Config, error) {
	text, err := c.ReadView()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hinted{err, "the build that this capture is of never began"}
	}
	if err != nil {
		return nil, err
	}
	return depgraph.ReadConfig("view.toml", text, nil, os.ReadFile)
}

func reportCommand() *cobra.Command {
	var verbose bool
	cmd := &cobra.Command{
		Use:   "report [CAPTURE]",
		Short: "tell which hidden files a build looked for",
		Long: `report lists the hidden paths that a build looked up by name, grouped by the
package that owns them, with the first process that asked and what to declare;
then those that no package owns. A lookup need not mean that the file was
wanted: a search along PATH asks for much. Without CAPTURE it is the latest.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := captureDir(args)
			if err != nil {
				return err
			}
			return report(dir, verbose)
		},
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "list every path")
	return cmd
}

func report(dir string, verbose bool) error {
	name := filepath.Join(dir, "view.toml")
	config := &depgraph.Config{}
	if text, err := os.ReadFile(name); err == nil {
		if config, err = depgraph.ReadConfig(name, text, nil, os.ReadFile); err != nil {
			return err
		}
	}
	r, err := readReport(dir, config)
	if err != nil {
		return err
	}
	return r.Text(os.Stdout, verbose)
}

// readReport makes the report of the capture in dir, which may be in use: a record
// only grows. The config is what the build ran with.
func readReport(dir string, config *depgraph.Config) (*record.Report, error) {
	file, err := capture.OpenRecord(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hinted{fmt.Errorf("%s has no record", dir), "depview run prints the path of its capture"}
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	o := record.Options{Ignore: config.Ignore}
	if config.Source != nil {
		o.Declare = depgraph.Declare(config.Source.Kind)
	}
	return record.NewReport(record.Read(file), o)
}
