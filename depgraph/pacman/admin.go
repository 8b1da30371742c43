package pacman

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/depview/depview/depgraph"
	"github.com/depview/depview/depgraph/rootfs"
)

const (
	config     = "etc/pacman.conf"
	usualAdmin = "var/lib/pacman"
)

// maxFile is more than any file of pacman's has but a list of files, in bytes.
const maxFile = 1 << 20

// findAdmin returns where the database is, relative to the root: where the user says,
// else where pacman.conf(5) does.
func findAdmin(root fs.FS, s depgraph.Setting) (string, error) {
	if s.Prefix != "" {
		return rootfs.Relative(s.Prefix), nil
	}
	text, err := rootfs.ReadAny(root, config, maxFile)
	if err != nil {
		return "", fmt.Errorf("pacman database: %w", err)
	}
	if dir := dbPath(text); dir != "" {
		return rootfs.Relative(dir), nil
	}
	return usualAdmin, nil
}

// dbPath returns the DBPath of a pacman.conf: the first one in [options]. Files that
// it includes are not looked into.
func dbPath(text string) string {
	var section string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			section = line
		}
		key, value, ok := strings.Cut(line, "=")
		if ok && section == "[options]" && strings.TrimSpace(key) == "DBPath" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
