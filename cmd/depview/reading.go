package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/view/capture"
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
