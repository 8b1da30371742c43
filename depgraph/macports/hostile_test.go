package macports

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

// The definition of an index is the file's own text, and is to do nothing else: here, to
// write a file that the file names.
func TestHostileIndex(t *testing.T) {
	evil := filepath.Join(t.TempDir(), "evil")
	dir, _ := edited(t, "CREATE INDEX port_evil ON ports(name)", "PRAGMA writable_schema = ON",
		"UPDATE sqlite_master SET sql = 'CREATE INDEX port_evil ON ports(name); ATTACH DATABASE ''"+evil+"'' AS e; CREATE TABLE e.t (x)' WHERE name = 'port_evil'")
	db := open(t, os.DirFS(dir), depgraph.Setting{})
	_, err := db.filtered([]any{1})
	if err == nil || !strings.Contains(err.Error(), "port_evil") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error: %v", err)
	}
	if _, err := os.Stat(evil); err == nil {
		t.Error("statements of the file's own were run")
	}
}
