package depgraph

import (
	"path/filepath"
)

// A Config is what one deps.toml says, with its variables expanded, its file
// lists read and its paths cleaned. The zero Config is an empty deps.toml.
type Config struct {
	Name     string         // the file's, as given to [ReadConfig]
	Sources  []SourceConfig // the uppermost first, of one root, no kind twice
	Target   TargetConfig
	Base     BaseConfig
	Rules    []Rule     // in the order of the file, no path twice
	Packages []*Package // by name; see [Config.Files]
	Phases   []Phase    // by name, complete: changes to a built-in one are made in a copy of it
	Ignore   []string   // absolute globs in the manner of [path.Match]
	// Resolved holds the version of each package that a build ran with.
	// depview writes it to a capture's view.toml, and nothing depends on it.
	Resolved map[string]string
}

// A SourceConfig is a [source] or [[source]] table: a package database to read.
type SourceConfig struct {
	Kind   string // as given to [Register]; whether it is known, [Open] tells
	Root   string // absolute; "/" where the file does not say
	Prefix string // absolute, see [Setting]; empty where the file does not say
	Where  string
}

// A TargetConfig is the [target] table: the package being built. A package whose
// [package] table has the target's name can have dependencies of its own there.
type TargetConfig struct {
	Name   string
	Recipe string   // path of the port's own recipe, joined to deps.toml's directory
	Direct []Direct // by kind, in the order of [Kinds]
}

// A BaseConfig is the [base] table: what to add to the database's own base OS.
type BaseConfig struct {
	Packages []Direct // without a kind
	Paths    []string // absolute
}

// A Rule is one [[rule]]: everything at and below Path is shown or hidden, where
// no rule with a longer path says otherwise.
type Rule struct {
	Path  string // absolute
	Show  bool
	Where string
}

// fromConfig is the Source of packages that deps.toml defines.
const fromConfig = "deps.toml"

// fileList is the Detail of packages that deps.toml defines.
type fileList []string

// Files returns the absolute paths that p owns, as its file list has them, and
// whether p is a package of deps.toml at all.
func (c *Config) Files(p *Package) ([]string, bool) {
	files, ok := p.Detail.(fileList)
	return files, ok
}

// dir is the directory that the file's own relative paths start from.
func (c *Config) dir() string { return filepath.Dir(c.Name) }
