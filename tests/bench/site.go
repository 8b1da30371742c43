package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A site is the directory of one workload, while setup fills it.
type site struct {
	ctx    context.Context
	dir    string
	source func() (string, error) // GNU hello's
}

func (s *site) write(name, text string) error {
	name = filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o644)
}

func (s *site) run(argv ...string) error {
	cmd := exec.CommandContext(s.ctx, argv[0], argv[1:]...)
	cmd.Dir = s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", argv[0], err, lastLine(out))
	}
	return nil
}

// cFiles writes programs that include what C programs usually do.
func (s *site) cFiles(n int) error {
	for i := range n {
		text := fmt.Sprintf(`#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int f%[1]d(const char *s)
{
	struct stat st;
	if (stat(s, &st) != 0)
		return errno;
	printf("%%s %%zu %%ld\n", s, strlen(s), (long)st.st_size);
	return %[1]d;
}
`, i)
		if err := s.write(fmt.Sprintf("src/f%02d.c", i), text); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) cxxFile(header string) error {
	return s.write("all.cc", "#include <"+header+">\n#include <map>\n#include <vector>\nstd::map<std::string, std::vector<int>> all;\n")
}

// python is the system's, which the view can show; modules is how many are imported.
const (
	python  = "/usr/bin/python3"
	modules = 200
)

// pythonImports asks Python which of its modules can be imported. Those that
// Debian has in packages besides python3 are not among them, nor those that act.
func (s *site) pythonImports() error {
	return s.run(python, "-B", "-s", "-W", "ignore", "-c", fmt.Sprintf(`
import importlib, sys
names = []
for name in sorted(sys.stdlib_module_names):
    if name in {"antigravity", "this", "distutils", "lib2to3", "tkinter", "_tkinter", "turtle", "turtledemo", "idlelib", "ensurepip", "venv", "test"}:
        continue
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    names.append(name)
names = names[:%[1]d]
assert len(names) == %[1]d, f"only {len(names)} modules"
with open("imports.py", "w") as f:
    f.write("import warnings\nwarnings.simplefilter('ignore')\n" + "".join(f"import {n}\n" for n in names))
`, modules))
}

func (s *site) gitTree(n int) error {
	for i := range n {
		if err := s.write(fmt.Sprintf("tree/d%02d/e%02d/f%d", i%40, i/40%10, i), fmt.Sprintln("file", i)); err != nil {
			return err
		}
	}
	git := []string{"git", "-C", "tree", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0", "-c", "init.defaultBranch=main"}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", "tree"}} {
		if err := s.run(append(git, args...)...); err != nil {
			return err
		}
	}
	return nil
}

// trees is how many source trees there are.
const trees = 5

// tarballs writes archives of n files each, of 1 to 15 KiB, as sources have them.
func (s *site) tarballs(n int) error {
	for t := range trees {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		for i := range n {
			text := strings.Repeat(fmt.Sprintf("line of file %07d\n", i), 50+i*37%700)
			h := &tar.Header{Name: fmt.Sprintf("src/d%02d/f%d.c", i%20, i), Mode: 0o644, Size: int64(len(text))}
			if err := w.WriteHeader(h); err != nil {
				return err
			}
			if _, err := w.Write([]byte(text)); err != nil {
				return err
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
		if err := s.write(fmt.Sprintf("%d.tar", t), archive.String()); err != nil {
			return err
		}
	}
	return nil
}
