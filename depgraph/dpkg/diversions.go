package dpkg

import (
	"fmt"
	"strings"
)

// A diversion moves aside what other packages install: dpkg-divert(1).
type diversion struct {
	from, to string
	by       string // the package that diverts, and alone installs at from; ":" for the administrator
}

// local tells whether the administrator made the diversion: no package installs
// at from then.
func (d diversion) local() bool { return d.by == ":" }

// readDiversions reads dpkg's file of diversions, three lines each. The name is
// "diversions" or "diversions-old".
func (db *Database) readDiversions(name string) ([]diversion, error) {
	text, err := db.read(admin + "/" + name)
	if err != nil || text == "" {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	diversions := make([]diversion, 0, len(lines)/3)
	for i := 0; i < len(lines); i += 3 {
		if i+3 > len(lines) {
			return nil, fmt.Errorf("/%s/%s:%d: a diversion has three lines: from, to, package", admin, name, i+1)
		}
		d := diversion{from: lines[i], to: lines[i+1], by: lines[i+2]}
		if !strings.HasPrefix(d.from, "/") || !strings.HasPrefix(d.to, "/") || d.by == "" {
			return nil, fmt.Errorf("/%s/%s:%d: bad diversion of %q to %q by %q", admin, name, i+1, d.from, d.to, d.by)
		}
		diversions = append(diversions, d)
	}
	return diversions, nil
}

// displaced returns the function that tells where a path is that the package
// called name, without architecture, lists.
func displaced(diversions []diversion, name string) func(path string) string {
	if len(diversions) == 0 {
		return func(path string) string { return path }
	}
	to := make(map[string]string, len(diversions))
	for _, d := range diversions {
		if d.by != name {
			to[d.from] = d.to
		}
	}
	return func(path string) string {
		if moved, ok := to[path]; ok {
			return moved
		}
		return path
	}
}
