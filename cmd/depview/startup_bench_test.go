package main

import "testing"

// BenchmarkStartup is what a run costs before its jail, with the index there.
func BenchmarkStartup(b *testing.B) {
	b.Setenv("XDG_CACHE_HOME", b.TempDir())
	for b.Loop() {
		f := viewFlags{engine: "auto"}
		s, err := f.scope()
		if err != nil {
			b.Skip(err)
		}
		if _, err := s.view(nil); err != nil {
			b.Fatal(err)
		}
		s.wait()
	}
}

// BenchmarkIndex is what a first run costs beyond others.
func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		b.Setenv("XDG_CACHE_HOME", b.TempDir())
		f := viewFlags{engine: "auto"}
		s, err := f.scope()
		if err != nil {
			b.Skip(err)
		}
		if _, err := s.indexes(); err != nil {
			b.Fatal(err)
		}
		s.wait()
	}
}
