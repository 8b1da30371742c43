package depgraph

import (
	"errors"
	"fmt"
	"testing"
)

const phaseConfig = `
[phase.fetch]
writable = ["/dist"]
[phase.build]
depends = ["test", "build", "lib", "build"]
network = true
[phase.lint]
depends = []
capture = true
`

func TestPhase(t *testing.T) {
	c, err := ReadConfig("deps.toml", []byte(phaseConfig), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, builtin, config string }{
		{"fetch", "[fetch] true false []", "[fetch] true false [/dist]"},
		{"checksum", "[fetch] false false []", ""},
		{"extract", "[fetch extract] false false []", ""},
		{"patch", "[fetch extract patch] false false []", ""},
		{"configure", "[fetch extract patch lib build] false false []", ""},
		{"build", "[fetch extract patch lib build] false false []", "[lib build test] true false []"},
		{"destroot", "[fetch extract patch lib build run] false true []", ""},
		{"test", "[fetch extract patch lib build run test] false false []", ""},
		{"install", "[lib run] false true []", ""},
		{"", "[fetch extract patch lib build run test] false true []", ""},
		{"lint", `unknown phase "lint" (known: fetch, checksum, extract, patch, configure, build, destroot, test, install)`,
			"[] false true []"},
		{"tset", `unknown phase "tset" (known: fetch, checksum, extract, patch, configure, build, destroot, test, install)`,
			`unknown phase "tset" (known: fetch, checksum, extract, patch, configure, build, destroot, test, install, lint)`},
	} {
		if test.config == "" {
			test.config = test.builtin
		}
		for config, want := range map[*Config]string{{}: test.builtin, c: test.config} {
			p, err := config.Phase(test.name)
			got := fmt.Sprint(p.Kinds, p.Network, p.Capture, p.Writable)
			if err != nil {
				got = err.Error()
			}
			if got != want || err == nil && p.Name != test.name || err != nil && !errors.Is(err, ErrUnknownPhase) {
				t.Errorf("phase %q: %s\nwant: %s", test.name, got, want)
			}
		}
	}
}

func TestPhaseSelect(t *testing.T) {
	var direct []Direct
	for _, k := range Kinds() {
		direct = append(direct, Direct{Kind: k})
	}
	p, _ := new(Config).Phase("install")
	var kinds []Kind
	for _, d := range p.Select(direct) {
		kinds = append(kinds, d.Kind)
	}
	if got := fmt.Sprint(kinds); got != "[lib run]" {
		t.Errorf("install selects %s", got)
	}
}

func TestPhaseIsACopy(t *testing.T) {
	p, _ := new(Config).Phase("fetch")
	p.Kinds[0] = Test
	if p, _ := new(Config).Phase("fetch"); p.Kinds[0] != Fetch {
		t.Error("a caller changed a built-in phase")
	}
}
