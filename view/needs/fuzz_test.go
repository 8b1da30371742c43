package needs

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
)

// fuzz reads any content as a file of a name: it must not panic, nor take memory out
// of proportion, and what it finds is a name.
func fuzz(f *testing.F, path string, seeds ...[]byte) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		file, _ := Read(bytes.NewReader(content), int64(len(content)), path, 0o755)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20+500*uint64(len(content)) {
			t.Errorf("%d bytes for a file of %d", took, len(content))
		}
		if len(file.Needs) > maxNames {
			t.Errorf("%d needs", len(file.Needs))
		}
		for _, n := range file.Needs {
			if n.Name == "" || strings.ContainsRune(n.Name, 0) && n.Kind == Library {
				t.Errorf("need %q", n)
			}
		}
	})
}

func FuzzELF(f *testing.F) {
	other := amd64
	other.class = 1
	fuzz(f, "/usr/bin/x", amd64.bytes(), other.bytes())
}

func FuzzMachO(f *testing.F) { fuzz(f, "/usr/bin/x", thin(), fat()) }

func FuzzShebang(f *testing.F) {
	fuzz(f, "/usr/bin/x", []byte("#!/usr/bin/env -vS -u A B=c perl -w\nuse JSON;\n"), []byte("#!/bin/python3\nimport os\n"))
}

func FuzzPkgConfig(f *testing.F) {
	fuzz(f, "/x.pc", []byte("a=${b}\nRequires: a >= 1, ${a} b\nRequires.private: c"))
}

func FuzzPython(f *testing.F) {
	var seeds [][]byte
	for block := range strings.SplitSeq(pythonTests, "\n\n") {
		seeds = append(seeds, []byte(block))
	}
	fuzz(f, "/x.py", seeds...)
}

func FuzzPerl(f *testing.F) {
	fuzz(f, "/x.pl", []byte("use A::B 1.2 qw(c);\nrequire D;\n=pod\n=cut\nuse base qw(\nE);\n__END__\n"))
}
