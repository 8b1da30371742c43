package opam

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/depview/depview/depgraph"
)

// large makes a switch of 5,000 packages, each with 40 files and 10 dependencies.
func large(b *testing.B) (prefix string) {
	prefix = filepath.Join(b.TempDir(), "main")
	meta := filepath.Join(prefix, metaDir)
	write := func(name, text string) {
		name = filepath.Join(meta, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	var state strings.Builder
	for _, field := range []string{"roots", "installed"} {
		fmt.Fprintf(&state, "%s: [\n", field)
		for i := range 5000 {
			fmt.Fprintf(&state, "  \"package%d.1.%d.0\"\n", i, i)
		}
		state.WriteString("]\n")
	}
	write("switch-state", "opam-version: \"2.0\"\ncompiler: [\"package0.1.0.0\"]\n"+state.String())
	write("switch-config", "opam-version: \"2.0\"\ninvariant: [\"package0\"]\n")
	for i := range 5000 {
		var changes, recipe strings.Builder
		for j := range 40 {
			fmt.Fprintf(&changes, "  \"lib/package%d/file%d.cmxa\" {\"F:S2T1795361381.85\"}\n", i, j)
		}
		for j := range 10 {
			fmt.Fprintf(&recipe, "  \"package%d\" {>= \"1.%d\" & !with-test}\n", (i*7+j*31)%5000, j)
		}
		write(fmt.Sprintf("install/package%d.changes", i), "opam-version: \"2.0\"\nadded: [\n"+changes.String()+"]\n")
		write(fmt.Sprintf("packages/package%d.1.%d.0/opam", i, i), "opam-version: \"2.0\"\ndepends: [\n"+recipe.String()+"]\n")
	}
	return prefix
}

func BenchmarkOpen(b *testing.B) {
	set := depgraph.Setting{Prefix: large(b)}
	for b.Loop() {
		if _, err := Open(os.DirFS("/"), set); err != nil {
			b.Fatal(err)
		}
	}
	perRun(b)
}

// BenchmarkEverything also reads what every package needs and owns.
func BenchmarkEverything(b *testing.B) {
	set := depgraph.Setting{Prefix: large(b)}
	for b.Loop() {
		db, err := Open(os.DirFS("/"), set)
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range db.Packages() {
			if _, err := p.RunNeeds(); err != nil {
				b.Fatal(err)
			}
			if _, err := db.Files(p); err != nil {
				b.Fatal(err)
			}
		}
	}
	perRun(b)
}

func perRun(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
}
