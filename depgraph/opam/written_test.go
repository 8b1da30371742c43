package opam

import (
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/depview/depview/depgraph"
)

// A beingWritten is a switch whose state opam has just opened for writing, and writes
// once it has been looked at a few times.
type beingWritten struct {
	fstest.MapFS
	before string
	left   int
}

const stateFile = "s/.opam-switch/switch-state"

func (w *beingWritten) Open(name string) (fs.File, error) {
	if name == stateFile && w.left > 0 {
		w.left--
		return fstest.MapFS{name: {Data: []byte(w.before), ModTime: time.Now()}}.Open(name)
	}
	return w.MapFS.Open(name)
}

func TestStateBeingWritten(t *testing.T) {
	state := `opam-version: "2.0" installed: ["a.1" "b.2"]`
	files := fstest.MapFS{"s/.opam-switch/lock": {}, stateFile: {Data: []byte(state), ModTime: time.Now()}}
	for _, before := range []string{"", state[:30]} {
		db, err := Open(&beingWritten{files, before, 3}, depgraph.Setting{Prefix: "/s"})
		if err != nil || len(db.Packages()) != 2 {
			t.Errorf("after %q: %v", before, err)
		}
	}
	// One that stays empty, or broken, is so.
	db, err := Open(&beingWritten{files, "", 1 << 20}, depgraph.Setting{Prefix: "/s"})
	if err != nil || len(db.Packages()) != 0 {
		t.Errorf("empty: %v", err)
	}
	if _, err := Open(&beingWritten{files, state[:30], 1 << 20}, depgraph.Setting{Prefix: "/s"}); err == nil {
		t.Error("half a state is no error")
	}
}
